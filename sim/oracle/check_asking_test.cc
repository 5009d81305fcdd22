#include "sim/oracle/check_asking.h"

#include "gmock/gmock.h"
#include "sim/oracle/testing/hand_made.h"

namespace sim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

HandMade After(absl::string_view access) {
  return HandMade(absl::StrCat("map 0x550000000000 0x4000 rw- eager\n", access, "\n"));
}

TEST(CheckAskingTest, AcceptsAValueASliceAndAString) {
  EXPECT_THAT(After("const.get u64 0x550000000ff8").AskedAbout(At(0xff8), 8).NamesFrom(CheckAsking),
              IsEmpty());
  EXPECT_THAT(After("mut.slice u64 0x550000000ff8 2")
                  .AskedAbout(At(0xff8), 16, kUserReadWrite)
                  .NamesFrom(CheckAsking),
              IsEmpty());
  EXPECT_THAT(After("const.cstr u8 0x550000000ff8")
                  .AskedAbout(At(0), 0x1000)
                  .Attempted(At(0xff8), 8)
                  .NamesFrom(CheckAsking),
              IsEmpty());
}

TEST(CheckAskingTest, AcceptsAnAttemptOverSeveralChecks) {
  HandMade made = After("const.str 0x550000000ff8");
  made.AskedAbout(At(0), 0x1000).AskedAbout(At(0x1000), 0x1000).Attempted(At(0xff8), 0x100);
  EXPECT_THAT(made.NamesFrom(CheckAsking), IsEmpty());
}

TEST(CheckAskingTest, ReportsACheckAfterAlignmentOrSizeDecided) {
  for (const char* access : {"const.get u64 0x550000000004", "mut.slice u8 0x550000000000 0",
                             "const.slice u64 0x550000000000 0x2000000000000000",
                             "const.slice u8 0xfffffffffffffff0 0x10", "const.cstr u16 1"}) {
    HandMade made = After(access);
    made.AskedAbout(At(0), 8, kUserReadWrite);
    EXPECT_THAT(made.NamesFrom(CheckAsking), ElementsAre("check.order")) << access;
  }
}

TEST(CheckAskingTest, ReportsPopulationBeforeTheCheck) {
  HandMade made = After("const.get u8 0x550000000000");
  made.AskedAbout(At(0), 1);
  std::swap(made.events[1], made.events[2]);
  EXPECT_THAT(made.NamesFrom(CheckAsking), ElementsAre("check.order"));
}

TEST(CheckAskingTest, ReportsPopulationAfterARefusedCheck) {
  HandMade made("const.get u8 0x550000000000\n");
  made.AskedAbout(At(0), 1);
  made.events[1].ok = false;
  EXPECT_THAT(made.NamesFrom(CheckAsking), ElementsAre("check.order"));
}

TEST(CheckAskingTest, ReportsPopulationUnderAnotherLock) {
  HandMade made = After("const.get u8 0x550000000000");
  made.Saw(MakeEvent(EventKind::kLockTaken))
      .Saw(MakeEvent(EventKind::kChecked, At(0), 1))
      .Saw(MakeEvent(EventKind::kLockReleased))
      .Saw(MakeEvent(EventKind::kLockTaken))
      .Saw(MakeEvent(EventKind::kPopulated, At(0), 0x1000))
      .Saw(MakeEvent(EventKind::kLockReleased));
  EXPECT_THAT(made.NamesFrom(CheckAsking), ElementsAre("check.order"));
}

TEST(CheckAskingTest, ReportsPopulationOfOnePageTooMany) {
  HandMade made = After("const.get u8 0x550000000000");
  made.AskedAbout(At(0), 1);
  made.events[2].size = 0x2000;
  EXPECT_THAT(made.NamesFrom(CheckAsking), ElementsAre("check.order"));
}

TEST(CheckAskingTest, ReportsCheckWithoutARequiredFlag) {
  const struct {
    const char* access;
    uint8_t flags;
  } kCases[] = {
      {"const.slice u8 0x550000000000 1", 1},     // no USER
      {"const.slice u8 0x550000000000 1", 8},     // no READ
      {"mut.slice u8 0x550000000000 1", 9},       // no WRITE
      {"mut.slice u8 0x550000000000 1", 8 | 2},   // no READ
      {"mut.access u8 0x550000000000 1", 1 | 2},  // no USER
  };
  for (const auto& test : kCases) {
    HandMade made = After(test.access);
    made.AskedAbout(At(0), 1, test.flags);
    made.events[2].access = kUserReadWrite;
    EXPECT_THAT(made.NamesFrom(CheckAsking), ElementsAre("check.range")) << test.access;
  }
}

