// The scans compared with a loop over single elements, next to inaccessible pages. Compiled twice:
// with vectors, and without.
#include "axptr/scan.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "axptr/testing/guarded_pages.h"
#include "gtest/gtest.h"

namespace axptr::internal {
namespace {

using testing::GuardedPages;

struct Bytes3 {
  std::uint8_t bytes[3];
};
struct Words3 {
  std::uint32_t words[3];
};
struct Longs3 {
  std::uint64_t words[3];
};
struct Longs512 {
  std::uint64_t words[512];
};
// A terminator of several words, no two of them alike.
struct EndsWithADate {
  std::uint32_t day = 31;
  std::uint32_t month = 12;
  std::uint32_t year = 1999;
};
struct EndsWithOnes {
  std::uint16_t value = 0xffff;
};
struct ZeroByConstructor {
  constexpr ZeroByConstructor() : value(0) {}
  std::uint32_t value;
};
struct Zeros16 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

template <typename T>
std::size_t find_one_by_one(const T* first, std::size_t count) {
  const T terminator{};
  std::size_t index = 0;
  while (index < count && std::memcmp(first + index, &terminator, sizeof(T)) != 0) ++index;
  return index;
}

// Non-zero values that a scan with an error in its carry arithmetic would take for zero.
template <typename Lane>
std::vector<Lane> awkward_lanes() {
  std::vector<Lane> lanes = {Lane{1}, static_cast<Lane>(~Lane{0}), static_cast<Lane>(~Lane{1})};
  for (std::size_t bit = 0; bit < 8 * sizeof(Lane); ++bit) {
    lanes.push_back(static_cast<Lane>(Lane{1} << bit));
    lanes.push_back(static_cast<Lane>(~(Lane{1} << bit)));
  }
  return lanes;
}

template <typename Lane>
class LaneScans : public ::testing::Test {};
using Lanes = ::testing::Types<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>;
TYPED_TEST_SUITE(LaneScans, Lanes);

// Every count up to a few blocks, ending at an inaccessible page, with the first terminator at
// every position, or absent.
TYPED_TEST(LaneScans, FindTheTerminatorWhereverItIsBeforeAForbiddenPage) {
  const GuardedPages pages(1);
  const std::vector<TypeParam> filling = awkward_lanes<TypeParam>();
  const std::size_t count_max = 300 / sizeof(TypeParam) + 40;
  auto* const end = reinterpret_cast<TypeParam*>(pages.end());
  for (std::size_t count = 0; count <= count_max; ++count) {
    TypeParam* const first = end - count;
    for (std::size_t i = 0; i < count; ++i) first[i] = filling[(i + count) % filling.size()];
    ASSERT_EQ(find_terminator<TypeParam>(first, count), count);
    for (std::size_t zero = 0; zero < count; ++zero) {
      const TypeParam earlier = first[zero];
      first[zero] = 0;
      ASSERT_EQ(find_terminator<TypeParam>(first, count), zero) << "of " << count;
      first[zero] = earlier;
    }
  }
}

// The same after an inaccessible page, with zeros after the end that must not be found.
TYPED_TEST(LaneScans, FindNothingOutsideTheirRange) {
  const GuardedPages pages(1);
  auto* const begin = reinterpret_cast<TypeParam*>(pages.begin());
  const std::size_t offset_max = 64 / sizeof(TypeParam);
  const std::size_t count_max = 200 / sizeof(TypeParam);
  for (std::size_t offset = 0; offset <= offset_max; ++offset) {
    for (std::size_t count = 0; count <= count_max; ++count) {
      std::memset(pages.begin(), 0, 512);
      TypeParam* const first = begin + offset;
      for (std::size_t i = 0; i < count; ++i) first[i] = static_cast<TypeParam>(0x80);
      ASSERT_EQ(find_terminator<TypeParam>(first, count), count) << "from " << offset;
      if (count > 1) {
        first[count - 1] = 0;
        first[count / 2] = 0;
        ASSERT_EQ(find_terminator<TypeParam>(first, count), count / 2) << "from " << offset;
      }
    }
  }
}

// Each pair of neighbours: the borrow of one lane must not hide or invent a zero in the next.
TYPED_TEST(LaneScans, AreCorrectForAllNeighbouringBytes) {
  const GuardedPages pages(1);
  auto* const begin = reinterpret_cast<TypeParam*>(pages.begin());
  std::vector<TypeParam> values = awkward_lanes<TypeParam>();
  values.push_back(0);
  const std::size_t count = 4096 / sizeof(TypeParam);
  for (const TypeParam left : values) {
    for (const TypeParam right : values) {
      for (std::size_t place = 0; place < 128 / sizeof(TypeParam); ++place) {
        for (std::size_t i = 0; i < 256 / sizeof(TypeParam); ++i) begin[i] = 0x7f;
        begin[place] = left;
        begin[place + 1] = right;
        begin[place + 3] = 0;
        ASSERT_EQ(find_terminator<TypeParam>(begin, count), find_one_by_one(begin, count))
            << +left << ", " << +right << " at " << place;
      }
    }
  }
}

// Two lanes, at any two positions, of which one is zero in its low half only and one in its high
// half only: together they cause a false positive, and the scan must still find the zero lane after
// them.
TEST(LaneScan, HalvesThatAreZeroInDifferentLanesAreNoTerminator) {
  const GuardedPages pages(1);
  auto* const begin = reinterpret_cast<std::uint64_t*>(pages.begin());
  constexpr std::size_t kCount = 64;
  for (std::size_t low = 0; low < kCount; ++low) {
    for (std::size_t high = 0; high < kCount; ++high) {
      std::fill_n(begin, kCount, 0x7f0000007f);
      begin[low] = 0x7f00000000;
      begin[high] = low == high ? 0x7f0000007f : 0x7f;
      ASSERT_EQ(find_terminator<std::uint64_t>(begin, kCount), kCount) << low << ", " << high;
      const std::size_t end = (low + high) % kCount;
      begin[end] = 0;
      ASSERT_EQ(find_terminator<std::uint64_t>(begin, kCount), end) << low << ", " << high;
    }
  }
}

TYPED_TEST(LaneScans, GoThroughWholePages) {
  const GuardedPages pages(4);
  std::memset(pages.begin(), 1, pages.size());
  const auto* const begin = reinterpret_cast<const TypeParam*>(pages.begin());
  const std::size_t count = pages.size() / sizeof(TypeParam);
  EXPECT_EQ(find_terminator<TypeParam>(begin, count), count);
  std::memset(pages.end() - sizeof(TypeParam), 0, sizeof(TypeParam));
  EXPECT_EQ(find_terminator<TypeParam>(begin, count), count - 1);
}

template <typename T>
class ElementScans : public ::testing::Test {};
using Elements = ::testing::Types<Bytes3, Words3, Longs3, Longs512, EndsWithOnes, EndsWithADate,
                                  ZeroByConstructor, Zeros16, std::uint32_t[5]>;
TYPED_TEST_SUITE(ElementScans, Elements);

// Each element is zero except for one byte, at every position.
TYPED_TEST(ElementScans, OneByteThatDiffersIsNoTerminator) {
  const std::size_t size = sizeof(TypeParam);
  const GuardedPages pages(size > 1024 ? 8 : 1);
  const std::size_t count = size > 1024 ? 4 : 20;
  std::uint8_t* const first = pages.end() - count * size;
  static constexpr TypeParam kEnd{};
  const std::size_t step = size > 1024 ? 37 : 1;
  for (std::size_t byte = 0; byte < size; byte += step) {
    for (std::size_t i = 0; i < count; ++i) {
      std::memcpy(first + i * size, &kEnd, size);
      first[i * size + byte] ^= 0x10;
    }
    ASSERT_EQ(find_terminator<TypeParam>(first, count), count) << "byte " << byte;
    for (std::size_t zero = count; zero-- > 0;) {
      std::memcpy(first + zero * size, &kEnd, size);
      ASSERT_EQ(find_terminator<TypeParam>(first, count), zero);
    }
  }
  EXPECT_EQ(find_terminator<TypeParam>(first, 0), 0u);
}

TEST(ElementScan, TypesWhoseTerminatorIsZeroShareTheLoopsOfIntegers) {
  static_assert(is_zero_terminated<std::uint32_t>() && is_zero_terminated<ZeroByConstructor>());
  static_assert(is_zero_terminated<Longs512>() && !is_zero_terminated<EndsWithOnes>());
}

}  // namespace
}  // namespace axptr::internal
