#include "sim/scenario/swarm.h"

#include <random>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/scenario/testing/random_scenario.h"

namespace sim {
namespace {

constexpr uint64_t kSeeds = 400;

TEST(Swarm, OfTheSameSeedIsTheSame) {
  std::set<std::string> texts;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    EXPECT_EQ(Swarm::OfSeed(seed), Swarm::OfSeed(seed));
    texts.insert(Swarm::OfSeed(seed).Text());
  }
  EXPECT_GT(texts.size(), kSeeds / 2);
}

TEST(Swarm, WithoutASeedHasEverything) {
  const Swarm all;
  EXPECT_EQ(all.Text(), "everything");
  for (const VerbInfo& row : AllVerbs()) EXPECT_TRUE(all.Has(row.verb)) << row.name;
  EXPECT_TRUE(all.has_races());
}

TEST(Swarm, AlwaysHasWhatAScenarioNeeds) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Swarm swarm = Swarm::OfSeed(seed);
    int calls = 0;
    for (const VerbInfo& row : AllVerbs()) {
      calls += IsLibraryAccess(row.verb) && swarm.Has(row.verb) ? 1 : 0;
    }
    EXPECT_GT(calls, 0) << seed;
    EXPECT_TRUE(swarm.Has(Verb::kMap)) << seed;
    EXPECT_TRUE(swarm.Has(Verb::kFill)) << seed;
    int numbers = 0;
    for (unsigned i = 0; i < Swarm::kNumbers; ++i) {
      numbers |=
          (swarm.HasForm(i) ? 1 : 0) | (swarm.HasPlace(i) ? 2 : 0) | (swarm.HasStep(i) ? 4 : 0);
    }
    EXPECT_EQ(numbers, 7) << seed;
  }
}

// Counts the choices in which `is_on` holds.
template <typename IsOn>
uint64_t ChoicesWith(IsOn is_on) {
  uint64_t count = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) count += is_on(Swarm::OfSeed(seed)) ? 1 : 0;
  return count;
}

TEST(Swarm, SwitchesEveryOtherVerbOnAndOff) {
  for (const VerbInfo& row : AllVerbs()) {
    if (row.verb == Verb::kMap || row.verb == Verb::kFill) continue;
    const uint64_t on = ChoicesWith([&](const Swarm& swarm) { return swarm.Has(row.verb); });
    EXPECT_GT(on, kSeeds / 10) << row.name;
    EXPECT_LT(on, kSeeds * 9 / 10) << row.name;
  }
}

TEST(Swarm, SwitchesKindsRacesFormsPlacesAndStepsOnAndOff) {
  const auto is_switched = [](uint64_t on) { return on > kSeeds / 10 && on < kSeeds * 9 / 10; };
  for (int i = 0; i < kAreaKindCount; ++i) {
    EXPECT_TRUE(is_switched(ChoicesWith([&](const Swarm& swarm) {
      return swarm.Has(static_cast<AreaKind>(i));
    }))) << i;
  }
  for (int i = 0; i < kRacePointCount; ++i) {
    EXPECT_TRUE(is_switched(ChoicesWith([&](const Swarm& swarm) {
      return swarm.Has(static_cast<RacePoint>(i));
    }))) << i;
  }
  EXPECT_TRUE(is_switched(ChoicesWith([](const Swarm& swarm) { return swarm.has_races(); })));
  for (unsigned i = 0; i < Swarm::kNumbers; ++i) {
    EXPECT_TRUE(is_switched(ChoicesWith([&](const Swarm& swarm) { return swarm.HasForm(i); })))
        << i;
    EXPECT_TRUE(is_switched(ChoicesWith([&](const Swarm& swarm) { return swarm.HasPlace(i); })))
        << i;
    EXPECT_TRUE(is_switched(ChoicesWith([&](const Swarm& swarm) { return swarm.HasStep(i); })))
        << i;
  }
}

TEST(Swarm, SaysWhatIsOn) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const Swarm swarm = Swarm::OfSeed(seed);
    const std::string text = swarm.Text();
    if (swarm == Swarm()) continue;
    const std::string verbs = text.substr(0, text.find(';')) + " ";
    for (const VerbInfo& row : AllVerbs()) {
      const std::string word = " " + std::string(row.name) + " ";
      EXPECT_EQ(verbs.find(word) != std::string::npos, swarm.Has(row.verb)) << text;
    }
    EXPECT_THAT(text, testing::MatchesRegex(
                          "verbs .*; kinds [a-z ]+; races[a-z ]*; forms[0-9 ]+; places[0-9 ]+; "
                          "steps[0-9 ]+"));
  }
}

TEST(RandomScenario, OfASwarmHasOnlyEnabledParts) {
  std::mt19937_64 random(3);
  int touches = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Swarm swarm = Swarm::OfSeed(seed);
    const Scenario scenario = RandomScenario(random, {.kernel_accesses = false, .swarm = swarm});
    for (const Op& op : scenario.ops) {
      // Where no verb of user code is on, any of them is taken.
      const bool is_touch = InfoOf(op.verb).verb_class == VerbClass::kUser;
      touches += is_touch && !swarm.Has(op.verb) ? 1 : 0;
      EXPECT_TRUE(is_touch || swarm.Has(op.verb)) << seed << " " << InfoOf(op.verb).name;
      if (op.race) {
        EXPECT_TRUE(swarm.Has(op.race->point)) << seed;
      }
      if (op.verb == Verb::kMap) {
        EXPECT_TRUE(swarm.Has(op.kind)) << seed;
      }
    }
  }
  EXPECT_GT(touches, 0);
}

}  // namespace
}  // namespace sim
