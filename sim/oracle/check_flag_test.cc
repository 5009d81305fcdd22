#include "sim/oracle/check_flag.h"

#include "gmock/gmock.h"
#include "sim/oracle/testing/hand_made.h"

namespace sim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

HandMade ConstStr() {
  return HandMade(
      "map 0x550000000000 0x1000 rw- lazy\n"
      "const.str 0x550000000000\n");
}

Event WithFlag(Event event, bool flag) {
  event.flag = flag;
  return event;
}

TEST(CheckFlagTest, AcceptsTheFlagInAttemptsAndInTheirFaultHandler) {
  HandMade made = ConstStr();
  made.AskedAbout(At(0), 0x1000)
      .Saw(MakeEvent(EventKind::kAttemptBegun, At(0), 0x1000))
      .Saw(WithFlag(MakeEvent(EventKind::kRaced), true))
      .Saw(WithFlag(MakeEvent(EventKind::kLockTaken), true))
      .Saw(WithFlag(MakeEvent(EventKind::kLockReleased), true))
      .Saw(MakeFault(At(0), FaultDisposition::kResolved))
      .Saw(MakeEvent(EventKind::kAttemptEnded, At(0), 0x1000));
  EXPECT_THAT(made.NamesFrom(CheckFlag), IsEmpty());
}

TEST(CheckFlagTest, ReportsNothingForASubjectWithoutAFlag) {
  HandMade made = ConstStr();
  made.subject.has_flag = false;
  made.Saw(WithFlag(MakeEvent(EventKind::kAttemptBegun, At(0), 0x1000), false))
      .Saw(WithFlag(MakeEvent(EventKind::kAttemptEnded, At(0), 0x1000), false));
  EXPECT_THAT(made.NamesFrom(CheckFlag), IsEmpty());
}

TEST(CheckFlagTest, ReportsAttemptBegunWithTheFlagClear) {
  HandMade made = ConstStr();
  made.Saw(WithFlag(MakeEvent(EventKind::kAttemptBegun, At(0), 0x1000), false))
      .Saw(WithFlag(MakeEvent(EventKind::kAttemptEnded, At(0), 0x1000), false));
  EXPECT_THAT(made.NamesFrom(CheckFlag), ElementsAre("flag.clear_in_attempt"));
}

TEST(CheckFlagTest, ReportsFlagClearedInsideAnAttempt) {
  HandMade made = ConstStr();
  made.Saw(MakeEvent(EventKind::kAttemptBegun, At(0), 0x1000))
      .Saw(WithFlag(MakeEvent(EventKind::kAttemptEnded, At(0), 0x1000), false));
  EXPECT_THAT(made.NamesFrom(CheckFlag), ElementsAre("flag.clear_in_attempt"));
}

TEST(CheckFlagTest, ReportsFlagSetDuringACheck) {
  for (const EventKind kind : {EventKind::kLockTaken, EventKind::kChecked, EventKind::kPopulated,
                               EventKind::kLockReleased}) {
    HandMade made = ConstStr();
    made.Saw(WithFlag(MakeEvent(kind, At(0), 0x1000), true));
    EXPECT_THAT(made.NamesFrom(CheckFlag), ElementsAre("flag.set_outside"));
  }
}

TEST(CheckFlagTest, ReportsACheckInsideAnAttempt) {
  HandMade made = ConstStr();
  made.Saw(MakeEvent(EventKind::kAttemptBegun, At(0), 0x1000))
      .Saw(WithFlag(MakeEvent(EventKind::kChecked, At(0), 0x1000), true));
  EXPECT_THAT(made.NamesFrom(CheckFlag), ElementsAre("flag.set_outside"));
}

TEST(CheckFlagTest, ReportsFlagLeftSet) {
  HandMade made = ConstStr();
  made.record.flag = true;
  EXPECT_THAT(made.NamesFrom(CheckFlag), ElementsAre("flag.stuck"));
}

TEST(CheckFlagTest, ReportsFlagLeftClearThatWasSet) {
  HandMade made = ConstStr();
  made.record.flag_before = true;
  EXPECT_THAT(made.NamesFrom(CheckFlag), ElementsAre("flag.stuck"));
}

TEST(CheckFlagTest, DoesNotReportAgainAFlagThatAnEarlierOperationLeftSet) {
  HandMade made = ConstStr();
  made.record.flag_before = true;
  made.record.flag = true;
  made.Saw(WithFlag(MakeEvent(EventKind::kChecked, At(0), 0x1000), true));
  EXPECT_THAT(made.NamesFrom(CheckFlag), IsEmpty());
}

TEST(CheckFlagTest, DoesNotJudgeTheFlagAfterAPanic) {
  HandMade made = ConstStr();
  made.record.outcome = Outcome::Panic();
  made.record.flag = true;
  EXPECT_THAT(made.NamesFrom(CheckFlag), IsEmpty());
}

}  // namespace
}  // namespace sim
