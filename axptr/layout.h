// Size and alignment of the object of an access.
#ifndef AXPTR_LAYOUT_H_
#define AXPTR_LAYOUT_H_

#include <cstddef>
#include <cstdint>
#include <optional>

namespace axptr {

// No object, and so no range that a user may name, is larger (isize::MAX of the original).
inline constexpr std::size_t kMaxObjectSize = PTRDIFF_MAX;

// The size and the alignment of the memory of an access. The default is no memory, at any address.
// The original: core::alloc::Layout.
struct Layout {
  std::size_t size_bytes = 0;  // in bytes
  std::size_t align = 1;       // in bytes: a power of two

  // The layout of one T.
  template <typename T>
  static constexpr Layout of() {
    return {.size_bytes = sizeof(T), .align = alignof(T)};
  }

  // The layout of an array of `length` elements of T; nullopt if they are more than kMaxObjectSize
  // bytes (deviation 1: the original panics there).
  template <typename T>
  static constexpr std::optional<Layout> array(std::size_t length) {
    if (length > kMaxObjectSize / sizeof(T)) return std::nullopt;
    return Layout{.size_bytes = length * sizeof(T), .align = alignof(T)};
  }

  // Whether both members are equal.
  friend constexpr bool operator==(const Layout&, const Layout&) = default;
};

}  // namespace axptr

#endif  // AXPTR_LAYOUT_H_
