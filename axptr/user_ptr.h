// Pointers that a user passed to the kernel: UserPtr<T> (READ|WRITE) and UserConstPtr<T> (READ).
//
// A user pointer is a number that an untrusted program chose. Its existence proves nothing about
// memory. It supports two operations: inspecting the number, and accessing the memory through an
// address space, which checks it:
//
//   LinuxResult<std::size_t> sys_write_time(UserPtr<Timespec> out) {
//     const Timespec now = clock_now();
//     const auto written = out.access(current_process(), [&](Timespec& to) { to = now; });
//     if (!written) return std::unexpected(written.error());
//     return sizeof(now);
//   }
//
// The memory is accessed in one of three ways:
// - `read`, `write`, `read_into`, `write_from`, `zero` and the string functions copy. If the memory
//   is unmapped during the copy, the result is EFAULT, and the bytes copied before it stay valid.
//   Prefer these functions.
// - `access` calls a function over the checked memory with the user-access flag (user_access.h)
//   set. If the memory is unmapped during the call, the result is EFAULT.
// - `get`, `get_as_slice`, `get_as_null_terminated` and `get_as_str` check the memory and return a
//   pointer to it. At the time of the check the memory was mapped, permitted and present. The
//   pointer does not keep it so: if another CPU unmaps the memory, or reclaim or fork (copy on
//   write) removes or write-protects it, an access through the pointer is a kernel bug (deviation
//   4). The content is not stable either: another thread of the user can change it between two
//   loads. Where the hardware closes user memory to the kernel (SMAP, PAN, SUM), the pointer may be
//   dereferenced inside access_user_memory only.
#ifndef AXPTR_USER_PTR_H_
#define AXPTR_USER_PTR_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

#include "axptr/addr_space.h"
#include "axptr/check_region.h"
#include "axptr/copied.h"
#include "axptr/copy_bytes.h"
#include "axptr/copy_str.h"
#include "axptr/layout.h"
#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "axptr/null_terminated.h"
#include "axptr/user_access.h"
#include "axptr/user_plain.h"
#include "axptr/user_value.h"
#include "axptr/utf8.h"
#include "axptr/virt_addr.h"

namespace axptr {
namespace internal {

// Whether text can be read through a pointer to T with the provider `P`: T is a one-byte integer,
// and the pointer is read-only.
template <typename P, typename T, bool kWritable>
concept ProviderForText = ProviderArgument<P> && !kWritable && std::integral<T> &&
                          !std::same_as<T, bool> && sizeof(T) == 1;

// Whether memory can be written through the pointer with the provider `P`.
template <typename P, bool kWritable>
concept ProviderForWriting = ProviderArgument<P> && kWritable;

// Whether a string can be written through a pointer to T with the provider `P`.
template <typename P, typename T, bool kWritable>
concept ProviderForWritingText = ProviderForWriting<P, kWritable> && std::integral<T> &&
                                 !std::same_as<T, bool> && sizeof(T) == 1;

template <typename F, typename Argument>
concept UserFunction = std::invocable<F&, Argument>;

// The result type of a recoverable call of `function(argument)`.
template <typename F, typename Argument>
struct AttemptResult {
  using Value = std::invoke_result_t<F&, Argument>;
  static_assert(std::is_void_v<Value> || (std::is_trivially_copyable_v<Value> &&
                                          std::is_trivially_destructible_v<Value>),
                "axptr: a function over user memory can be abandoned half-way, so it must return "
                "void or a value that is trivially copyable and trivially destructible");
  using Type = LinuxResult<Value>;
};

template <typename F, typename Argument>
using AttemptResultOf = typename AttemptResult<F, Argument>::Type;

}  // namespace internal

// The common implementation of UserPtr and UserConstPtr, which differ in the permitted accesses
// only. T may be any type, also void or an incomplete one; a function that accesses memory requires
// a UserPlain T. `provider` is an AddrSpaceProvider. The functions do not call it if the address,
// the size and the alignment already determine the result.
template <typename T, bool kWritable>
class BasicUserPtr {
 public:
  using Value = T;  // the type of the value at the address

