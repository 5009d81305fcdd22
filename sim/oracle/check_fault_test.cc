#include "sim/oracle/check_fault.h"

#include "gmock/gmock.h"
#include "sim/oracle/check_access.h"
#include "sim/oracle/testing/hand_made.h"

namespace sim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

HandMade ConstStr() {
  return HandMade(
      "map 0x550000000000 0x2000 rw- lazy\n"
      "const.str 0x550000000000\n");
}

HandMade InAttempt() {
  HandMade made = ConstStr();
  made.Saw(MakeEvent(EventKind::kAttemptBegun, At(0), 0x1000));
  return made;
}

TEST(CheckFaultTest, AcceptsResolvedAndUnresolvedFaultsInTheRangeOfTheAttempt) {
  for (const auto disposition : {FaultDisposition::kResolved, FaultDisposition::kEfault}) {
    HandMade made = InAttempt();
    made.Saw(MakeFault(At(0xfff), disposition));
    EXPECT_THAT(made.NamesFrom(CheckFault), IsEmpty());
  }
}

TEST(CheckFaultTest, AcceptsFaultsOfUserCodeWithTheFlagClear) {
  HandMade made(
      "map 0x550000000000 0x1000 rw- lazy\n"
      "user.load 0x550000000000 1\n");
  Event fault = MakeFault(At(0), FaultDisposition::kResolved);
  fault.flag = false;
  made.Saw(fault);
  EXPECT_THAT(made.NamesFrom(CheckFault), IsEmpty());
}

TEST(CheckFaultTest, ReportsEachKernelBugByItsName) {
  const struct {
    KernelBug bug;
    const char* name;
  } kCases[] = {
      {KernelBug::kNone, "fault.kernel_bug"},
      {KernelBug::kFlagClear, "fault.kernel_bug"},
      {KernelBug::kAccessClosed, "fault.kernel_bug"},
      {KernelBug::kOutOfRange, "fault.out_of_range"},
      {KernelBug::kNoWayBack, "fault.no_way_back"},
      {KernelBug::kRetriedTooOften, "fault.retried"},
      {KernelBug::kNoFixup, "fault.kernel_bug"},
      {KernelBug::kFixupElsewhere, "fault.no_way_back"},
  };
  for (const auto& test : kCases) {
    HandMade made = InAttempt();
    made.record.outcome = Outcome::Panic();
    made.Saw(MakeFault(At(0), FaultDisposition::kKernelBug, test.bug));
    EXPECT_THAT(made.NamesFrom(CheckFault), ElementsAre(test.name));
  }
}

TEST(CheckFaultTest, LeavesDeadlocksToTheCheckerOfTheLock) {
  HandMade made = InAttempt();
  made.Saw(MakeFault(At(0), FaultDisposition::kKernelBug, KernelBug::kLockHeld));
  EXPECT_THAT(made.NamesFrom(CheckFault), IsEmpty());
}

TEST(CheckFaultTest, ReportsFaultThatWasAbsorbedWithTheFlagClear) {
  HandMade made = InAttempt();
  Event fault = MakeFault(At(0), FaultDisposition::kEfault);
  fault.flag = false;
  made.Saw(fault);
  EXPECT_THAT(made.NamesFrom(CheckFault), ElementsAre("fault.kernel_bug"));
}

TEST(CheckFaultTest, ReportsFaultThatWasAbsorbedOutOfRange) {
  HandMade made = InAttempt();
  made.Saw(MakeFault(At(0x1000), FaultDisposition::kEfault));
  EXPECT_THAT(made.NamesFrom(CheckFault), ElementsAre("fault.out_of_range"));
}

TEST(CheckFaultTest, ComparesWithTheInnermostAttempt) {
  HandMade made = ConstStr();
  made.Saw(MakeEvent(EventKind::kAttemptBegun, At(0), 0x2000))
      .Attempted(At(0), 0x1000)
      .Saw(MakeFault(At(0x1000), FaultDisposition::kEfault));
  EXPECT_THAT(made.NamesFrom(CheckFault), IsEmpty());
}

