// The loads of the scans: each byte once, in ascending order, by the widest loads available.
// Benchmarks measure the speed of the fast paths; this test counts loads to show that the fast
// paths are used. Compiled only by clang, which reports loads to the test; twice: with vectors, and
// without.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "axptr/copy_str.h"
#include "axptr/scan.h"
#include "axptr/testing/guarded_pages.h"
#include "axptr/testing/load_recorder.h"
#include "axptr/utf8.h"
#include "gtest/gtest.h"

namespace axptr {
namespace {

using testing::GuardedPages;
using testing::Load;
using testing::loads_from;

#ifdef __SSE2__
constexpr bool kHasVectors = true;
#else
constexpr bool kHasVectors = false;
#endif
constexpr std::size_t kPageSize = 4096;

// Expects `loads` to ascend and to cover each byte of [start, end) exactly once, and no byte before
// it; returns the end of the last load.
std::uintptr_t expect_one_pass(std::span<const Load> loads, std::uintptr_t start,
                               std::uintptr_t end) {
  std::uintptr_t at = start;
  for (const Load& load : loads) {
    EXPECT_EQ(load.address, at);
    at = load.address + load.size_bytes;
  }
  EXPECT_GE(at, end);
  return at;
}

template <typename Lane>
class LaneLoads : public ::testing::Test {};
using Lanes = ::testing::Types<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>;
TYPED_TEST_SUITE(LaneLoads, Lanes);

TYPED_TEST(LaneLoads, GoOnceFromTheStartToTheTerminatorOrTheEnd) {
  constexpr std::size_t kLane = sizeof(TypeParam);
  const GuardedPages pages(1);
  for (std::size_t size = kLane; size <= 272; size += kLane) {
    auto* const first = reinterpret_cast<TypeParam*>(pages.end() - size);
    for (std::size_t zero = 0; zero <= size / kLane; ++zero) {
      std::memset(first, 1, size);
      if (zero < size / kLane) first[zero] = 0;
      std::size_t found = 0;
      const std::span<const Load> loads = loads_from(pages.begin(), kPageSize, [&] {
        found = internal::find_zero_lane<TypeParam>(first, size / kLane);
      });
      ASSERT_EQ(found, zero);
      const auto start = reinterpret_cast<std::uintptr_t>(first);
      const auto end = expect_one_pass(loads, start, start + std::min((zero + 1) * kLane, size));
      ASSERT_LE(end, start + size);
      ASSERT_FALSE(::testing::Test::HasFailure()) << size << " bytes, zero lane " << zero;
    }
  }
}

// How many loads a range of bytes, none of them zero, costs by way of vectors and by way of words.
struct Cost {
  std::size_t offset;  // of the range in an aligned page
  std::size_t size;
  std::size_t by_vectors;
  std::size_t by_words;
};
constexpr Cost kCosts[] = {
    {0, 8, 1, 1},
    {0, 16, 2, 2},
    {8, 8, 1, 1},
    {0, 56, 7, 7},
    {0, 64, 4, 8},
    {8, 64, 8, 8},
    {8, 72, 5, 9},
    {0, 128, 8, 16},
    {0, 192, 12, 24},
    {0, 256, 16, 32},
    {8, 256, 1 + 12 + 7, 32},
    {0, 4096, 256, 512},
    {8, 4088, 1 + 252 + 6, 511},
};

// The loads of `scan` over `size` bytes of ones from `offset` in a page.
template <typename Scan>
std::span<const Load> loads_of_ones(const GuardedPages& pages, const Cost& cost, Scan scan) {
  auto* const first = pages.begin() + cost.offset;
  std::memset(pages.begin(), 1, kPageSize);
  return loads_from(pages.begin(), kPageSize, [&] { scan(first, cost.size); });
}

TYPED_TEST(LaneLoads, AreTheWidestThereAre) {
  const GuardedPages pages(1);
  for (const Cost& cost : kCosts) {
    const std::span<const Load> loads =
        loads_of_ones(pages, cost, [](const void* first, std::size_t size) {
          const std::size_t count = size / sizeof(TypeParam);
          EXPECT_EQ(internal::find_zero_lane<TypeParam>(first, count), count);
        });
    EXPECT_EQ(loads.size(), kHasVectors ? cost.by_vectors : cost.by_words)
        << cost.size << " bytes from " << cost.offset;
  }
}

TYPED_TEST(LaneLoads, AreSingleLanesOnlyWhereNoWordFits) {
  constexpr std::size_t kLane = sizeof(TypeParam);
  const GuardedPages pages(1);
  for (std::size_t offset = 0; offset < 8; offset += kLane) {
    for (std::size_t size = kLane; size <= 40; size += kLane) {
      const std::size_t head = std::min(size, (8 - offset) % 8);
      const std::size_t words = (size - head) / 8;
      const std::size_t lanes = (size - words * 8) / kLane;
      const std::span<const Load> loads =
          loads_of_ones(pages, {offset, size, 0, 0}, [](const void* first, std::size_t bytes) {
            internal::find_zero_lane<TypeParam>(first, bytes / kLane);
          });
      EXPECT_EQ(loads.size(), words + lanes) << size << " bytes from " << offset;
    }
  }
}

// A type of the given size whose terminator is all zeros, which only its constructor determines.
template <typename Lane>
struct ZeroByConstructor {
  constexpr ZeroByConstructor() : value(0) {}
  Lane value;
};

TYPED_TEST(LaneLoads, AreThoseOfEveryTypeThatEndsInZerosOfThatSize) {
  const GuardedPages pages(1);
  const Cost page{0, kPageSize, 256, 512};
  const auto of_type = [&]<typename T>(T) {
    return loads_of_ones(pages, page,
                         [](const void* first, std::size_t size) {
                           internal::find_terminator<T>(first, size / sizeof(T));
                         })
        .size();
  };
  EXPECT_EQ(of_type(TypeParam{}), kHasVectors ? page.by_vectors : page.by_words);
  EXPECT_EQ(of_type(ZeroByConstructor<TypeParam>{}), kHasVectors ? page.by_vectors : page.by_words);
}

TEST(ElementLoads, AreAsWideAsTheAlignmentAllows) {
  struct Longs2 {
    std::uint64_t longs[2];
  };
  struct Shorts3 {
    std::uint16_t shorts[3];
  };
  const GuardedPages pages(1);
  EXPECT_EQ(loads_of_ones(pages, {0, 160, 0, 0},
                          [](const void* first, std::size_t size) {
                            internal::find_terminator<Longs2>(first, size / sizeof(Longs2));
                          })
                .size(),
            20u);
  EXPECT_EQ(loads_of_ones(pages, {0, 60, 0, 0},
                          [](const void* first, std::size_t size) {
                            internal::find_terminator<Shorts3>(first, size / sizeof(Shorts3));
                          })
                .size(),
            30u);
}

std::size_t table_loads_of(const std::vector<std::uint8_t>& text) {
  alignas(64) std::uint8_t copy[256];
  std::copy(text.begin(), text.end(), copy);
  return loads_from(&internal::kUtf8Automaton, sizeof(internal::kUtf8Automaton),
                    [&] { EXPECT_TRUE(is_utf8(copy, text.size())); })
      .size();
}

TEST(CopyLoads, GoOnceThroughTheStringAndNoFurther) {
  const GuardedPages pages(1);
  std::memset(pages.begin(), 'a', kPageSize);
  char copy[64];
  for (std::size_t size = 1; size <= sizeof(copy); ++size) {
    auto* const first = pages.end() - sizeof(copy);
    std::memset(first, 'a', sizeof(copy));
    if (size < sizeof(copy)) first[size - 1] = 0;
    const std::span<const Load> loads = loads_from(pages.begin(), kPageSize, [&] {
      internal::Progress progress = 0;
      internal::copy_until_nul(reinterpret_cast<const char*>(first), copy, sizeof(copy), progress);
    });
    const auto start = reinterpret_cast<std::uintptr_t>(first);
    ASSERT_EQ(expect_one_pass(loads, start, start + size), start + size) << size;
  }
}

TEST(Utf8Loads, GoOnceThroughTheText) {
  const GuardedPages pages(1);
  for (std::size_t size = 1; size <= 272; ++size) {
    const auto* const first = pages.end() - size;
    const std::span<const Load> loads =
        loads_from(pages.begin(), kPageSize, [&] { is_utf8(first, size); });
    const auto start = reinterpret_cast<std::uintptr_t>(first);
    ASSERT_EQ(expect_one_pass(loads, start, start + size), start + size) << size;
  }
}

TEST(Utf8Loads, AreTheWidestThereAreFromTheFirstAlignedByteOn) {
  const GuardedPages pages(1);
  for (const Cost& cost :
       {Cost{0, 8, 1, 1}, Cost{0, 56, 7, 7}, Cost{0, 64, 4, 8}, Cost{8, 64, 8 + 7, 8 + 7},
        Cost{0, 192, 12, 24}, Cost{0, 4096, 256, 512}}) {
    const std::span<const Load> loads = loads_of_ones(
        pages, cost,
        [](const void* first, std::size_t size) { EXPECT_TRUE(is_utf8(first, size)); });
    EXPECT_EQ(loads.size(), kHasVectors ? cost.by_vectors : cost.by_words)
        << cost.size << " bytes from " << cost.offset;
  }
}

TEST(Utf8Loads, AsciiNeedsNoTableWhereItIsAWordOrMore) {
  EXPECT_EQ(table_loads_of(std::vector<std::uint8_t>(256, 'a')), 0u);
  EXPECT_EQ(table_loads_of(std::vector<std::uint8_t>(8, 'a')), 0u);
  EXPECT_EQ(table_loads_of(std::vector<std::uint8_t>(13, 'a')), 5u);
  // A character of two bytes, in one word of a block.
  std::vector<std::uint8_t> text(64, 'a');
  text[20] = 0xc3;
  text[21] = 0xa9;
  EXPECT_EQ(table_loads_of(text), 8u);
}

}  // namespace
}  // namespace axptr
