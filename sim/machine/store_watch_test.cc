#include "sim/machine/store_watch.h"

#include <cstring>
#include <memory>
#include <optional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/machine/frames.h"

namespace sim {
namespace {

using ::testing::Eq;
using ::testing::Optional;

constexpr uint64_t kPage = Window::kPageBytes;
constexpr uint64_t kBase = Window::kStart + 16 * kPage;
constexpr auto kReadWrite =
    axptr::MappingFlags::READ | axptr::MappingFlags::WRITE | axptr::MappingFlags::USER;

class StoreWatchTest : public testing::Test {
 protected:
  StoreWatchTest() {
    frames_.SetFree(Frames::kMachineFrames);
    EXPECT_TRUE(space_.Map(kBase, 8 * kPage, kReadWrite, Backing::kEager));
    EXPECT_TRUE(space_.Map(Window::kStart, kPage, kReadWrite, Backing::kEager));
    EXPECT_TRUE(space_.Map(Window::kEnd - kPage, kPage, kReadWrite, Backing::kEager));
    space_.SettleWindowFor(kBase, 8 * kPage);
    space_.SettleWindowFor(Window::kStart, kPage);
    space_.SettleWindowFor(Window::kEnd - kPage, kPage);
  }

  static void Invert(uint64_t address) {
    *reinterpret_cast<volatile uint8_t*>(address) = *reinterpret_cast<uint8_t*>(address) ^ 0xff;
  }

  // The result of the watch for a call over `range` that changes the byte at `address`.
  std::optional<uint64_t> FoundOf(const StoreWatch::Range& range, uint64_t address) {
    watch_.Begin(range);
    Invert(address);
    const std::optional<uint64_t> found = watch_.End();
    Invert(address);
    return found;
  }