HandMade InTwoAttempts() {
  HandMade made = ConstStr();
  made.Saw(MakeEvent(EventKind::kAttemptBegun, At(0), 0x1000))
      .Saw(MakeEvent(EventKind::kAttemptBegun, At(0x1000), 0x1000));
  return made;
}

Event Ended(uint64_t address, bool ok) {
  Event event = MakeEvent(EventKind::kAttemptEnded, address, 0x1000);
  event.ok = ok;
  return event;
}

TEST(CheckFaultTest, AcceptsThatTheAttemptWithTheFaultInItsRangeEndsWithInnerOnes) {
  HandMade outer = InTwoAttempts();
  outer.Saw(MakeFault(At(0x10), FaultDisposition::kEfault))
      .Saw(Ended(At(0x1000), false))
      .Saw(Ended(At(0), false));
  EXPECT_THAT(outer.NamesFrom(CheckFault), IsEmpty());
  HandMade inner = InTwoAttempts();
  inner.Saw(MakeFault(At(0x1010), FaultDisposition::kEfault))
      .Saw(Ended(At(0x1000), false))
      .Saw(MakeEvent(EventKind::kAttemptBegun, At(0x1000), 0x1000))
      .Saw(Ended(At(0x1000), true))
      .Saw(Ended(At(0), true));
  EXPECT_THAT(inner.NamesFrom(CheckFault), IsEmpty());
}

TEST(CheckFaultTest, ReportsThatAnotherAttemptThanTheFaultsEnds) {
  HandMade inner_only = InTwoAttempts();
  inner_only.Saw(MakeFault(At(0x10), FaultDisposition::kEfault))
      .Saw(Ended(At(0x1000), false))
      .Saw(Ended(At(0), true));
  EXPECT_THAT(inner_only.NamesFrom(CheckFault), ElementsAre("fault.out_of_range"));
  HandMade goes_on = InTwoAttempts();
  goes_on.Saw(MakeFault(At(0x10), FaultDisposition::kEfault))
      .Saw(MakeEvent(EventKind::kAttemptBegun, At(0x1000), 0x1000));
  EXPECT_THAT(goes_on.NamesFrom(CheckFault), ElementsAre("fault.out_of_range"));
}

TEST(CheckFaultTest, ReportsFaultOfUnknownAddressThatWasAbsorbed) {
  HandMade made = InAttempt();
  Event fault = MakeFault(0, FaultDisposition::kEfault);
  fault.address_known = false;
  made.Saw(fault);
  EXPECT_THAT(made.NamesFrom(CheckFault), ElementsAre("fault.out_of_range"));
}

TEST(CheckFaultTest, ReportsFaultThatWasAbsorbedWithoutAttempt) {
  HandMade made = ConstStr();
  made.Saw(MakeFault(At(0), FaultDisposition::kResolved));
  EXPECT_THAT(made.NamesFrom(CheckFault), ElementsAre("fault.no_way_back"));
}

TEST(CheckFaultTest, ReportsResolvedFaultThatRepeatsOnce) {
  HandMade made = InAttempt();
  for (int i = 0; i < 5; ++i) made.Saw(MakeFault(At(0), FaultDisposition::kResolved));
  EXPECT_THAT(made.NamesFrom(CheckFault), ElementsAre("fault.retried"));
}

TEST(CheckFaultTest, AcceptsResolvedFaultThatRepeatsAfterARace) {
  HandMade made = InAttempt();
  made.Saw(MakeFault(At(0), FaultDisposition::kResolved))
      .Saw(MakeEvent(EventKind::kRaced))
      .Saw(MakeFault(At(0), FaultDisposition::kResolved));
  EXPECT_THAT(made.NamesFrom(CheckFault), IsEmpty());
}

// A fault of a subject with an exception table and no flag.
Event MakeFaultWithFixup(uint64_t address, FaultDisposition disposition,
                         KernelBug bug = KernelBug::kNone) {
  Event event = MakeFault(address, disposition, bug);
  event.flag = false;
  event.has_fixup = true;
  event.without_flag = true;
  return event;
}

