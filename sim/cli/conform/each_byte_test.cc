#include "sim/cli/conform/each_byte.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace sim {
namespace {

// Calls `use` with each trial of the situation.
template <typename Use>
void ForEachTrial(Verb verb, Use use) {
  MakeEachByte(verb, [&](const Trial& trial) {
    use(trial.scenario);
    return false;
  });
}

TEST(EachByteTest,
     EachOfTheFirstAndLastBytesThatAVersionedWriteDropsIsOnceTheOnlyOneThatIsNotZero) {
  std::set<std::pair<ElementType, uint64_t>> odd;
  ForEachTrial(Verb::kWriteVersioned, [&](const Scenario& scenario) {
    const Op& call = scenario.ops.back();
    std::set<uint64_t> others;
    for (uint64_t i = call.length; i < ElementSize(call.type); ++i) {
      if (ByteOfStruct(call, i) != 0) others.insert(i);
    }
    if (others.size() == 1) odd.insert({call.type, *others.begin()});
  });
  for (uint64_t i = FirstSize(ElementType::kU64x3); i < ElementSize(ElementType::kU64x3); ++i) {
    EXPECT_TRUE(odd.contains({ElementType::kU64x3, i})) << i;
  }
  for (uint64_t i = 0; i < kDroppedPlaces; ++i) {
    EXPECT_TRUE(odd.contains({ElementType::kB4096, FirstSize(ElementType::kB4096) + i})) << i;
    EXPECT_TRUE(odd.contains({ElementType::kB4096, ElementSize(ElementType::kB4096) - 1 - i})) << i;
  }
}

TEST(EachByteTest, EachByteOfALongTailIsOnceTheOnlyOneThatIsNotZero) {
  std::set<uint64_t> places;
  ForEachTrial(Verb::kReadVersioned, [&](const Scenario& scenario) {
    const Op& call = scenario.ops.back();
    const Op& other = scenario.ops[scenario.ops.size() - 2];
    const Op& zeros = scenario.ops[scenario.ops.size() - 3];
    const bool is_among_zeros =
        zeros.length == call.length && zeros.pattern == std::string(1, '\0');
    if (call.type == ElementType::kU64x3 && is_among_zeros && other.pattern != zeros.pattern) {
      places.insert(other.address - call.address);
    }
  });
  for (uint64_t place = 0; place < 160; ++place) EXPECT_TRUE(places.contains(place)) << place;
}

TEST(EachByteTest, AZeroIsTriedAtEachPlaceOfATextAlsoAfterAPage) {
  std::set<uint64_t> places;
  ForEachTrial(Verb::kWriteStr, [&](const Scenario& scenario) {
    const std::string& text = scenario.ops.back().pattern;
    EXPECT_EQ(std::ranges::count(text, '\0'), 1);
    places.insert(text.find('\0'));
  });
  for (uint64_t place = 0; place < 160; ++place) EXPECT_TRUE(places.contains(place)) << place;
  EXPECT_TRUE(places.contains(4100));
}

TEST(EachByteTest, TheBytesOfACharacterAreTriedApartByAPowerOfTwoAndMore) {
  std::set<uint64_t> apart;
  ForEachTrial(Verb::kConstStr, [&](const Scenario& scenario) {
    const Op& last = scenario.ops[scenario.ops.size() - 2];
    const Op& first = scenario.ops[scenario.ops.size() - 3];
    if (last.pattern == "\xa9") apart.insert(last.address - first.address);
  });
  for (const uint64_t distance : {1, 16, 17, 64, 65, 128}) {
    EXPECT_TRUE(apart.contains(distance)) << distance;
  }
}

TEST(EachByteTest, AFunctionThatOnlyMovesBytesHasNoTrial) {
  for (const Verb verb : {Verb::kCopyIn, Verb::kCopyOut, Verb::kZeroUser, Verb::kConstSlice,
                          Verb::kWriteValue, Verb::kWriteUnaligned}) {
    ForEachTrial(verb, [&](const Scenario&) { ADD_FAILURE() << InfoOf(verb).name; });
  }
}

}  // namespace
}  // namespace sim