TEST(CheckAskingTest, ReportsPopulationForReadingOfWrittenMemory) {
  HandMade made = After("mut.get u8 0x550000000000");
  made.AskedAbout(At(0), 1, kUserReadWrite);
  made.events[2].access = kUserRead;
  EXPECT_THAT(made.NamesFrom(CheckAsking), ElementsAre("check.range"));
}

TEST(CheckAskingTest, ReportsResultOneByteLongerThanTheCheck) {
  EXPECT_THAT(After("const.slice u8 0x550000000000 9").AskedAbout(At(0), 8).NamesFrom(CheckAsking),
              ElementsAre("check.range"));
}

TEST(CheckAskingTest, ReportsResultWhoseSizeOverflowed) {
  HandMade made = After("const.slice u64 0x550000000000 0x2000000000000001");
  made.expected.may_ask = true;
  made.AskedAbout(At(0), 8);
  made.record.outcome = Outcome::Ok(0x2000000000000001);
  EXPECT_THAT(made.NamesFrom(CheckAsking), ElementsAre("check.range"));
}

TEST(CheckAskingTest, ReportsAResultWithoutACheck) {
  EXPECT_THAT(After("const.get u8 0x550000000000").NamesFrom(CheckAsking),
              ElementsAre("check.range"));
}

TEST(CheckAskingTest, ReportsAttemptOnAStraddlingElementBeforeItsSecondPageIsChecked) {
  HandMade made = After("const.cstr u32x3 0x550000000ffc");
  made.record.outcome = Outcome::Error(14);
  made.AskedAbout(At(0), 0x1000).Attempted(At(0xffc), 12);
  EXPECT_THAT(made.NamesFrom(CheckAsking), ElementsAre("check.range"));
}

TEST(CheckAskingTest, ReportsAttemptBeyondTheBytesOfTheOperation) {
  HandMade made = After("const.access u8 0x550000000000 8");
  made.AskedAbout(At(0), 16).Attempted(At(0), 16);
  EXPECT_THAT(made.NamesFrom(CheckAsking), ElementsAre("check.range"));
}

TEST(CheckAskingTest, ReportsPopulationForTheKernel) {
  HandMade made = After("const.get u8 0x550000000000");
  made.AskedAbout(At(0), 1);
  made.events[2].access = 1;  // no USER
  EXPECT_THAT(made.NamesFrom(CheckAsking), ElementsAre("check.range"));
}

TEST(CheckAskingTest, ReportsAnAttemptWithOtherPermissionsThanTheTransfer) {
  const struct {
    const char* access;
    uint8_t asked;
    uint8_t right;
    uint8_t wrong;
  } kCases[] = {
      {"copy_in 0x550000000000 8", 9, 1, 2},
      {"copy_in 0x550000000000 8", 9, 1, 3},
      {"copy_out 0x550000000000 8", 10, 2, 1},
      {"zero_user 0x550000000000 8", 10, 2, 1},
      {"mut.access u64 0x550000000000 1", 11, 3, 1},
      {"mut.cstr u64 0x550000000000", 11, 1, 2},
      {"read_value u64 0x550000000000", 9, 1, 3},
      {"write_value u64 0x550000000000", 10, 2, 1},
      {"atomic.load u64 0x550000000000", 9, 1, 3},
      {"atomic.fetch_add u64 0x550000000000 1", 11, 3, 2},
      {"no_fault.read u64 0x550000000000 2", 9, 17, 1},
      {"no_fault.write u64 0x550000000000 2", 10, 18, 2},
      {"no_fault.exchange u64 0x550000000000 2", 11, 19, 3},
  };
  for (const auto& test : kCases) {
    HandMade made = After(test.access);
    made.AskedAbout(At(0), 0x1000, test.asked).Attempted(At(0), 8);
    made.events[4].access = test.right;
    EXPECT_THAT(made.NamesFrom(CheckAsking), IsEmpty()) << test.access;
    made.events[4].access = test.wrong;
    EXPECT_THAT(made.NamesFrom(CheckAsking), ElementsAre("check.range")) << test.access;
  }
}

// A table on the first page, with segments on the second and third.
HandMade IoVectors(const char* verb) {
  return HandMade(absl::StrCat("map 0x550000000000 0x3000 rw- eager\n",
                               "fill 0x550000000000 iov 0x550000001000 8 0x550000002000 8\n", verb,
                               " 0x550000000000 2 16\n"));
}

