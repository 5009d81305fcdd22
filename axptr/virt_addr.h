// Addresses of user memory, and ranges of them, with arithmetic that cannot wrap.
//
// A VirtAddr is a number, not a pointer: it implies nothing about the memory there. Every operation
// that could leave the 64-bit space returns std::optional instead (deviation 2: the original panics
// there).
#ifndef AXPTR_VIRT_ADDR_H_
#define AXPTR_VIRT_ADDR_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace axptr {

// The page size in bytes: the granularity of permissions and population.
inline constexpr std::size_t kPageSize4K = 4096;

// A virtual address in bytes; any 64-bit value is one.
class VirtAddr {
 public:
  // Address 0.
  constexpr VirtAddr() = default;

  // The address `address`.
  constexpr explicit VirtAddr(std::uintptr_t address) : address_(address) {}

  // The address as an integer.
  constexpr std::uintptr_t as_usize() const { return address_; }

  // Whether the address is a multiple of `align`. Precondition: `align` is a power of two.
  constexpr bool is_aligned(std::size_t align) const { return (address_ & (align - 1)) == 0; }

  // The start of the page that holds this address. Cannot fail.
  constexpr VirtAddr align_down_4k() const { return VirtAddr(address_ & ~(kPageSize4K - 1)); }

  // The smallest page start at or above this address; nothing if that is 2^64 (in the last page).
  constexpr std::optional<VirtAddr> align_up_4k() const {
    const std::optional<VirtAddr> raised = checked_add(kPageSize4K - 1);
    if (!raised) return std::nullopt;
    return raised->align_down_4k();
  }

  // This address plus `bytes`; nullopt if that is 2^64 or more.
  constexpr std::optional<VirtAddr> checked_add(std::size_t bytes) const {
    if (bytes > UINTPTR_MAX - address_) return std::nullopt;
    return VirtAddr(address_ + bytes);
  }

  // The order of the addresses as integers.
  friend constexpr auto operator<=>(const VirtAddr&, const VirtAddr&) = default;

 private:
  std::uintptr_t address_ = 0;
};

// The addresses from `start()` up to but not including `end()`. Invariant: start() <= end(), so no
// range contains the byte 2^64 - 1, which is never user memory.
class VirtAddrRange {
 public:
  // The empty range at address 0.
  constexpr VirtAddrRange() = default;

  // The `size_bytes` bytes at `start`; nullopt if they end at or past 2^64 (deviation 2).
  static constexpr std::optional<VirtAddrRange> from_start_size(VirtAddr start,
                                                                std::size_t size_bytes) {
    const std::optional<VirtAddr> end = start.checked_add(size_bytes);
    if (!end) return std::nullopt;
    return VirtAddrRange(start, *end);
  }

  // The bytes from `start` up to, not including, `end`; nullopt if `end` is before `start`.
  static constexpr std::optional<VirtAddrRange> from_start_end(VirtAddr start, VirtAddr end) {
    if (end < start) return std::nullopt;
    return VirtAddrRange(start, end);
  }

  // The first address of the range.
  constexpr VirtAddr start() const { return start_; }

  // The address after the last byte of the range.
  constexpr VirtAddr end() const { return end_; }

  // The number of bytes of the range.
  constexpr std::size_t size() const { return end_.as_usize() - start_.as_usize(); }

  // Whether the range has no byte.
  constexpr bool is_empty() const { return start_ == end_; }

  // The whole pages that hold this range: start rounded down, end rounded up; nothing if the
  // rounded end is 2^64.
  constexpr std::optional<VirtAddrRange> page_cover() const {
    const std::optional<VirtAddr> page_end = end_.align_up_4k();
    if (!page_end) return std::nullopt;
    return VirtAddrRange(start_.align_down_4k(), *page_end);
  }

  // Whether both ends are equal. Empty ranges at different addresses differ.
  friend constexpr bool operator==(const VirtAddrRange&, const VirtAddrRange&) = default;

 private:
  constexpr VirtAddrRange(VirtAddr start, VirtAddr end) : start_(start), end_(end) {}

  VirtAddr start_;
  VirtAddr end_;
};

}  // namespace axptr

#endif  // AXPTR_VIRT_ADDR_H_
