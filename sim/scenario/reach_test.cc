#include "sim/scenario/reach.h"

#include <string>

#include "gtest/gtest.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

Reach Of(const std::string& text) {
  const absl::StatusOr<Scenario> scenario = ParseScenario(text, "reach");
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  Reach reach;
  reach.Add(*scenario);
  return reach;
}

TEST(ReachedValues, KnowTheirLeastTheirMostAndTheirPowersOfTwo) {
  ReachedValues values;
  for (const uint64_t value : {uint64_t{5}, uint64_t{64}, uint64_t{100}}) values.Add(value);
  EXPECT_EQ(values.count(), 3u);
  EXPECT_EQ(values.least(), 5u);
  EXPECT_EQ(values.most(), 100u);
  for (int power = 0; power < 64; ++power) {
    EXPECT_EQ(values.Has(power), power == 2 || power == 6) << power;
  }
}

TEST(ReachedValues, HaveGapsBetweenTheirLeastAndTheirMostOnly) {
  struct Case {
    std::vector<uint64_t> values;
    std::string gaps;
  };
  const Case cases[] = {
      {{0}, "none"},
      {{5}, "none"},
      {{0, 1, 2, 4}, "none"},
      {{1, 4}, "1"},
      {{0, 4}, "0-1"},
      {{1, 2, 16}, "2-3"},
      {{1, 4, 32}, "1, 3-4"},
      {{0, UINT64_MAX}, "0-62"},
      {{UINT64_MAX, 3}, "2-62"},
  };
  for (const Case& c : cases) {
    ReachedValues values;
    for (const uint64_t value : c.values) values.Add(value);
    EXPECT_EQ(values.Gaps(), c.gaps) << testing::PrintToString(c.values);
  }
}

TEST(ReachedValues, AreOneSidedWhereAPowerOfTwoLacksANeighbour) {
  struct Case {
    std::vector<uint64_t> values;
    std::string one_sided;
  };
  const Case cases[] = {
      {{0, 1, 2}, "1"},
      {{0, 1, 2, 3}, "none"},
      {{3, 4, 5}, "none"},
      {{3, 5}, "2"},
      {{3, 4}, "2"},
      {{4, 5}, "2"},
      {{5, 6}, "none"},
      {{7, 8, 9, 63, 64, 65, 129}, "4-5, 7"},
      {{UINT64_MAX - 1, UINT64_MAX}, "none"},
      {{(uint64_t{1} << 63) - 1, uint64_t{1} << 63, (uint64_t{1} << 63) + 1}, "none"},
  };
  for (const Case& c : cases) {
    ReachedValues values;
    for (const uint64_t value : c.values) values.Add(value);
    EXPECT_EQ(values.OneSided(), c.one_sided) << testing::PrintToString(c.values);
  }
}

TEST(Reach, IsOfEachQuantity) {
  const Reach reach = Of(R"(machine cpus=2 frames=7 lock=on
map 0x550000000000 0x3000 rw- lazy
map 0x550000010000 0x1000 rw- eager
map 0x550000020000 0x1000 rw- shared
fill 0x550000010000 32 0
frames 9
@1 race check 3 unmap 0x550000000000 0x1000
race use 1 copy_in 0x550000000000 1
const.slice u32 0x550000000010 6
readv 0x550000010000 2 5
user_strings 0x550000010000 4 16
no_fault.read u32 0x550000000010 8
)");
  struct Case {
    Quantity quantity;
    uint64_t least;
    uint64_t most;
  };
  const Case cases[] = {
      {Quantity::kOperations, 11, 11},  {Quantity::kCpus, 2, 2},
      {Quantity::kFrames, 7, 9},        {Quantity::kMaps, 3, 3},
      {Quantity::kAreaPages, 1, 3},     {Quantity::kMappingsOfFile, 1, 1},
      {Quantity::kAccessBytes, 1, 40},  {Quantity::kAccessElements, 1, 6},
      {Quantity::kPageOffset, 0, 16},   {Quantity::kSegments, 2, 2},
      {Quantity::kStrings, 4, 4},       {Quantity::kCallsUnderNoFault, 8, 8},
      {Quantity::kFilledBytes, 32, 32}, {Quantity::kRacesOfOneAccess, 0, 2},
      {Quantity::kRaceNumber, 1, 3},    {Quantity::kAccessesInside, 0, 1},
  };
  EXPECT_EQ(std::size(cases), static_cast<size_t>(kQuantityCount));
  for (const Case& c : cases) {
    EXPECT_EQ(reach.of(c.quantity).least(), c.least) << NameOf(c.quantity);
    EXPECT_EQ(reach.of(c.quantity).most(), c.most) << NameOf(c.quantity);
  }
}

TEST(Reach, CountsTheMappingsOfEachFile) {
  const Reach reach = Of(R"(map 0x550000000000 0x2000 rw- shared
map 0x550000010000 0x1000 rw- file:0x1000
map 0x550000020000 0x1000 rw- lazy
alias 0x550000030000 0x1000 r-- 0x550000001000
alias 0x550000040000 0x1000 r-- 0x550000030000
alias 0x550000050000 0x1000 r-- 0x550000020000
)");
  EXPECT_EQ(reach.of(Quantity::kMappingsOfFile).count(), 2u);
  EXPECT_EQ(reach.of(Quantity::kMappingsOfFile).least(), 1u);
  EXPECT_EQ(reach.of(Quantity::kMappingsOfFile).most(), 3u);
}

TEST(Reach, OfBytesWithoutEndIsClipped) {
  const Reach reach = Of(
      "map 0x550000000000 0x1000 rw- eager\nconst.slice u64 0x550000000000 0xffffffffffffffff\n");
  EXPECT_EQ(reach.of(Quantity::kAccessBytes).most(), UINT64_MAX);
  EXPECT_EQ(reach.of(Quantity::kAccessElements).most(), UINT64_MAX);
}

}  // namespace
}  // namespace sim