  // T; const T if the memory may be read only.
  using Element = std::conditional_t<kWritable, T, const T>;
  using Reference = std::add_lvalue_reference_t<Element>;  // `Element&`, and void for void

  // What the memory is checked for.
  static constexpr MappingFlags ACCESS_FLAGS =
      kWritable ? MappingFlags::READ | MappingFlags::WRITE : MappingFlags::READ;

  // Null.
  constexpr BasicUserPtr() = default;

  // The pointer with the value `address`, as a system call receives it. Unchecked.
  constexpr explicit BasicUserPtr(std::uintptr_t address) : address_(address) {}

  // The pointer to `address`. Unchecked.
  constexpr explicit BasicUserPtr(VirtAddr address) : address_(address.as_usize()) {}

  // The address, unchecked.
  constexpr VirtAddr address() const { return VirtAddr(address_); }

  // The address as a pointer, unchecked. The caller must check the memory before an access through
  // the pointer.
  Element* as_ptr() const { return reinterpret_cast<Element*>(address_); }

  // The same address as a pointer to U. Alignment is checked by the functions that access memory,
  // not here.
  template <typename U>
  constexpr BasicUserPtr<U, kWritable> cast() const {
    return BasicUserPtr<U, kWritable>(address_);
  }

  // Whether the address is 0.
  constexpr bool is_null() const { return address_ == 0; }

  // nullopt for null, else this pointer: for optional parameters of a system call. All other
  // functions treat address 0 like any other address: EFAULT unless it is mapped.
  constexpr std::optional<BasicUserPtr> nullable() const {
    if (is_null()) return std::nullopt;
    return *this;
  }

  // The value at the address, checked and populated. Errors: those of check_region_with.
  template <internal::ProviderArgument P>
  LinuxResult<Element*> get(P&& provider) const {
    internal::require_user_plain<T>();
    const auto checked = check_region_with(provider, address(), Layout::of<T>(), ACCESS_FLAGS);
    if (!checked) return std::unexpected(checked.error());
    return as_ptr();
  }

  // `length` elements at the address, checked and populated. None at all are fine wherever the
  // address is aligned (deviation 12). Errors: those of check_region_with, and EFAULT if they are
  // more than kMaxObjectSize bytes (deviation 1).
  template <internal::ProviderArgument P>
  LinuxResult<std::span<Element>> get_as_slice(P&& provider, std::size_t length) const {
    internal::require_user_plain<T>();
    const auto checked = check_slice(provider, length);
    if (!checked) return std::unexpected(checked.error());
    return std::span<Element>(as_ptr(), length);
  }

  // The elements from the address up to, and without, the first that equals T{}. Errors: those of
  // check_null_terminated.
  template <internal::ProviderArgument P>
  LinuxResult<std::span<Element>> get_as_null_terminated(P&& provider) const {
    internal::require_user_plain<T>();
    const auto length = check_null_terminated<T>(provider, address(), ACCESS_FLAGS);
    if (!length) return std::unexpected(length.error());
    return std::span<Element>(as_ptr(), *length);
  }

  // get_as_null_terminated of bytes, as text. Errors: those of get_as_null_terminated; EILSEQ: the
  // bytes are not UTF-8. The text is validated in user memory: a change by the user after the
  // validation can make the result ill-formed (deviation 9).
  template <internal::ProviderForText<T, kWritable> P>
  LinuxResult<std::span<const char>> get_as_str(P&& provider) const {
    const auto length = check_null_terminated<T>(provider, address(), ACCESS_FLAGS);
    if (!length) return std::unexpected(length.error());
    const char* const text = reinterpret_cast<const char*>(address_);
    const auto is_well_formed = attempt(
        *length, [&](std::span<Element> bytes) { return is_utf8(bytes.data(), bytes.size()); });
    if (!is_well_formed) return std::unexpected(is_well_formed.error());
    if (!*is_well_formed) return std::unexpected(LinuxError::kEilseq);
    return std::span<const char>(text, *length);
  }

