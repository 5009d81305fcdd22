// Makes a scenario smaller as long as it shows the same bug.
//
// Operations go first: the tail behind the failing one, halves, single ones, pairs. Then the layout
// is pushed together (gaps and areas become smaller, everything behind them moves along), and
// values become round: the machine, CPUs, permissions, addresses, lengths, bytes. Again, until
// nothing more helps. Some operations can only go with another change at the same time: the frames
// that they took, the place of another operation. Deterministic, so that a minimal scenario comes
// back as it was.
//
// Not done: changing a verb or a type, since those are part of a bug's identity; inventing
// operations, but for one mapping or one string in the place of two.
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
  // When it is over, what there is by then is the result.
  absl::Duration limit = absl::Seconds(10);
  // Told now and then, and at the end: how many runs there were, and how many operations are left.
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
