// Adapts scenarios to kernels that are smaller than the whole machine: operations that such a
// kernel cannot run are removed, or replaced by operations that the kernel can run. Any scenario is
// valid input.
#ifndef SIM_SCENARIO_KERNEL_SCENARIOS_H_
#define SIM_SCENARIO_KERNEL_SCENARIOS_H_

#include "sim/scenario/scenario.h"

namespace sim {

// For a PagelessKernel. Keeps set-up verbs, const.get, mut.get, const.slice and mut.slice. Fills
// write zeros, because the kernel does not store the bytes and zeros are cheap for the model.
void KeepWhatNeedsNoPages(Scenario* scenario);

// For a FlatKernel. Keeps map (except of kind file), unmap, protect and fill near the ends of the
// window, so that the memory in use is bounded, and accesses of arrays up to a terminator. Other
// accesses of the library become accesses up to a terminator, so that a scenario has many of them.
// The frames suffice for all pages, because the kernel cannot show a page fault that fails for lack
// of a frame.
void KeepStringsOnFlatMemory(Scenario* scenario);

}  // namespace sim

#endif  // SIM_SCENARIO_KERNEL_SCENARIOS_H_
