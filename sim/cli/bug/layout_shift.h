// Compaction of an address space: all addresses from a given page on move down, and ranges across
// that page become shorter.
#ifndef SIM_CLI_BUG_LAYOUT_SHIFT_H_
#define SIM_CLI_BUG_LAYOUT_SHIFT_H_

#include <cstdint>
#include <vector>

#include "sim/scenario/op.h"
#include "sim/scenario/scenario.h"

namespace sim {

// Addresses in the window from `from` on move down by `bytes`.
struct LayoutShift {
  uint64_t from = 0;
  uint64_t bytes = 0;  // whole pages
};

// The shifts that make a stretch between two places that `scenario` names shorter (gone, one page,
// two, half of it), the largest first.
std::vector<LayoutShift> ShiftsOf(const Scenario& scenario);

// `scenario` after `shift`. Lengths beyond the window stay as they are: their size is their point.
Scenario Shifted(Scenario scenario, const LayoutShift& shift);

}  // namespace sim

#endif  // SIM_CLI_BUG_LAYOUT_SHIFT_H_
