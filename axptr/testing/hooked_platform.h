// A platform header for tests (AXPTR_PLATFORM_HEADER). It models hardware that closes user memory
// by a thread-local variable, which is true while user memory is open. fake_platform.h checks the
// variable.
#ifndef AXPTR_TESTING_HOOKED_PLATFORM_H_
#define AXPTR_TESTING_HOOKED_PLATFORM_H_

#include <utility>

#include "axptr/default_platform.h"

namespace axptr {

struct Platform : ThreadLocalFlag {
  using UserAccessState = bool;
  static UserAccessState open_user_access() { return std::exchange(user_access_is_open, true); }
  static UserAccessState close_user_access() { return std::exchange(user_access_is_open, false); }
  static void restore_user_access(UserAccessState earlier) { user_access_is_open = earlier; }

  static inline thread_local bool user_access_is_open = false;
};

}  // namespace axptr

#endif  // AXPTR_TESTING_HOOKED_PLATFORM_H_
