#include "sim/oracle/check_access.h"

#include <cerrno>

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

TEST(CheckAccessTest, LeavesAPanicToWhoeverSeesItsCause) {
  HandMade made = ConstSlice();
  made.record.outcome = Outcome::Panic();
  made.Saw(MakeFault(At(0), FaultDisposition::kKernelBug, KernelBug::kFlagClear));
  EXPECT_THAT(made.NamesFrom(CheckResult), IsEmpty());
}

TEST(CheckAccessTest, ReportsAPredictedPanicThatDidNotCome) {
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

TEST(CheckAccessTest, ReportsFaultOutsideTheWindowOrNowhere) {
  HandMade outside = ConstSlice();
  outside.Saw(MakeFault(kWindowEnd, FaultDisposition::kEfault));
  EXPECT_THAT(outside.NamesFrom(CheckKernelHalf), ElementsAre("access.kernel_half"));
  HandMade nowhere = ConstSlice();
  Event fault = MakeFault(At(0), FaultDisposition::kEfault);
  fault.address_known = false;
  nowhere.Saw(fault);
  EXPECT_THAT(nowhere.NamesFrom(CheckKernelHalf), ElementsAre("access.kernel_half"));
}

TEST(CheckAccessTest, UserAndKernelCodeMayTouchWhatTheyLike) {
  HandMade made("kernel.load 0xffff800000000000\n");
  made.Saw(MakeFault(0xffff800000000000, FaultDisposition::kKernelBug, KernelBug::kFlagClear));
  EXPECT_THAT(made.NamesFrom(CheckKernelHalf), IsEmpty());
}

}  // namespace
}  // namespace sim
