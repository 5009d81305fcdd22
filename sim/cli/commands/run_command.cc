// axsim run: replays scenarios and says what happened.
#include <cstdio>
#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "sim/cli/breakpoint.h"
#include "sim/cli/bug/judge.h"
#include "sim/cli/commands/commands.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/input.h"
#include "sim/cli/process.h"
#include "sim/cli/replay.h"
#include "sim/oracle/host_comparison.h"
#include "sim/oracle/host_opinion.h"

namespace sim {
namespace {

// `comparison`: null without --host-oracle.
int RunFile(const std::string& file, const Arguments& arguments, FacetSet required, Judge& judge,
            HostComparison* comparison) {
  const absl::StatusOr<Input> input = LoadRunnable(file);
  if (!input.ok()) return Fail(input.status());
  const Scenario* const scenario = &input->scenario;
  if (comparison != nullptr) comparison->Begin(*scenario);
  const Judge::Judged judged = judge.Run(*scenario);
  const Replay replay = {file,
                         *scenario,
                         judged.trace,
                         judged.verdict,
                         CheckStated(*scenario, judged.trace, judged.verdict),
                         comparison == nullptr ? nullptr : &comparison->Compare(judged.trace),
                         required};
  const std::string text =
      arguments.IsJson() ? PrintReplayJson(replay) : PrintReplay(replay, arguments.Has("quiet"));
  fwrite(text.data(), 1, text.size(), stdout);
  return replay.Status();
}

}  // namespace

int RunCommand(const Arguments& arguments) {
  const absl::Status subject = UseSubjectAndContractOf(arguments);
  if (!subject.ok()) return Fail(subject);
  const absl::StatusOr<size_t> max_events = MaxEventsOf(arguments);
  if (!max_events.ok()) return Fail(max_events.status());
  const absl::StatusOr<FacetSet> required = RequiredOf(arguments);
  if (!required.ok()) return Fail(required.status());
  absl::StatusOr<Judge> judge = Judge::Create();
  if (!judge.ok()) return Fail(judge.status());
  judge->runner().set_max_events(*max_events);
  judge->set_names_excuses(true);
  BreakpointObserver breakpoint;
  judge->runner().set_observer(&breakpoint);
  std::unique_ptr<HostOpinion> host;
  std::optional<HostComparison> comparison;
  if (arguments.Has("host-oracle")) {
    absl::StatusOr<std::unique_ptr<HostOpinion>> created = HostOpinion::Create();
    if (!created.ok()) return Fail(created.status());
    host = *std::move(created);
    comparison.emplace(host.get(), &breakpoint);
    judge->runner().set_observer(&*comparison);
  }
  const UnderTest under_test;
  int worst = kAllAsExpected;
  for (const std::string& file : arguments.files) {
    worst = WorseStatus(
        worst, RunFile(file, arguments, *required, *judge, comparison ? &*comparison : nullptr));
  }
  judge->runner().set_observer(nullptr);
  return worst;
}

}  // namespace sim