TEST(CheckAskingTest, TheTableNeedsReadAndItsSegmentsThePermissionsOfTheVerb) {
  const struct {
    const char* verb;
    uint8_t asked;
    uint8_t moved;
    uint8_t wrong;
  } kCases[] = {{"readv", 10, 2, 1}, {"writev", 9, 1, 2}};
  for (const auto& [verb, asked, moved, wrong] : kCases) {
    HandMade made = IoVectors(verb);
    made.AskedAbout(At(0), 32).Attempted(At(0), 32);
    made.AskedAbout(At(0x1000), 8, asked).Attempted(At(0x1000), 8);
    ASSERT_EQ(made.events.size(), 12u);
    made.events[10].access = moved;
    EXPECT_THAT(made.NamesFrom(CheckAsking), IsEmpty()) << verb;
    made.events[10].access = wrong;
    EXPECT_THAT(made.NamesFrom(CheckAsking), ElementsAre("check.range")) << verb;
    made.events[10].access = moved;
    made.events[7].access = made.events[8].access = static_cast<uint8_t>(8 | wrong);
    EXPECT_THAT(made.NamesFrom(CheckAsking), ElementsAre("check.range")) << verb;
  }
}

// The page of the segment is a part of the table, which is only read.
TEST(CheckAskingTest, ASegmentInItsOwnTableIsPopulatedForItself) {
  HandMade made(
      "map 0x550000000000 0x4000 rw- eager\n"
      "fill 0x550000000000 iov 0x550000001008 8\n"
      "readv 0x550000000000 1024 16\n");
  made.AskedAbout(At(0), 0x4000).Attempted(At(0), 0x4000);
  made.AskedAbout(At(0x1008), 8, 10).Attempted(At(0x1008), 8);
  made.events[10].access = 2;
  EXPECT_THAT(made.NamesFrom(CheckAsking), IsEmpty());
}

TEST(CheckAskingTest, ReportsAnAttemptBetweenSegments) {
  HandMade made = IoVectors("writev");
  made.AskedAbout(At(0), 32).Attempted(At(0), 32);
  made.AskedAbout(At(0x1000), 16).Attempted(At(0x1000), 16);
  EXPECT_THAT(made.NamesFrom(CheckAsking), ElementsAre("check.range"));
}

TEST(CheckAskingTest, ReportsASecondCheckOfTheSameBytes) {
  HandMade made = After("const.cstr u32x3 0x550000000ffc");
  made.AskedAbout(At(0), 0x1000).AskedAbout(At(0), 0x2000).Attempted(At(0xffc), 12);
  EXPECT_THAT(made.NamesFrom(CheckAsking), ElementsAre("check.range"));
}

TEST(CheckAskingTest, ARangeThatWouldFaultIsCheckedAgain) {
  for (const char* access :
       {"read_value u64 0x550000000000", "no_fault.read u64 0x550000000000 3"}) {
    HandMade made = After(access);
    made.AskedAbout(At(0), 8).Attempted(At(0), 8).AskedAbout(At(0), 8);
    made.events[4].access = 17;
    made.events[5].ok = false;
    ASSERT_EQ(made.events[5].kind, EventKind::kAttemptEnded);
    const bool is_retried = access[0] == 'n';
    EXPECT_EQ(made.NamesFrom(CheckAsking).empty(), is_retried) << access;
    made.events[5].ok = true;
    EXPECT_THAT(made.NamesFrom(CheckAsking), ElementsAre("check.range")) << access;
  }
}

TEST(CheckAskingTest, AcceptsChecksPageByPageAfterAFailedPopulation) {
  HandMade made = After("copy_in 0x550000000000 0x2000");
  made.AskedAbout(At(0), 0x2000).AskedAbout(At(0), 0x1000).AskedAbout(At(0x1000), 0x1000);
  made.events[2].ok = false;
  EXPECT_THAT(made.NamesFrom(CheckAsking), IsEmpty());
}

TEST(CheckAskingTest, ReportsStringWhoseTerminatorWasNotChecked) {
  HandMade made = After("const.cstr u8 0x550000000ff8");
  made.record.outcome = Outcome::Ok(8);
  made.AskedAbout(At(0), 0x1000).Attempted(At(0xff8), 8);
  EXPECT_THAT(made.NamesFrom(CheckAsking), ElementsAre("check.range"));
}

}  // namespace
}  // namespace sim