HandMade CopyStr() {
  return HandMade(
      "map 0x550000001000 0x1000 r-- lazy\n"
      "copy_str 0x550000001ff0 0x20\n");
}

TEST(CheckFaultTest, AcceptsFaultsThatHaveAFixupWithoutFlagAndAttempt) {
  for (const auto disposition : {FaultDisposition::kResolved, FaultDisposition::kFixup}) {
    for (const uint64_t offset : {0x1000, 0x1ff0, 0x2000, 0x2fff}) {
      HandMade made = CopyStr();
      made.Saw(MakeFaultWithFixup(At(offset), disposition));
      EXPECT_THAT(made.NamesFrom(CheckFault), IsEmpty()) << offset;
    }
  }
}

TEST(CheckFaultTest, AcceptsAttemptThatContinuesAfterAFixup) {
  HandMade made = InAttempt();
  Event fault = MakeFaultWithFixup(At(0), FaultDisposition::kFixup);
  fault.flag = true;
  fault.without_flag = false;
  made.Saw(fault).Saw(MakeEvent(EventKind::kAttemptEnded, At(0), 0x1000));
  EXPECT_THAT(made.NamesFrom(CheckFault), IsEmpty());
}

TEST(CheckFaultTest, ReportsFaultWithFixupOnAPageThatTheOperationDoesNotName) {
  for (const auto disposition : {FaultDisposition::kResolved, FaultDisposition::kFixup}) {
    for (const uint64_t offset : {0xfff, 0x3000}) {
      HandMade made = CopyStr();
      made.Saw(MakeFaultWithFixup(At(offset), disposition));
      EXPECT_THAT(made.NamesFrom(CheckFault), ElementsAre("fault.out_of_range")) << offset;
    }
  }
  HandMade of_nothing("copy_str 0x550000001ff0 0\n");
  of_nothing.Saw(MakeFaultWithFixup(At(0x1ff0), FaultDisposition::kFixup));
  EXPECT_THAT(of_nothing.NamesFrom(CheckFault), ElementsAre("fault.out_of_range"));
  HandMade nowhere = CopyStr();
  Event fault = MakeFaultWithFixup(0, FaultDisposition::kFixup);
  fault.address_known = false;
  nowhere.Saw(fault);
  EXPECT_THAT(nowhere.NamesFrom(CheckFault), ElementsAre("fault.out_of_range"));
  HandMade stopped = CopyStr();
  stopped.Saw(MakeFaultWithFixup(At(0x1ff0), FaultDisposition::kKernelBug, KernelBug::kOutOfRange));
  EXPECT_THAT(stopped.NamesFrom(CheckFault), ElementsAre("fault.out_of_range"));
}

TEST(CheckFaultTest, ReportsFixupOfASubjectWhoseFlagIsClear) {
  HandMade made = CopyStr();
  Event fault = MakeFaultWithFixup(At(0x1ff0), FaultDisposition::kFixup);
  fault.without_flag = false;
  made.Saw(fault);
  EXPECT_THAT(made.NamesFrom(CheckFault), ElementsAre("fault.kernel_bug"));
}

TEST(CheckFaultTest, ReportsUnresolvedFaultWithoutRecovery) {
  HandMade absorbed = CopyStr();
  absorbed.Saw(MakeFaultWithFixup(At(0x1ff0), FaultDisposition::kEfault));
  EXPECT_THAT(absorbed.NamesFrom(CheckFault), ElementsAre("fault.no_way_back"));
  HandMade without_table = InAttempt();
  without_table.Saw(MakeFault(At(0), FaultDisposition::kFixup));
  EXPECT_THAT(without_table.NamesFrom(CheckFault), ElementsAre("fault.no_way_back"));
  HandMade without_both = CopyStr();
  Event fault = MakeFaultWithFixup(At(0x1ff0), FaultDisposition::kResolved);
  fault.has_fixup = false;
  without_both.Saw(fault);
  EXPECT_THAT(without_both.NamesFrom(CheckFault), ElementsAre("fault.kernel_bug"));
}

