#include "sim/ring0/host/records.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "sim/ring0/host/pack.h"
#include "sim/scenario/outcome.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

template <typename T>
std::string BytesOf(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

std::string Record(ring0::RecordTag tag, const std::string& body) {
  const ring0::RecordHeader header = {.tag = tag, .bytes = body.size()};
  std::string record = BytesOf(header) + body;
  record.resize(ring0::Padded(record.size()));
  return record;
}

std::string Result(uint32_t index, const std::string& room, const std::string& table) {
  ring0::PackedResult result;
  result.index = index;
  result.bytes = room.size();
  return Record(ring0::RecordTag::kResult, BytesOf(result) + room + table);
}

Scenario Parsed(const std::string& text) {
  const absl::StatusOr<Scenario> scenario = ParseScenario(text, "test.scn");
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  return *scenario;
}

TEST(RecordsTest, EventsBelongToTheOperationWhoseResultComesNext) {
  ring0::PackedEvent event;
  event.address = 0x550000000000;
  const std::string sent_event = Record(ring0::RecordTag::kEvent, BytesOf(event));
  const ring0::PackedScenario scenario = {.index = 7};
  const Records records =
      ReadRecords(Record(ring0::RecordTag::kScenario, BytesOf(scenario)) + sent_event + sent_event +
                  Result(0, "", "") + sent_event + Result(1, "room", "table") +
                  Record(ring0::RecordTag::kEnd, BytesOf(ring0::PackedEnd{.index = 7})) +
                  Record(ring0::RecordTag::kDone, ""));
  ASSERT_EQ(records.scenarios.size(), 1u);
  const ScenarioRecords& read = records.scenarios[0];
  EXPECT_EQ(read.index, 7u);
  ASSERT_EQ(read.ops.size(), 2u);
  EXPECT_EQ(read.ops[0].events.size(), 2u);
  ASSERT_EQ(read.ops[1].events.size(), 1u);
  EXPECT_EQ(read.ops[1].events[0].address, 0x550000000000u);
  EXPECT_EQ(read.ops[1].returned.room, "room");
  EXPECT_EQ(read.ops[1].returned.table, "table");
  EXPECT_TRUE(read.end.has_value());
  EXPECT_TRUE(records.done);
}

TEST(RecordsTest, AScenarioWithoutItsEndIsNotDone) {
  const std::string all = Record(ring0::RecordTag::kScenario, BytesOf(ring0::PackedScenario())) +
                          Result(0, "some bytes of a room", "") +
                          Record(ring0::RecordTag::kEnd, BytesOf(ring0::PackedEnd()));
  for (size_t size = 0; size < all.size(); ++size) {
    const Records records = ReadRecords(all.substr(0, size));
    EXPECT_FALSE(records.done);
    for (const ScenarioRecords& scenario : records.scenarios) {
      EXPECT_FALSE(scenario.end.has_value()) << size << " bytes of " << all.size();
    }
  }
}

TEST(RecordsTest, AnInvalidRecordEndsTheReading) {
  const Records records =
      ReadRecords(Record(ring0::RecordTag::kText, "hello") + "no record at all");
  EXPECT_EQ(records.text, "hello");
  EXPECT_TRUE(records.scenarios.empty());
}

std::string Touches(const std::vector<ring0::PackedTouches>& runs) {
  std::string bytes;
  for (const ring0::PackedTouches& run : runs) bytes += BytesOf(run);
  return Record(ring0::RecordTag::kTouches, bytes);
}

TEST(RecordsTest, ANestedAccessHasItsOwnTouches) {
  const ring0::PackedTouches outer = {.address = 0x550000000000, .count = 3};
  const ring0::PackedTouches inner = {.depth = 1, .address = 0x550000001000, .count = 5};
  const std::string event = Record(ring0::RecordTag::kEvent, BytesOf(ring0::PackedEvent()));
  const Records records =
      ReadRecords(Record(ring0::RecordTag::kScenario, BytesOf(ring0::PackedScenario())) + event +
                  Touches({outer, inner}) +
                  Record(ring0::RecordTag::kRaced, BytesOf(ring0::PackedResult{.index = 1})) +
                  event + Touches({outer}) + Result(2, "", ""));
  ASSERT_EQ(records.scenarios.size(), 1u);
  ASSERT_EQ(records.scenarios[0].ops.size(), 1u);
  const OpRecords& op = records.scenarios[0].ops[0];
  ASSERT_EQ(op.raced.size(), 1u);
  EXPECT_EQ(op.raced[0].events, 1u);
  EXPECT_EQ(op.raced[0].returned.result.index, 1u);
  ASSERT_EQ(op.raced[0].returned.touches.size(), 1u);
  EXPECT_EQ(op.raced[0].returned.touches[0].count, 5u);
  EXPECT_EQ(op.events.size(), 2u);
  EXPECT_EQ(op.returned.touches.size(), 2u);
}

TEST(PackTest, ACallInTheMiddleOfAnAccessHasTheNumberOfThatAccess) {
  const Scenario scenario = Parsed(
      "machine cpus=2\nmap 0x550000000000 0x1000 rw- lazy\n"
      "@1 race check 1 copy_in 0x550000000000 16\nframes 5\ncopy_in 0x550000000000 8\n"
      "race use 1 copy_in 0x550000000000 8\n");
  const axptr_subject& real = SelectedSubject();
  EXPECT_EQ(CallNumberOf(scenario, 1, real), CallNumber(3, 1));
  EXPECT_EQ(CallNumberOf(scenario, 3, real), CallNumber(3, 0));
  EXPECT_EQ(CallNumberOf(scenario, 4, real), CallNumber(4, 1));
}

}  // namespace
}  // namespace sim
