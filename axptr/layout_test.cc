#include "axptr/layout.h"

#include <cstdint>

#include "gtest/gtest.h"

namespace axptr {
namespace {

struct Bytes3 {
  std::uint8_t bytes[3];
};
struct Words3 {
  std::uint32_t words[3];
};

TEST(Layout, OfOneIsSizeAndAlignment) {
  EXPECT_EQ(Layout::of<Words3>(), (Layout{.size_bytes = 12, .align = 4}));
  EXPECT_EQ(Layout::of<Bytes3>(), (Layout{.size_bytes = 3, .align = 1}));
}

TEST(Layout, IsEmptyByDefault) { EXPECT_EQ(Layout(), (Layout{.size_bytes = 0, .align = 1})); }

TEST(Layout, ArrayOfNoneIsEmptyAndStillAligned) {
  EXPECT_EQ(Layout::array<std::uint64_t>(0), (Layout{.size_bytes = 0, .align = 8}));
}

template <typename T>
void expect_array_limit() {
  constexpr std::size_t kLargest = PTRDIFF_MAX / sizeof(T);
  EXPECT_EQ(Layout::array<T>(kLargest), (Layout{kLargest * sizeof(T), alignof(T)}));
  EXPECT_EQ(Layout::array<T>(kLargest + 1), std::nullopt);
  EXPECT_EQ(Layout::array<T>(SIZE_MAX / sizeof(T)), std::nullopt);
  EXPECT_EQ(Layout::array<T>(SIZE_MAX), std::nullopt);
  if (sizeof(T) > 1) {
    // Here the product itself would wrap, to a small number.
    EXPECT_EQ(Layout::array<T>(SIZE_MAX / sizeof(T) + 1), std::nullopt);
  }
}

TEST(Layout, ArrayLargerThanAnObjectIsNothing) {
  expect_array_limit<std::uint8_t>();
  expect_array_limit<std::uint16_t>();
  expect_array_limit<std::uint64_t>();
  expect_array_limit<Bytes3>();
  expect_array_limit<Words3>();
}

}  // namespace
}  // namespace axptr
