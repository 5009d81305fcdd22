#include "sim/oracle/check_effects.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/oracle/testing/hand_made.h"

namespace sim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kMap[] = "map 0x550000000000 0x1000 rw- eager\n";
constexpr char kText[] = "fill 0x550000000000 \"text\\0\"\n";

HandMade Of(absl::string_view access) { return HandMade(absl::StrCat(kMap, kText, access, "\n")); }

// The names of the violations from all three checkers of one access.
std::vector<std::string> Names(const HandMade& made) {
  return made.NamesFrom([](const OpEvidence& evidence, Violations* violations) {
    CheckPlaces(evidence, violations);
    CheckBuffer(evidence, violations);
    CheckRacedEffects(evidence, violations);
  });
}

TEST(CheckEffectsTest, AcceptsThePredictedEffects) {
  for (const char* access :
       {"const.get u8 0x550000000000", "copy_str 0x550000000000 8", "copy_str 0x550000000000 2",
        "copy_str 0x550000000fff 8", "copy_str 0x550000001000 8", "user.load 0x550000000000 1"}) {
    EXPECT_THAT(Names(Of(access)), IsEmpty()) << access;
  }
}

TEST(CheckEffectsTest, ReportsWrongPointers) {
  for (const char* access : {"const.get u8 0x550000000000", "mut.slice u8 0x550000000000 0",
                             "const.str 0x550000000005", "copy_str 0x550000000005 1"}) {
    for (const uint64_t error : {uint64_t{1}, UINT64_MAX, kElsewhere}) {
      HandMade made = Of(access);
      made.record.effects.pointer_error = error;
      EXPECT_THAT(Names(made), ElementsAre("access.wrong_pointer")) << access;
    }
  }
}

TEST(CheckEffectsTest, ReportsBytesWrittenOutsideTheBuffer) {
  for (const int64_t outside : {-1, 8, 0}) {
    HandMade made = Of("copy_str 0x550000000000 8");
    made.record.effects.written_outside = outside;
    EXPECT_THAT(Names(made), ElementsAre("access.buffer_overrun"));
  }
}

TEST(CheckEffectsTest, ReportsATouchOfThePagesBesideTheBuffer) {
  HandMade made = Of("copy_str 0x550000000000 8");
  made.record.outcome = Outcome::Panic();
  made.record.effects = Effects();
  made.events.push_back(
      MakeFault(UINT64_MAX, FaultDisposition::kKernelBug, KernelBug::kBufferOverrun));
  EXPECT_THAT(Names(made), ElementsAre("access.buffer_overrun"));
}

TEST(CheckEffectsTest, ReportsStoresToUserMemory) {
  for (const char* access : {"const.get u8 0x550000000000", "mut.slice u8 0x550000000000 0",
                             "const.str 0x550000000005", "copy_str 0x550000001000 8"}) {
    HandMade made = Of(access);
    made.record.effects.stray_store = 0x550000000008;
    EXPECT_THAT(Names(made), ElementsAre("access.stray_store")) << access;
  }
}

TEST(CheckEffectsTest, ReportsAValueThatIsMovedInParts) {
  for (const char* access : {"read_value u64 0x550000000000", "write_value u32 0x550000000000"}) {
    HandMade made = Of(access);
    EXPECT_THAT(Names(made), IsEmpty()) << access;
    made.record.effects.torn_at = 0x550000000004;
    EXPECT_THAT(Names(made), ElementsAre("access.torn")) << access;
  }
}

TEST(CheckEffectsTest, ReportsOtherContentsAfterSuccessAndAfterAnError) {
  for (const char* access :
       {"copy_str 0x550000000000 8", "copy_str 0x550000000000 2", "copy_str 0x550000001000 8"}) {
    HandMade other_length = Of(access);
    ++other_length.record.effects.copied_bytes;
    EXPECT_THAT(Names(other_length), ElementsAre("access.buffer_contents")) << access;
    HandMade other_bytes = Of(access);
    ++other_bytes.record.effects.copied_fingerprint;
    EXPECT_THAT(Names(other_bytes), ElementsAre("access.buffer_contents")) << access;
  }
}

TEST(CheckEffectsTest, LeavesContentsAfterAnotherOutcomeToCheckResult) {
  HandMade made = Of("copy_str 0x550000000000 8");
  made.record.outcome = Outcome::Error(14);
  made.record.effects = Effects();
  EXPECT_THAT(Names(made), IsEmpty());
  made.record.effects.written_outside = -1;
  EXPECT_THAT(Names(made), ElementsAre("access.buffer_overrun"));
}

TEST(CheckEffectsTest, JudgesAccessesOfOtherCpusDuringTheCall) {
  HandMade made = HandMade(
      absl::StrCat("machine cpus=2\n", kMap, kText,
                   "@1 race check 1 copy_str 0x550000000000 8\nconst.get u8 0x550000000000\n"));
  ASSERT_EQ(made.records[2].race->effects.copied_bytes, 5u) << "the text and its terminator";
  EXPECT_THAT(Names(made), IsEmpty());
  made.records[2].race->effects.copied_bytes = 4;
  EXPECT_THAT(Names(made), ElementsAre("access.buffer_contents"));
  made.records[2].race->effects.written_outside = 8;
  EXPECT_THAT(Names(made), ElementsAre("access.buffer_overrun", "access.buffer_contents"));
}

}  // namespace
}  // namespace sim
