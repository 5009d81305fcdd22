// Scenarios for kernels that are less than the whole machine: what such a kernel cannot run is left
// out of a scenario, or becomes something else that it can. Any scenario is fine.
#ifndef SIM_SCENARIO_KERNEL_SCENARIOS_H_
#define SIM_SCENARIO_KERNEL_SCENARIOS_H_

#include "sim/scenario/scenario.h"

namespace sim {

// For a PagelessKernel. What stays: set-up verbs, const.get, mut.get, const.slice, mut.slice. Fills
// write zeros: their bytes are not seen, and of zeros the model makes short work.
void KeepWhatNeedsNoPages(Scenario* scenario);

// For a FlatKernel. What stays: map but of kind file, unmap, protect, fill near the ends of the
// window, so that the memory in use is bounded, and accesses of arrays up to a terminator. Other
// accesses of the library become one of those: a scenario has many. The frames suffice for all:
// what fails for want of one in a page fault would not be seen.
void KeepStringsOnFlatMemory(Scenario* scenario);

}  // namespace sim

#endif  // SIM_SCENARIO_KERNEL_SCENARIOS_H_
