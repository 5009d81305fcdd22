// The checks and populations that the library requests (the check.* family).
//
// Verifies:
// - check.order: no check where alignment or size already decide. Only whole pages are populated,
//   and only pages that a permission check has just permitted under the same lock.
// - check.range: a check requires USER and READ, and for a mutable access WRITE. Every attempt lies
//   in the checked range and may access all of it. All memory that a result of ok lends out was
//   checked, a string's terminator included.
//
// Reports at most one violation of each name for an operation.
//
// Does not verify: that the library makes no unnecessary check (such a check is harmless, and an
// unnecessary error shows in the outcome); that the answers of the address space are right (the
// outcome shows that).
#ifndef SIM_ORACLE_CHECK_ASKING_H_
#define SIM_ORACLE_CHECK_ASKING_H_

#include "sim/oracle/evidence.h"

namespace sim {

void CheckAsking(const OpEvidence& evidence, Violations* violations);

}  // namespace sim

#endif  // SIM_ORACLE_CHECK_ASKING_H_
