// What an operation does, for its own sake or in the middle of another one.
#ifndef SIM_RING0_REPLAY_OPERATIONS_H_
#define SIM_RING0_REPLAY_OPERATIONS_H_

#include "sim/ring0/replay/calls.h"
#include "sim/ring0/replay/packed.h"

namespace ring0 {

// Whether it accesses memory, and is no set-up.
bool IsAccess(const PackedOp& op);
// Result: 0, or an errno number with a minus. Precondition: it is a set-up.
int SetUp(const PackedOp& op, const void* bytes);
// Precondition: it is an access; inside RunOperation. May end in a panic.
void MakeAccess(const PackedOp& op, const void* bytes, PackedResult* result, CallBytes* sent);

}  // namespace ring0

#endif  // SIM_RING0_REPLAY_OPERATIONS_H_
