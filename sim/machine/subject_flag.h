// The flag by which the page-fault handler knows that a fault in kernel code is expected. It
// belongs to the code under test: the machine reads and writes it by functions of the subject that
// runs.
#ifndef SIM_MACHINE_SUBJECT_FLAG_H_
#define SIM_MACHINE_SUBJECT_FLAG_H_

#include "sim/subject/subject.h"

namespace sim {

// Of one process, which runs one subject at a time.
struct SubjectFlag {
  bool (*get)();
  void (*set)(bool value);
};
extern constinit SubjectFlag g_subject_flag;

// From now on the flag is that of `subject`; never set, if the subject has none. Null: no subject
// runs, and it is that of the program, as it is from the start.
void UseFlagOf(const axptr_subject* subject);

// The flag of a program that calls a library itself (sim/direct), in use at once and whenever no
// subject runs. Without one it is never set. To be called before any subject is used.
void SetFlagOfProgram(SubjectFlag flag);

// Whether the flag is set on the current CPU. Safe in a signal handler, as the next one.
inline bool FaultsAllowed() { return g_subject_flag.get(); }
inline void AllowFaults(bool value) { g_subject_flag.set(value); }

}  // namespace sim

#endif  // SIM_MACHINE_SUBJECT_FLAG_H_
