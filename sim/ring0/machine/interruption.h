// What happens in the middle of an access: another CPU makes one, or the caller another call. As
// Machine::RunOnOtherCpu and Machine::RunNested of the simulation.
#ifndef SIM_RING0_MACHINE_INTERRUPTION_H_
#define SIM_RING0_MACHINE_INTERRUPTION_H_

#include "sim/ring0/machine/kernel.h"
#include "sim/ring0/machine/second.h"

namespace ring0 {

// Runs body(argument) as what CPU `cpu` does in the middle of an access of another one: with flag,
// user access and way back of its own, without events, but for a kernel bug, and without a race; on
// the second processor, if there is one.
// Precondition: inside RunOperation; `cpu` is not the current one.
void RunOnOtherCpu(int cpu, void (*body)(void*), void* argument);

// The same as what the caller of the subject does in the middle of its access: with the flag, user
// access and the way back as they are. Precondition: not inside another of these two.
void RunNested(void (*body)(void*), void* argument);

// What the second processor did has ended so: the first one ends the same. Returns after kDone.
void GoOnAfter(Remote result);

// An attempt was abandoned. If that was one around the call that RunNested runs, the call is gone.
void ForgetInterruptionIfGone();

}  // namespace ring0

#endif  // SIM_RING0_MACHINE_INTERRUPTION_H_
