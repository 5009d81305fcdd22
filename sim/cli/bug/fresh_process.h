// Runs a function in a separate process: its side effects do not reach the next run, and a crash
// does not end this process.
#ifndef SIM_CLI_BUG_FRESH_PROCESS_H_
#define SIM_CLI_BUG_FRESH_PROCESS_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "sim/cli/bug/bug_identity.h"
#include "sim/scenario/scenario.h"

namespace sim {

// The time limit of a child.
inline constexpr int kFreshProcessSeconds = 20;

// Calls `body()` in a child of this process and returns the result. The child inherits memory and
// signal handlers, so it is fresh only if this process has no Runner.
// Errors: AbortedError, such as "killed by SIGSEGV", if the child did not return a result, also if
// it was killed after `seconds`. UnavailableError if the system cannot create a child;
// ResourceExhaustedError if a limit of the host ended the child (sim/machine/host_limit.h), which
// is no finding about `body`.
absl::StatusOr<std::string> InFreshProcess(absl::FunctionRef<std::string()> body,
                                           int seconds = kFreshProcessSeconds);

struct FoundBug {
  BugIdentity identity;
  size_t op_index = 0;  // the operation that shows it
};

// The bug that `scenario` shows in a fresh process, or nullopt. A run that does not return a result
// is a bug with the violation kCrash. Precondition: this process has no Runner. Errors: there is no
// machine, or no child.
absl::StatusOr<std::optional<FoundBug>> FindBugInFreshProcess(const Scenario& scenario,
                                                              int seconds = kFreshProcessSeconds);

// The `violation` of a bug if the run was killed.
inline constexpr char kCrash[] = "crash";

}  // namespace sim

#endif  // SIM_CLI_BUG_FRESH_PROCESS_H_
