// The machine's services for a subject that several threads call at the same time.
#ifndef SIM_SCENARIO_STRESS_SERVICES_H_
#define SIM_SCENARIO_STRESS_SERVICES_H_

#include "sim/machine/machine.h"
#include "sim/subject/subject.h"

namespace sim::stress {

// The services, for `attach`. Precondition of each call of the subject: the calling thread has
// called UseThread.
const axptr_machine& Services();

// Makes `thread` the calling thread's HostThread. `thread` must outlive the calling thread's calls
// of the subject.
void UseThread(Machine::HostThread* thread);

// The lock of the address space. It is not the machine's own lock, which separates single queries
// and changes, and which is the only lock that the fault handler takes. Lock returns 0.
int Lock();
void Unlock();

}  // namespace sim::stress

#endif  // SIM_SCENARIO_STRESS_SERVICES_H_
