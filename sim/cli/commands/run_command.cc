// axsim run: replays scenarios and says what happened.
#include <algorithm>
#include <cstdio>

#include "absl/status/statusor.h"
#include "sim/cli/breakpoint.h"
#include "sim/cli/bug/judge.h"
#include "sim/cli/commands/commands.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/input.h"
#include "sim/cli/replay.h"

namespace sim {
namespace {

int RunFile(const std::string& file, const Arguments& arguments, Judge& judge) {
  const absl::StatusOr<Input> input = LoadRunnable(file);
  if (!input.ok()) return Fail(input.status());
  const Scenario* const scenario = &input->scenario;
  const Judge::Judged judged = judge.Run(*scenario);
  const Replay replay = {file, *scenario, judged.trace, judged.verdict,
                         CheckStated(*scenario, judged.trace, judged.verdict)};
  const std::string text =
      arguments.IsJson() ? PrintReplayJson(replay) : PrintReplay(replay, arguments.Has("quiet"));
  fwrite(text.data(), 1, text.size(), stdout);
  return replay.AsExpected() ? kAllAsExpected : kNotAsExpected;
}

}  // namespace

int RunCommand(const Arguments& arguments) {
  absl::StatusOr<Judge> judge = Judge::Create();
  if (!judge.ok()) return Fail(judge.status());
  BreakpointObserver observer;
  judge->runner().set_observer(&observer);
  int worst = kAllAsExpected;
  for (const std::string& file : arguments.files) {
    worst = std::max(worst, RunFile(file, arguments, *judge));
  }
  judge->runner().set_observer(nullptr);
  return worst;
}

}  // namespace sim
