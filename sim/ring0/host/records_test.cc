#include "sim/ring0/host/records.h"

#include <gtest/gtest.h>

#include <cstring>

#include "sim/ring0/host/pack.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

// As the image folds what it sends (image/serial.cc).
std::string Folded(std::string bytes) {
  bytes.resize(ring0::Padded(bytes.size()));
  std::string line;
  for (size_t at = 0; at < bytes.size(); at += 8) {
    const size_t place = line.size();
    line.push_back(0);
    for (size_t i = 0; i < 8; ++i) {
      if (bytes[at + i] == 0) continue;
      line[place] = static_cast<char>(line[place] | 1 << i);
      line.push_back(bytes[at + i]);
    }
  }
  return line;
}

template <typename T>
std::string BytesOf(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

std::string Record(ring0::RecordTag tag, const std::string& body) {
  const ring0::RecordHeader header = {.tag = tag, .bytes = body.size()};
  return Folded(BytesOf(header) + body);
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

TEST(RecordsTest, WhatIsNoRecordEndsTheReading) {
  const Records records =
      ReadRecords(Record(ring0::RecordTag::kText, "hello") + "no record at all");
  EXPECT_EQ(records.text, "hello");
  EXPECT_TRUE(records.scenarios.empty());
}

TEST(PackTest, WhatTheImageHasNotIsNamed) {
  const std::string map = "machine cpus=2\nmap 0x550000000000 0x1000 rw- lazy\n";
  EXPECT_EQ(WhyNotForImage(Parsed(map)), std::nullopt);
  EXPECT_EQ(WhyNotForImage(Parsed("machine smap=on\nmap 0x550000000000 0x1000 rw- lazy\n")),
            NotForImage::kSmap);
  EXPECT_EQ(WhyNotForImage(Parsed(map + "race load 1 unmap 0x550000000000 0x1000\n")),
            NotForImage::kRaceAtLoad);
  EXPECT_EQ(WhyNotForImage(Parsed(map + "race check 1 unmap 0x550000000000 0x1000\n")),
            std::nullopt);
  EXPECT_EQ(WhyNotForImage(Parsed("map 0x550000000000 0x1000 rw- shared\n")), std::nullopt);
  EXPECT_EQ(WhyNotForImage(Parsed(map + "@1 race check 1 copy_in 0x550000000000 16\n")),
            NotForImage::kRacingAccess);
}

}  // namespace
}  // namespace sim
