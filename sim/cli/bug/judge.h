// Runs a scenario on the machine and checks the run with the oracle.
#ifndef SIM_CLI_BUG_JUDGE_H_
#define SIM_CLI_BUG_JUDGE_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "sim/cli/bug/bug_identity.h"
#include "sim/oracle/contract.h"
#include "sim/oracle/oracle.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario.h"

namespace sim {

// Sets the contract that this process checks against; null, the initial value, selects the contract
// that the subject names.
void SelectContract(const Contract* contract);

// Errors: InvalidArgumentError if the subject names an unknown contract.
absl::StatusOr<const Contract*> SelectedContract();

// " by the contract linux", for the end of a sentence; "" where it is axptr's. Precondition:
// SelectedContract is ok.
std::string ByContract();

class Judge {
 public:
  // At most one exists in the process. Errors: those of Runner::Create and SelectedContract.
  static absl::StatusOr<Judge> Create();

  // Both results are valid until the next call.
  struct Judged {
    const Trace& trace;
    const Verdict& verdict;
  };
  Judged Run(const Scenario& scenario);

  // The bug that `scenario` shows; nullopt if there is none.
  std::optional<BugIdentity> FindBug(const Scenario& scenario);

  Runner& runner() { return *runner_; }
  const Contract& contract() const { return oracle_.contract(); }

  // As Oracle::set_names_excuses.
  void set_names_excuses(bool names) { oracle_.set_names_excuses(names); }

 private:
  Judge(std::unique_ptr<Runner> runner, const Contract& contract)
      : runner_(std::move(runner)), oracle_(contract) {}

  std::unique_ptr<Runner> runner_;
  Oracle oracle_;
};

}  // namespace sim

#endif  // SIM_CLI_BUG_JUDGE_H_
