// Runs a scenario and says what is wrong with it: the machine and the oracle in one.
#ifndef SIM_CLI_BUG_JUDGE_H_
#define SIM_CLI_BUG_JUDGE_H_

#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "sim/cli/bug/bug_identity.h"
#include "sim/oracle/oracle.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario.h"

namespace sim {

class Judge {
 public:
  // At most one exists in the process. Errors: those of Runner::Create.
  static absl::StatusOr<Judge> Create();

  // Both results are valid until the next call.
  struct Judged {
    const Trace& trace;
    const Verdict& verdict;
  };
  Judged Run(const Scenario& scenario);

  // The bug that `scenario` shows, or nothing.
  std::optional<BugIdentity> FindBug(const Scenario& scenario);

  Runner& runner() { return *runner_; }

 private:
  explicit Judge(std::unique_ptr<Runner> runner) : runner_(std::move(runner)) {}

  std::unique_ptr<Runner> runner_;
  Oracle oracle_;
};

}  // namespace sim

#endif  // SIM_CLI_BUG_JUDGE_H_
