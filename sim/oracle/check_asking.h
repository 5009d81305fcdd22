// What the library asks of the address space (the check.* family).
//
// Verifies:
// - check.order: nothing is asked where alignment or size decide already; nothing is populated but
//   whole pages for which a permission check was just answered with yes, under the same lock.
// - check.range: a check asks for USER and READ, and for a mutable access WRITE; every attempt lies
//   in what was checked and may be touched; all that a result of ok hands out was checked, a
//   string's terminator too.
// At most one violation of each name an operation.
// Does not verify: that no more is asked than needed (a needless question is harmless, a needless
// refusal shows in the outcome); whether the address space answered truly (the outcome).
#ifndef SIM_ORACLE_CHECK_ASKING_H_
#define SIM_ORACLE_CHECK_ASKING_H_

#include "sim/oracle/evidence.h"

namespace sim {

void CheckAsking(const OpEvidence& evidence, Violations* violations);

}  // namespace sim

#endif  // SIM_ORACLE_CHECK_ASKING_H_
