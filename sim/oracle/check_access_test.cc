#include "sim/oracle/check_access.h"

#include <cerrno>
#include <utility>

#include "gmock/gmock.h"
#include "sim/oracle/testing/hand_made.h"

namespace sim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

HandMade ConstSlice() {
  return HandMade(
      "map 0x550000000000 0x1000 rw- eager\n"
      "const.slice u8 0x550000000000 8\n");
}

TEST(CheckAccessTest, AcceptsThePredictedOutcome) {
  EXPECT_THAT(ConstSlice().NamesFrom(CheckResult), IsEmpty());
}

TEST(CheckAccessTest, ReportsEveryOtherOutcome) {
  const uint64_t fingerprint = ConstSlice().expected.outcome.fingerprint;
  for (const Outcome& outcome :
       {Outcome::Ok(7, fingerprint), Outcome::Ok(8, fingerprint + 1), Outcome::Error(EFAULT),
        Outcome::Panic(), Outcome::Armed(), Outcome::NotRun()}) {
    HandMade made = ConstSlice();
    made.record.outcome = outcome;
    EXPECT_THAT(made.NamesFrom(CheckResult), ElementsAre("access.result"));
  }
}

TEST(CheckAccessTest, ReportsAnotherErrorAndOkInsteadOfAnError) {
  for (const Outcome& outcome : {Outcome::Error(ENOMEM), Outcome::Ok(1)}) {
    HandMade made("const.get u8 0x550000000000\n");
    made.record.outcome = outcome;
    EXPECT_THAT(made.NamesFrom(CheckResult), ElementsAre("access.result"));
  }
}

TEST(CheckAccessTest, DoesNotReportAPanicWhoseCauseAnotherCheckerReports) {
  HandMade made = ConstSlice();
  made.record.outcome = Outcome::Panic();
  made.Saw(MakeFault(At(0), FaultDisposition::kKernelBug, KernelBug::kFlagClear));
  EXPECT_THAT(made.NamesFrom(CheckResult), IsEmpty());
}

TEST(CheckAccessTest, ReportsAPredictedPanicThatDidNotHappen) {
  HandMade made("kernel.load 0x550000000000\n");
  made.record.outcome = Outcome::Ok();
  EXPECT_THAT(made.NamesFrom(CheckResult), ElementsAre("access.result"));
}

TEST(CheckAccessTest, AcceptsAttemptsAndFaultsInTheWindow) {
  HandMade made = ConstSlice();
  made.Attempted(kWindowStart, kWindowBytes)
      .Attempted(0, 0)
      .Saw(MakeFault(kWindowEnd - 1, FaultDisposition::kEfault));
  EXPECT_THAT(made.NamesFrom(CheckKernelHalf), IsEmpty());
}

TEST(CheckAccessTest, ReportsARacedSetUpWithAnotherOutcome) {
  const auto made_with = [](const Outcome& outcome) {
    HandMade made(
        "machine cpus=2\n"
        "map 0x550000000000 0x1000 rw- eager\n"
        "@1 race check 1 map 0x550000000000 0x1000 rw- lazy\n"
        "const.get u8 0x550000000000\n");
    Event raced = MakeEvent(EventKind::kRaced);
    raced.index = 1;
    raced.ok = outcome.kind == Outcome::Kind::kOk;
    raced.error = outcome.error;
    raced.fingerprint = outcome.fingerprint;
    made.Saw(raced);
    return made.NamesFrom(CheckRacedSetUps);
  };
  EXPECT_THAT(made_with(Outcome::Error(EEXIST)), IsEmpty());
  EXPECT_THAT(made_with(Outcome::Error(ENOMEM)), ElementsAre("access.result"));
  EXPECT_THAT(made_with(Outcome::Ok()), ElementsAre("access.result"));
}

TEST(CheckAccessTest, AnEndlessAccessHasNoAddressOutsideTheWindow) {
  HandMade made = ConstSlice();
  made.Saw(MakeFault(0, FaultDisposition::kKernelBug, KernelBug::kEndless));
  made.record.outcome = Outcome::Panic();
  EXPECT_THAT(made.NamesFrom(CheckKernelHalf), IsEmpty());
}

