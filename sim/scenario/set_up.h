// The set-up verbs, carried out.
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

// Carries out `op`, whose verb is a set-up verb, whether or not it is armed as a race. Errors:
// those of the AddressSpace function of that name.
axptr::LinuxResult<void> ApplySetUp(const Op& op, AddressSpace& address_space, Frames& frames,
                                    Injector& injector);

// The same on `kernel`, with the result as an outcome.
Outcome SetUpOutcome(const Op& op, Kernel& kernel);

}  // namespace sim

#endif  // SIM_SCENARIO_SET_UP_H_
