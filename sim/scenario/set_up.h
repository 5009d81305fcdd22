// Carries out the set-up verbs.
#ifndef SIM_SCENARIO_SET_UP_H_
#define SIM_SCENARIO_SET_UP_H_

#include "axptr/linux_error.h"
#include "sim/machine/address_space.h"
#include "sim/machine/frames.h"
#include "sim/machine/injector.h"
#include "sim/machine/kernel.h"
#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"

namespace sim {

// Carries out `op`, armed as a race or not. Precondition: its verb is a set-up verb. Errors: those
// of the AddressSpace function with the verb's name.
axptr::LinuxResult<void> ApplySetUp(const Op& op, AddressSpace& address_space, Frames& frames,
                                    Injector& injector);

// Carries out `op` on `kernel`, and returns the result as an outcome.
Outcome SetUpOutcome(const Op& op, Kernel& kernel);

}  // namespace sim

#endif  // SIM_SCENARIO_SET_UP_H_
