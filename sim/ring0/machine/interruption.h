// Events in the middle of an access: another CPU makes an access, or the caller makes another call.
// Equivalent to Machine::RunOnOtherCpu and Machine::RunNested of the simulation.
#ifndef SIM_RING0_MACHINE_INTERRUPTION_H_
#define SIM_RING0_MACHINE_INTERRUPTION_H_

#include "sim/ring0/machine/kernel.h"
#include "sim/ring0/machine/second.h"

namespace ring0 {

// Runs body(argument) on CPU `cpu` in the middle of an access of another CPU. CPU `cpu` has its own
// user-access flag, AC and recovery frame. No race happens, and no event is recorded except a
// kernel bug. Uses the second processor, if there is one.
// Precondition: inside RunOperation; `cpu` is not the current CPU.
void RunOnOtherCpu(int cpu, void (*body)(void*), void* argument);

// Runs body(argument) as the caller of the subject in the middle of its access: the flag, AC and
// the recovery frame are unchanged. Precondition: not inside RunOnOtherCpu or RunNested.
void RunNested(void (*body)(void*), void* argument);

// Ends the operation or scenario of the first processor as the second processor's work ended, by
// `result`. Returns only for kDone.
void GoOnAfter(Remote result);

// To be called after a recoverable user access was abandoned. If that access encloses the call that
// RunNested runs, the call has ended too, and its interruption is dropped.
void ForgetInterruptionIfGone();

}  // namespace ring0

#endif  // SIM_RING0_MACHINE_INTERRUPTION_H_
