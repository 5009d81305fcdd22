#include "sim/scenario/runner.h"

#include <cerrno>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/machine/load_trace.h"
#include "sim/scenario/scenario_text.h"
#include "sim/scenario/testing/random_scenario.h"
#include "sim/scenario/testing/trace_text.h"

namespace sim {
namespace {

using testing::ElementsAre;

Scenario Parse(const std::string& text) {
  absl::StatusOr<Scenario> scenario = ParseScenario(text, "test");
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  return scenario.ok() ? *scenario : Scenario();
}

class RunnerTest : public testing::Test {
 protected:
  void SetUp() override {
    auto runner = Runner::Create();
    ASSERT_TRUE(runner.ok()) << runner.status();
    runner_ = *std::move(runner);
  }

  // The outcomes of a scenario's operations, as text.
  std::vector<std::string> Outcomes(const std::string& text) {
    const Scenario scenario = Parse(text);
    const Trace& trace = runner_->Run(scenario);
    std::vector<std::string> outcomes;
    for (size_t i = 0; i < trace.ops.size(); ++i) {
      outcomes.push_back(PrintOutcome(scenario.ops[i].verb, trace.ops[i].outcome));
    }
    return outcomes;
  }

  // The armed operations that were carried out in the last operation of a scenario.
  std::vector<Event> Raced(const std::string& text) {
    const Scenario scenario = Parse(text);
    const Trace& trace = runner_->Run(scenario);
    std::vector<Event> raced;
    for (const Event& event : trace.EventsOf(trace.ops.size() - 1)) {
      if (event.kind == EventKind::kRaced) raced.push_back(event);
    }
    return raced;
  }

