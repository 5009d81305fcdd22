// The per-CPU user-access flag.
//
// Verifies, with at most one violation of each name for an operation:
// - flag.clear_in_attempt: an attempt begins or ends with the flag clear.
// - flag.set_outside: the flag is set at an event where user memory is not accessed: a check or a
//   population, the lock taken or released, a race, each outside an attempt; or a check or a
//   population inside an attempt. The lock of the fault handler inside an attempt is permitted.
// - flag.stuck: the flag after the operation differs from the flag before.
//
// Does not verify: a subject without a flag (Facet::kFlag); an operation that begins with the flag
// set (flag.stuck was reported for the earlier operation); the flag after a panic; the flags of
// other CPUs until they run.
#ifndef SIM_ORACLE_CHECK_FLAG_H_
#define SIM_ORACLE_CHECK_FLAG_H_

#include "sim/oracle/evidence.h"

namespace sim {

void CheckFlag(const OpEvidence& evidence, Violations* violations);

}  // namespace sim

#endif  // SIM_ORACLE_CHECK_FLAG_H_
