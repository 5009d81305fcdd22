// Invariants at each access to user memory, and where user access is opened or closed.
//
// Verifies, reporting the first violation of each name in an operation, also for accesses of other
// CPUs during it:
// - access.closed: user access is open at each access to user memory.
// - flag.clear_in_attempt, lock.held_in_attempt: the flag is set, and the lock is free.
// - access.out_of_attempt: the access lies in the range of the innermost attempt.
// - access.order: the access lies after all bytes that this attempt loaded (for a store: stored to)
//   before.
// - access.misaligned: the access is aligned to its size, if the contract promises it.
// - access.left_open: user access is opened and closed with the flag set. User access is closed
//   during checks of the address space, in the fault handler, and while the task is switched away.
// - flag.set_outside: the flag is clear in the handler, and while the task is switched away.
//
// Does not verify: accesses of a subject that does not report them, or that makes no attempts
// (Facet::kTouches), except accesses by its caller inside a library access.
#ifndef SIM_ORACLE_CHECK_TOUCH_H_
#define SIM_ORACLE_CHECK_TOUCH_H_

#include "sim/oracle/evidence.h"

namespace sim {

void CheckTouch(const OpEvidence& evidence, Violations* violations);

}  // namespace sim

#endif  // SIM_ORACLE_CHECK_TOUCH_H_
