#include "sim/cli/bug/judge.h"

namespace sim {

absl::StatusOr<Judge> Judge::Create() {
  absl::StatusOr<std::unique_ptr<Runner>> runner = Runner::Create();
  if (!runner.ok()) return runner.status();
  (*runner)->set_watch_fetches(true);
  return Judge(*std::move(runner));
}

Judge::Judged Judge::Run(const Scenario& scenario) {
  const Trace& trace = runner_->Run(scenario);
  return {trace, oracle_.Judge(scenario, trace)};
}

std::optional<BugIdentity> Judge::FindBug(const Scenario& scenario) {
  return IdentityOf(scenario, Run(scenario).verdict);
}

}  // namespace sim
