// The per-CPU flag that allows faults.
//
// Verifies, at most one violation of each name an operation:
// - flag.clear_in_attempt: an attempt begins or ends with the flag clear.
// - flag.set_outside: the flag is set at an event where user memory is not touched: a question to
//   the address space, the lock taken or let go, a race, all outside of an attempt; or a question
//   inside of one. The fault handler's lock inside of an attempt is fine.
// - flag.stuck: it is not after the operation what it was before.
// Does not verify: a subject without a flag (Facet::kFlag); an operation that begins with the flag
// set (flag.stuck was reported where that came from); the flag after a panic; other CPUs' flags
// until they run.
#ifndef SIM_ORACLE_CHECK_FLAG_H_
#define SIM_ORACLE_CHECK_FLAG_H_

#include "sim/oracle/evidence.h"

namespace sim {

void CheckFlag(const OpEvidence& evidence, Violations* violations);

}  // namespace sim

#endif  // SIM_ORACLE_CHECK_FLAG_H_
