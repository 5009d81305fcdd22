#include "sim/cli/run_command.h"

#include <algorithm>
#include <cstdio>
#include <memory>

#include "absl/status/statusor.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/input.h"
#include "sim/cli/replay.h"
#include "sim/oracle/oracle.h"
#include "sim/scenario/runner.h"

namespace sim {
namespace {

int Fail(const absl::Status& status) {
  fprintf(stderr, "axsim: %s\n", std::string(status.message()).c_str());
  return kUnusable;
}

int RunFile(const std::string& file, const RunOptions& options, Runner& runner, Oracle& oracle) {
  const absl::StatusOr<Scenario> scenario = LoadScenario(file);
  if (!scenario.ok()) return Fail(scenario.status());
  const Trace& trace = runner.Run(*scenario);
  const Verdict& verdict = oracle.Judge(*scenario, trace);
  const Replay replay = {file, *scenario, trace, verdict, CheckStated(*scenario, trace, verdict)};
  const std::string text = options.format == RunOptions::Format::kJson
                               ? PrintReplayJson(replay)
                               : PrintReplay(replay, options.quiet);
  fwrite(text.data(), 1, text.size(), stdout);
  return replay.AsExpected() ? kAllAsExpected : kNotAsExpected;
}

}  // namespace

int Run(std::span<const std::string> files, const RunOptions& options) {
  if (files.empty()) {
    fprintf(stderr, "axsim: expected: axsim run [--format=text|json] [--quiet] FILE...\n");
    return kUnusable;
  }
  const absl::StatusOr<std::unique_ptr<Runner>> runner = Runner::Create();
  if (!runner.ok()) return Fail(runner.status());
  Oracle oracle;
  int worst = kAllAsExpected;
  for (const std::string& file : files) {
    worst = std::max(worst, RunFile(file, options, **runner, oracle));
  }
  if (fflush(stdout) != 0) return Fail(absl::UnavailableError("cannot write standard output"));
  return worst;
}

}  // namespace sim
