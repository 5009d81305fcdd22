// Access to user memory without page faults, for code that holds a lock or must not sleep.
//
// A page fault may take the lock of the address space and sleep. Code that holds a spin lock, such
// as that of a futex's queue, must not cause one. So such code runs inside fault_in_and_retry:
//
//   const auto woken = axptr::fault_in_and_retry(
//       process, 8, [&](const NoFault& no_fault) -> NoFaultResult<int> {
//         const std::lock_guard lock(queue.lock);
//         const auto value = word.load(no_fault);  // a UserAtomic
//         if (!value) return std::unexpected(value.error());  // unlocks, and comes back
//         ...
//       });
//
// Inside, an access to memory that was not checked and populated, or whose page is gone, is not
// made; its error kWouldFault holds the range. The function returns that error, and its return
// releases its locks. fault_in_and_retry then checks and populates the range, which may sleep, and
// calls the function again. A NoFault is not a provider, so that the functions which take the lock
// of the address space cannot be called with it. The compiler cannot check that the function does
// not use `process`: do not capture it.
//
// Linux: pagefault_disable and get_user inside, fault_in_readable outside; nothing enforces that
// the two are used together.
#ifndef AXPTR_NO_FAULT_H_
#define AXPTR_NO_FAULT_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <type_traits>
#include <utility>

#include "axptr/addr_space.h"
#include "axptr/check_region.h"
#include "axptr/copied.h"
#include "axptr/layout.h"
#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "axptr/platform.h"
#include "axptr/transfer.h"
#include "axptr/user_access.h"
#include "axptr/user_plain.h"
#include "axptr/user_value.h"
#include "axptr/virt_addr.h"

namespace axptr {

// The error of an access with a NoFault, or of the function that made the access.
class NoFaultError {
 public:
  // Which of the two errors it is.
  enum class Kind {
    kWouldFault,  // range() must first be checked and populated for access_flags()
    kError,       // error() is final
  };

  // kError: `error` ends fault_in_and_retry. Implicit, so that a function can return
  // std::unexpected(LinuxError).
  constexpr NoFaultError(LinuxError error)  // NOLINT(google-explicit-constructor)
      : kind_(Kind::kError), error_(error) {}

  // kWouldFault: the bytes of `range` are to be checked and populated for `access_flags`.
  constexpr NoFaultError(VirtAddrRange range, MappingFlags access_flags)
      : kind_(Kind::kWouldFault), range_(range), access_flags_(access_flags) {}

  // Which error it is: it says which of the next functions may be called.
  constexpr Kind kind() const { return kind_; }

  // The final error. Precondition: kError.
  constexpr LinuxError error() const { return error_; }

  // The memory to check and populate. Precondition: kWouldFault.
  constexpr VirtAddrRange range() const { return range_; }

  // The permissions that the access needs, without USER. Precondition: kWouldFault.
  constexpr MappingFlags access_flags() const { return access_flags_; }

  // Whether kind, error, range and permissions are equal.
  friend constexpr bool operator==(const NoFaultError&, const NoFaultError&) = default;

 private:
  Kind kind_;
  LinuxError error_ = kNoError;
  VirtAddrRange range_;
  MappingFlags access_flags_;
};

// The result of an access with a NoFault, or of the function of fault_in_and_retry.
template <typename T>
using NoFaultResult = std::expected<T, NoFaultError>;

// Marks code in which page faults are not allowed, and holds the ranges that were checked and
// populated for it. Only fault_in_and_retry creates one. It does not guarantee that the memory is
// still present: each access checks this.
class NoFault {
 public:
  NoFault(const NoFault&) = delete;
  NoFault& operator=(const NoFault&) = delete;

  // The number of ranges that a function may use. If it uses more, the oldest are dropped, and
  // their accesses would fault again.
  static constexpr std::size_t kMaxRanges = 4;

  // A copy of the value at `user`, a UserPtr or UserConstPtr, with the guarantees of its `read`.
  // Errors: kWouldFault; kError: EFAULT, misaligned or a range that cannot exist.
  template <typename Pointer>
  NoFaultResult<typename Pointer::Value> read(Pointer user) const {
    using T = typename Pointer::Value;
    internal::require_user_value<T>();
    const VirtAddr start = user.address();
    internal::RawBytes<T> raw;
    const auto loaded =
        access(start, Layout::of<T>(), Pointer::ACCESS_FLAGS, MappingFlags::READ,
               [&] { internal::move_value<sizeof(T)>(internal::UserToKernel(start, raw.bytes)); });
    if (!loaded) return std::unexpected(loaded.error());
    return internal::value_of(raw);
  }

