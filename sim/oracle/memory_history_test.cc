#include "sim/oracle/memory_history.h"

#include <cstdint>
#include <random>
#include <string>

#include "gtest/gtest.h"
#include "sim/scenario/scenario.h"

namespace sim {
namespace {

constexpr uint64_t kPages = 40;

constexpr uint64_t PageAt(uint64_t page) { return kWindowStart + page * kPageBytes; }

// Applies the same random change to both, whatever their state.
void ChangeAtRandom(std::mt19937_64& random, MemoryHistory* one, MemoryHistory* other) {
  const uint64_t first = random() % kPages;
  const uint64_t end = first + 1 + random() % (random() % 4 == 0 ? kPages - first : 1);
  const auto perms = static_cast<Perms>(random() % 8);
  const auto kind = static_cast<AreaKind>(random() % kAreaKindCount);
  const uint64_t bytes = random() % (2 * kPages * kPageBytes);
  const uint64_t from = PageAt(first) + random() % kPageBytes;
  const uint64_t to = from + 1 + random() % (2 * kPageBytes);
  const std::string pattern(random() % 3, static_cast<char>('a' + random() % 26));
  const uint64_t what = random() % 13;
  for (MemoryHistory* history : {one, other}) {
    const size_t file = history->StateAt(PageAt(first)).file;
    const size_t mapping = history->StateAt(PageAt(first)).mapping;
    switch (what) {
      case 0:
        history->Unmap(PageAt(first), PageAt(end));
        if (HasFile(kind)) {
          history->MapFile(PageAt(first), PageAt(end), perms, kind, bytes);
        } else {
          history->Map(PageAt(first), PageAt(end), perms, kind, what == 0);
        }
        break;
      case 1:
        history->Unmap(PageAt(first), PageAt(end));
        break;
      case 2:
        history->Protect(PageAt(first), PageAt(end), perms);
        break;
      case 3:
        history->MakePresent(PageAt(first), PageAt(end));
        break;
      case 4:
      case 5:
        history->Write(from, to, pattern);
        break;
      case 6:
        history->Flip(from, 0x15);
        break;
      case 7:
        history->Evict(PageAt(first), PageAt(end));
        break;
      case 8:
        history->Share(PageAt(first), PageAt(end));
        break;
      case 9:
        if (mapping != 0) history->LetGrow(mapping, bytes);
        break;
      case 10:
        history->GrowDownTo(from);
        break;
      case 11:
        if (file == 0 || history->IsAnyMapped(PageAt(end), PageAt(end + 1))) break;
        history->MapAgain(PageAt(end), PageAt(end + 1), perms, PageAt(first));
        break;
      default:
        if (file != 0) history->Truncate(file, bytes);
    }
  }
}

bool IsSameState(const MemoryHistory::PageState& a, const MemoryHistory::PageState& b) {
  return a.mapped == b.mapped && a.present == b.present && a.shared == b.shared &&
         a.past_end == b.past_end && a.file == b.file && a.mapping == b.mapping &&
         a.perms == b.perms && a.kind == b.kind;
}

// The trees give the same answers for old entries as a walk over all entries.
TEST(MemoryHistoryTest, TreesAndListGiveTheSameResults) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 40; ++round) {
    MemoryHistory list(SIZE_MAX / 4);
    MemoryHistory trees(1 + random() % 3);
    for (int step = 0; step < 300; ++step) {
      ChangeAtRandom(random, &list, &trees);
      const uint64_t at = PageAt(0) + random() % (kPages * kPageBytes);
      for (const uint64_t address : {at, PageAt(step % kPages)}) {
        const MemoryHistory::PageState wanted = list.StateAt(address);
        const MemoryHistory::PageState got = trees.StateAt(address);
        ASSERT_TRUE(IsSameState(wanted, got)) << "step " << step << " at " << address;
        ASSERT_GT(got.run_end, address);
        ASSERT_LE(got.run_end, kWindowEnd);
        ASSERT_TRUE(IsSameState(wanted, list.StateAt(got.run_end - 1))) << "to the end of the run";
        const MemoryHistory::ByteRun bytes = trees.BytesAt(address);
        ASSERT_EQ(bytes.At(address), list.BytesAt(address).At(address)) << "step " << step;
        ASSERT_GT(bytes.end, address);
        ASSERT_EQ(bytes.At(bytes.end - 1), list.BytesAt(bytes.end - 1).At(bytes.end - 1));
      }
    }
  }
}

