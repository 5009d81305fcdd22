#include "sim/oracle/check_population.h"

#include <cerrno>

#include "gmock/gmock.h"
#include "sim/oracle/testing/hand_made.h"

namespace sim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

HandMade TwoLazyPages() {
  HandMade made(
      "machine frames=8\n"
      "map 0x550000000000 0x4000 rw- lazy\n"
      "const.slice u8 0x550000000fff 2\n");
  made.AskedAbout(At(0xfff), 2);
  return made;
}

TEST(CheckPopulationTest, AcceptsThePredictedState) {
  const HandMade made = TwoLazyPages();
  EXPECT_EQ(made.expected.pages_populated, 2u);
  EXPECT_EQ(made.expected.frames_free, 6u);
  EXPECT_THAT(made.NamesFrom(CheckPopulationErrors), IsEmpty());
  EXPECT_THAT(made.NamesFrom(CheckPopulation), IsEmpty());
}

TEST(CheckPopulationTest, ReportsOnePageTooFewOrTooMany) {
  for (const uint64_t pages : {1, 3}) {
    HandMade made = TwoLazyPages();
    made.record.pages_populated = pages;
    made.record.frames_free = 8 - pages;
    EXPECT_THAT(made.NamesFrom(CheckPopulation), ElementsAre("population.pages"));
  }
}

TEST(CheckPopulationTest, ReportsTheWrongPageOfTheRightNumber) {
  HandMade made = TwoLazyPages();
  made.record.populated_in_reach = 5;
  EXPECT_THAT(made.NamesFrom(CheckPopulation), ElementsAre("population.pages"));
}

TEST(CheckPopulationTest, ReportsLostFrame) {
  HandMade made = TwoLazyPages();
  --made.record.frames_free;
  EXPECT_THAT(made.NamesFrom(CheckPopulation), ElementsAre("frames.lost"));
}

TEST(CheckPopulationTest, ReportsPageThatWasCopiedForAReader) {
  HandMade made(
      "map 0x550000000000 0x2000 rw- cow\n"
      "const.get u8 0x550000000000\n");
  EXPECT_EQ(made.expected.pages_shared, 2u);
  EXPECT_THAT(made.NamesFrom(CheckPopulation), IsEmpty());
  --made.record.pages_shared;
  --made.record.frames_free;
  EXPECT_THAT(made.NamesFrom(CheckPopulation), ElementsAre("population.pages"));
}

TEST(CheckPopulationTest, DoesNotJudgeTheStateAfterAnUnpredictedPanic) {
  HandMade made = TwoLazyPages();
  made.record.outcome = Outcome::Panic();
  made.record.pages_populated = 0;
  EXPECT_THAT(made.NamesFrom(CheckPopulation), IsEmpty());
}

TEST(CheckPopulationTest, ReportsPopulationThatStopsAPageShort) {
  HandMade made = TwoLazyPages();
  made.events[2].size = 0x1000;
  EXPECT_THAT(made.NamesFrom(CheckPopulationErrors), ElementsAre("population.pages"));
}

TEST(CheckPopulationTest, ReportsMissingPopulation) {
  HandMade made = TwoLazyPages();
  made.events.erase(made.events.begin() + 2);
  EXPECT_THAT(made.NamesFrom(CheckPopulationErrors), ElementsAre("population.pages"));
}

TEST(CheckPopulationTest, AcceptsPopulationInTwoSteps) {
  HandMade made = TwoLazyPages();
  made.events[2].size = 0x1000;
  made.Saw(MakeEvent(EventKind::kPopulated, At(0x1000), 0x1000));
  EXPECT_THAT(made.NamesFrom(CheckPopulationErrors), IsEmpty());
}

HandMade OutOfFrames() {
  HandMade made(
      "machine frames=1\n"
      "map 0x550000000000 0x4000 rw- lazy\n"
      "const.slice u8 0x550000000fff 2\n");
  made.AskedAbout(At(0xfff), 2);
  made.events[2].ok = false;
  made.events[2].error = ENOMEM;
  return made;
}

TEST(CheckPopulationTest, AcceptsErrorThatReachesTheCaller) {
  EXPECT_THAT(OutOfFrames().NamesFrom(CheckPopulationErrors), IsEmpty());
}

TEST(CheckPopulationTest, ReportsLostOrReplacedError) {
  for (const Outcome& outcome : {Outcome::Ok(2), Outcome::Error(EFAULT)}) {
    HandMade made = OutOfFrames();
    made.record.outcome = outcome;
    EXPECT_THAT(made.NamesFrom(CheckPopulationErrors), ElementsAre("population.error"));
  }
}

TEST(CheckPopulationTest, ReportsFramesMissingAfterTheReset) {
  Trace trace;
  trace.frames_after_reset = 7;
  Violations violations;
  CheckReset(trace, 3, 7, &violations);
  EXPECT_THAT(violations, IsEmpty());
  CheckReset(trace, 3, 8, &violations);
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].name(), "frames.lost");
  EXPECT_EQ(violations[0].op_index, 3u);
}

}  // namespace
}  // namespace sim
