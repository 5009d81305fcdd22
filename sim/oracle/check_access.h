// The outcome of an access, and the addresses that it accessed.
//
// - CheckKernelHalf verifies access.kernel_half: no attempt and no fault of the library lies
//   outside the window. (A fault without an address from the hardware is a non-canonical address.)
// - CheckResult verifies access.result: the model allows the outcome. CheckResult does not report
//   an unpredicted panic whose cause check_fault or check_lock reports.
// - CheckRacedAccesses verifies access.result for the accesses that other CPUs make during an
//   access. CheckRacedSetUps verifies that a raced set-up operation has the predicted outcome.
// - CheckDoubleFetch verifies access.double_fetch, if the build traces loads and the runner watched
//   them: get_as_str loads each byte at most once in each of its passes; every other access loads
//   each byte at most once.
//
// Does not verify: that bytes outside an access are unchanged; the next operation that reads them
// does.
#ifndef SIM_ORACLE_CHECK_ACCESS_H_
#define SIM_ORACLE_CHECK_ACCESS_H_

#include "sim/oracle/evidence.h"

namespace sim {

void CheckKernelHalf(const OpEvidence& evidence, Violations* violations);

void CheckResult(const OpEvidence& evidence, Violations* violations);

void CheckRacedAccesses(const OpEvidence& evidence, Violations* violations);

void CheckRacedSetUps(const OpEvidence& evidence, Violations* violations);

void CheckDoubleFetch(const OpEvidence& evidence, Violations* violations);

}  // namespace sim

#endif  // SIM_ORACLE_CHECK_ACCESS_H_