  // Copies the text at the address to `buffer`, with its terminator, and validates the copy, which
  // the user cannot change (deviation 9). The result points into `buffer` and leaves out the
  // terminator. No byte after the first buffer.size() is checked or read, and no byte is loaded
  // twice. Errors: EFAULT: as get_as_null_terminated; ENAMETOOLONG: no terminator within the buffer
  // (deviation 11); EILSEQ: the copy is not UTF-8. After an error the buffer begins with the bytes
  // copied before the error. No other byte of the buffer is written, after success or an error.
  template <internal::ProviderForText<T, kWritable> P>
  LinuxResult<std::span<const char>> copy_str(P&& provider, std::span<char> buffer) const {
    const Copied copied = internal::copy_null_terminated(provider, address(), buffer);
    if (!copied.is_complete()) return std::unexpected(copied.error);
    if (!is_utf8(buffer.data(), copied.done)) return std::unexpected(LinuxError::kEilseq);
    return std::span<const char>(buffer.data(), copied.done);
  }

  // Copies the string at the address to `buffer` with its terminator, whatever its bytes are, for
  // instance a path. `done` is the length of the string without its terminator. After an error
  // `done` bytes were copied, without a terminator. No other byte of `buffer` is written, no byte
  // after the first buffer.size() is checked or read, and no byte is loaded twice.
  // Errors: EFAULT: the string is not mapped, not permitted, reaches the last page of the 64-bit
  // space, or was gone while it was read, before it ended; ENAMETOOLONG: no terminator within the
  // buffer. Errors of the provider (EINTR) are passed on.
  // Linux: strncpy_from_user, which reports a full buffer by the length alone.
  template <internal::ProviderForText<T, kWritable> P>
  Copied copy_bytes_until_nul(P&& provider, std::span<char> buffer) const {
    return internal::copy_null_terminated(provider, address(), buffer);
  }

  // The length of the string at the address, in bytes, without its terminator. At most `bound`
  // bytes are read, the terminator among them, so the result is less than `bound`. Another thread
  // of the user can change the string afterwards.
  // Errors: as copy_bytes_until_nul; ENAMETOOLONG: no terminator among the first `bound` bytes.
  // Linux: strnlen_user, which counts the terminator, and returns 0 for EFAULT.
  template <internal::ProviderForText<T, kWritable> P>
  LinuxResult<std::size_t> str_length(P&& provider, std::size_t bound) const {
    return internal::bounded_length(provider, address(), bound);
  }

  // A copy of the whole value at the address, checked and populated, or an error; never a part of
  // the value. Each byte is loaded once, in ascending order. A value of 1, 2, 4 or 8 bytes at an
  // address that is a multiple of its size is loaded by one instruction. Prefer read_into for
  // larger types: the compiler may copy the result of `read` again by a call of memcpy.
  // Errors: those of check_region_with; EFAULT: the memory was unmapped during the read.
  // Linux: get_user.
  template <internal::ProviderArgument P>
  LinuxResult<T> read(P&& provider) const {
    internal::require_user_value<T>();
    return internal::read_value<T>(provider, address(), alignof(T), ACCESS_FLAGS);
  }

  // The same at an address of any alignment.
  template <internal::ProviderArgument P>
  LinuxResult<T> read_unaligned(P&& provider) const {
    internal::require_user_value<T>();
    return internal::read_value<T>(provider, address(), 1, ACCESS_FLAGS);
  }

