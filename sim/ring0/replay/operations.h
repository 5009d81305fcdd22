// Carries out an operation, alone or in the middle of another operation.
#ifndef SIM_RING0_REPLAY_OPERATIONS_H_
#define SIM_RING0_REPLAY_OPERATIONS_H_

#include "sim/ring0/replay/calls.h"
#include "sim/ring0/replay/packed.h"

namespace ring0 {

// Whether `op` accesses memory, and is not a set-up operation.
bool IsAccess(const PackedOp& op);
// Result: 0, or a negative errno number. Precondition: `op` is a set-up operation.
int SetUp(const PackedOp& op, const void* bytes);
// Precondition: IsAccess(op); called inside RunOperation. May end in a panic.
void MakeAccess(const PackedOp& op, const void* bytes, PackedResult* result, CallBytes* sent);

}  // namespace ring0

#endif  // SIM_RING0_REPLAY_OPERATIONS_H_