  std::unique_ptr<Runner> runner_;
};

TEST_F(RunnerTest, TheExampleOfTheSyntaxPage) {
  EXPECT_THAT(Outcomes("machine cpus=2 frames=max lock=on\n"
                       "map      0x550000000000 0x2000 rw- lazy\n"
                       "fill     0x550000000000 \"hello\\0\"\n"
                       "const.str  0x550000000000\n"
                       "mut.get u64 0x550000000ffc\n"
                       "@1 unmap 0x550000000000 0x2000\n"
                       "const.get u8 0x550000000000\n"),
              ElementsAre("ok", "ok", "ok len=5 fnv=a430d84680aabd0b", "EFAULT", "ok", "EFAULT"));
}

TEST_F(RunnerTest, AnUnexpectedFaultOfKernelCodeEndsTheRun) {
  EXPECT_THAT(Outcomes("map 0x550000000000 0x1000 rw- eager\n"
                       "kernel.load 0x550000000000\n"
                       "kernel.store 0x550000001000\n"
                       "const.get u8 0x550000000000\n"),
              ElementsAre("ok", "ok", "panic", "not run"));
}

TEST_F(RunnerTest, RunAfterAPanicStartsAfresh) {
  Outcomes("kernel.load 0x550000000000\n");
  EXPECT_THAT(Outcomes("map 0x550000000000 0x1000 rw- eager\n"
                       "mut.get u8 0x550000000000\n"),
              ElementsAre("ok", "ok len=1 fnv=af63bd4c8601b7df"));
}

TEST_F(RunnerTest, UserAndKernelAccessesNeverLeaveTheWindow) {
  // The simulator's own memory must not be touched: a load would succeed and stay undetected.
  const auto own = reinterpret_cast<uint64_t>(&runner_);
  EXPECT_THAT(Outcomes(absl::StrCat("user.load ", own, " 1\nuser.store ", own, " 1\nconst.get u8 ",
                                    own, "\nkernel.store ", own, "\n")),
              ElementsAre("EFAULT", "EFAULT", "EFAULT", "panic"));
}

TEST_F(RunnerTest, UnmappedMemoryReadsAsZeroWhenItIsMappedAgain) {
  EXPECT_THAT(Outcomes("map 0x550000000000 0x1000 rw- eager\n"
                       "fill 0x550000000000 \"secret\"\n"
                       "mut.access u8 0x550000000000\n"
                       "unmap 0x550000000000 0x1000\n"
                       "map 0x550000000000 0x1000 rw- eager\n"
                       "const.cstr u8 0x550000000000\n"),
              ElementsAre("ok", "ok", "ok len=1 fnv=af63ee4c86020b22", "ok", "ok",
                          "ok len=0 fnv=cbf29ce484222325"));
}

TEST_F(RunnerTest, SameScenarioSameTraceAHundredTimesAndAfterAnyOther) {
  std::mt19937_64 random(100);
  std::vector<Scenario> scenarios;
  for (int i = 0; i < 40; ++i) scenarios.push_back(RandomScenario(random));
  std::vector<std::string> first;
  for (const Scenario& scenario : scenarios) {
    first.push_back(PrintTrace(scenario, runner_->Run(scenario)));
  }
  for (size_t i = 0; i < scenarios.size(); ++i) {
    for (int again = 0; again < 100; ++again) {
      ASSERT_EQ(PrintTrace(scenarios[i], runner_->Run(scenarios[i])), first[i]) << i;
    }
    const size_t other = random() % scenarios.size();
    ASSERT_EQ(PrintTrace(scenarios[other], runner_->Run(scenarios[other])), first[other]);
  }
}

TEST_F(RunnerTest, ARaceAtALoadHappensExactlyIfLoadsAreTraced) {
  const std::vector<Event> raced = Raced(
      "map 0x550000000000 0x1000 rw- eager\n"
      "race load 1 fill 0x550000000000 \"text\\0\"\n"
      "copy_str 0x550000000000 5\n");
  ASSERT_EQ(raced.size(), LoadsAreTraced() ? 1u : 0u);
  for (const Event& event : raced) EXPECT_EQ(event.address, 0x550000000000u);
}

TEST_F(RunnerTest, ARaceRecordsItsOutcome) {
  const Scenario scenario = Parse(
      "machine cpus=2\n"
      "map 0x550000000000 0x2000 rw- lazy\n"
      "@1 race check 2 unmap 0x550000001001 0x1000\n"
      "@1 race check 3 unmap 0x550000000000 0x1000\n"
      "@1 race use 1 const.get u8 0x550000002000\n"
      "race fault 1 const.get u8 0x550000000000\n"  // would be the same CPU
      "fill 0x550000000ffe \"text\\0\"\n"
      "const.str 0x550000000ffe\n"
      "const.str 0x550000000ffe\n"
      "@1 race use 1 kernel.load 0x550000002000\n"
      "const.get u8 0x550000000000\n"
      "@1 race use 1 frames 0\n");
  const std::vector<OpRecord>& ops = runner_->Run(scenario).ops;
  EXPECT_TRUE(ops[1].race.has_value());
  EXPECT_EQ(ops[1].race->outcome, Outcome::Error(EINVAL));
  EXPECT_FALSE(ops[2].race.has_value());
  EXPECT_TRUE(ops[3].race.has_value());
  EXPECT_EQ(ops[3].race->outcome, Outcome::Error(EFAULT));
  EXPECT_FALSE(ops[4].race.has_value());
  EXPECT_EQ(ops[6].reached[static_cast<size_t>(RacePoint::kCheck)], 2u);
  EXPECT_EQ(ops[6].reached[static_cast<size_t>(RacePoint::kUse)], 1u);
  EXPECT_THAT(ops[7].reached, ElementsAre(0, 0, 0, 0));  // nothing is armed
  EXPECT_TRUE(ops[8].race.has_value());
  EXPECT_EQ(ops[8].race->outcome, Outcome::Panic());
  EXPECT_EQ(ops[10].outcome, Outcome::NotRun());
  EXPECT_FALSE(ops[10].race.has_value());
}

// A separate suite, like every test that may be skipped.
using RunnerTracingLoadsTest = RunnerTest;
TEST_F(RunnerTracingLoadsTest, ARaceAtALoadLeavesTheAddressOfTheLoad) {
  if (!LoadsAreTraced()) GTEST_SKIP() << "needs a build that traces loads";
  const Scenario scenario = Parse(
      "map 0x550000000000 0x1000 rw- eager\n"
      "race load 1 frames 0\n"
      "copy_str 0x550000000000 5\n");
  const std::optional<RaceRecord>& race = runner_->Run(scenario).ops[1].race;
  ASSERT_TRUE(race.has_value());
  EXPECT_EQ(race->load_address, 0x550000000000u);
  EXPECT_EQ(race->outcome, Outcome::Ok());
}

TEST_F(RunnerTest, ARacedAccessIsOneOfAnotherCpuAndLeavesItsOutcome) {
  const std::vector<Event> raced = Raced(
      "machine cpus=2\n"
      "map 0x550000000000 0x1000 rw- lazy\n"
      "@1 race check 1 const.get u8 0x550000001000\n"
      "@0 race check 1 const.get u8 0x550000001000\n"  // would be the same CPU
      "@1 race check 1 mut.slice u32 0x550000000000 3\n"
      "@0 const.get u8 0x550000000000\n");
  ASSERT_EQ(raced.size(), 2u);
  EXPECT_EQ(raced[0].index, 1u);
  EXPECT_FALSE(raced[0].ok);
  EXPECT_EQ(raced[0].error, EFAULT);
  EXPECT_EQ(raced[1].index, 3u);
  EXPECT_TRUE(raced[1].ok);
  EXPECT_EQ(raced[1].size, 3u);
}

// Each call copies to its own buffer, also a call in the middle of another call, and in the fault
// handler of another call.
TEST_F(RunnerTest, CopiesOfTwoCpusDoNotMix) {
  for (const char* point : {"check 1", "check 2", "fault 1"}) {
    const Scenario scenario = Parse(absl::StrCat(R"(machine cpus=2
      map 0x550000000000 0x2000 rw- lazy
      fill 0x550000000000 0xfff 0x61
      map 0x550000002000 0x1000 rw- eager
      fill 0x550000002000 "b\0"
      fill 0x550000000fff "a"
      @1 race )",
                                                 point, R"( copy_str 0x550000002000 64
      copy_str 0x550000000ffc 64)"));
    const Trace& trace = runner_->Run(scenario);
    EXPECT_EQ(PrintOutcome(Verb::kCopyStr, trace.ops[6].outcome), "ok len=4 fnv=f5216183ea912259")
        << point;
    EXPECT_EQ(trace.ops[6].effects.copied_bytes, 5u) << point;
    EXPECT_EQ(trace.ops[5].race->effects.copied_bytes, 2u) << point;
    EXPECT_EQ(trace.ops[5].outcome, Outcome::Armed());
  }
}

TEST_F(RunnerTest, SaysHowManyEventsDidNotFit) {
  const Scenario scenario = Parse(R"(map 0x550000000000 0x1000 rw- eager
    const.get u8 0x550000000000
    const.get u8 0x550000000000
    const.get u8 0x550000000000)");
  const Trace whole = runner_->Run(scenario);
  ASSERT_EQ(whole.ops[1].event_count, 4u);
  EXPECT_EQ(whole.max_events, EventBuffer::kMaxEvents);
  runner_->set_max_events(7);
  const Trace& cut = runner_->Run(scenario);
  EXPECT_EQ(cut.max_events, 7u);
  EXPECT_EQ(cut.ops[1].events_dropped, 0u);
  EXPECT_EQ(cut.ops[2].event_count, 3u);
  EXPECT_EQ(cut.ops[2].events_dropped, 1u);
  EXPECT_EQ(cut.ops[3].event_count, 0u);
  EXPECT_EQ(cut.ops[3].events_dropped, 4u);
}

}  // namespace
}  // namespace sim
