#include "sim/oracle/event_summary.h"

#include <vector>

#include "gtest/gtest.h"
#include "sim/oracle/testing/hand_made.h"

namespace sim {
namespace {

Event Of(EventKind kind, bool by_other, bool flag = false) {
  Event event = MakeEvent(kind);
  event.by_other = by_other;
  event.flag = flag;
  return event;
}

TEST(EventSummaryTest, SaysWhichKindsThereAreOfAnyAccessAndCountsThoseOfTheOperations) {
  const std::vector<Event> events = {
      Of(EventKind::kLockTaken, false), Of(EventKind::kChecked, true),
      Of(EventKind::kLockTaken, true),  Of(EventKind::kChecked, false),
      Of(EventKind::kChecked, false),   Of(EventKind::kRaced, true)};
  const EventSummary seen(events);
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
  const std::vector<Event> events = {Of(EventKind::kLockTaken, false),
                                     Of(EventKind::kChecked, true, /*flag=*/true),
                                     Of(EventKind::kLockReleased, false)};
  EXPECT_TRUE(EventSummary(events).HasFlag());
  EXPECT_TRUE(EventSummary({}).empty());
}

}  // namespace
}  // namespace sim
