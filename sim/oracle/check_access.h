// The outcome of an access, and the addresses that it touched.
//
// CheckKernelHalf verifies access.kernel_half: no attempt and no fault of the library lies outside
// the window (a fault whose address the hardware does not tell lies at no canonical address).
// CheckResult verifies access.result: the outcome is one that the model allows; a panic that the
// model does not predict is left to check_fault and check_lock where they see its cause.
// CheckRacedAccesses verifies the same of the accesses that other CPUs make in the midst of one,
// and of what they do to the address space: whether a raced set-up operation has the outcome
// that the model predicts.
// CheckDoubleFetch verifies access.double_fetch, where the build traces loads and the runner
// watched them: get_as_str loads each byte at most once in each of its passes, everything else
// once. None verifies that bytes outside an access stay as they are: the next reading of them does.
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
