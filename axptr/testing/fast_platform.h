// A platform header for tests on x86-64: the functions of rep_moves.h as transfer hooks. They are
// recorded in the trail like attempts (fake_platform.h).
#ifndef AXPTR_TESTING_FAST_PLATFORM_H_
#define AXPTR_TESTING_FAST_PLATFORM_H_

#include <cstddef>
#include <cstdint>

#include "axptr/default_platform.h"

namespace axptr {

struct Platform : DefaultPlatform {
  // Added to what each of the three returns: a primitive that is broken.
  static inline std::size_t too_many_left = 0;

  static std::size_t copy_from_user(void* to, std::uintptr_t from, std::size_t size_bytes);
  static std::size_t copy_to_user(std::uintptr_t to, const void* from, std::size_t size_bytes);
  static std::size_t zero_user(std::uintptr_t to, std::size_t size_bytes);
};

}  // namespace axptr

#endif  // AXPTR_TESTING_FAST_PLATFORM_H_
