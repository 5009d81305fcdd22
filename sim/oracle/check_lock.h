// The lock of the address space.
//
// Verifies, at most one violation of each name an operation:
// - lock.held_in_attempt: an attempt begins, or a fault comes, while the CPU holds the lock.
// - lock.taken_twice: the CPU takes the lock that it holds: for a second question, or in its fault
//   handler.
// - lock.not_released: somebody holds it after the operation.
// - lock.released_free: the CPU lets it go without holding it.
// Does not verify: that questions are asked under the lock (the machine's provider sees to that,
// and a scenario may have no lock); anything after a panic.
#ifndef SIM_ORACLE_CHECK_LOCK_H_
#define SIM_ORACLE_CHECK_LOCK_H_

#include "sim/oracle/evidence.h"

namespace sim {

void CheckLock(const OpEvidence& evidence, Violations* violations);

}  // namespace sim

#endif  // SIM_ORACLE_CHECK_LOCK_H_
