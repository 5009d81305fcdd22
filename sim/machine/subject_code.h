// The code of the subject that runs: where it lies, and its exception table.
//
// A fault whose instruction has a fixup resumes there if the fault cannot be resolved. Only code of
// the subject has fixups, and only code of the subject is resumed at.
#ifndef SIM_MACHINE_SUBJECT_CODE_H_
#define SIM_MACHINE_SUBJECT_CODE_H_

#include <cstdint>

#include "sim/subject/subject.h"

namespace sim {

// From now on the code is that of `subject`: the executable segments of the object that holds its
// find_fixup. None, if the subject has no find_fixup, or is null. Not inside a signal handler.
void UseCodeOf(const axptr_subject* subject);

// The functions below are safe in a signal handler.

// Whether `address` lies in the subject's code; false for a subject without find_fixup.
bool IsSubjectCode(uintptr_t address);

// Where the subject wants to go on if the instruction at `pc` faults and the fault cannot be
// resolved; 0: it does not say. Any answer is possible, also an address outside the subject's code.
// Precondition: IsSubjectCode(pc).
uintptr_t FindFixup(uintptr_t pc);

// Whether the subject has find_fixup and no flag, so that a fixup alone says that a fault may come.
bool FixupsReplaceFlag();

}  // namespace sim

#endif  // SIM_MACHINE_SUBJECT_CODE_H_
