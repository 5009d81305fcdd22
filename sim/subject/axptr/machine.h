// The machine's services for the library as a subject. `axptr` is a macro here, so that each
// subject has its own variable.
#ifndef SIM_SUBJECT_AXPTR_MACHINE_H_
#define SIM_SUBJECT_AXPTR_MACHINE_H_

#include "sim/subject/subject.h"

namespace axptr {

// Used before attach: all services are null.
inline constexpr axptr_machine kNoMachine = {};
inline constinit const axptr_machine* g_machine = &kNoMachine;

}  // namespace axptr

#endif  // SIM_SUBJECT_AXPTR_MACHINE_H_
