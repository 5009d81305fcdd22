// Runs the scenarios of an archive, and sends the records.
#ifndef SIM_RING0_REPLAY_REPLAY_H_
#define SIM_RING0_REPLAY_REPLAY_H_

#include "sim/ring0/replay/packed.h"

namespace ring0 {

// `archive`: from the host, not validated. Precondition: the kernel's subject is set.
void Replay(const Archive& archive);

}  // namespace ring0

#endif  // SIM_RING0_REPLAY_REPLAY_H_
