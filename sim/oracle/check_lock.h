// The lock of the address space.
//
// Verifies, with at most one violation of each name for an operation:
// - lock.held_in_attempt: an attempt begins, or a fault occurs, while the CPU holds the lock.
// - lock.taken_twice: the CPU takes the lock that it holds, for a second check or in its fault
//   handler.
// - lock.not_released: a CPU holds the lock after the operation.
// - lock.released_free: a CPU releases the lock without holding it.
//
// Does not verify: that checks are made under the lock (the machine's provider ensures that, and a
// scenario may have no lock); anything after a panic.
#ifndef SIM_ORACLE_CHECK_LOCK_H_
#define SIM_ORACLE_CHECK_LOCK_H_

#include "sim/oracle/evidence.h"

namespace sim {

void CheckLock(const OpEvidence& evidence, Violations* violations);

}  // namespace sim

#endif  // SIM_ORACLE_CHECK_LOCK_H_