TEST(CheckAccessTest, ReportsAttemptThatLeavesTheWindow) {
  const struct {
    uint64_t address;
    uint64_t size;
  } kCases[] = {{kWindowEnd - 1, 2},
                {kWindowStart - 1, 1},
                {0xffff800000000000, 1},
                {kWindowStart, UINT64_MAX}};
  for (const auto& test : kCases) {
    HandMade made = ConstSlice();
    made.Attempted(test.address, test.size);
    EXPECT_THAT(made.NamesFrom(CheckKernelHalf), ElementsAre("access.kernel_half"));
  }
}

TEST(CheckAccessTest, ReportsFaultOutsideTheWindowOrOfUnknownAddress) {
  HandMade outside = ConstSlice();
  outside.Saw(MakeFault(kWindowEnd, FaultDisposition::kEfault));
  EXPECT_THAT(outside.NamesFrom(CheckKernelHalf), ElementsAre("access.kernel_half"));
  HandMade nowhere = ConstSlice();
  Event fault = MakeFault(At(0), FaultDisposition::kEfault);
  fault.address_known = false;
  nowhere.Saw(fault);
  EXPECT_THAT(nowhere.NamesFrom(CheckKernelHalf), ElementsAre("access.kernel_half"));
}

TEST(CheckAccessTest, UserAndKernelCodeMayTouchAnyAddress) {
  HandMade made("kernel.load 0xffff800000000000\n");
  made.Saw(MakeFault(0xffff800000000000, FaultDisposition::kKernelBug, KernelBug::kFlagClear));
  EXPECT_THAT(made.NamesFrom(CheckKernelHalf), IsEmpty());
}

// Operation 2 of the scenario: an access of CPU 1 during an access of CPU 0.
HandMade Raced(absl::string_view operation) {
  return HandMade(
      absl::StrCat("machine cpus=2\n"
                   "map 0x550000000000 0x1000 rw- eager\n"
                   "@1 race check 1 ",
                   operation, "\nconst.get u8 0x550000000000\n"));
}

Event MakeRaced(const Outcome& outcome) {
  Event event = MakeEvent(EventKind::kRaced);
  event.cpu = 1;
  event.by_other = true;
  event.index = 1;
  event.ok = outcome.kind == Outcome::Kind::kOk;
  event.error = outcome.error;
  event.size = outcome.length;
  event.fingerprint = outcome.fingerprint;
  return event;
}

TEST(CheckAccessTest, AcceptsThePredictedOutcomeOfARacedAccess) {
  for (const char* operation :
       {"mut.slice u16 0x550000000ff0 8", "const.get u8 0x550000001000", "user.load 0 1"}) {
    HandMade made = Raced(operation);
    ASSERT_EQ(made.expected.raced_accesses.size(), 1u) << operation;
    made.Saw(MakeRaced(made.expected.raced_accesses[0].outcome));
    EXPECT_THAT(made.NamesFrom(CheckRacedAccesses), IsEmpty()) << operation;
  }
}

TEST(CheckAccessTest, ReportsEveryOtherOutcomeOfARacedAccess) {
  const uint64_t fingerprint =
      Raced("const.slice u8 0x550000000000 8").expected.raced_accesses[0].outcome.fingerprint;
  for (const Outcome& outcome : {Outcome::Ok(7, fingerprint), Outcome::Ok(8, fingerprint + 1),
                                 Outcome::Error(EFAULT), Outcome::Error(ENOMEM)}) {
    HandMade made = Raced("const.slice u8 0x550000000000 8");
    made.Saw(MakeRaced(outcome));
    EXPECT_THAT(made.NamesFrom(CheckRacedAccesses), ElementsAre("access.result"));
  }
  HandMade made = Raced("const.get u8 0x550000001000");
  made.Saw(MakeRaced(Outcome::Ok(1)));
  EXPECT_THAT(made.NamesFrom(CheckRacedAccesses), ElementsAre("access.result"));
}

