// The user-access flag: if it is set, the page-fault handler expects faults in kernel code. The
// flag belongs to the code under test: the machine reads and writes it through functions of the
// running subject.
#ifndef SIM_MACHINE_SUBJECT_FLAG_H_
#define SIM_MACHINE_SUBJECT_FLAG_H_

#include "sim/subject/subject.h"

namespace sim {

// The accessors of the flag. One pair per process, which runs one subject at a time.
struct SubjectFlag {
  bool (*get)();
  void (*set)(bool value);
};
extern constinit SubjectFlag g_subject_flag;

// Selects the flag of `subject`; a subject without a flag has it never set. Null: no subject runs,
// and the flag is that of the program, as it is initially.
void UseFlagOf(const axptr_subject* subject);

// Sets the flag of a program that calls a library itself (sim/direct). It is used from now on
// whenever no subject runs. Without this call, the flag of the program is never set. To be called
// before any subject is used.
void SetFlagOfProgram(SubjectFlag flag);

// Whether the flag is set on the current CPU; and setting it. Both are safe in a signal handler.
inline bool FaultsAllowed() { return g_subject_flag.get(); }
inline void AllowFaults(bool value) { g_subject_flag.set(value); }

}  // namespace sim

#endif  // SIM_MACHINE_SUBJECT_FLAG_H_
