#include "sim/oracle/check_touch.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/oracle/testing/hand_made.h"

namespace sim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kScenario[] =
    "map 0x550000000000 0x1000 rw- eager\n"
    "copy_in 0x550000000000 16\n";

// A call in which `misuse` happened: at an access, if `misuse` is one of an access.
HandMade With(Misuse misuse, const Contract& contract = kAxptrContract) {
  HandMade made(kScenario, contract);
  Event event = MakeEvent(EventKind::kMisused, At(8), misuse <= Misuse::kTouchedMisaligned ? 4 : 0);
  event.index = static_cast<uint64_t>(misuse);
  made.Saw(event);
  return made;
}

struct Row {
  Misuse misuse;
  const char* name;
};
constexpr Row kRows[] = {{Misuse::kTouchedClosed, "access.closed"},
                         {Misuse::kTouchedFlagClear, "flag.clear_in_attempt"},
                         {Misuse::kTouchedLockHeld, "lock.held_in_attempt"},
                         {Misuse::kTouchedOutsideAttempt, "access.out_of_attempt"},
                         {Misuse::kTouchedOutOfOrder, "access.order"},
                         {Misuse::kTouchedMisaligned, "access.misaligned"},
                         {Misuse::kOpenedFlagClear, "access.left_open"},
                         {Misuse::kOpenAtQuestion, "access.left_open"},
                         {Misuse::kFlagSetInHandler, "flag.set_outside"},
                         {Misuse::kOpenInHandler, "access.left_open"},
                         {Misuse::kFlagSetSwitchedAway, "flag.set_outside"},
                         {Misuse::kOpenSwitchedAway, "access.left_open"}};
static_assert(std::size(kRows) == kMisuseCount);

TEST(CheckTouchTest, EachMisuseIsAViolationOfItsName) {
  for (const Row& row : kRows) {
    EXPECT_THAT(With(row.misuse).NamesFrom(CheckTouch), ElementsAre(row.name));
  }
}

TEST(CheckTouchTest, AcceptsACallWithoutMisuse) {
  HandMade made(kScenario);
  made.AskedAbout(At(0), 16).Attempted(At(0), 16);
  EXPECT_THAT(made.NamesFrom(CheckTouch), IsEmpty());
}

TEST(CheckTouchTest, ASubjectWithoutAttemptsHasNoRangeAndNoHooks) {
  for (const Misuse misuse : {Misuse::kTouchedClosed, Misuse::kTouchedOutsideAttempt}) {
    HandMade made = With(misuse);
    made.subject.makes_attempts = false;
    EXPECT_THAT(made.NamesFrom(CheckTouch), IsEmpty());
  }
}

TEST(CheckTouchTest, ASubjectWithoutAFlagIsNotReportedForAClearFlag) {
  for (const Misuse misuse : {Misuse::kTouchedFlagClear, Misuse::kOpenedFlagClear}) {
    HandMade made = With(misuse);
    made.subject.has_flag = false;
    EXPECT_THAT(made.NamesFrom(CheckTouch), IsEmpty());
  }
}

TEST(CheckTouchTest, TheContractSaysWhatIsPromised) {
  for (const Misuse misuse : {Misuse::kTouchedClosed, Misuse::kTouchedLockHeld,
                              Misuse::kTouchedOutsideAttempt, Misuse::kOpenAtQuestion}) {
    EXPECT_THAT(With(misuse, kOriginalContract).NamesFrom(CheckTouch), IsEmpty());
  }
  Contract contract = kAxptrContract;
  contract.loads_once = false;
  EXPECT_THAT(With(Misuse::kTouchedOutOfOrder, contract).NamesFrom(CheckTouch), IsEmpty());
}

TEST(CheckTouchTest, OnlyAxptrPromisesThatTouchesAreAligned) {
  for (const Contract* const contract : AllContracts()) {
    const HandMade made = With(Misuse::kTouchedMisaligned, *contract);
    if (contract == &kAxptrContract) {
      EXPECT_THAT(made.NamesFrom(CheckTouch), ElementsAre("access.misaligned"));
    } else {
      EXPECT_THAT(made.NamesFrom(CheckTouch), IsEmpty()) << contract->name;
    }
  }
}

TEST(CheckTouchTest, AMisalignedTouchIsAViolationWhereBytesMayBeLoadedAgain) {
  Contract contract = kAxptrContract;
  contract.loads_once = false;
  HandMade made = With(Misuse::kTouchedMisaligned, contract);
  made.record.again.bytes = 1;
  EXPECT_THAT(made.NamesFrom(CheckTouch), ElementsAre("access.misaligned"));
}

TEST(CheckTouchTest, AMisalignedTouchIsReportedWithItsAddressSizeAndDirection) {
  for (const bool is_store : {false, true}) {
    HandMade made(kScenario);
    Event event = MakeEvent(EventKind::kMisused, At(3), 8);
    event.access = is_store ? kPermWrite : kPermRead;
    event.index = static_cast<uint64_t>(Misuse::kTouchedMisaligned);
    made.Saw(event);
    Violations violations;
    made.NamesFrom([&](const OpEvidence& evidence, Violations* found) {
      CheckTouch(evidence, found);
      violations = *found;
    });
    ASSERT_EQ(violations.size(), 1u);
    EXPECT_EQ(violations[0].rule, Rule::kTouchedMisaligned);
    EXPECT_EQ(violations[0].address, At(3));
    const auto* const touch = std::get_if<value::Touch>(&violations[0].got);
    ASSERT_NE(touch, nullptr);
    EXPECT_EQ(touch->address, At(3));
    EXPECT_EQ(touch->size, 8u);
    EXPECT_EQ(touch->is_store, is_store);
  }
}

TEST(CheckTouchTest, AByteThatIsLoadedTwiceIsAnotherViolation) {
  HandMade made = With(Misuse::kTouchedOutOfOrder);
  made.record.again.bytes = 1;
  EXPECT_THAT(made.NamesFrom(CheckTouch), IsEmpty());
}

}  // namespace
}  // namespace sim