TEST(CheckAccessTest, AnErrorThatTheSubjectDoesNotNameMayBeAny) {
  for (const char* operation : {"const.get u8 0x550000001000", "const.get u64 0x550000000001"}) {
    HandMade made = Raced(operation);
    made.Saw(MakeRaced(Outcome::Error(kSomeError)));
    EXPECT_THAT(made.NamesFrom(CheckRacedAccesses), IsEmpty());
  }
  HandMade made = Raced("const.get u8 0x550000000000");
  made.Saw(MakeRaced(Outcome::Error(kSomeError)));
  EXPECT_THAT(made.NamesFrom(CheckRacedAccesses), ElementsAre("access.result"));
  HandMade counted = Raced("const.get u8 0x550000001000");
  counted.Saw(MakeRaced(Outcome::Error(kSomeError, /*done=*/1)));
  EXPECT_THAT(counted.NamesFrom(CheckRacedAccesses), ElementsAre("access.result"));
}

TEST(CheckAccessTest, ReportsARacedAccessThatDidNotHappen) {
  const HandMade made = Raced("const.get u8 0x550000000000");
  EXPECT_THAT(made.NamesFrom(CheckRacedAccesses), ElementsAre("access.result"));
}

TEST(CheckAccessTest, ReportsBytesThatAreLoadedAgain) {
  for (const char* access : {"const.slice u8 0x550000000000 8", "const.cstr u8 0x550000000000",
                             "copy_str 0x550000000000 8", "mut.access u64 0x550000000000"}) {
    HandMade made(absl::StrCat("map 0x550000000000 0x1000 rw- eager\n", access, "\n"));
    EXPECT_THAT(made.NamesFrom(CheckDoubleFetch), IsEmpty());
    made.record.again = {1, At(3)};  // in two attempts
    EXPECT_THAT(made.NamesFrom(CheckDoubleFetch), ElementsAre("access.double_fetch")) << access;
  }
}

TEST(CheckAccessTest, BytesOfTwoSegmentsMayBeLoadedTwiceAndTheTableNot) {
  constexpr char kSetUp[] =
      "map 0x550000000000 0x1000 rw- eager\n"
      "fill 0x550000000100 iov 0x550000000000 16 0x550000000008 16\n";
  for (const auto& [access, allowed] :
       {std::pair("writev 0x550000000100 2 32", 8), std::pair("readv 0x550000000100 2 32", 0)}) {
    HandMade made(absl::StrCat(kSetUp, access, "\n"));
    made.record.again = {static_cast<uint64_t>(allowed), At(8)};
    EXPECT_THAT(made.NamesFrom(CheckDoubleFetch), IsEmpty()) << access;
    ++made.record.again.bytes;
    EXPECT_THAT(made.NamesFrom(CheckDoubleFetch), ElementsAre("access.double_fetch")) << access;
  }
}

TEST(CheckAccessTest, BytesThatWouldFaultMayBeLoadedAgainInTheNextAttempt) {
  HandMade made("map 0x550000000000 0x1000 rw- eager\nno_fault.read u64x3 0x550000000000 3\n");
  made.record.again = {8, At(0)};
  EXPECT_THAT(made.NamesFrom(CheckDoubleFetch), IsEmpty());
  made.record.again_in_attempt = {8, At(0)};
  EXPECT_THAT(made.NamesFrom(CheckDoubleFetch), ElementsAre("access.double_fetch"));
}

TEST(CheckAccessTest, TextMayBeLoadedOnceForItsEndAndOnceForItsForm) {
  HandMade made("map 0x550000000000 0x1000 rw- eager\nconst.str 0x550000000000\n");
  made.record.again = {1, At(0)};
  EXPECT_THAT(made.NamesFrom(CheckDoubleFetch), IsEmpty());
  made.record.again_in_attempt = {1, At(0)};
  EXPECT_THAT(made.NamesFrom(CheckDoubleFetch), ElementsAre("access.double_fetch"));
}

}  // namespace
}  // namespace sim
