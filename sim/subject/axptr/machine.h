// What the machine offers to the library as a subject. `axptr` is a macro here, so that each
// subject has one.
#ifndef SIM_SUBJECT_AXPTR_MACHINE_H_
#define SIM_SUBJECT_AXPTR_MACHINE_H_

#include "sim/subject/subject.h"

namespace axptr {

// Nothing, until the subject is attached to one.
inline constexpr axptr_machine kNoMachine = {};
inline constinit const axptr_machine* g_machine = &kNoMachine;

}  // namespace axptr

#endif  // SIM_SUBJECT_AXPTR_MACHINE_H_
