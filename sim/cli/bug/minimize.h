// Makes a scenario smaller as long as it shows the same bug.
//
// First it removes operations: the operations after the failing one, halves, single operations,
// pairs. Then it compacts the layout (gaps and areas become smaller, and later addresses move down)
// and simplifies values: the machine, CPUs, permissions, addresses, lengths, bytes. It repeats both
// until no change is accepted. Some operations can be removed only together with another change:
// the number of frames, or the position of another operation. The minimiser is deterministic and
// idempotent: a minimal scenario is returned unchanged.
//
// It does not change a verb or a type, because they are part of a bug's identity. It adds no
// operation, except for one mapping or one string that replaces two.
#ifndef SIM_CLI_BUG_MINIMIZE_H_
#define SIM_CLI_BUG_MINIMIZE_H_

#include <cstddef>
#include <functional>
#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "sim/cli/bug/bug_identity.h"
#include "sim/scenario/scenario.h"

namespace sim {

struct MinimizeOptions {
  // When the limit expires, the result is the best scenario found so far.
  absl::Duration limit = absl::Seconds(10);
  // Called periodically and at the end, with the number of runs and of remaining operations.
  std::function<void(size_t runs, size_t ops)> progress;
};

struct Minimized {
  Scenario scenario;     // without expectations and line numbers
  size_t runs = 0;       // of candidates
  bool changed = false;  // whether it differs from the given one, but for expectations
  bool finished = true;  // false: the limit was over first
};

// `find_bug` runs a scenario and says which bug it shows; it is not called with scenarios that have
// no text. Precondition: find_bug(scenario) == bug.
Minimized Minimize(const Scenario& scenario, const BugIdentity& bug,
                   absl::FunctionRef<std::optional<BugIdentity>(const Scenario&)> find_bug,
                   const MinimizeOptions& options = {});

}  // namespace sim

#endif  // SIM_CLI_BUG_MINIMIZE_H_
