// What the machine offers to a subject that several threads call at the same time.
#ifndef SIM_SCENARIO_STRESS_SERVICES_H_
#define SIM_SCENARIO_STRESS_SERVICES_H_

#include "sim/machine/machine.h"
#include "sim/subject/subject.h"

namespace sim::stress {

// The services, for `attach`. Whoever calls the subject is the thread that was given to UseThread.
const axptr_machine& Services();

// Lets the calling thread be `thread`, which outlives its calls of the subject.
void UseThread(Machine::HostThread* thread);

// The lock of the address space. The machine's own keeps single questions and changes apart, and
// the fault handler takes that one only. Lock returns 0.
int Lock();
void Unlock();

}  // namespace sim::stress

#endif  // SIM_SCENARIO_STRESS_SERVICES_H_
