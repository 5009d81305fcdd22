// A word of user memory that user threads and the kernel change atomically: a futex, or the owner
// word of a robust list.
#ifndef AXPTR_USER_ATOMIC_H_
#define AXPTR_USER_ATOMIC_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <type_traits>

#include "axptr/addr_space.h"
#include "axptr/check_region.h"
#include "axptr/layout.h"
#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "axptr/no_fault.h"
#include "axptr/user_access.h"
#include "axptr/user_ptr.h"
#include "axptr/virt_addr.h"

namespace axptr {

// The memory orders of C++, without <atomic>.
enum class MemoryOrder : int {
  kRelaxed = __ATOMIC_RELAXED,
  kAcquire = __ATOMIC_ACQUIRE,
  kRelease = __ATOMIC_RELEASE,
  kAcqRel = __ATOMIC_ACQ_REL,
  kSeqCst = __ATOMIC_SEQ_CST,
};

namespace internal {

// The first argument of an operation of UserAtomic: a provider, or a NoFault.
template <typename G>
concept AtomicGate = ProviderArgument<G>;

template <typename G>
inline constexpr bool kIsNoFault = std::same_as<std::remove_cvref_t<G>, NoFault>;

template <typename G, typename R>
using AtomicResult = std::conditional_t<kIsNoFault<G>, NoFaultResult<R>, LinuxResult<R>>;

}  // namespace internal

// T is std::uint32_t or std::uint64_t. The word is aligned to its size.
//
// The operations have the names and the meaning of those of std::atomic. The first argument is a
// provider or a NoFault. With a provider, the word is checked and populated, then accessed by a
// recoverable user access. With a NoFault, no lock is taken and no page is populated (no_fault.h).
// Each operation is one atomic access of exactly sizeof(T) bytes; after an error the word is
// unchanged. The error is separate from the value, so that every value can be a result. A load
// needs READ only; all other operations need READ and WRITE.
// Errors, of each operation: EFAULT: misaligned, a range that cannot exist, not mapped, not
// permitted, or gone while it was accessed; ENOMEM and EINTR are passed on. With a NoFault:
// kWouldFault, and EFAULT as kError.
// Linux: futex_atomic_cmpxchg_inatomic, arch_futex_atomic_op_inuser, which return EINVAL for a
// misaligned word, and get_user to read a futex. FreeBSD: casueword32 and the related functions.
template <typename T>
class UserAtomic {
  static_assert(std::same_as<T, std::uint32_t> || std::same_as<T, std::uint64_t>,
                "axptr: an atomic word of user memory is a std::uint32_t or a std::uint64_t");

 public:
  // What the word is checked for, except by load.
  static constexpr MappingFlags ACCESS_FLAGS = MappingFlags::READ | MappingFlags::WRITE;

  // The result of compare_exchange.
  struct Exchange {
    bool exchanged = false;  // whether `desired` was stored
    T found = 0;             // the value of the word before the operation

    // Whether both members are equal.
    friend constexpr bool operator==(const Exchange&, const Exchange&) = default;
  };

  // The word at `address`, as a system call receives it. Unchecked.
  constexpr explicit UserAtomic(std::uintptr_t address) : address_(address) {}

  // The word at `address`. Unchecked.
  constexpr explicit UserAtomic(VirtAddr address) : address_(address) {}

  // The word that `pointer` points to. Unchecked.
  constexpr explicit UserAtomic(UserPtr<T> pointer) : address_(pointer.address()) {}

  // The address of the word.
  constexpr VirtAddr address() const { return address_; }

  // The value of the word. The order cannot be a release.
  template <MemoryOrder kOrder = MemoryOrder::kSeqCst, internal::AtomicGate G>
  internal::AtomicResult<G, T> load(G&& gate) const {
    static_assert(kOrder != MemoryOrder::kRelease && kOrder != MemoryOrder::kAcqRel,
                  "axptr: a load releases nothing");
    return apply<T>(gate, MappingFlags::READ,
                    [](T* word) { return __atomic_load_n(word, static_cast<int>(kOrder)); });
  }

  // Stores `value`. The order cannot be an acquire.
  template <MemoryOrder kOrder = MemoryOrder::kSeqCst, internal::AtomicGate G>
  internal::AtomicResult<G, void> store(G&& gate, T value) const {
    static_assert(kOrder != MemoryOrder::kAcquire && kOrder != MemoryOrder::kAcqRel,
                  "axptr: a store acquires nothing");
    const auto stored = apply<T>(gate, ACCESS_FLAGS, [value](T* word) {
      __atomic_store_n(word, value, static_cast<int>(kOrder));
      return value;
    });
    if (!stored) return std::unexpected(stored.error());
    return {};
  }

