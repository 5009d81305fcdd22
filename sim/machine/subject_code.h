// The code of the running subject: its address ranges, and its exception table.
//
// An unresolved fault of an instruction with a fixup resumes at the fixup. Both the instruction and
// the fixup must lie in the subject's code.
#ifndef SIM_MACHINE_SUBJECT_CODE_H_
#define SIM_MACHINE_SUBJECT_CODE_H_

#include <cstdint>

#include "sim/subject/subject.h"

namespace sim {

// Sets the subject whose code is used: the executable segments of the object that holds its
// find_fixup. There is no such code if `subject` is null or has no find_fixup. Not to be called
// inside a signal handler.
void UseCodeOf(const axptr_subject* subject);

// The functions below are safe in a signal handler.

// Whether `address` lies in the subject's code; false for a subject without find_fixup.
bool IsSubjectCode(uintptr_t address);

// The result of the subject's find_fixup for the instruction at `pc`; 0: no fixup. The result is
// unchecked: it can be any address, also one outside the subject's code. Precondition:
// IsSubjectCode(pc).
uintptr_t FindFixup(uintptr_t pc);

// Whether the subject has find_fixup and no user-access flag: then a fault is expected if and only
// if the instruction has a fixup.
bool FixupsReplaceFlag();

}  // namespace sim

#endif  // SIM_MACHINE_SUBJECT_CODE_H_