TEST(CheckFaultTest, MarksPanicThatTheScenarioCausesAsProvoked) {
  HandMade made("kernel.load 0x550000000000\n");
  made.Saw(MakeFault(At(0), FaultDisposition::kKernelBug, KernelBug::kFlagClear));
  EXPECT_THAT(made.NamesFrom(CheckFault), ElementsAre("fault.kernel_bug (provoked)"));
}

TEST(CheckFaultTest, MarksUseOfMemoryThatARaceRemovedAsProvoked) {
  HandMade made(
      "map 0x550000000000 0x2000 rw- eager\n"
      "race use 1 unmap 0x550000001000 0x1000\n"
      "const.slice u8 0x550000000000 0x2000\n");
  made.AskedAbout(At(0), 0x2000)
      .Saw(MakeEvent(EventKind::kRaced))
      .Saw(MakeFault(At(0x1000), FaultDisposition::kKernelBug, KernelBug::kFlagClear));
  EXPECT_THAT(made.NamesFrom(CheckFault), ElementsAre("fault.kernel_bug (provoked)"));
}

constexpr char kLentWithSmap[] =
    "machine smap=on\n"
    "map 0x550000000000 0x1000 rw- eager\n"
    "const.get u8 0x550000000000\n";

TEST(CheckFaultTest, MarksUseOfMemoryWithUserAccessClosedAsProvoked) {
  HandMade made(kLentWithSmap);
  made.AskedAbout(At(0), 1).Saw(
      MakeFault(At(0), FaultDisposition::kKernelBug, KernelBug::kAccessPrevented));
  EXPECT_THAT(made.NamesFrom(CheckFault), ElementsAre("access.closed (provoked)"));
}

TEST(CheckFaultTest, DistinguishesFaultsOfSmapFromOtherFaults) {
  HandMade other(kLentWithSmap);
  other.AskedAbout(At(0), 1).Saw(
      MakeFault(At(0), FaultDisposition::kKernelBug, KernelBug::kFlagClear));
  EXPECT_THAT(other.NamesFrom(CheckFault), ElementsAre("fault.kernel_bug"));
  HandMade reverse("machine smap=on\nkernel.load 0x550000000000\n");
  reverse.Saw(MakeFault(At(0), FaultDisposition::kKernelBug, KernelBug::kAccessPrevented));
  EXPECT_THAT(reverse.NamesFrom(CheckFault), ElementsAre("fault.kernel_bug"));
}

TEST(CheckFaultTest, LeavesUseOfWronglyLentMemoryToTheOutcome) {
  HandMade made("machine smap=on\nconst.get u8 0x550000000000\n");
  made.record.outcome = Outcome::Panic();
  made.Saw(MakeFault(At(0), FaultDisposition::kKernelBug, KernelBug::kAccessPrevented));
  EXPECT_THAT(made.NamesFrom(CheckFault), IsEmpty());
  EXPECT_THAT(made.NamesFrom(CheckResult), ElementsAre("access.result"));
}

TEST(CheckFaultTest, DoesNotExcuseAPanicElsewhereOrForAnotherReason) {
  const char* kText = "kernel.load 0x550000000000\n";
  HandMade elsewhere(kText);
  elsewhere.Saw(MakeFault(At(0x1000), FaultDisposition::kKernelBug, KernelBug::kFlagClear));
  EXPECT_THAT(elsewhere.NamesFrom(CheckFault), ElementsAre("fault.kernel_bug"));
  HandMade otherwise(kText);
  otherwise.Saw(MakeFault(At(0), FaultDisposition::kKernelBug, KernelBug::kNoWayBack));
  EXPECT_THAT(otherwise.NamesFrom(CheckFault), ElementsAre("fault.no_way_back"));
}

}  // namespace
}  // namespace sim
