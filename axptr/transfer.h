// The inner loops that move bytes between user and kernel memory. They contain no checks and no
// fault recovery: their callers do both.
//
// Invariants of every loop in this file:
// - An access to user memory is aligned to its own size, so it lies in one page: it completes, or
//   it faults without any effect.
// - The accesses ascend. Each byte of user memory is loaded, or stored, once.
// - After each access the loop stores the address of the next byte in `progress`. So `progress` is
//   exact if a fault abandons the loop. All accesses to user memory and all stores to kernel memory
//   and to `progress` are volatile, so that the compiler keeps their order.
// - The kernel's memory may have any alignment, and may be uninitialised where the loop writes it.
#ifndef AXPTR_TRANSFER_H_
#define AXPTR_TRANSFER_H_

#include <concepts>
#include <cstddef>
#include <cstdint>

#include "axptr/mapping_flags.h"
#include "axptr/scan.h"
#include "axptr/virt_addr.h"

namespace axptr::internal {

// The address of the first byte of user memory that a transfer has not moved.
using Progress = volatile std::uintptr_t;

#ifdef __SSE2__
typedef std::uint8_t WidestUnit __attribute__((vector_size(16)));
#else
using WidestUnit = std::uint64_t;
#endif

// Loads the Unit at `from`, of any alignment, in the kernel's memory.
template <typename Unit>
[[gnu::always_inline]] inline Unit load_kernel(const std::byte* from) {
  using Loose [[gnu::may_alias, gnu::aligned(1)]] = Unit;
  return *reinterpret_cast<const Loose*>(from);
}

// Stores `value` at `to`, of any alignment, in the kernel's memory, before all later volatile
// accesses.
template <typename Unit>
[[gnu::always_inline]] inline void store_kernel(std::byte* to, Unit value) {
  using Loose [[gnu::may_alias, gnu::aligned(1)]] = Unit;
  *reinterpret_cast<volatile Loose*>(to) = value;
}

// Stores `value` at `to` in user memory, once. Precondition: `to` is aligned for it.
template <typename Unit>
[[gnu::always_inline]] inline void store_once(std::byte* to, Unit value) {
  using Aliased [[gnu::may_alias]] = Unit;
  *reinterpret_cast<volatile Aliased*>(to) = value;
}

// The directions of a transfer. Each defines how one Unit is moved, given its offset from the start
// of the transfer, and which hook of the platform moves all bytes (platform.h).
class UserToKernel {
 public:
  static constexpr MappingFlags kAccess = MappingFlags::READ;

  UserToKernel(VirtAddr user, std::byte* kernel)
      : user_(reinterpret_cast<const std::byte*>(user.as_usize())), kernel_(kernel) {}

  std::uintptr_t start() const { return reinterpret_cast<std::uintptr_t>(user_); }
  template <typename Unit>
  [[gnu::always_inline]] void move(std::size_t offset) const {
    store_kernel<Unit>(kernel_ + offset, load_once<Unit>(user_ + offset));
  }
  template <typename P>
  auto fast(std::size_t size_bytes) const
      -> decltype(P::copy_from_user(nullptr, start(), size_bytes)) {
    return P::copy_from_user(kernel_, start(), size_bytes);
  }

 private:
  const std::byte* user_;
  std::byte* kernel_;
};

class KernelToUser {
 public:
  static constexpr MappingFlags kAccess = MappingFlags::WRITE;

  KernelToUser(VirtAddr user, const std::byte* kernel)
      : user_(reinterpret_cast<std::byte*>(user.as_usize())), kernel_(kernel) {}

  std::uintptr_t start() const { return reinterpret_cast<std::uintptr_t>(user_); }
  template <typename Unit>
  [[gnu::always_inline]] void move(std::size_t offset) const {
    store_once<Unit>(user_ + offset, load_kernel<Unit>(kernel_ + offset));
  }
  template <typename P>
  auto fast(std::size_t size_bytes) const
      -> decltype(P::copy_to_user(start(), nullptr, size_bytes)) {
    return P::copy_to_user(start(), kernel_, size_bytes);
  }

 private:
  std::byte* user_;
  const std::byte* kernel_;
};

class ZeroToUser {
 public:
  static constexpr MappingFlags kAccess = MappingFlags::WRITE;

  explicit ZeroToUser(VirtAddr user) : user_(reinterpret_cast<std::byte*>(user.as_usize())) {}

  std::uintptr_t start() const { return reinterpret_cast<std::uintptr_t>(user_); }
  template <typename Unit>
  [[gnu::always_inline]] void move(std::size_t offset) const {
    store_once<Unit>(user_ + offset, Unit{});
  }
  template <typename P>
  auto fast(std::size_t size_bytes) const -> decltype(P::zero_user(start(), size_bytes)) {
    return P::zero_user(start(), size_bytes);
  }

 private:
  std::byte* user_;
};

// Whether the platform defines a hook for the direction.
template <typename P, typename Direction>
concept HasFastMove = requires(const Direction& direction, std::size_t size_bytes) {
  { direction.template fast<P>(size_bytes) } -> std::same_as<std::size_t>;
};

// A transfer in progress.
template <typename Direction>
struct Transfer {
  Direction direction;
  std::size_t at;    // the bytes moved
  std::size_t size;  // the bytes to move
  Progress* progress;

  [[gnu::always_inline]] std::size_t left() const { return size - at; }

  template <typename Unit>
  [[gnu::always_inline]] void one() {
    direction.template move<Unit>(at);
    at += sizeof(Unit);
    *progress = direction.start() + at;
  }

  // One Unit, if that aligns the user's address to twice the size of a Unit.
  template <typename Unit>
  [[gnu::always_inline]] void align() {
    if (((direction.start() + at) & sizeof(Unit)) != 0 && left() >= sizeof(Unit)) one<Unit>();
  }

  template <typename Unit>
  [[gnu::always_inline]] void all_that_fit() {
    while (left() >= sizeof(Unit)) one<Unit>();
  }

  // If align() skips a step because too few bytes are left, then only smaller Units follow, to
  // which the address is aligned.
  [[gnu::always_inline]] void run() {
    align<std::uint8_t>();
    align<std::uint16_t>();
    align<std::uint32_t>();
    if constexpr (sizeof(WidestUnit) > kWordSize) align<std::uint64_t>();
    while (left() >= 4 * sizeof(WidestUnit)) {
      one<WidestUnit>();
      one<WidestUnit>();
      one<WidestUnit>();
      one<WidestUnit>();
    }
    all_that_fit<WidestUnit>();
    all_that_fit<std::uint64_t>();
    all_that_fit<std::uint32_t>();
    all_that_fit<std::uint16_t>();
    all_that_fit<std::uint8_t>();
  }
};

// Moves `size_bytes` bytes. `progress` is the start of the user's memory before the call, and its
// end after it. Precondition: under attempt_user_access.
template <typename Direction>
void transfer_bytes(Direction direction, std::size_t size_bytes, Progress& progress) {
  Transfer<Direction>{.direction = direction, .at = 0, .size = size_bytes, .progress = &progress}
      .run();
}

}  // namespace axptr::internal

#endif  // AXPTR_TRANSFER_H_
