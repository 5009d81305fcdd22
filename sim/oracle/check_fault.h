// Faults, and what the kernel makes of them.
//
// Verifies, for each fault in the trace:
// - fault.kernel_bug: it came in kernel code with the flag clear, or, of a subject that has an
//   exception table and no flag, at an instruction without a fixup. Provoked if the model predicts
//   a panic for this operation on this page.
// - access.closed: with smap=on, kernel code other than the library's touched user memory with user
//   access closed. Provoked, since the model predicts it; otherwise the outcome is not the model's.
// - fault.no_way_back: the flag was set, but no attempt under way, and the instruction has no
//   fixup; or the fixup lies outside the subject's code.
// - fault.out_of_range: it lies outside the ranges of all attempts under way; or, if the
// instruction
//   has a fixup, which says nothing of ranges, outside the pages of the memory that the operation
//   names.
// - fault.retried: the machine gave up on it, or the same fault (page and direction) was handled
//   twice in a row with nothing in between that could have undone it.
// The first three go by the events before the fault, and not only by what the machine thinks of
// it: a fault that it wrongly absorbed counts.
// Does not verify: whether a refused fault should have been refused (the outcome and the population
// show that); faults at the lock (check_lock).
#ifndef SIM_ORACLE_CHECK_FAULT_H_
#define SIM_ORACLE_CHECK_FAULT_H_

#include "sim/oracle/evidence.h"

namespace sim {

void CheckFault(const OpEvidence& evidence, Violations* violations);

}  // namespace sim

#endif  // SIM_ORACLE_CHECK_FAULT_H_
