#include "fuzz/swarm_turns.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace sim {
namespace {

TEST(SwarmTurns, AreOneChoiceAfterTheOtherFromTheSeedOn) {
  absl::StatusOr<SwarmTurns> turns = SwarmTurns::Of(nullptr, 70);
  ASSERT_TRUE(turns.ok());
  for (uint64_t turn = 0; turn < 4; ++turn) {
    for (uint64_t i = 0; i < SwarmTurns::kTurn; ++i) {
      ASSERT_EQ(turns->Next(), Swarm::OfSeed(70 + turn)) << turn << " " << i;
    }
  }
}

TEST(SwarmTurns, SayEachChoiceThatBeginsUntilThereAreMany) {
  absl::StatusOr<SwarmTurns> turns = SwarmTurns::Of(nullptr, 70);
  ASSERT_TRUE(turns.ok());
  std::vector<std::string> said;
  for (uint64_t i = 0; i < 9 * SwarmTurns::kTurn; ++i) {
    turns->Next();
    if (turns->News()) said.push_back(*turns->News());
  }
  std::vector<std::string> expected;
  for (const uint64_t number : {70, 71, 73, 77}) {
    expected.push_back("swarm " + std::to_string(number) + ": " + Swarm::OfSeed(number).Text());
  }
  EXPECT_EQ(said, expected);
}

TEST(SwarmTurns, AreOneChoiceAloneWhereTheSettingIsItsNumber) {
  absl::StatusOr<SwarmTurns> turns = SwarmTurns::Of("12", 70);
  ASSERT_TRUE(turns.ok());
  int said = 0;
  for (uint64_t i = 0; i < 3 * SwarmTurns::kTurn; ++i) {
    ASSERT_EQ(turns->Next(), Swarm::OfSeed(12)) << i;
    if (turns->News()) ++said;
  }
  EXPECT_EQ(said, 1);
}

TEST(SwarmTurns, AreEverythingWhereTheSettingIsOff) {
  absl::StatusOr<SwarmTurns> turns = SwarmTurns::Of("off", 70);
  ASSERT_TRUE(turns.ok());
  for (uint64_t i = 0; i < 3 * SwarmTurns::kTurn; ++i) ASSERT_EQ(turns->Next(), Swarm()) << i;
}

TEST(SwarmTurns, RefuseOtherSettings) {
  for (const char* setting : {"", "on", "-1", "0x10", "3 4"}) {
    const absl::StatusOr<SwarmTurns> turns = SwarmTurns::Of(setting, 70);
    ASSERT_FALSE(turns.ok()) << setting;
    EXPECT_THAT(std::string(turns.status().message()),
                testing::HasSubstr("expected off, or the number of a choice"));
  }
}

}  // namespace
}  // namespace sim
