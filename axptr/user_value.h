// One value, copied between user and kernel memory.
//
// The counterparts in Linux are get_user and put_user. They accept a misaligned address, and
// get_user sets the destination to zero after an error; here a misaligned address is an error, and
// after an error there is no value.
#ifndef AXPTR_USER_VALUE_H_
#define AXPTR_USER_VALUE_H_

#include <bit>
#include <cstddef>
#include <expected>
#include <type_traits>
#include <utility>

#include "axptr/addr_space.h"
#include "axptr/check_region.h"
#include "axptr/copied.h"
#include "axptr/copy_bytes.h"
#include "axptr/layout.h"
#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "axptr/scan.h"
#include "axptr/transfer.h"
#include "axptr/user_access.h"
#include "axptr/virt_addr.h"

namespace axptr::internal {

template <std::size_t kSizeBytes>
inline constexpr bool kIsUnitSize =
    kSizeBytes == 1 || kSizeBytes == 2 || kSizeBytes == 4 || kSizeBytes == 8;

// `const T&`; for void a substitute type. A pointer to void has functions that write a value too;
// they fail to compile only when they are called, so their parameter needs a valid type.
template <typename T>
using ValueArgument = const std::conditional_t<std::is_void_v<T>, std::byte, T>&;

// The bytes of a T, aligned as a T. Uninitialised until they are written.
template <typename T>
struct RawBytes {
  alignas(T) std::byte bytes[sizeof(T)];
};

// The size of the widest Unit of which kSizeBytes is a multiple.
template <std::size_t kSizeBytes>
inline constexpr std::size_t kUnitSizeOf = kSizeBytes % 8 == 0   ? 8
                                           : kSizeBytes % 4 == 0 ? 4
                                           : kSizeBytes % 2 == 0 ? 2
                                                                 : 1;

// Whether a value is moved Unit by Unit where its address is aligned.
template <std::size_t kSizeBytes>
inline constexpr bool kIsFewUnits = kSizeBytes / kUnitSizeOf<kSizeBytes> <= 4;

// Moves a value of kSizeBytes for a caller that needs no progress. If the user's address is aligned
// to the widest Unit that divides kSizeBytes, and few such accesses are enough, it moves Unit by
// Unit: with one access if kSizeBytes is the size of a Unit. Precondition: under
// attempt_user_access.
template <std::size_t kSizeBytes, typename Direction>
void move_value(Direction direction) {
  constexpr std::size_t kUnitSize = kUnitSizeOf<kSizeBytes>;
  constexpr std::size_t kCount = kSizeBytes / kUnitSize;
  if constexpr (kIsFewUnits<kSizeBytes>) {
    if (VirtAddr(direction.start()).is_aligned(kUnitSize)) {
      [&]<std::size_t... kAt>(std::index_sequence<kAt...>) {
        (direction.template move<UnsignedOfSize<kUnitSize>>(kAt * kUnitSize), ...);
      }(std::make_index_sequence<kCount>());
      return;
    }
  }
  Progress progress = direction.start();
  transfer_bytes(direction, kSizeBytes, progress);
}

// The value whose bytes move_value stored in `raw`, loaded with the width of the stores: a wider
// load cannot be forwarded from the store buffer and stalls.
template <typename T>
auto value_of(const RawBytes<T>& raw) {
  if constexpr (kIsFewUnits<sizeof(T)>) {
    constexpr std::size_t kUnitSize = kUnitSizeOf<sizeof(T)>;
    using Unit = UnsignedOfSize<kUnitSize>;
    using Loose [[gnu::may_alias, gnu::aligned(1)]] = Unit;
    struct Units {
      Unit units[sizeof(T) / kUnitSize];
    } all;
    for (std::size_t at = 0; at < sizeof(T); at += kUnitSize) {
      all.units[at / kUnitSize] = *reinterpret_cast<const volatile Loose*>(raw.bytes + at);
    }
    return std::bit_cast<T>(all);
  } else {
    return std::bit_cast<T>(raw);
  }
}

// The T at `start`, checked and populated with `access_flags`, each byte loaded once.
// Errors: those of check_region_with; EFAULT: the memory was unmapped during the read.
template <typename T, ProviderArgument P>
LinuxResult<T> read_value(P& provider, VirtAddr start, std::size_t align,
                          MappingFlags access_flags) {
  const Layout layout{.size_bytes = sizeof(T), .align = align};
  const auto checked = check_region_with(provider, start, layout, access_flags);
  if (!checked) return std::unexpected(checked.error());
  RawBytes<T> raw;
  const auto range = VirtAddrRange::from_start_size(start, sizeof(T));
  const auto loaded = attempt_user_access(
      *range, MappingFlags::READ, [&] { move_value<sizeof(T)>(UserToKernel(start, raw.bytes)); });
  if (!loaded) return std::unexpected(loaded.error());
  return value_of(raw);
}

// Writes `value` to `start`, checked and populated with `access_flags`: by one store where its size
// is that of a Unit and `start` is aligned to the size, else as write_bytes. Result and errors: see
// move_checked; EFAULT also if `start` is not aligned to `align`, before `provider` is called.
template <typename T, ProviderArgument P>
Copied write_value(P& provider, VirtAddr start, std::size_t align, const T& value,
                   MappingFlags access_flags) {
  const auto ended = [start](std::size_t done, LinuxError error) {
    return Copied{.done = done, .error = error, .address = VirtAddr(start.as_usize() + done)};
  };
  if (!start.is_aligned(align)) return ended(0, LinuxError::kEfault);
  if constexpr (kIsUnitSize<sizeof(T)>) {
    if (start.is_aligned(sizeof(T))) {
      using Unit = UnsignedOfSize<sizeof(T)>;
      // Loaded before the access, so that user access is open for the store only.
      const Unit unit = load_kernel<Unit>(reinterpret_cast<const std::byte*>(&value));
      const Layout layout{.size_bytes = sizeof(T), .align = sizeof(T)};
      const auto checked = check_region_with(provider, start, layout, access_flags);
      if (!checked) return ended(0, checked.error());
      const auto range = VirtAddrRange::from_start_size(start, sizeof(T));
      const auto stored = attempt_user_access(*range, MappingFlags::WRITE, [&] {
        store_once<Unit>(reinterpret_cast<std::byte*>(start.as_usize()), unit);
      });
      return stored ? ended(sizeof(T), kNoError) : ended(0, stored.error());
    }
  }
  return write_bytes(provider, start, reinterpret_cast<const std::byte*>(&value), sizeof(T),
                     access_flags);
}

}  // namespace axptr::internal

#endif  // AXPTR_USER_VALUE_H_
