#include "sim/machine/event_log.h"

#include <utility>

#include "gtest/gtest.h"

namespace sim {
namespace {

Event Numbered(uint64_t number) {
  Event event;
  event.kind = EventKind::kChecked;
  event.address = number;
  return event;
}

TEST(EventLogTest, RecordsFromBeginOperationToClear) {
  EventLog log;
  log.Add(Numbered(1));
  EXPECT_TRUE(log.events().empty());
  log.BeginOperation();
  log.Add(Numbered(2));
  log.BeginOperation();
  log.Add(Numbered(3));
  ASSERT_EQ(log.events().size(), 2u);
  EXPECT_EQ(log.events()[0].address, 2u);
  EXPECT_EQ(log.events().back().address, 3u);
  log.Clear();
  EXPECT_EQ(log.dropped(), 0u);
  log.Add(Numbered(4));
  EXPECT_TRUE(log.events().empty());
}

TEST(EventLogTest, HasRoomForTheLongestScanOfTheMachine) {
  constexpr uint64_t kEventsOfPage = 8;
  constexpr uint64_t kFrames = uint64_t{1} << 18;
  EventLog log;
  log.BeginOperation();
  for (uint64_t i = 0; i < kEventsOfPage * kFrames; ++i) log.Add(Numbered(i));
  EXPECT_EQ(log.dropped(), 0u);
  ASSERT_EQ(log.events().size(), kEventsOfPage * kFrames);
  for (uint64_t i = 0; i < kEventsOfPage * kFrames; i += 4097) {
    ASSERT_EQ(log.events()[i].address, i);
  }
  log.Clear();  // frees the memory
  log.BeginOperation();
  log.Add(Numbered(7));
  EXPECT_EQ(log.events().back().address, 7u);
}

TEST(EventLogTest, CountsEventsThatDoNotFit) {
  EventLog log;
  log.set_max_events(3);
  log.BeginOperation();
  for (uint64_t i = 0; i < 5; ++i) log.Add(Numbered(i));
  EXPECT_EQ(log.events().size(), 3u);
  EXPECT_EQ(log.dropped(), 2u);
  EXPECT_EQ(log.room(), 3u);
  log.Clear();
  EXPECT_EQ(log.dropped(), 0u);
  log.BeginOperation();
  EXPECT_EQ(log.room(), 3u) << "the limit stays";
}

TEST(EventLogTest, NeverHasMoreRoomThanMemory) {
  EventLog log;
  log.set_max_events(SIZE_MAX);
  log.BeginOperation();
  EXPECT_LE(log.room(), EventBuffer::kMaxEvents);
}

Event OperationFour(EventKind kind) {
  Event event;
  event.kind = kind;
  event.index = 4;
  return event;
}

TEST(EventLogTest, ReplacesTheLastEventOfTheSameKindAndIndexOnly) {
  EventLog log;
  log.BeginOperation();
  Event raced = OperationFour(EventKind::kRaced);
  log.ReplaceLast(raced);
  EXPECT_TRUE(log.events().empty());
  log.Add(raced);
  raced.error = 14;
  log.ReplaceLast(raced);
  EXPECT_EQ(log.events().back().error, 14);
  raced.index = 5;
  raced.error = 12;
  log.ReplaceLast(raced);
  EXPECT_EQ(log.events().back().error, 14);
}

TEST(EventLogTest, ReplacesTheLastEventBeforeMisuses) {
  EventLog log;
  log.BeginOperation();
  Event raced = OperationFour(EventKind::kRaced);
  log.Add(raced);
  log.Add(OperationFour(EventKind::kMisused));
  raced.error = 14;
  log.ReplaceLast(raced);
  EXPECT_EQ(log.events()[0].error, 14);
  EXPECT_EQ(log.events()[1].kind, EventKind::kMisused);
}

TEST(EventLogTest, WatcherGetsEventsThatDoNotFitToo) {
  struct Counter : EventWatcher {
    void OnEvent(const Event& /*event*/) override { ++count; }
    int count = 0;
  } counter;
  EventLog log;
  log.set_max_events(1);
  log.set_watcher(&counter);
  log.BeginOperation();
  for (uint64_t i = 0; i < 5; ++i) log.Add(Numbered(i));
  EXPECT_EQ(counter.count, 5);
}

TEST(EventBufferTest, IsAValue) {
  EventBuffer first;
  first.push_back(Numbered(1));
  first.push_back(Numbered(2));
  EventBuffer copy = first;
  copy.push_back(Numbered(3));
  EXPECT_EQ(first.size(), 2u);
  EXPECT_EQ(copy.size(), 3u);
  EXPECT_EQ(copy[1].address, 2u);
  EventBuffer moved = std::move(copy);
  EXPECT_EQ(moved.back().address, 3u);
  first = moved;
  EXPECT_EQ(first.size(), 3u);
  first.Clear();
  EXPECT_TRUE(first.empty());
  EXPECT_EQ(moved.size(), 3u);
}

}  // namespace
}  // namespace sim
