// How often the library asks, locks and attempts, and where that lets races go off.
//
// Verifies, where the counts of the contract are exact, and the outcome is as it should be:
// - check.order: as many permission checks, populations, attempts, and times that the lock is taken
//   as the model makes, or, of a subject that does not promise to count exactly, at most as many;
//   each race that went off did so where the model checks, faults, loads or uses, as far on in the
//   access.
// At most one violation an operation.
// Does not verify: counts after a panic.
#ifndef SIM_ORACLE_CHECK_COUNTS_H_
#define SIM_ORACLE_CHECK_COUNTS_H_

#include "sim/oracle/evidence.h"

namespace sim {

void CheckCounts(const OpEvidence& evidence, Violations* violations);

}  // namespace sim

#endif  // SIM_ORACLE_CHECK_COUNTS_H_
