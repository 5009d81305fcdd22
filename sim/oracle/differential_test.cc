// The machine with the real library, as each of its subjects, against the model, in random
// scenarios: the oracle finds no violation of the correct library.
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sim/oracle/oracle.h"
#include "sim/oracle/report.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/scenario_text.h"
#include "sim/scenario/testing/random_scenario.h"
#include "sim/subject/subjects.h"

namespace sim {
namespace {

class DifferentialTest : public testing::Test {
 protected:
  void SetUp() override {
    auto runner = Runner::Create();
    ASSERT_TRUE(runner.ok()) << runner.status();
    runner_ = *std::move(runner);
  }

  // Whether machine and model agree for each subject; prints the first difference if not.
  testing::AssertionResult Agree(const Scenario& scenario) {
    for (const axptr_subject* const subject : LinkedSubjects()) {
      runner_->set_subject(*subject);
      const testing::AssertionResult agree = AgreeOnOne(scenario);
      if (!agree) return testing::AssertionResult(agree) << "\non the subject " << subject->name;
    }
    return testing::AssertionSuccess();
  }

 private:
  testing::AssertionResult AgreeOnOne(const Scenario& scenario) {
    const Trace& trace = runner_->Run(scenario);
    const Verdict& verdict = oracle_.Judge(scenario, trace);
    const bool is_open =
        verdict.not_judged && verdict.not_judged->reason == NotJudgedReason::kInjectionOpen;
    injection_open_ += is_open;
    for (const OpRecord& record : trace.ops) {
      injected_ += record.injected;
      ok_ += record.outcome.kind == Outcome::Kind::kOk;
      refused_ += record.outcome.kind == Outcome::Kind::kError;
      panicked_ += record.outcome.kind == Outcome::Kind::kPanic;
    }
    if (verdict.ok()) return testing::AssertionSuccess();
    return testing::AssertionFailure()
           << PrintScenario(scenario) << PrintVerdict(scenario, verdict);
  }

