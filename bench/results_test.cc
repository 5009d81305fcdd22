#include "bench/results.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "bench/goals.h"
#include "bench/page.h"
#include "gtest/gtest.h"

namespace bench {
namespace {

Results Read(const std::string& name) {
  auto results = ReadResults(AXPTR_SOURCE_DIR "/bench/testdata/" + name);
  EXPECT_TRUE(results.ok()) << results.status();
  return results.ok() ? *std::move(results) : Results();
}

const GoalResult& GoalNamed(const std::vector<GoalResult>& goals, const std::string& what) {
  for (const GoalResult& goal : goals) {
    if (goal.what == what) return goal;
  }
  ADD_FAILURE() << "no goal " << what;
  return goals.front();
}

TEST(Results, AreMediansWithTheRatioToThePeer) {
  const Results results = Read("small.json");
  const Row* const row = results.Find("cstr/u8/4096");
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->repetitions, 3);
  EXPECT_DOUBLE_EQ(row->ns, 55.5);
  ASSERT_TRUE(row->ratio.has_value());
  EXPECT_DOUBLE_EQ(*row->ratio, 55.5 / 22.2);
}

TEST(Results, SayWhichRowsWereNotMeasuredAndWhy) {
  const Results results = Read("small.json");
  EXPECT_EQ(results.not_measured, std::set<std::string>{"cstr/u64/16: not offered by the subject"});
  EXPECT_EQ(results.Find("cstr/u64/16"), nullptr);
}

TEST(Results, NameAPeerWithoutWhatTheBenchmarkLibraryAppends) {
  const Results results = Read("small.json");
  const Row* const row = results.Find("cpus/str_4096/2");
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->peer, "cpus/str_4096/1");
  EXPECT_NEAR(row->ratio.value_or(0), 0.5, 0.01);
}

TEST(Page, DrawsPointsFromLeftToRightInWhateverOrderTheyWereMeasured) {
  Results results;
  for (const char* const areas : {"256", "1", "16"}) {
    results.rows.push_back({.name = std::string("check/eager_const/random/") + areas, .ns = 5});
  }
  results.Index();
  const std::string page = MakePage(results, {}, {});
  EXPECT_LT(page.find(": 1, 5.00 ns"), page.find(": 16, 5.00 ns"));
  EXPECT_LT(page.find(": 16, 5.00 ns"), page.find(": 256, 5.00 ns"));
}

TEST(Goals, AreMetMissedOrNotMeasured) {
  using State = GoalResult::State;
  const std::vector<GoalResult> goals = EvaluateGoals(Read("small.json"));
  EXPECT_EQ(GoalNamed(goals, "get u64 and load, 1 area").state, State::kMet);
  const GoalResult& missed = GoalNamed(goals, "get u64 and load, 4096 areas, random");
  EXPECT_EQ(missed.state, State::kMissed);
  EXPECT_EQ(missed.missed_by, "1.34 times");
  EXPECT_EQ(GoalNamed(goals, "one value out, by access").state, State::kNotMeasured);
}

// 1.2 times the peer and 25 loads more.
TEST(Goals, AreRatiosToAPeerAndNumbersOfLoads) {
  for (const auto& [ns, state] :
       {std::pair{30.24, GoalResult::State::kMet}, std::pair{30.26, GoalResult::State::kMissed}}) {
    Results results;
    results.rows = {{.name = "load/one", .ns = 0.25},
                    {.name = "memcpy/4096", .ns = 20},
                    {.name = "copy/fast/read_into/4096", .ns = ns}};
    results.Index();
    const std::vector<GoalResult> goals = EvaluateGoals(results);
    const GoalResult& goal = GoalNamed(goals, "read_into of 4 KiB, fast");
    EXPECT_EQ(goal.state, state) << ns;
    EXPECT_EQ(goal.wanted, "at most 1.2 times + 25 loads");
  }
}

TEST(Goals, HaveNoNanoseconds) {
  for (const GoalResult& goal : EvaluateGoals(Results())) {
    EXPECT_FALSE(absl::EndsWith(goal.wanted, " ns")) << goal.what;
    EXPECT_FALSE(absl::StrContains(goal.wanted, " ns ")) << goal.what;
    EXPECT_FALSE(absl::StrContains(goal.wanted, "GB/s")) << goal.what;
  }
}

TEST(Changes, ListOnlyDifferencesBeyondNoise) {
  const std::vector<Change> changes =
      ChangesBeyondNoise(Read("small_before.json"), Read("small.json"));
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].name, "check/eager_const/middle/1");
  EXPECT_NEAR(changes[0].after / changes[0].before, 0.5, 0.01);
}

TEST(Noise, IsFoundWhereRepetitionsDiffer) {
  Results results = Read("small.json");
  EXPECT_TRUE(NoiseOf(results).empty());
  for (Row& row : results.rows) {
    if (row.name == "load/one") row.spread = 0.2;
  }
  EXPECT_EQ(NoiseOf(results).size(), 1u);
}

TEST(Page, IsSelfContainedAndEscaped) {
  const Results results = Read("small.json");
  const std::string page = MakePage(results, EvaluateGoals(results), NoiseOf(results));
  EXPECT_TRUE(absl::StrContains(page, "<svg"));
  EXPECT_TRUE(absl::StrContains(page, "A &lt;processor&gt; &amp; more"));
  EXPECT_FALSE(absl::StrContains(page, "http"));
  EXPECT_FALSE(absl::StrContains(page, "<script"));
}

}  // namespace
}  // namespace bench
