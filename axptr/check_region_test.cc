#include "axptr/check_region.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "axptr/testing/fake_platform.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace axptr {
namespace {

using ::testing::ElementsAre;
using testing::FakeMemory;
using testing::FakeProvider;
using ::testing::IsEmpty;
using testing::kUserRead;
using testing::kUserReadWrite;
using testing::trail;

constexpr MappingFlags kRead = MappingFlags::READ;
constexpr MappingFlags kReadWrite = MappingFlags::READ | MappingFlags::WRITE;
const auto kEfault = LinuxResult<void>(std::unexpected(LinuxError::kEfault));
const auto kEnomem = LinuxResult<void>(std::unexpected(LinuxError::kEnomem));
const auto kOk = LinuxResult<void>();

class CheckRegion : public ::testing::Test {
 protected:
  CheckRegion() { testing::clear_trail(); }

  LinuxResult<void> check(std::size_t offset, std::size_t size, MappingFlags flags = kRead) {
    testing::clear_trail();
    return check_region_with(provider_, memory_.address(offset),
                             Layout{.size_bytes = size, .align = 1}, flags);
  }

  FakeMemory memory_{3};
  FakeProvider provider_{memory_};
};

TEST_F(CheckRegion, MisalignedIsRefusedBeforeAnyCheck) {
  memory_.map_all(kUserReadWrite);
  for (const std::size_t align : {2u, 4u, 8u, 16u, 4096u}) {
    for (std::size_t offset = 1; offset < align; offset += align > 16 ? 1023 : 1) {
      const Layout layout{.size_bytes = align, .align = align};
      EXPECT_EQ(check_region_with(provider_, memory_.address(offset), layout, kRead), kEfault);
    }
  }
  EXPECT_THAT(trail(), IsEmpty());
}

TEST_F(CheckRegion, MisalignedWinsOverEmptyAndOverWrapping) {
  const Layout empty{.size_bytes = 0, .align = 8};
  const Layout huge{.size_bytes = PTRDIFF_MAX, .align = 8};
  EXPECT_EQ(check_region_with(provider_, VirtAddr(1), empty, kRead), kEfault);
  EXPECT_EQ(check_region_with(provider_, VirtAddr(UINTPTR_MAX), huge, kRead), kEfault);
  EXPECT_THAT(trail(), IsEmpty());
}

TEST_F(CheckRegion, AnEmptyRangeIsOkAtAlignedAddressesWithoutACheck) {
  const Layout empty{.size_bytes = 0, .align = 8};
  for (const VirtAddr start : {VirtAddr(0), memory_.address(0), memory_.address(3 * kPageSize4K),
                               VirtAddr(0xffff800000000000), VirtAddr(UINTPTR_MAX - 7)}) {
    EXPECT_EQ(check_region_with(provider_, start, empty, kRead), kOk);
  }
  EXPECT_THAT(trail(), IsEmpty());
}

TEST_F(CheckRegion, WrappingIsRefusedBeforeAnyCheck) {
  const Layout byte{.size_bytes = 1, .align = 1};
  const Layout page{.size_bytes = 4096, .align = 1};
  EXPECT_EQ(check_region_with(provider_, VirtAddr(UINTPTR_MAX), byte, kRead), kEfault);
  EXPECT_EQ(check_region_with(provider_, VirtAddr(UINTPTR_MAX - 4095), byte, kRead), kEfault);
  EXPECT_EQ(check_region_with(provider_, VirtAddr(UINTPTR_MAX - 4095), page, kRead), kEfault);
  EXPECT_EQ(check_region_with(provider_, VirtAddr(UINTPTR_MAX - 4096), page, kRead), kEfault);
  EXPECT_EQ(check_region(memory_, VirtAddr(8), Layout{SIZE_MAX, 1}, kRead), kEfault);
  EXPECT_THAT(trail(), IsEmpty());
}

TEST_F(CheckRegion, ChecksTheExactBytesAndPopulatesTheirPagesUnderOneLock) {
  memory_.map_all(kUserReadWrite);
  EXPECT_EQ(check(4090, 8, kReadWrite), kOk);
  EXPECT_THAT(trail(), ElementsAre("lock", "check 4090+8 rwu", "populate 0+8192 rwu", "unlock"));
  EXPECT_EQ(check(4096, 4096), kOk);
  EXPECT_THAT(trail(),
              ElementsAre("lock", "check 4096+4096 ru", "populate 4096+4096 ru", "unlock"));
}

TEST_F(CheckRegion, ARefusedRangeIsNotPopulated) {
  memory_.map_all(kUserRead);
  EXPECT_EQ(check(0, 8, kReadWrite), kEfault);
  EXPECT_THAT(trail(), ElementsAre("lock", "check 0+8 rwu", "unlock"));
}

TEST_F(CheckRegion, ErrorOfPopulationIsPassedOn) {
  memory_.map_all(kUserReadWrite);
  memory_.set_frames(1);
  EXPECT_EQ(check(4095, 2), kEnomem);
  EXPECT_THAT(trail(), ElementsAre("lock", "check 4095+2 ru", "populate 0+8192 ru", "unlock"));
}

TEST_F(CheckRegion, MemoryOfTheKernelIsRefused) {
  memory_.map_all(kReadWrite);  // without USER
  EXPECT_EQ(check(0, 8), kEfault);
}

TEST_F(CheckRegion, AnAddressSpaceIsCheckedDirectly) {
  memory_.map_all(kUserRead);
  testing::clear_trail();
  EXPECT_EQ(check_region(memory_, memory_.address(0), Layout::of<std::uint64_t>(), kRead), kOk);
  EXPECT_THAT(trail(), ElementsAre("check 0+8 ru", "populate 0+4096 ru"));
}

// Every layout of three pages, every range around the page edges.
TEST_F(CheckRegion, EveryPageOfTheRangeDecides) {
  const std::vector<MappingFlags> kinds = {MappingFlags(), MappingFlags::USER, kUserRead,
                                           kUserReadWrite,
                                           MappingFlags::WRITE | MappingFlags::USER};
  const std::size_t edges[] = {0, 1, 4095, 4096, 4097, 8191, 8192, 8193, 12287, 12288, 12289};
  for (std::size_t layout = 0; layout < 125; ++layout) {
    const MappingFlags pages[] = {kinds[layout % 5], kinds[layout / 5 % 5], kinds[layout / 25]};
    for (std::size_t page = 0; page < 3; ++page) {
      if (pages[page].is_empty()) {
        memory_.unmap(page);
      } else {
        memory_.map(page, pages[page]);
      }
    }
    for (const std::size_t start : edges) {
      for (const std::size_t end : edges) {
        if (end <= start) continue;
        for (const MappingFlags flags : {kRead, kReadWrite}) {
          bool expected = true;
          for (std::size_t byte_page = start / 4096; byte_page <= (end - 1) / 4096; ++byte_page) {
            expected =
                expected && byte_page < 3 && pages[byte_page].contains(flags | MappingFlags::USER);
          }
          ASSERT_EQ(check(start, end - start, flags).has_value(), expected)
              << "layout " << layout << ", [" << start << ", " << end << ")";
        }
      }
    }
  }
}

}  // namespace
}  // namespace axptr
