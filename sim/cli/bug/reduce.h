// Reduces a scenario to a smaller one that shows the same bug. Each step runs in a separate
// process, so that a crash is handled like any other bug, and the bug depends on the scenario only.
#ifndef SIM_CLI_BUG_REDUCE_H_
#define SIM_CLI_BUG_REDUCE_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sim/cli/bug/fresh_process.h"
#include "sim/scenario/scenario.h"

namespace sim {

struct ReduceOptions {
  bool as_is = false;  // find the bug, and leave the scenario as it is
  absl::Duration limit = absl::Seconds(10);
  bool progress = false;  // on standard error
};

struct Reduced {
  std::optional<FoundBug> bug;  // in the scenario as it was given; nothing: it shows none
  Scenario scenario;            // without expectations, if there is a bug
  size_t op_index = 0;          // its failing operation
  size_t runs = 0;
  bool changed = false;  // whether the result differs from what was given, but for expectations
  std::string note;      // what is remarkable, for people; mostly empty
};

// Precondition: this process has no Runner. Errors: those of FindBugInFreshProcess.
absl::StatusOr<Reduced> Reduce(const Scenario& scenario, const ReduceOptions& options);

}  // namespace sim

#endif  // SIM_CLI_BUG_REDUCE_H_