  // Copies the elements at the address to `destination`, which may be uninitialised. Exact to the
  // byte: `done` bytes are copied, each loaded once, and no other byte of `destination` is written.
  // All bytes before the first page that fails the check are copied; `address` is in that page, or,
  // if memory was unmapped during the copy, it is the address of the access that faulted. `done`
  // need not be a multiple of the element size. An empty `destination` succeeds at any aligned
  // address, and accesses no memory.
  // Errors: EFAULT: misaligned, or a range that cannot exist: more than kMaxObjectSize bytes, or
  // one that reaches the last page of the 64-bit space (`done` is 0 and `provider` is not called);
  // memory that is not mapped, not permitted, or gone while it was read. Errors of populate_area
  // (ENOMEM) and of the provider (EINTR) are passed on.
  // Linux: copy_from_user.
  template <internal::ProviderArgument P>
  Copied read_into(P&& provider, std::span<T> destination) const {
    internal::require_user_plain<T>();
    const auto layout = Layout::array<T>(destination.size());
    if (!layout || !address().is_aligned(alignof(T))) return refused();
    return internal::read_bytes(provider, address(),
                                reinterpret_cast<std::byte*>(destination.data()),
                                layout->size_bytes, ACCESS_FLAGS);
  }

  // Writes `value` to the address, checked and populated. A value of 1, 2, 4 or 8 bytes at an
  // address that is a multiple of its size is stored by one instruction, so it is written wholly or
  // not at all. Of any other value a prefix of `done` bytes may be written before an error. The
  // argument `value` is evaluated before user memory is opened.
  // Errors: as read_into.
  // Linux: put_user.
  template <internal::ProviderForWriting<kWritable> P>
  Copied write(P&& provider, internal::ValueArgument<T> value) const {
    internal::require_user_plain<T>();
    return internal::write_value<T>(provider, address(), alignof(T), value, ACCESS_FLAGS);
  }

  // The same at an address of any alignment.
  template <internal::ProviderForWriting<kWritable> P>
  Copied write_unaligned(P&& provider, internal::ValueArgument<T> value) const {
    internal::require_user_plain<T>();
    return internal::write_value<T>(provider, address(), 1, value, ACCESS_FLAGS);
  }

  // Copies the elements of `source` to the address. Exact to the byte: `done` bytes are written,
  // each stored once, and no other. All bytes before the first page that fails the check are
  // written. Other guarantees and errors: as read_into.
  // Linux: copy_to_user.
  template <internal::ProviderForWriting<kWritable> P>
  Copied write_from(P&& provider, std::span<const T> source) const {
    internal::require_user_plain<T>();
    const auto layout = Layout::array<T>(source.size());
    if (!layout || !address().is_aligned(alignof(T))) return refused();
    return internal::write_bytes(provider, address(),
                                 reinterpret_cast<const std::byte*>(source.data()),
                                 layout->size_bytes, ACCESS_FLAGS);
  }

  // Writes zeros over `length` elements. `done` counts bytes. Other guarantees and errors: as
  // write_from.
  // Linux: clear_user.
  template <internal::ProviderForWriting<kWritable> P>
  Copied zero(P&& provider, std::size_t length) const {
    internal::require_user_plain<T>();
    const auto layout = Layout::array<T>(length);
    if (!layout || !address().is_aligned(alignof(T))) return refused();
    return internal::zero_bytes(provider, address(), layout->size_bytes, ACCESS_FLAGS);
  }

  // Writes `text` and a terminator to the address, where the user's buffer has `room` bytes. `done`
  // is text.size() after success; after an error it is the number of bytes written, without a
  // terminator.
  // Errors: ENAMETOOLONG: `text` and its terminator are more than `room` bytes; EINVAL: `text`
  // contains a zero byte, which would end the string early (both: nothing is written, and
  // `provider` is not called); those of write_from.
  // Linux: none; XNU: copyoutstr.
  template <internal::ProviderForWritingText<T, kWritable> P>
  Copied write_str(P&& provider, std::span<const char> text, std::size_t room) const {
    return internal::write_null_terminated(provider, address(), text, room, ACCESS_FLAGS);
  }

