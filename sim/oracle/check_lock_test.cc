#include "sim/oracle/check_lock.h"

#include "gmock/gmock.h"
#include "sim/oracle/check_access.h"
#include "sim/oracle/check_fault.h"
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

TEST(CheckLockTest, AcceptsAnAttemptAfterTheLockIsReleased) {
  HandMade made = ConstStr();
  made.AskedAbout(At(0), 0x1000).Attempted(At(0), 0x1000);
  EXPECT_THAT(made.NamesFrom(CheckLock), IsEmpty());
}

TEST(CheckLockTest, AcceptsTheLockOfTheFaultHandlerInAnAttempt) {
  HandMade made = ConstStr();
  made.AskedAbout(At(0), 0x1000)
      .Saw(MakeEvent(EventKind::kAttemptBegun, At(0), 0x1000))
      .Saw(MakeEvent(EventKind::kLockTaken))
      .Saw(MakeEvent(EventKind::kLockReleased))
      .Saw(MakeFault(At(0), FaultDisposition::kResolved))
      .Saw(MakeEvent(EventKind::kAttemptEnded, At(0), 0x1000));
  EXPECT_THAT(made.NamesFrom(CheckLock), IsEmpty());
}

TEST(CheckLockTest, ReportsAttemptUnderTheLock) {
  HandMade made = ConstStr();
  Event begun = MakeEvent(EventKind::kAttemptBegun, At(0), 0x1000);
  begun.lock_held = true;
  made.Saw(MakeEvent(EventKind::kLockTaken)).Saw(begun);
  EXPECT_THAT(made.NamesFrom(CheckLock), ElementsAre("lock.held_in_attempt"));
}

TEST(CheckLockTest, ReportsFaultUnderTheLockAsBothItsCauseAndTheDeadlock) {
  HandMade made = ConstStr();
  Event fault = MakeFault(At(0), FaultDisposition::kKernelBug, KernelBug::kLockHeld);
  fault.lock_held = true;
  made.Saw(MakeEvent(EventKind::kLockTaken)).Saw(MakeEvent(EventKind::kLockTakenTwice)).Saw(fault);
  made.record.outcome = Outcome::Panic();
  made.record.lock_held = true;
  EXPECT_THAT(made.NamesFrom(CheckLock), ElementsAre("lock.taken_twice", "lock.held_in_attempt"));
}

TEST(CheckLockTest, ReportsACheckInsideACheckOnce) {
  HandMade made = ConstStr();
  Event refused = MakeFault(0, FaultDisposition::kKernelBug, KernelBug::kLockHeld);
  refused.lock_held = true;
  refused.flag = false;
  made.Saw(MakeEvent(EventKind::kLockTaken))
      .Saw(MakeEvent(EventKind::kLockTakenTwice))
      .Saw(refused);
  made.record.outcome = Outcome::Panic();
  EXPECT_THAT(made.NamesFrom(CheckLock), ElementsAre("lock.taken_twice"));
}

TEST(CheckLockTest, ReportsSecondLockThatTheMachinePermitted) {
  HandMade made = ConstStr();
  made.Saw(MakeEvent(EventKind::kLockTaken)).Saw(MakeEvent(EventKind::kLockTaken));
  EXPECT_THAT(made.NamesFrom(CheckLock), ElementsAre("lock.taken_twice"));
}

TEST(CheckLockTest, ReportsLockHeldAfterTheOperation) {
  HandMade made = ConstStr();
  made.AskedAbout(At(0), 0x1000);
  made.record.lock_held = true;
  EXPECT_THAT(made.NamesFrom(CheckLock), ElementsAre("lock.not_released"));
}

TEST(CheckLockTest, ReportsReleaseOfALockThatIsNotHeld) {
  HandMade made = ConstStr();
  made.Saw(MakeFault(0, FaultDisposition::kKernelBug, KernelBug::kLockFree));
  made.record.outcome = Outcome::Panic();
  EXPECT_THAT(made.NamesFrom(CheckLock), ElementsAre("lock.released_free"));
  // The event is no fault, so no rule about its place applies.
  EXPECT_THAT(made.NamesFrom(CheckFault), IsEmpty());
  EXPECT_THAT(made.NamesFrom(CheckKernelHalf), IsEmpty());
}

TEST(CheckLockTest, DoesNotReportEndlessChecksAsATouchUnderTheLock) {
  HandMade made = ConstStr();
  Event stopped = MakeFault(0, FaultDisposition::kKernelBug, KernelBug::kEndless);
  stopped.lock_held = true;
  made.Saw(MakeEvent(EventKind::kLockTaken)).Saw(stopped);
  made.record.outcome = Outcome::Panic();
  EXPECT_THAT(made.NamesFrom(CheckLock), IsEmpty());
}

TEST(CheckLockTest, DoesNotJudgeTheLockAfterAPanic) {
  HandMade made = ConstStr();
  made.record.outcome = Outcome::Panic();
  made.record.lock_held = true;
  EXPECT_THAT(made.NamesFrom(CheckLock), IsEmpty());
}

}  // namespace
}  // namespace sim
