// A platform header with which save_user_access must not compile: its hardware closes user memory,
// and it does not define close_user_access.
#ifndef AXPTR_TESTING_UNCLOSED_PLATFORM_H_
#define AXPTR_TESTING_UNCLOSED_PLATFORM_H_

#include "axptr/default_platform.h"

namespace axptr {

struct Platform : ThreadLocalFlag {
  using UserAccessState = bool;
  static UserAccessState open_user_access() { return true; }
  static void restore_user_access(UserAccessState) {}
};

}  // namespace axptr

#endif  // AXPTR_TESTING_UNCLOSED_PLATFORM_H_