  // Calls `function(value)` with a reference to the value at the address, checked and populated,
  // with the user-access flag set, and returns the result of `function`. If the memory is unmapped
  // during the call, `function` is abandoned at the faulting access, without destructors, and the
  // result is EFAULT. So `function` must not own a resource, hold a lock, or let the reference
  // escape. Its earlier stores remain. `function` may nest `access` over other memory, for instance
  // to copy between two ranges: the `access` whose memory is gone returns EFAULT.
  // Errors: those of check_region_with, and EFAULT.
  template <internal::ProviderArgument P, internal::UserFunction<Reference> F>
  internal::AttemptResultOf<F, Reference> access(P&& provider, F&& function) const {
    internal::require_user_plain<T>();
    const auto checked = check_region_with(provider, address(), Layout::of<T>(), ACCESS_FLAGS);
    if (!checked) return std::unexpected(checked.error());
    return attempt(1, [&](std::span<Element> values) { return function(values.front()); });
  }

  // As `access`, over `length` elements, which `function` receives as a span. For `length` 0 the
  // span is empty and the flag is not set.
  // Errors: those of get_as_slice, and EFAULT.
  template <internal::ProviderArgument P, internal::UserFunction<std::span<Element>> F>
  internal::AttemptResultOf<F, std::span<Element>> access(P&& provider, std::size_t length,
                                                          F&& function) const {
    internal::require_user_plain<T>();
    const auto checked = check_slice(provider, length);
    if (!checked) return std::unexpected(checked.error());
    return attempt(length, function);
  }

  // Whether the addresses are equal.
  friend constexpr bool operator==(const BasicUserPtr&, const BasicUserPtr&) = default;

 private:
  // The result for an address or a length that is rejected before any check of memory.
  constexpr Copied refused() const {
    return {.done = 0, .error = LinuxError::kEfault, .address = address()};
  }

  template <internal::ProviderArgument P>
  LinuxResult<void> check_slice(P& provider, std::size_t length) const {
    const auto layout = Layout::array<T>(length);
    if (!layout) return std::unexpected(LinuxError::kEfault);
    return check_region_with(provider, address(), *layout, ACCESS_FLAGS);
  }

  // Calls `function` with the `length` checked elements at the address; with the user-access flag
  // set unless `length` is 0.
  template <typename F>
  internal::AttemptResultOf<F, std::span<Element>> attempt(std::size_t length, F&& function) const {
    using Result = std::invoke_result_t<F&, std::span<Element>>;
    const std::span<Element> elements(as_ptr(), length);
    if constexpr (std::is_void_v<Result>) {
      if (length == 0) {
        function(elements);
        return {};
      }
      return attempt_user_access(range(length), ACCESS_FLAGS,
                                 [&function, elements] { function(elements); });
    } else {
      if (length == 0) return function(elements);
      std::optional<Result> result;
      const auto attempted = attempt_user_access(
          range(length), ACCESS_FLAGS,
          [&result, &function, elements] { result.emplace(function(elements)); });
      if (!attempted) return std::unexpected(attempted.error());
      return *result;
    }
  }

  // The bytes of `length` elements, which were checked, so that they do not wrap.
  VirtAddrRange range(std::size_t length) const {
    return *VirtAddrRange::from_start_size(address(), length * sizeof(T));
  }

  std::uintptr_t address_ = 0;
};

// Memory that the kernel may read and write.
template <typename T>
using UserPtr = BasicUserPtr<T, true>;

// Memory that the kernel may only read.
template <typename T>
using UserConstPtr = BasicUserPtr<T, false>;

// Any bit pattern is a user pointer, so user pointers may cross, for instance in an argv.
template <typename T, bool kWritable>
inline constexpr bool internal::kIsUserPtr<BasicUserPtr<T, kWritable>> = true;
static_assert(sizeof(UserPtr<void>) == sizeof(std::uintptr_t) &&
                  std::is_trivially_copyable_v<UserPtr<void>>,
              "a user pointer is a number and nothing else");

}  // namespace axptr

#endif  // AXPTR_USER_PTR_H_
