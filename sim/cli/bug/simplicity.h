// The order of scenarios by which the minimiser decides which one is simpler, and simpler
// candidates for a value.
#ifndef SIM_CLI_BUG_SIMPLICITY_H_
#define SIM_CLI_BUG_SIMPLICITY_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/scenario/scenario.h"

namespace sim {

// A smaller cost is simpler. The cost is ordered by the number of operations, then by the length of
// their description (non-zero digits, permissions other than rw-, ...), then by the numbers. Each
// change that the minimiser keeps reduces the cost, so the minimiser terminates, and its result is
// a fixed point.
struct ScenarioCost {
  size_t ops = 0;
  uint64_t words = 0;
  uint64_t values = 0;
  friend auto operator<=>(const ScenarioCost&, const ScenarioCost&) = default;
};
ScenarioCost CostOf(const Scenario& scenario);

// Rounder or smaller numbers than `value`, the simplest first; `unit`: bytes of one of it (for
// lengths that count elements, so that page ends are among them).
std::vector<uint64_t> SimplerNumbers(uint64_t value, uint64_t unit = 1);

// The same for an address: in the window it is the offset that becomes rounder.
std::vector<uint64_t> SimplerAddresses(uint64_t address);

// The same for the bytes that a fill writes; never empty.
std::vector<std::string> SimplerPatterns(const std::string& pattern);

}  // namespace sim

#endif  // SIM_CLI_BUG_SIMPLICITY_H_
