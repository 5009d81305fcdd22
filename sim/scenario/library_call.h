// One access verb of a scenario as a call of the library, and the use of what it hands out.
#ifndef SIM_SCENARIO_LIBRARY_CALL_H_
#define SIM_SCENARIO_LIBRARY_CALL_H_

#include "sim/machine/kernel_buffer.h"
#include "sim/machine/machine.h"
#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"
#include "sim/scenario/races.h"

namespace sim {

// Calls the function of the library that `op` names, on the current CPU of `machine`; where it
// succeeds reads every byte of the result, and, if the access is mutable, writes the first and the
// last byte back as they are. A result that lies elsewhere than the memory that was asked for is
// not touched. A copy goes to `buffer`. `effects` receives what happened besides the outcome.
// Precondition: IsLibraryAccess(op.verb), inside Machine::RunKernel; `*effects` is Effects(); no
// other call that is under way uses `buffer`.
Outcome CallLibrary(const Op& op, Machine& machine, Races& races, KernelBuffer& buffer,
                    Effects* effects);

}  // namespace sim

#endif  // SIM_SCENARIO_LIBRARY_CALL_H_
