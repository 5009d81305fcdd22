#include "axptr/testing/fast_platform.h"

#include "axptr/mapping_flags.h"
#include "axptr/testing/fake_platform.h"
#include "axptr/testing/rep_moves.h"

namespace axptr {
namespace {

// Calls primitive(), which accesses user memory, with fixups instead of an attempt.
template <typename F>
std::size_t with_fixups(std::uintptr_t user, std::size_t size_bytes, MappingFlags access,
                        F primitive) {
  testing::find_fixups_by(&RepMoves::find_fixup);
  if (!testing::begin_access(user, size_bytes, access.bits())) return size_bytes;
  const std::size_t left = primitive();
  testing::end_access(left == 0);
  return left + Platform::too_many_left;
}

}  // namespace

std::size_t Platform::copy_from_user(void* to, std::uintptr_t from, std::size_t size_bytes) {
  return with_fixups(from, size_bytes, MappingFlags::READ,
                     [&] { return RepMoves::copy_from_user(to, from, size_bytes); });
}

std::size_t Platform::copy_to_user(std::uintptr_t to, const void* from, std::size_t size_bytes) {
  return with_fixups(to, size_bytes, MappingFlags::WRITE,
                     [&] { return RepMoves::copy_to_user(to, from, size_bytes); });
}

std::size_t Platform::zero_user(std::uintptr_t to, std::size_t size_bytes) {
  return with_fixups(to, size_bytes, MappingFlags::WRITE,
                     [&] { return RepMoves::zero_user(to, size_bytes); });
}

}  // namespace axptr
