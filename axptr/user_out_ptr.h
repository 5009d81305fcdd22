// Pointers to user memory that the kernel only writes: UserOutPtr<T> (WRITE alone).
//
// With UserConstPtr (in) and UserPtr (in and out) the signature of a system call says what the
// kernel does with each argument:
//
//   LinuxResult<std::size_t> sys_getcwd(UserOutPtr<char> buffer, std::size_t size);
//
// Memory that the user may write but not read is accepted here; UserPtr returns EFAULT for it. No
// function returns a pointer or reference to the memory, because it could be read.
#ifndef AXPTR_USER_OUT_PTR_H_
#define AXPTR_USER_OUT_PTR_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>

#include "axptr/addr_space.h"
#include "axptr/copied.h"
#include "axptr/copy_bytes.h"
#include "axptr/copy_str.h"
#include "axptr/layout.h"
#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "axptr/user_plain.h"
#include "axptr/user_ptr.h"
#include "axptr/user_value.h"
#include "axptr/virt_addr.h"

namespace axptr {

// The functions have the guarantees and errors of the functions of UserPtr with the same name; they
// need only WRITE and USER.
template <typename T>
class UserOutPtr {
 public:
  using Value = T;  // the type of the value at the address

  // What the memory is checked for.
  static constexpr MappingFlags ACCESS_FLAGS = MappingFlags::WRITE;

  // Null.
  constexpr UserOutPtr() = default;

  // The pointer with the value `address`, as a system call receives it. Unchecked.
  constexpr explicit UserOutPtr(std::uintptr_t address) : address_(address) {}

  // The pointer to `address`. Unchecked.
  constexpr explicit UserOutPtr(VirtAddr address) : address_(address.as_usize()) {}

  // Implicit: read-write memory is writable memory.
  constexpr UserOutPtr(UserPtr<T> pointer)  // NOLINT(google-explicit-constructor)
      : address_(pointer.address().as_usize()) {}

  // The address, unchecked.
  constexpr VirtAddr address() const { return VirtAddr(address_); }

  // The same address as a pointer to U. Alignment is checked by the functions that access memory.
  template <typename U>
  constexpr UserOutPtr<U> cast() const {
    return UserOutPtr<U>(address_);
  }

  // Whether the address is 0.
  constexpr bool is_null() const { return address_ == 0; }

  // nullopt for null, else this pointer: for optional parameters of a system call.
  constexpr std::optional<UserOutPtr> nullable() const {
    if (is_null()) return std::nullopt;
    return *this;
  }

  // Writes `value`. Linux: put_user.
  template <internal::ProviderArgument P>
  Copied write(P&& provider, internal::ValueArgument<T> value) const {
    internal::require_user_plain<T>();
    return internal::write_value<T>(provider, address(), alignof(T), value, ACCESS_FLAGS);
  }

  // The same at an address of any alignment.
  template <internal::ProviderArgument P>
  Copied write_unaligned(P&& provider, internal::ValueArgument<T> value) const {
    internal::require_user_plain<T>();
    return internal::write_value<T>(provider, address(), 1, value, ACCESS_FLAGS);
  }

  // Writes the elements of `source`. Linux: copy_to_user.
  template <internal::ProviderArgument P>
  Copied write_from(P&& provider, std::span<const T> source) const {
    internal::require_user_plain<T>();
    const auto layout = Layout::array<T>(source.size());
    if (!layout || !address().is_aligned(alignof(T))) return refused();
    return internal::write_bytes(provider, address(),
                                 reinterpret_cast<const std::byte*>(source.data()),
                                 layout->size_bytes, ACCESS_FLAGS);
  }

  // Writes zeros over `length` elements. Linux: clear_user.
  template <internal::ProviderArgument P>
  Copied zero(P&& provider, std::size_t length) const {
    internal::require_user_plain<T>();
    const auto layout = Layout::array<T>(length);
    if (!layout || !address().is_aligned(alignof(T))) return refused();
    return internal::zero_bytes(provider, address(), layout->size_bytes, ACCESS_FLAGS);
  }

  // Writes `text` and a terminator, where the user's buffer has `room` bytes. XNU: copyoutstr.
  template <internal::ProviderForWritingText<T, true> P>
  Copied write_str(P&& provider, std::span<const char> text, std::size_t room) const {
    return internal::write_null_terminated(provider, address(), text, room, ACCESS_FLAGS);
  }

  // Whether the addresses are equal.
  friend constexpr bool operator==(const UserOutPtr&, const UserOutPtr&) = default;

 private:
  constexpr Copied refused() const {
    return {.done = 0, .error = LinuxError::kEfault, .address = address()};
  }

  std::uintptr_t address_ = 0;
};

// Any bit pattern is a user pointer.
template <typename T>
inline constexpr bool internal::kIsUserPtr<UserOutPtr<T>> = true;
static_assert(sizeof(UserOutPtr<void>) == sizeof(std::uintptr_t) &&
                  std::is_trivially_copyable_v<UserOutPtr<void>>,
              "a user pointer is a number and nothing else");

}  // namespace axptr

#endif  // AXPTR_USER_OUT_PTR_H_
