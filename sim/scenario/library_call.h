// One access verb of a scenario as a call of the library, and the use of what it hands out.
#ifndef SIM_SCENARIO_LIBRARY_CALL_H_
#define SIM_SCENARIO_LIBRARY_CALL_H_

#include "sim/machine/machine.h"
#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"
#include "sim/scenario/races.h"

namespace sim {

// Calls the function of the library that `op` names, on the current CPU of `machine`; where it
// succeeds reads every byte of the result, and, if the access is mutable, writes the first and the
// last byte back as they are. Precondition: IsLibraryAccess(op.verb), inside Machine::RunKernel.
Outcome CallLibrary(const Op& op, Machine& machine, Races& races);

}  // namespace sim

#endif  // SIM_SCENARIO_LIBRARY_CALL_H_
