#include "sim/oracle/check_time.h"

#include "gmock/gmock.h"
#include "sim/oracle/testing/hand_made.h"

namespace sim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(CheckTimeTest, AllowsAsManyEventsAsTheWorkExplains) {
  HandMade made(
      "map 0x550000000000 0x40000 rw- lazy\n"
      "fill 0x550000000000 0x3ffff 1\n"
      "const.cstr u8 0x550000000000\n");
  for (uint64_t page = 0; page < 64; ++page) {
    made.AskedAbout(At(page * 0x1000), 0x1000).Attempted(At(page * 0x1000), 0x1000);
  }
  EXPECT_THAT(made.NamesFrom(CheckTime), IsEmpty());
}

TEST(CheckTimeTest, ReportsOneEventMoreThanTheBound) {
  HandMade made("const.get u8 0x550000000000\n");
  made.events.assign(EventBound(made.expected), MakeEvent(EventKind::kChecked));
  EXPECT_THAT(made.NamesFrom(CheckTime), IsEmpty());
  made.events.push_back(MakeEvent(EventKind::kChecked));
  EXPECT_THAT(made.NamesFrom(CheckTime), ElementsAre("time.unbounded"));
}

TEST(CheckTimeTest, ReportsAnAccessThatWasStoppedWithFewEvents) {
  HandMade made("const.get u8 0x550000000000\n");
  made.Saw(MakeFault(0, FaultDisposition::kKernelBug, KernelBug::kEndless));
  made.record.outcome = Outcome::Panic();
  EXPECT_THAT(made.NamesFrom(CheckTime), ElementsAre("time.unbounded"));
}

}  // namespace
}  // namespace sim
