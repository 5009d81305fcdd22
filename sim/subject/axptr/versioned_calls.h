// Calls of read_versioned and write_versioned. Maps the description of a struct in
// subject_copying.h (size, alignment, and size of the first version) to a C++ type.
#ifndef SIM_SUBJECT_AXPTR_VERSIONED_CALLS_H_
#define SIM_SUBJECT_AXPTR_VERSIONED_CALLS_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "axptr/user_out_ptr.h"
#include "axptr/user_ptr.h"
#include "axptr/versioned.h"
#include "sim/subject/subject_copying.h"

// In the namespace of the library, which each subject has for itself.
namespace axptr::calls {

// A struct whose first version had `kFirst` bytes.
template <typename T, std::size_t kFirst>
struct Versioned {
  static bool Is(axptr_element element, std::size_t first_size) {
    return element.size == sizeof(T) && element.align == alignof(T) && first_size == kFirst;
  }

  template <typename P>
  static int Read(P&& provider, void* to, std::uint64_t start, std::size_t usize) {
    const auto value = read_versioned<T, kFirst>(provider, UserConstPtr<T>(start), usize);
    if (!value) return -static_cast<int>(value.error());
    __builtin_memcpy(to, &*value, sizeof(T));  // `to` has any alignment
    return 0;
  }

  template <typename P>
  static int Write(P&& provider, std::uint64_t start, std::size_t usize, const void* from,
                   std::size_t* written, bool* dropped_nonzero) {
    T value;
    __builtin_memcpy(&value, from, sizeof(T));
    const auto result = write_versioned<T, kFirst>(provider, UserOutPtr<T>(start), usize, value);
    if (!result) return -static_cast<int>(result.error());
    *written = result->written;
    *dropped_nonzero = result->dropped_nonzero;
    // An error that no call of the library returns, if kernel memory gets other bytes than the
    // user.
    return AgreesInKernelMemory(value, *result) ? 0 : -static_cast<int>(LinuxError::kEexist);
  }

 private:
  // Whether the functions for structs in kernel memory write `value` as it was written to the user,
  // read it back, and refuse what they must refuse.
  static bool AgreesInKernelMemory(const T& value, const VersionedWrite& to_user) {
    std::byte room[kPageSize4K + 1];
    __builtin_memset(room, 0xa5, sizeof(room));
    const std::span<std::byte> bytes(room, to_user.written);
    const auto result = write_versioned<T, kFirst>(bytes, value);
    const bool is_same = result && result->written == to_user.written &&
                         result->dropped_nonzero == to_user.dropped_nonzero;
    const std::size_t known = bytes.size() < sizeof(T) ? bytes.size() : sizeof(T);
    const auto* const source = reinterpret_cast<const std::byte*>(&value);
    return is_same && IsFollowedByZeros(bytes, {source, known}) &&
           room[bytes.size()] == std::byte{0xa5} && IsReadBack(bytes, {source, known}) &&
           RefusesOtherSizes(room, value);
  }

  // Whether `bytes` are `first`, and then zeros.
  static bool IsFollowedByZeros(std::span<const std::byte> bytes,
                                std::span<const std::byte> first) {
    if (__builtin_memcmp(bytes.data(), first.data(), first.size()) != 0) return false;
    for (const std::byte byte : bytes.subspan(first.size())) {
      if (byte != std::byte{0}) return false;
    }
    return true;
  }

  static bool IsReadBack(std::span<std::byte> bytes, std::span<const std::byte> first) {
    const auto value = read_versioned<T, kFirst>(std::span<const std::byte>(bytes));
    if (!value) return false;
    const auto* const read = reinterpret_cast<const std::byte*>(&*value);
    if (!IsFollowedByZeros({read, sizeof(T)}, first)) return false;
    if (bytes.size() <= sizeof(T)) return true;
    bytes.back() = std::byte{1};
    return IsError(read_versioned<T, kFirst>(std::span<const std::byte>(bytes)),
                   LinuxError::kE2big);
  }

  static bool RefusesOtherSizes(std::span<std::byte> room, const T& value) {
    const std::span<const std::byte> source = room;
    return IsError(write_versioned<T, kFirst>(room.first(kFirst - 1), value),
                   LinuxError::kEinval) &&
           IsError(write_versioned<T, kFirst>(room, value), LinuxError::kE2big) &&
           IsError(read_versioned<T, kFirst>(source.first(kFirst - 1)), LinuxError::kEinval) &&
           IsError(read_versioned<T, kFirst>(source), LinuxError::kE2big);
  }

  template <typename Result>
  static bool IsError(const Result& result, LinuxError error) {
    return !result && result.error() == error;
  }
};

template <typename... Structs>
struct VersionedList {
  // Calls `visit` with the type of Structs that the arguments describe. Precondition: there is such
  // a type.
  template <typename Visitor>
  static int Visit(axptr_element element, std::size_t first_size, Visitor visit) {
    int result = 0;
    const bool is_found =
        ((Structs::Is(element, first_size) && (result = visit(Structs()), true)) || ...);
    if (!is_found) __builtin_trap();
    return result;
  }
};

}  // namespace axptr::calls

#endif  // SIM_SUBJECT_AXPTR_VERSIONED_CALLS_H_