  Frames frames_;
  std::unique_ptr<Window> window_ = *Window::Reserve();
  AddressSpace space_{&frames_, window_.get()};
  StoreWatch watch_{&space_};
};

TEST_F(StoreWatchTest, DetectsStoresToEachByteOfThePagesAtTheEnds) {
  const uint8_t pattern[] = {1, 2, 3};
  for (const bool has_contents : {false, true}) {
    if (has_contents) {
      ASSERT_TRUE(space_.Fill(kBase, 8 * kPage, pattern));
    }
    const uint64_t start = kBase + 2 * kPage + 8;
    for (const uint64_t size : {uint64_t{0}, uint64_t{1}, uint64_t{64}, kPage, 3 * kPage}) {
      const uint64_t last = start + (size == 0 ? 0 : size - 1);
      const uint64_t first_page = start - 8;
      const uint64_t last_page = last - last % kPage;
      for (const uint64_t at : {first_page - 56, first_page, start - 1, start, last, last + 1,
                                first_page + kPage - 1, last_page, last_page + kPage - 1}) {
        EXPECT_THAT(FoundOf({.start = start, .size = size}, at), Optional(at))
            << size << " " << at - start;
      }
    }
  }
}

TEST_F(StoreWatchTest, DetectsStoresToTheNextPageAndThePreviousOne) {
  for (const uint64_t at : {uint64_t{1}, StoreWatch::kNearBytes}) {
    EXPECT_THAT(FoundOf({.start = kBase + kPage, .size = kPage}, kBase + kPage - at),
                Optional(kBase + kPage - at));
    EXPECT_THAT(FoundOf({.start = kBase + kPage, .size = kPage}, kBase + 2 * kPage - 1 + at),
                Optional(kBase + 2 * kPage - 1 + at));
  }
}

TEST_F(StoreWatchTest, CoversTheEndsOfTheWindowAndReadsNothingAfterThem) {
  constexpr uint64_t kLast = Window::kEnd - 1;
  EXPECT_THAT(FoundOf({.start = Window::kStart, .size = 1}, Window::kStart + 1),
              Optional(Window::kStart + 1));
  EXPECT_THAT(FoundOf({.start = Window::kStart - 1, .size = 1}, Window::kStart),
              Optional(Window::kStart));
  EXPECT_THAT(FoundOf({.start = kLast, .size = 1}, kLast - 1), Optional(kLast - 1));
  EXPECT_THAT(FoundOf({.start = kLast, .size = UINT64_MAX - kLast}, kLast), Optional(kLast));
  for (const uint64_t start : {uint64_t{0}, Window::kEnd + kPage, UINT64_MAX}) {
    EXPECT_EQ(FoundOf({.start = start, .size = UINT64_MAX - start}, kBase), std::nullopt);
  }
}

TEST_F(StoreWatchTest, ABytesOtherAddressMayChangeWithIt) {
  const uint64_t file = Window::kStart + 64 * kPage;
  const uint64_t again = file + kPage;
  ASSERT_TRUE(space_.MapFile(file, kPage, kReadWrite, kPage));
  ASSERT_TRUE(space_.MapAgain(again, kPage, kReadWrite, file));
  space_.SettleWindowFor(file, 2 * kPage);
  ASSERT_TRUE(space_.populate_area(
      *axptr::VirtAddrRange::from_start_size(axptr::VirtAddr(file), 2 * kPage), kReadWrite));
  // The pages at both addresses are compared.
  const StoreWatch::Range range = {
      .start = file + kPage - 8, .size = 16, .storable = 8, .may_change = true};
  EXPECT_EQ(FoundOf(range, file + kPage - 8), std::nullopt);
  EXPECT_EQ(FoundOf(range, again + kPage - 8), std::nullopt);
  EXPECT_THAT(FoundOf(range, again), Optional(file));
  watch_.Begin({.start = file + kPage - 8, .size = 16});
  Invert(again);
  watch_.NoteOwnStore(file, 0xff);
  EXPECT_EQ(watch_.End(), std::nullopt);
}

TEST_F(StoreWatchTest, UsesReportedStoresAloneIfSufficient) {
  const StoreWatch::Range range = {.start = kBase + 8, .size = 8, .is_compared = false};
  EXPECT_EQ(FoundOf(range, kBase + 7), std::nullopt);
  watch_.Begin(range);
  watch_.NoteStore(kBase + 7, 1);
  EXPECT_THAT(watch_.End(), Optional(kBase + 7));
}

TEST_F(StoreWatchTest, ReportsTheLowestByte) {
  watch_.Begin({.start = kBase + 8, .size = 8});
  Invert(kBase + 20);
  Invert(kBase + 7);
  EXPECT_THAT(watch_.End(), Optional(kBase + 7));
}

TEST_F(StoreWatchTest, DoesNotReportStoresOfTheKernel) {
  watch_.Begin({.start = kBase + 8, .size = 8});
  *reinterpret_cast<volatile uint8_t*>(kBase + 8) = 0x15;
  watch_.NoteOwnStore(kBase + 8, 0x15);
  watch_.NoteOwnStore(kBase + 4 * kPage, 0x15);
  EXPECT_EQ(watch_.End(), std::nullopt);
  watch_.Begin({.start = kBase + 8, .size = 8});
  watch_.NoteOwnStore(kBase + 8, 0x15);
  EXPECT_THAT(watch_.End(), Optional(kBase + 8)) << "one that is lost is a change";
}

TEST_F(StoreWatchTest, DoesNotReportChangesByAnotherCpu) {
  watch_.Begin({.start = kBase + 8, .size = 8});
  watch_.Look();
  Invert(kBase + 8);
  watch_.Retake();
  EXPECT_EQ(watch_.End(), std::nullopt);
  watch_.Begin({.start = kBase + 8, .size = 8});
  Invert(kBase + 9);
  watch_.Look();
  Invert(kBase + 9);
  watch_.Retake();
  EXPECT_THAT(watch_.End(), Optional(kBase + 9)) << "it was there before the other CPU came";
}

TEST_F(StoreWatchTest, DoesNotReportBytesThatTheSubjectMayChange) {
  const StoreWatch::Range range = {
      .start = kBase + 8, .size = 8, .storable = 8, .may_change = true};
  EXPECT_EQ(FoundOf(range, kBase + 8), std::nullopt);
  EXPECT_EQ(FoundOf(range, kBase + 15), std::nullopt);
  EXPECT_THAT(FoundOf(range, kBase + 7), Optional(kBase + 7));
  EXPECT_THAT(FoundOf(range, kBase + 16), Optional(kBase + 16));
}

TEST_F(StoreWatchTest, ReportedStoresAreCheckedAtEveryAddress) {
  struct Case {
    uint64_t storable, at, size;
    std::optional<uint64_t> found;
  };
  const uint64_t start = kBase + 8;
  for (const Case& store :
       {Case{8, start, 8, std::nullopt}, Case{8, start + 7, 1, std::nullopt},
        Case{8, start + 7, 2, start + 8}, Case{8, start - 1, 8, start - 1},
        Case{8, kBase + 7 * kPage, 1, kBase + 7 * kPage}, Case{0, start, 1, start}}) {
    watch_.Begin({.start = start, .size = 8, .storable = store.storable});
    watch_.NoteStore(store.at, store.size);
    EXPECT_THAT(watch_.End(), Eq(store.found)) << store.at - start << " " << store.size;
  }
  watch_.NoteStore(start, 1);
  watch_.Begin({.start = start, .size = 8});
  EXPECT_EQ(watch_.End(), std::nullopt) << "the one before it was of no call";
}

// Further ranges as a table names them: not adjacent, adjacent, and one far away.
TEST_F(StoreWatchTest, FurtherBytesAreStorableAndNoOthers) {
  const StoreWatch::Bytes further[] = {
      {kBase + 8, 4}, {kBase + 12, 4}, {kBase + 5 * kPage, 16}, {kBase + 40, 0}};
  const StoreWatch::Range range = {
      .start = kBase, .size = 8, .may_change = true, .also_storable = further};
  EXPECT_THAT(FoundOf(range, kBase + 7), Optional(kBase + 7));
  EXPECT_THAT(FoundOf(range, kBase + 8), Eq(std::nullopt));
  EXPECT_THAT(FoundOf(range, kBase + 15), Eq(std::nullopt));
  EXPECT_THAT(FoundOf(range, kBase + 16), Optional(kBase + 16));
  EXPECT_THAT(FoundOf(range, kBase + 40), Optional(kBase + 40));
  const struct {
    uint64_t address;
    uint64_t size;
    std::optional<uint64_t> found;
  } kStores[] = {{kBase + 8, 8, std::nullopt},
                 {kBase + 8, 9, kBase + 16},
                 {kBase + 4, 8, kBase + 4},
                 {kBase + 5 * kPage + 8, 8, std::nullopt},
                 {kBase + 5 * kPage + 12, 8, kBase + 5 * kPage + 16}};
  for (const auto& [address, size, found] : kStores) {
    watch_.Begin(range);
    watch_.NoteStore(address, size);
    EXPECT_EQ(watch_.End(), found) << address - kBase << " " << size;
  }
}

TEST_F(StoreWatchTest, ASingleAccessCoversItsRangeAndHappensOnce) {
  struct Access {
    uint64_t at, size;
  };
  const uint64_t start = kBase + 8;
  const struct {
    std::vector<Access> loads;
    std::optional<uint64_t> torn_at;
  } kCases[] = {
      {{}, std::nullopt},
      {{{start, 8}}, std::nullopt},
      {{{start, 4}}, start},
      {{{start, 4}, {start + 4, 4}}, start},
      {{{start, 16}}, start},
      {{{start + 1, 8}}, start + 1},
      {{{start, 8}, {start, 8}}, start},
  };
  for (const auto& test : kCases) {
    for (const bool is_store : {false, true}) {
      watch_.Begin({.start = start, .size = 8, .storable = 64, .is_one_access = true});
      for (const Access& load : test.loads) {
        is_store ? watch_.NoteStore(load.at, load.size) : watch_.NoteLoad(load.at, load.size);
      }
      EXPECT_EQ(watch_.End(), std::nullopt);
      EXPECT_EQ(watch_.torn_at(), test.torn_at) << test.loads.size() << is_store;
      watch_.Begin({.start = start, .size = 8, .storable = 64});
      for (const Access& load : test.loads) watch_.NoteLoad(load.at, load.size);
      EXPECT_EQ(watch_.torn_at(), std::nullopt) << "no such access";
    }
  }
  watch_.Begin({.start = start, .size = 8, .is_one_access = true});
  watch_.NoteLoad(start, 8);
  watch_.BeginAttempt();
  watch_.NoteLoad(start, 8);
  EXPECT_EQ(watch_.torn_at(), std::nullopt) << "one in each attempt";
}

TEST_F(StoreWatchTest, ACallThatWasNotBegunOrHasEndedHasNoEnd) {
  EXPECT_DEATH(watch_.End(), "is_active_");
  watch_.Begin({.start = kBase, .size = 8});
  watch_.End();
  EXPECT_DEATH(watch_.End(), "is_active_");
  watch_.Begin({.start = kBase, .size = 8});
  watch_.Stop();
  EXPECT_DEATH(watch_.End(), "is_active_");
}

}  // namespace
}  // namespace sim
