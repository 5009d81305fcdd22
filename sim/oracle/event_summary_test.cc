#include "sim/oracle/event_summary.h"

#include <vector>

#include "gtest/gtest.h"
#include "sim/oracle/testing/hand_made.h"

namespace sim {
namespace {

Event Of(EventKind kind, uint8_t cpu, bool flag = false) {
  Event event = MakeEvent(kind);
  event.cpu = cpu;
  event.flag = flag;
  return event;
}

TEST(EventSummaryTest, SaysWhichKindsThereAreOfAnyCpuAndCountsThoseOfOne) {
  const std::vector<Event> events = {Of(EventKind::kLockTaken, 1), Of(EventKind::kChecked, 0),
                                     Of(EventKind::kLockTaken, 0), Of(EventKind::kChecked, 1),
                                     Of(EventKind::kChecked, 1),   Of(EventKind::kRaced, 2)};
  const EventSummary seen(events, /*cpu=*/1);
  EXPECT_FALSE(seen.empty());
  EXPECT_TRUE(seen.Has(EventKind::kRaced));
  EXPECT_FALSE(seen.Has(EventKind::kFault));
  EXPECT_TRUE(seen.HasSeveral(EventKind::kLockTaken));
  EXPECT_FALSE(seen.HasSeveral(EventKind::kRaced));
  EXPECT_EQ(seen.CountOf(EventKind::kChecked), 2u);
  EXPECT_EQ(seen.CountOf(EventKind::kLockTaken), 1u);
  EXPECT_EQ(seen.CountOf(EventKind::kRaced), 0u);
  EXPECT_FALSE(seen.HasFlag());
}

TEST(EventSummaryTest, KnowsOfAFlagAtAnyEventAndOfNoEvents) {
  const std::vector<Event> events = {Of(EventKind::kLockTaken, 0),
                                     Of(EventKind::kChecked, 3, /*flag=*/true),
                                     Of(EventKind::kLockReleased, 0)};
  EXPECT_TRUE(EventSummary(events, 0).HasFlag());
  EXPECT_TRUE(EventSummary({}, 0).empty());
}

}  // namespace
}  // namespace sim