// Answers are cached until the next change. Each page is queried here before it changes.
TEST(MemoryHistoryTest, ACachedResultIsNotUsedAfterAChange) {
  MemoryHistory history;
  EXPECT_FALSE(history.StateAt(PageAt(1)).mapped);
  history.Map(PageAt(0), PageAt(4), kPermRead, AreaKind::kLazy, /*present=*/false);
  EXPECT_EQ(history.StateAt(PageAt(1)).perms, kPermRead);
  history.Protect(PageAt(1), PageAt(2), kPermWrite);
  EXPECT_EQ(history.StateAt(PageAt(1)).perms, kPermWrite);
  EXPECT_FALSE(history.StateAt(PageAt(0)).present);
  history.MakePresent(PageAt(0), PageAt(1));
  EXPECT_TRUE(history.StateAt(PageAt(0)).present);
  EXPECT_FALSE(history.StateAt(PageAt(1)).present);
  history.MakePresent(PageAt(1), PageAt(2));  // merged into the previous entry
  EXPECT_TRUE(history.StateAt(PageAt(1)).present);
  history.Unmap(PageAt(1), PageAt(2));
  EXPECT_FALSE(history.StateAt(PageAt(1)).mapped);
  history.MapFile(PageAt(4), PageAt(8), kPermRead, AreaKind::kFile, 4 * kPageBytes);
  EXPECT_FALSE(history.StateAt(PageAt(6)).past_end);
  history.Truncate(1, kPageBytes);
  EXPECT_TRUE(history.StateAt(PageAt(6)).past_end);
  history.Truncate(1, 4 * kPageBytes);
  EXPECT_FALSE(history.StateAt(PageAt(6)).past_end);
  history.Clear();
  EXPECT_FALSE(history.StateAt(PageAt(6)).mapped);
}

TEST(MemoryHistoryTest, ClearEmptiesTheTrees) {
  MemoryHistory history(1);
  for (uint64_t page = 0; page < 10; ++page) {
    history.Map(PageAt(page), PageAt(page + 1), kPermRead, AreaKind::kEager, true);
    history.Write(PageAt(page), PageAt(page) + 1, "x");
  }
  history.Clear();
  EXPECT_FALSE(history.StateAt(PageAt(0)).mapped);
  EXPECT_EQ(history.BytesAt(PageAt(0)).At(PageAt(0)), 0);
  EXPECT_EQ(history.StateAt(PageAt(0)).run_end, kWindowEnd);
}

// A run whose fill began at 100, with a pattern of `text`.
MemoryHistory::ByteRun RunOf(const std::string& text) {
  return {.fill_start = 100,
          .end = 1000,
          .pattern = text.empty() ? nullptr : reinterpret_cast<const uint8_t*>(text.data()),
          .pattern_bytes = text.size()};
}

TEST(ByteRunTest, AppendsTheBytesThatItHas) {
  for (const std::string text : {"", "x", "ab", "abc", "abcdefg"}) {
    const MemoryHistory::ByteRun run = RunOf(text);
    for (uint64_t from = 100; from < 120; ++from) {
      for (uint64_t to = from; to < from + 70; ++to) {
        std::string wanted = "before";
        for (uint64_t at = from; at < to; ++at) wanted += static_cast<char>(run.At(at));
        std::string bytes = "before";
        run.AppendTo(from, to, &bytes);
        ASSERT_EQ(bytes, wanted) << text << " " << from << " " << to;
      }
    }
  }
}

TEST(ByteRunTest, FindsTheFirstZero) {
  using namespace std::string_literals;
  for (const std::string& text : {""s, "x"s, "\0"s, "ab"s, "a\0b"s, "\0ab"s, "abcde\0\0"s}) {
    const MemoryHistory::ByteRun run = RunOf(text);
    for (uint64_t from = 100; from < 120; ++from) {
      for (uint64_t to = from; to < from + 20; ++to) {
        uint64_t wanted = from;
        while (wanted < to && run.At(wanted) != 0) ++wanted;
        ASSERT_EQ(run.FindZero(from, to), wanted) << text.size() << " " << from << " " << to;
      }
    }
  }
}

// The number of steps for `count` areas, mapped upwards or downwards: each is queried, then all are
// read.
uint64_t StepsFor(uint64_t count, bool downwards) {
  MemoryHistory history;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t page = downwards ? count - 1 - i : i;
    EXPECT_FALSE(history.IsAnyMapped(PageAt(page), PageAt(page + 1)));
    history.Map(PageAt(page), PageAt(page + 1), kPermRead, AreaKind::kLazy, false);
    history.Write(PageAt(page) + 5, PageAt(page) + 7, "x");
    history.MakePresent(PageAt(page), PageAt(page + 1));
    EXPECT_TRUE(history.StateAt(PageAt(page)).present);
    EXPECT_EQ(history.BytesAt(PageAt(page) + 5).At(PageAt(page) + 5), 'x');
  }
  EXPECT_EQ(history.CountPages(PageAt(0), PageAt(count)).present, count);
  return history.steps();
}

// The number of steps for one area is bounded: twice as many areas take twice as many steps, plus
// the steps for the greater height of the tree.
TEST(MemoryHistoryTest, StepsGrowWithTheNumberOfAreasAndNotWithItsSquare) {
  for (const bool downwards : {false, true}) {
    const uint64_t few = StepsFor(4096, downwards);
    const uint64_t twice = StepsFor(8192, downwards);
    const uint64_t four_times = StepsFor(16384, downwards);
    EXPECT_LT(twice, few * 23 / 10);
    EXPECT_LT(four_times, twice * 23 / 10);
  }
}

}  // namespace
}  // namespace sim
