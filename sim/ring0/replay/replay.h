// Runs the scenarios of an archive, and sends what happens.
#ifndef SIM_RING0_REPLAY_REPLAY_H_
#define SIM_RING0_REPLAY_REPLAY_H_

#include "sim/ring0/replay/packed.h"

namespace ring0 {

// `archive`: what the host packed; trusted. The kernel has its subject.
void Replay(const Archive& archive);

}  // namespace ring0

#endif  // SIM_RING0_REPLAY_REPLAY_H_
