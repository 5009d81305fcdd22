// Faults, and how the kernel handles them. An attempt is one recoverable user access: if a fault in
// its range is unresolved, the library resumes at the end of the attempt.
//
// Verifies, for each fault in the trace:
// - fault.kernel_bug: the fault occurred in kernel code with the user-access flag clear, or, for a
//   subject that has an exception table and no flag, at an instruction without a fixup. Provoked if
//   the model predicts a panic for this operation on this page.
// - access.closed: with smap=on, kernel code other than the library accessed user memory while user
//   access was closed. Provoked, since the model predicts it; otherwise the outcome is not the
//   model's.
// - fault.no_way_back: the flag was set, but no attempt was under way and the instruction has no
//   fixup; or the fixup lies outside the subject's code.
// - fault.out_of_range: the fault lies outside the ranges of all attempts under way; or, if the
//   instruction has a fixup (which has no range), outside the pages of the memory that the
//   operation names.
// - fault.retried: the machine gave up on the fault, or the same fault (page and direction) was
//   handled twice in a row without an event in between that could have undone the first handling.
//
// The first three use the events before the fault, not only the machine's classification, so that a
// fault which the machine wrongly resolved counts.
//
// Does not verify: whether an unresolved fault is right (the outcome and the population show that);
// faults at the lock (check_lock).
#ifndef SIM_ORACLE_CHECK_FAULT_H_
#define SIM_ORACLE_CHECK_FAULT_H_

#include "sim/oracle/evidence.h"

namespace sim {

void CheckFault(const OpEvidence& evidence, Violations* violations);

}  // namespace sim

#endif  // SIM_ORACLE_CHECK_FAULT_H_