  // Stores `value`. Result: the value of the word before.
  template <MemoryOrder kOrder = MemoryOrder::kSeqCst, internal::AtomicGate G>
  internal::AtomicResult<G, T> exchange(G&& gate, T value) const {
    return apply<T>(gate, ACCESS_FLAGS, [value](T* word) {
      return __atomic_exchange_n(word, value, static_cast<int>(kOrder));
    });
  }

  // Stores `desired` if the word holds `expected`. Never fails spuriously. If the word holds
  // another value, the memory order is that of a load.
  template <MemoryOrder kOrder = MemoryOrder::kSeqCst, internal::AtomicGate G>
  internal::AtomicResult<G, Exchange> compare_exchange(G&& gate, T expected, T desired) const {
    return apply<Exchange>(gate, ACCESS_FLAGS, [expected, desired](T* word) {
      constexpr MemoryOrder kOtherwise = kOrder == MemoryOrder::kAcqRel    ? MemoryOrder::kAcquire
                                         : kOrder == MemoryOrder::kRelease ? MemoryOrder::kRelaxed
                                                                           : kOrder;
      T found = expected;
      const bool exchanged = __atomic_compare_exchange_n(
          word, &found, desired, false, static_cast<int>(kOrder), static_cast<int>(kOtherwise));
      return Exchange{.exchanged = exchanged, .found = found};
    });
  }

  // Adds `value`, modulo 2 to the number of bits of T. Result: the value of the word before.
  template <MemoryOrder kOrder = MemoryOrder::kSeqCst, internal::AtomicGate G>
  internal::AtomicResult<G, T> fetch_add(G&& gate, T value) const {
    return apply<T>(gate, ACCESS_FLAGS, [value](T* word) {
      return __atomic_fetch_add(word, value, static_cast<int>(kOrder));
    });
  }

  // Sets the bits that `value` has. Result: the value of the word before.
  template <MemoryOrder kOrder = MemoryOrder::kSeqCst, internal::AtomicGate G>
  internal::AtomicResult<G, T> fetch_or(G&& gate, T value) const {
    return apply<T>(gate, ACCESS_FLAGS, [value](T* word) {
      return __atomic_fetch_or(word, value, static_cast<int>(kOrder));
    });
  }

  // Clears the bits that `value` does not have. Result: the value of the word before.
  template <MemoryOrder kOrder = MemoryOrder::kSeqCst, internal::AtomicGate G>
  internal::AtomicResult<G, T> fetch_and(G&& gate, T value) const {
    return apply<T>(gate, ACCESS_FLAGS, [value](T* word) {
      return __atomic_fetch_and(word, value, static_cast<int>(kOrder));
    });
  }

  // Inverts the bits that `value` has. Result: the value of the word before.
  template <MemoryOrder kOrder = MemoryOrder::kSeqCst, internal::AtomicGate G>
  internal::AtomicResult<G, T> fetch_xor(G&& gate, T value) const {
    return apply<T>(gate, ACCESS_FLAGS, [value](T* word) {
      return __atomic_fetch_xor(word, value, static_cast<int>(kOrder));
    });
  }

  // Whether the addresses are equal.
  friend constexpr bool operator==(const UserAtomic&, const UserAtomic&) = default;

 private:
  static constexpr Layout kLayout{.size_bytes = sizeof(T), .align = sizeof(T)};

  // `operation(word)` in an attempt, after the gate's check for `flags`.
  template <typename R, typename G, typename F>
  internal::AtomicResult<G, R> apply(G& gate, MappingFlags flags, F operation) const {
    R result{};
    const auto body = [&] { result = operation(reinterpret_cast<T*>(address_.as_usize())); };
    if constexpr (internal::kIsNoFault<G>) {
      const auto done = gate.access(address_, kLayout, flags, flags, body);
      if (!done) return std::unexpected(done.error());
    } else {
      const auto checked = check_region_with(gate, address_, kLayout, flags);
      if (!checked) return std::unexpected(checked.error());
      const auto range = VirtAddrRange::from_start_size(address_, sizeof(T));
      const auto done = attempt_user_access(*range, flags, body);
      if (!done) return std::unexpected(done.error());
    }
    return result;
  }

  VirtAddr address_;
};

}  // namespace axptr

#endif  // AXPTR_USER_ATOMIC_H_
