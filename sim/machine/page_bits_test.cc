#include "sim/machine/page_bits.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace sim {
namespace {

constexpr uint64_t kPages = 200;

// Compares with a vector of bool, for every pair first <= end over three words.
TEST(PageBits, SetCountAndFindAgreeWithAVectorOfBool) {
  for (uint64_t first = 0; first <= kPages; first += 7) {
    for (uint64_t end = first; end <= kPages; end += 9) {
      PageBits bits(kPages);
      std::vector<bool> reference(kPages, false);
      bits.Set(first, end);
      for (uint64_t page = first; page < end; ++page) reference[page] = true;
      uint64_t count = 0;
      uint64_t first_set = kPages;
      uint64_t first_clear = kPages;
      for (uint64_t page = 0; page < kPages; ++page) {
        ASSERT_EQ(bits.Test(page), reference[page]) << first << ".." << end << " at " << page;
        count += reference[page];
        if (reference[page] && first_set == kPages) first_set = page;
        if (!reference[page] && first_clear == kPages) first_clear = page;
      }
      ASSERT_EQ(bits.Count(0, kPages), count);
      ASSERT_EQ(bits.FindSet(0, kPages), first_set);
      ASSERT_EQ(bits.FindClear(0, kPages), first_clear);
    }
  }
}

// Across blocks that were never used, which are skipped.
TEST(PageBits, FindsAndCountsFarApartPages) {
  constexpr uint64_t kFar = 5'000'000;
  PageBits bits(kFar + 1);
  EXPECT_EQ(bits.FindSet(0, kFar + 1), kFar + 1);
  bits.Set(4095, 4097);
  bits.Set(kFar, kFar + 1);
  EXPECT_EQ(bits.FindSet(0, kFar + 1), 4095u);
  EXPECT_EQ(bits.FindSet(4096, kFar + 1), 4096u);
  EXPECT_EQ(bits.FindSet(4097, kFar + 1), kFar);
  EXPECT_EQ(bits.FindSet(4097, kFar), kFar);
  EXPECT_EQ(bits.FindSet(4097, kFar - 5000), kFar - 5000);
  EXPECT_EQ(bits.Count(0, kFar + 1), 3u);
  bits.Clear(4096, kFar);
  EXPECT_EQ(bits.Count(0, kFar + 1), 2u);
}

// Words, groups of 64 words, and groups of 64 such groups become used and unused.
TEST(PageBits, AgreeWithAVectorOfBoolForChangingRanges) {
  constexpr uint64_t kMany = 300'000;
  PageBits bits(kMany);
  std::vector<bool> reference(kMany, false);
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    const uint64_t first = random() % kMany;
    const uint64_t length = uint64_t{1} << random() % 19;
    const uint64_t end = std::min(kMany, first + random() % length);
    const bool set = random() % 3 == 0;
    if (set) {
      bits.Set(first, end);
    } else {
      bits.Clear(first, end);
    }
    std::fill(reference.begin() + static_cast<ptrdiff_t>(first),
              reference.begin() + static_cast<ptrdiff_t>(end), set);
    const auto from = reference.begin() + static_cast<ptrdiff_t>(random() % kMany);
    const auto at = static_cast<uint64_t>(from - reference.begin());
    const auto found = std::find(from, reference.end(), true) - reference.begin();
    ASSERT_EQ(bits.FindSet(at, kMany), static_cast<uint64_t>(found)) << round;
    const auto clear = std::find(from, reference.end(), false) - reference.begin();
    ASSERT_EQ(bits.FindClear(at, kMany), static_cast<uint64_t>(clear)) << round;
    const auto count = std::count(from, reference.end(), true);
    ASSERT_EQ(bits.Count(at, kMany), static_cast<uint64_t>(count)) << round;
  }
}

TEST(PageBits, SixtyFourAtATimeAreTheSameBits) {
  PageBits bits(kPages);
  for (uint64_t page = 0; page < kPages; page += 3) bits.Set(page, page + 1);
  for (uint64_t first = 0; first < kPages; ++first) {
    for (uint64_t i = 0; i < 64; ++i) {
      const bool wanted = first + i < kPages && bits.Test(first + i);
      ASSERT_EQ((bits.Next64(first) >> i) & 1, wanted) << first << " " << i;
    }
  }
}

TEST(PageBits, ClearLeavesTheNeighbours) {
  PageBits bits(kPages);
  bits.Set(0, kPages);
  bits.Clear(60, 70);
  EXPECT_EQ(bits.FindClear(0, kPages), 60u);
  EXPECT_EQ(bits.FindSet(60, kPages), 70u);
  EXPECT_EQ(bits.Count(0, kPages), kPages - 10);
}

TEST(PageBits, FindStopsAtTheEndAsked) {
  PageBits bits(kPages);
  bits.Set(100, 101);
  EXPECT_EQ(bits.FindSet(0, 100), 100u);
  EXPECT_EQ(bits.FindSet(0, 50), 50u);
  EXPECT_EQ(bits.FindSet(30, 30), 30u);
}

}  // namespace
}  // namespace sim
