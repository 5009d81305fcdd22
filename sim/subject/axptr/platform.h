// The platform header of the library as a subject (AXPTR_PLATFORM_HEADER): the flag of the default
// platform, user access through the machine, and with AXPTR_SUBJECT_REP_MOVES the primitives of
// rep_moves.h. `axptr` is a macro here, so that each subject has its own Platform.
#ifndef SIM_SUBJECT_AXPTR_PLATFORM_H_
#define SIM_SUBJECT_AXPTR_PLATFORM_H_

#include "axptr/default_platform.h"
#ifdef AXPTR_SUBJECT_REP_MOVES
#include "axptr/testing/rep_moves.h"
#endif
#include "sim/subject/axptr/machine.h"
#include "sim/subject/subject_access.h"

namespace axptr {

#ifdef AXPTR_SUBJECT_REP_MOVES
using Primitives = RepMoves;
#else
struct Primitives {};
#endif

struct Platform : ThreadLocalFlag, Primitives {
  using UserAccessState = bool;
  static UserAccessState open_user_access() {
    return g_machine->user_access != nullptr && g_machine->user_access->open();
  }
  static void restore_user_access(UserAccessState earlier) {
    if (g_machine->user_access != nullptr) g_machine->user_access->restore(earlier);
  }
  static UserAccessState close_user_access() {
    // `open` needs the flag. Where the flag is clear, user memory is closed.
    if (!is_accessing_user_memory()) return false;
    const UserAccessState earlier = open_user_access();
    restore_user_access(false);
    return earlier;
  }
};

}  // namespace axptr

#endif  // SIM_SUBJECT_AXPTR_PLATFORM_H_
