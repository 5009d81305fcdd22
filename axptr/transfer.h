// Moving bytes between user and kernel memory: the inner loops, which contain no checks and no
// recovery of faults.
//
// Every loop here keeps these rules:
// - An access of user memory is aligned to its own size, so it lies in one page: the access happens
//   as a whole, or it faults and nothing of it happens.
// - The accesses ascend. Each byte of user memory is loaded, or stored, once.
// - After each access the loop stores the address of the next byte in `progress`. So if a fault
//   abandons the loop, `progress` is exact. All accesses of user memory, all stores to kernel
//   memory and those of `progress` are volatile: the compiler keeps their order.
// - The kernel's memory may have any alignment, and may be uninitialised where the loop writes it.
#ifndef AXPTR_TRANSFER_H_
#define AXPTR_TRANSFER_H_

#include <cstddef>
#include <cstdint>

#include "axptr/scan.h"

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

// Stores `value` at `to`, of any alignment, in the kernel's memory, before the accesses that
// follow.
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

// The three directions: how one Unit is moved, given its offset from the start of the transfer.
struct UserToKernel {
  const std::byte* user;
  std::byte* kernel;

  std::uintptr_t start() const { return reinterpret_cast<std::uintptr_t>(user); }
  template <typename Unit>
  [[gnu::always_inline]] void move(std::size_t offset) const {
    store_kernel<Unit>(kernel + offset, load_once<Unit>(user + offset));
  }
};

struct KernelToUser {
  std::byte* user;
  const std::byte* kernel;

  std::uintptr_t start() const { return reinterpret_cast<std::uintptr_t>(user); }
  template <typename Unit>
  [[gnu::always_inline]] void move(std::size_t offset) const {
    store_once<Unit>(user + offset, load_kernel<Unit>(kernel + offset));
  }
};

struct ZeroToUser {
  std::byte* user;

  std::uintptr_t start() const { return reinterpret_cast<std::uintptr_t>(user); }
  template <typename Unit>
  [[gnu::always_inline]] void move(std::size_t offset) const {
    store_once<Unit>(user + offset, Unit{});
  }
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

  // If a step of align() is left out because too little is left, then only smaller Units follow,
  // for which the address is aligned.
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

// Moves `size_bytes` bytes. `progress` holds the start of the user's memory before, and its end
// after. Precondition: under attempt_user_access.
template <typename Direction>
void transfer_bytes(Direction direction, std::size_t size_bytes, Progress& progress) {
  Transfer<Direction>{.direction = direction, .at = 0, .size = size_bytes, .progress = &progress}
      .run();
}

}  // namespace axptr::internal

#endif  // AXPTR_TRANSFER_H_
