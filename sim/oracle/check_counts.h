// Numbers of checks, lock acquisitions and attempts, and where races happen.
//
// Verifies, if the counts of the contract are exact and the outcome is allowed:
// - check.order: permission checks, populations, attempts and lock acquisitions are as many as in
//   the model, or at most as many for a subject that does not promise exact counts. Each race
//   happened where the model checks, faults, loads or uses, at the same progress of the access.
//
// Reports at most one violation for an operation.
//
// Does not verify: counts after a panic.
#ifndef SIM_ORACLE_CHECK_COUNTS_H_
#define SIM_ORACLE_CHECK_COUNTS_H_

#include "sim/oracle/evidence.h"

namespace sim {

void CheckCounts(const OpEvidence& evidence, Violations* violations);

}  // namespace sim

#endif  // SIM_ORACLE_CHECK_COUNTS_H_
