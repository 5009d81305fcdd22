// Random scenarios, in ring 0 and in the simulation.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "sim/ring0/host/ring0.h"
#include "sim/scenario/scenario_text.h"
#include "sim/scenario/testing/random_scenario.h"

namespace sim {
namespace {

constexpr size_t kScenarios = 400;

// `count` random scenarios without races at loads, which not every image can run.
std::vector<NamedScenario> RandomScenarios(uint64_t seed, size_t count) {
  std::mt19937_64 random(seed);
  std::vector<NamedScenario> scenarios;
  while (scenarios.size() < count) {
    const bool has_races = scenarios.size() % 2 == 1;
    const Scenario scenario = RandomScenario(random, {.races = has_races});
    const bool at_load = std::any_of(scenario.ops.begin(), scenario.ops.end(), [](const Op& op) {
      return op.race && op.race->point == RacePoint::kLoad;
    });
    if (!at_load) {
      scenarios.push_back(
          {absl::StrCat("random ", scenarios.size(), "\n", PrintScenario(scenario)), scenario});
    }
  }
  return scenarios;
}

void ExpectTheSame(uint64_t seed, size_t count, uint32_t processors) {
  Ring0Options options;
  options.processors = processors;
  options.emulator.image = AXPTR_RING0_IMAGE;
  options.emulator.seconds = 300;
  const absl::StatusOr<Ring0Report> report = RunInRing0(RandomScenarios(seed, count), options);
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(report->inconclusive, "");
  EXPECT_EQ(report->scenarios, count);
  EXPECT_EQ(report->differences + report->failures, 0u) << absl::StrJoin(report->lines, "\n");
  EXPECT_EQ(report->equal + report->kernel_touches + report->not_compared, report->operations);
  EXPECT_GT(report->equal, 10 * report->not_compared);
}

TEST(Ring0RandomTest, RandomScenariosLeaveTheSameAsInTheSimulation) {
  ExpectTheSame(/*seed=*/1, kScenarios, /*processors=*/1);
}

TEST(Ring0RandomTest, TheyDoWhereASecondProcessorRaces) {
  ExpectTheSame(/*seed=*/2, kScenarios / 2, /*processors=*/2);
}

}  // namespace
}  // namespace sim