 protected:
  std::unique_ptr<Runner> runner_;
  Oracle oracle_;
  uint64_t ok_ = 0;
  uint64_t refused_ = 0;
  uint64_t panicked_ = 0;
  uint64_t injected_ = 0;        // failures caused by `inject` lines
  uint64_t injection_open_ = 0;  // runs partly unjudged because of an injected failure
};

TEST_F(DifferentialTest, MachineAndModelAgreeOnWellShapedScenarios) {
  std::mt19937_64 random(1);
  for (uint64_t i = 0; i < 40'000; ++i) {
    const Swarm swarm = i % 2 == 0 ? Swarm() : Swarm::OfSeed(i);
    ASSERT_TRUE(Agree(RandomScenario(random, {.swarm = swarm}))) << i << " " << swarm.Text();
  }
  // The test is only meaningful if there were cases.
  EXPECT_GT(ok_, 100'000u);
  EXPECT_GT(refused_, 10'000u);
  EXPECT_GT(panicked_, 100u);
  // 80 % of 4,939. The set-up verbs share the draws: each new verb lowers the number of `inject`.
  EXPECT_GT(injected_, 3'950u);
  EXPECT_LT(injection_open_, injected_ / 100);
}

TEST_F(DifferentialTest, MachineAndModelAgreeOnRandomBytes) {
  std::mt19937_64 random(2);
  std::vector<uint8_t> bytes;
  Scenario scenario;
  for (int i = 0; i < 20'000; ++i) {
    bytes.resize(random() % 400);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    DecodeScenarioInto(bytes, &scenario);
    ASSERT_TRUE(Agree(scenario)) << i;
  }
  EXPECT_GT(ok_, 10'000u);
  EXPECT_GT(refused_, 10'000u);
}

// Every sequence of three operations over two pages of each kind, with enough and with too few
// frames.
TEST_F(DifferentialTest, MachineAndModelAgreeOnEachSequenceOfEvictionSharingAndAccess) {
  constexpr const char* kKinds[] = {"eager", "lazy", "cow", "shared", "file:0x1800", "kernel"};
  constexpr const char* kSteps[] = {
      "evict 0x550000000000 0x2000",      "evict 0x550000001000 0x1000",
      "share 0x550000000000 0x2000",      "share 0x550000000000 0x1000",
      "fill 0x550000000ffc \"letters\"",  "truncate 0x550000000000 0xffe",
      "user.store 0x550000000fff 2",      "user.load 0x550000000000 0x2000",
      "const.cstr u8 0x550000000ffc",     "mut.access u8 0x550000000fff 2",
      "protect 0x550000000000 0x1000 r--"};
  for (const char* const kind : kKinds) {
    for (const int frames : {2, 64}) {
      for (const char* const first : kSteps) {
        for (const char* const second : kSteps) {
          for (const char* const third : kSteps) {
            const auto scenario = ParseScenario(
                absl::StrCat("machine frames=", frames, "\nmap 0x550000000000 0x2000 rw- ", kind,
                             "\n", first, "\n", second, "\n", third, "\n", kSteps[7], "\n"),
                "test");
            ASSERT_TRUE(scenario.ok()) << scenario.status();
            ASSERT_TRUE(Agree(*scenario));
          }
        }
      }
    }
  }
}

// Every sequence of four operations on a file that is mapped at two places, with few frames.
TEST_F(DifferentialTest, MachineAndModelAgreeOnEachSequenceOfTwoMappingsOfAFile) {
  constexpr const char* kSteps[] = {"alias 0x550000002000 0x2000 rw- 0x550000000000",
                                    "alias 0x550000004000 0x1000 r-- 0x550000001000",
                                    "fill 0x550000001ffc \"letters\\0\"",
                                    "user.store 0x550000000fff 2",
                                    "user.load 0x550000003000 1",
                                    "copy_out 0x550000000800 0x2000",
                                    "mut.access u8 0x550000001fff 0x1001",
                                    "evict 0x550000001000 0x2000",
                                    "truncate 0x550000000000 0x1800",
                                    "unmap 0x550000001000 0x1000",
                                    "unmap 0x550000000000 0x3000",
                                    "protect 0x550000003000 0x1000 r--",
                                    "map 0x550000001000 0x1000 rw- eager"};
  for (const char* const first : kSteps) {
    for (const char* const second : kSteps) {
      for (const char* const third : kSteps) {
        for (const char* const fourth : kSteps) {
          const auto scenario = ParseScenario(
              absl::StrCat("machine frames=3\nmap 0x550000000000 0x2000 rw- file:0x2000\n",
                           kSteps[0], "\n", first, "\n", second, "\n", third, "\n", fourth,
                           "\nconst.cstr u8 0x550000002ffc\nconst.cstr u8 0x550000001ffc\n"),
              "test");
          ASSERT_TRUE(scenario.ok()) << scenario.status();
          ASSERT_TRUE(Agree(*scenario));
        }
      }
    }
  }
}

// Every sequence of four operations on an area that grows, with a neighbour below it.
TEST_F(DifferentialTest, MachineAndModelAgreeOnEachSequenceOfGrowthAndItsLimits) {
  constexpr const char* kSteps[] = {
      "grow 0x550000004000 0x3000",        "grow 0x550000004000 0xffff000",
      "grow 0x550000000000 0x1000",        "unmap 0x550000003000 0x1000",
      "unmap 0x550000001000 0x2000",       "protect 0x550000000000 0x1000 ---",
      "protect 0x550000004000 0x1000 r--", "user.store 0x550000003fff 2",
      "user.load 0x550000002000 1",        "user.store 0x550000001000 1",
      "share 0x550000000000 0x8000",       "mut.access u8 0x550000003fff 2"};
  for (const char* const first : kSteps) {
    for (const char* const second : kSteps) {
      for (const char* const third : kSteps) {
        for (const char* const fourth : kSteps) {
          const auto scenario =
              ParseScenario(absl::StrCat("machine frames=5\nmap 0x550000000000 0x1000 r-- eager\n"
                                         "map 0x550000004000 0x1000 rw- lazy\n",
                                         first, "\n", second, "\n", third, "\n", fourth, "\n"),
                            "test");
          ASSERT_TRUE(scenario.ok()) << scenario.status();
          ASSERT_TRUE(Agree(*scenario));
        }
      }
    }
  }
}

}  // namespace
}  // namespace sim
