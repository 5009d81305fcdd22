// Baselines for counting instructions: a platform that does nothing, and the platform without the
// library.
#ifndef SIM_RING0_MACHINE_BARE_H_
#define SIM_RING0_MACHINE_BARE_H_

#include "sim/subject/subject.h"

namespace ring0 {

// Services that treat all memory as populated user memory. A fault is a bug of the caller.
extern const axptr_machine kBareServices;

// Sends a PackedBare. Precondition: the first page of the window is populated, and its last one is
// not mapped.
void SendBare();

}  // namespace ring0

#endif  // SIM_RING0_MACHINE_BARE_H_