  // Writes `value`, of 1, 2, 4 or 8 bytes, to `user`, a UserPtr or UserOutPtr, by one store: all
  // bytes or none. The address must be a multiple of the size of the value.
  // Errors: kWouldFault; kError: EFAULT, misaligned or a range that cannot exist.
  template <typename Pointer>
  NoFaultResult<void> write(Pointer user,
                            internal::ValueArgument<typename Pointer::Value> value) const {
    using T = typename Pointer::Value;
    internal::require_user_plain<T>();
    static_assert(
        internal::kIsUnitSize<sizeof(T)>,
        "axptr: under NoFault only values of 1, 2, 4 or 8 bytes are written: a larger one "
        "could be written in part, and then again");
    const VirtAddr start = user.address();
    const auto copy = std::bit_cast<internal::RawBytes<T>>(value);
    const Layout layout{.size_bytes = sizeof(T), .align = sizeof(T)};
    return access(start, layout, Pointer::ACCESS_FLAGS, MappingFlags::WRITE, [&] {
      internal::move_value<sizeof(T)>(internal::KernelToUser(start, copy.bytes));
    });
  }

  // Internal to the library: calls `function()` as a recoverable user access over `layout` at
  // `start`, in which no fault is resolved.
  // Errors: as read.
  template <internal::VoidFunction F>
  NoFaultResult<void> access(VirtAddr start, Layout layout, MappingFlags access_flags,
                             MappingFlags moved_flags, F&& function) const {
    const auto range = VirtAddrRange::from_start_size(start, layout.size_bytes);
    if (!start.is_aligned(layout.align) || !range || !range->page_cover()) {
      return std::unexpected(LinuxError::kEfault);
    }
    if (!holds(*range, access_flags) ||
        !internal::attempt_with_bits(*range, moved_flags.bits() | AXPTR_NO_FAULT, function)) {
      return std::unexpected(NoFaultError(*range, access_flags));
    }
    return {};
  }

 private:
  template <internal::ProviderArgument P, typename F>
  friend auto fault_in_and_retry(P&& provider, std::size_t limit, F&& function)
      -> LinuxResult<typename std::invoke_result_t<F&, const NoFault&>::value_type>;

  // Not a VirtAddrRange: its initialisers could become a call of memset.
  struct Checked {
    std::uintptr_t start;
    std::uintptr_t end;
    unsigned access_bits;
  };

  NoFault() = default;

  bool holds(VirtAddrRange range, MappingFlags access_flags) const {
    const std::size_t kept = added_ < kMaxRanges ? added_ : kMaxRanges;
    for (std::size_t index = 0; index < kept; ++index) {
      const Checked& checked = checked_[index];
      if (checked.start <= range.start().as_usize() && range.end().as_usize() <= checked.end &&
          MappingFlags::from_bits_truncate(checked.access_bits).contains(access_flags)) {
        return true;
      }
    }
    return false;
  }

  void add(VirtAddrRange range, MappingFlags access_flags) {
    if (holds(range, access_flags)) return;
    checked_[added_ % kMaxRanges] = {range.start().as_usize(), range.end().as_usize(),
                                     access_flags.bits()};
    ++added_;
  }

  Checked checked_[kMaxRanges];
  std::size_t added_ = 0;
};

// Calls `function(no_fault)`, which returns a NoFaultResult, until its error is not kWouldFault,
// but at most `limit` times. After each kWouldFault the range in the error is checked and
// populated; no lock but the provider's is held. At the first call no range is checked, so `limit`
// must be at least one more than the number of ranges that `function` uses, plus a margin for pages
// that are unmapped meanwhile.
// Errors: those of `function`; EFAULT, ENOMEM, EINTR: those of check_region_with for a range;
// EAGAIN: the last of `limit` calls would fault, too.
template <internal::ProviderArgument P, typename F>
auto fault_in_and_retry(P&& provider, std::size_t limit, F&& function)
    -> LinuxResult<typename std::invoke_result_t<F&, const NoFault&>::value_type> {
  NoFault no_fault;
  for (std::size_t calls = 0; calls < limit; ++calls) {
    auto result = function(std::as_const(no_fault));
    if (result.has_value()) {
      if constexpr (std::is_void_v<typename decltype(result)::value_type>) {
        return {};
      } else {
        return *std::move(result);
      }
    }
    const NoFaultError ended = result.error();
    if (ended.kind() == NoFaultError::Kind::kError) return std::unexpected(ended.error());
    const Layout layout{.size_bytes = ended.range().size(), .align = 1};
    const auto checked =
        check_region_with(provider, ended.range().start(), layout, ended.access_flags());
    if (!checked) return std::unexpected(checked.error());
    no_fault.add(ended.range(), ended.access_flags());
  }
  return std::unexpected(LinuxError::kEagain);
}

}  // namespace axptr

#endif  // AXPTR_NO_FAULT_H_
