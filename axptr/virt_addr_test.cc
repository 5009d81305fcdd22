#include "axptr/virt_addr.h"

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "gtest/gtest.h"

namespace axptr {
namespace {

constexpr std::uintptr_t kMax = UINTPTR_MAX;

static_assert(sizeof(VirtAddr) == sizeof(void*));
static_assert(VirtAddr() == VirtAddr(0) && VirtAddr().as_usize() == 0);
static_assert(std::is_trivially_copyable_v<VirtAddr> &&
              std::is_trivially_copyable_v<VirtAddrRange>);

TEST(VirtAddr, IsAlignedLooksAtTheLowBits) {
  EXPECT_TRUE(VirtAddr(0).is_aligned(kPageSize4K));
  EXPECT_TRUE(VirtAddr(kMax).is_aligned(1));
  EXPECT_FALSE(VirtAddr(kMax).is_aligned(2));
  EXPECT_TRUE(VirtAddr(0x1ff8).is_aligned(8));
  EXPECT_FALSE(VirtAddr(0x1ffc).is_aligned(8));
}

TEST(VirtAddr, CheckedAddNeverWraps) {
  EXPECT_EQ(VirtAddr(kMax).checked_add(0), VirtAddr(kMax));
  EXPECT_EQ(VirtAddr(kMax - 7).checked_add(7), VirtAddr(kMax));
  EXPECT_EQ(VirtAddr(kMax - 7).checked_add(8), std::nullopt);
  EXPECT_EQ(VirtAddr(1).checked_add(SIZE_MAX), std::nullopt);
  EXPECT_EQ(VirtAddr(0).checked_add(SIZE_MAX), VirtAddr(kMax));
}

TEST(VirtAddr, AlignDownFindsTheStartOfThePage) {
  EXPECT_EQ(VirtAddr(0).align_down_4k(), VirtAddr(0));
  EXPECT_EQ(VirtAddr(0xfff).align_down_4k(), VirtAddr(0));
  EXPECT_EQ(VirtAddr(0x1000).align_down_4k(), VirtAddr(0x1000));
  EXPECT_EQ(VirtAddr(kMax).align_down_4k(), VirtAddr(kMax - 0xfff));
}

TEST(VirtAddr, AlignUpIsNothingInTheLastPage) {
  EXPECT_EQ(VirtAddr(0).align_up_4k(), VirtAddr(0));
  EXPECT_EQ(VirtAddr(1).align_up_4k(), VirtAddr(0x1000));
  EXPECT_EQ(VirtAddr(0x1000).align_up_4k(), VirtAddr(0x1000));
  EXPECT_EQ(VirtAddr(kMax - 0x1000).align_up_4k(), VirtAddr(kMax - 0xfff));
  EXPECT_EQ(VirtAddr(kMax - 0xfff).align_up_4k(), VirtAddr(kMax - 0xfff));
  EXPECT_EQ(VirtAddr(kMax - 0xffe).align_up_4k(), std::nullopt);
  EXPECT_EQ(VirtAddr(kMax).align_up_4k(), std::nullopt);
}

TEST(VirtAddrRange, CannotEndPastTheAddressSpace) {
  EXPECT_EQ(VirtAddrRange::from_start_size(VirtAddr(kMax), 1), std::nullopt);
  EXPECT_EQ(VirtAddrRange::from_start_size(VirtAddr(8), SIZE_MAX), std::nullopt);
  ASSERT_TRUE(VirtAddrRange::from_start_size(VirtAddr(kMax), 0).has_value());
  EXPECT_TRUE(VirtAddrRange::from_start_size(VirtAddr(kMax), 0)->is_empty());
}

TEST(VirtAddrRange, CannotEndBeforeItsStart) {
  EXPECT_EQ(VirtAddrRange::from_start_end(VirtAddr(9), VirtAddr(8)), std::nullopt);
  EXPECT_EQ(VirtAddrRange::from_start_end(VirtAddr(8), VirtAddr(9))->size(), 1u);
  EXPECT_EQ(VirtAddrRange::from_start_end(VirtAddr(8), VirtAddr(8))->size(), 0u);
}

TEST(VirtAddrRange, PageCoverRoundsBothWays) {
  const auto cover = [](std::uintptr_t start, std::size_t size) {
    return VirtAddrRange::from_start_size(VirtAddr(start), size)->page_cover();
  };
  const auto pages = [](std::uintptr_t start, std::uintptr_t end) {
    return VirtAddrRange::from_start_end(VirtAddr(start), VirtAddr(end));
  };
  EXPECT_EQ(cover(0x1000, 0x1000), pages(0x1000, 0x2000));
  EXPECT_EQ(cover(0x1fff, 1), pages(0x1000, 0x2000));
  EXPECT_EQ(cover(0x1fff, 2), pages(0x1000, 0x3000));
  EXPECT_EQ(cover(kMax - 0x1000, 1), pages(kMax - 0x1fff, kMax - 0xfff));
  EXPECT_EQ(cover(kMax - 0x1000, 2), std::nullopt);
}

// Compared with 128-bit arithmetic, at all boundary values.
TEST(VirtAddrRange, AgreesWithWideArithmetic) {
  __extension__ typedef unsigned __int128 Wide;
  constexpr Wide kEnd = Wide{1} << 64;
  const std::uintptr_t corners[] = {0,
                                    1,
                                    0xfff,
                                    0x1000,
                                    0x1001,
                                    kMax / 2,
                                    kMax / 2 + 1,
                                    kMax - 0x1000,
                                    kMax - 0xfff,
                                    kMax - 0xffe,
                                    kMax - 1,
                                    kMax};
  for (const std::uintptr_t start : corners) {
    for (const std::uintptr_t size : corners) {
      const Wide end = Wide{start} + size;
      const Wide pages_end = (end + 0xfff) / 0x1000 * 0x1000;
      const auto range = VirtAddrRange::from_start_size(VirtAddr(start), size);
      ASSERT_EQ(range.has_value(), end < kEnd) << start << '+' << size;
      if (!range) continue;
      EXPECT_EQ(range->size(), size);
      EXPECT_EQ(range->page_cover().has_value(), pages_end < kEnd) << start << '+' << size;
      if (const auto pages = range->page_cover()) {
        EXPECT_EQ(pages->start().as_usize(), start / 0x1000 * 0x1000);
        EXPECT_EQ(pages->end().as_usize(), static_cast<std::uintptr_t>(pages_end));
      }
    }
  }
}

}  // namespace
}  // namespace axptr
