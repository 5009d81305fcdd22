#include "axptr/testing/fast_platform.h"

#include "axptr/mapping_flags.h"
#include "axptr/testing/fake_platform.h"

extern "C" {
// The instructions that may fault, and what follows them. The count of bytes that are left is in
// %rcx then.
extern const char axptr_fast_move[];
extern const char axptr_fast_move_end[];
extern const char axptr_fast_zero[];
extern const char axptr_fast_zero_end[];
}

namespace axptr {
namespace {

[[gnu::noinline]] std::size_t move(void* to, const void* from, std::size_t size_bytes) {
  asm volatile(
      ".globl axptr_fast_move, axptr_fast_move_end\n"
      "axptr_fast_move: rep movsb\n"
      "axptr_fast_move_end:"
      : "+D"(to), "+S"(from), "+c"(size_bytes)
      :
      : "memory");
  return size_bytes;
}

[[gnu::noinline]] std::size_t zero(void* to, std::size_t size_bytes) {
  asm volatile(
      ".globl axptr_fast_zero, axptr_fast_zero_end\n"
      "axptr_fast_zero: rep stosb\n"
      "axptr_fast_zero_end:"
      : "+D"(to), "+c"(size_bytes)
      : "a"(0)
      : "memory");
  return size_bytes;
}

// `primitive()` over user memory, in place of an attempt.
template <typename F>
std::size_t with_fixups(std::uintptr_t user, std::size_t size_bytes, MappingFlags access,
                        F primitive) {
  testing::add_fixup(axptr_fast_move, axptr_fast_move_end);
  testing::add_fixup(axptr_fast_zero, axptr_fast_zero_end);
  if (!testing::begin_access(user, size_bytes, access.bits())) return size_bytes;
  const std::size_t left = primitive();
  testing::end_access(left == 0);
  return left + Platform::too_many_left;
}

}  // namespace

std::size_t Platform::copy_from_user(void* to, std::uintptr_t from, std::size_t size_bytes) {
  return with_fixups(from, size_bytes, MappingFlags::READ,
                     [&] { return move(to, reinterpret_cast<const void*>(from), size_bytes); });
}

std::size_t Platform::copy_to_user(std::uintptr_t to, const void* from, std::size_t size_bytes) {
  return with_fixups(to, size_bytes, MappingFlags::WRITE,
                     [&] { return move(reinterpret_cast<void*>(to), from, size_bytes); });
}

std::size_t Platform::zero_user(std::uintptr_t to, std::size_t size_bytes) {
  return with_fixups(to, size_bytes, MappingFlags::WRITE,
                     [&] { return zero(reinterpret_cast<void*>(to), size_bytes); });
}

}  // namespace axptr
