// What holds whenever user memory is touched, opened or closed.
//
// Verifies, of each name the first in an operation, also of what other CPUs do in the middle of it:
// - access.closed: each touch comes with user access open.
// - flag.clear_in_attempt, lock.held_in_attempt: with the flag set, and the lock free.
// - access.out_of_attempt: in the range of the innermost attempt.
// - access.order: behind what that attempt loaded (of a store: stored to) before.
// - access.left_open: user access is opened and closed with the flag set; it is closed where the
//   address space is asked, in the fault handler, and while the task is switched away.
// - flag.set_outside: so is the flag clear in the handler, and while the task is switched away.
// Does not verify: touches of a subject that does not report them, or that makes no attempts
// (Facet::kTouches), but for those by its caller inside an access.
#ifndef SIM_ORACLE_CHECK_TOUCH_H_
#define SIM_ORACLE_CHECK_TOUCH_H_

#include "sim/oracle/evidence.h"

namespace sim {

void CheckTouch(const OpEvidence& evidence, Violations* violations);

}  // namespace sim

#endif  // SIM_ORACLE_CHECK_TOUCH_H_
