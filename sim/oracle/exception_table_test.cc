// A subject in C that recovers by an exception table (sim/subject/testing/ex_table.c), against the
// model: the oracle finds no violation of the correct subject, and the subject resumes at its
// fixups at each unresolved fault.
#include <cerrno>
#include <cstdint>
#include <memory>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sim/oracle/oracle.h"
#include "sim/oracle/report.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario_text.h"
#include "sim/scenario/testing/random_scenario.h"
#include "sim/subject/subjects.h"

namespace sim {
namespace {

class ExceptionTableTest : public testing::Test {
 protected:
  void SetUp() override {
    auto runner = Runner::Create();
    ASSERT_TRUE(runner.ok()) << runner.status();
    runner_ = *std::move(runner);
    Use(EX_TABLE);
  }

  void Use(const std::string& file) {
    const auto subject = FindSubject(file);
    ASSERT_TRUE(subject.ok()) << subject.status();
    runner_->set_subject(**subject);
  }

  // Whether the run is as the model predicts; prints the difference if not. Counts results and
  // faults.
  testing::AssertionResult Agree(const Scenario& scenario) {
    const Trace& trace = runner_->Run(scenario);
    for (const OpRecord& record : trace.ops) ok_ += record.outcome.kind == Outcome::Kind::kOk;
    for (const Event& event : trace.events) {
      if (event.kind != EventKind::kFault) continue;
      resumed_ += event.disposition == FaultDisposition::kFixup;
      resolved_ += event.disposition == FaultDisposition::kResolved && event.has_fixup;
    }
    const Verdict& verdict = oracle_.Judge(scenario, trace);
    if (verdict.ok()) return testing::AssertionSuccess();
    return testing::AssertionFailure()
           << PrintScenario(scenario) << PrintVerdict(scenario, verdict);
  }

  // The outcome of the last operation of a scenario on which machine and model agree.
  Outcome OutcomeOf(const std::string& text) {
    const auto scenario = ParseScenario(text, "test");
    EXPECT_TRUE(scenario.ok()) << scenario.status();
    if (!scenario.ok()) return {};
    EXPECT_TRUE(Agree(*scenario));
    return runner_->Run(*scenario).ops.back().outcome;
  }

  std::unique_ptr<Runner> runner_;
  Oracle oracle_;
  uint64_t ok_ = 0;
  uint64_t resumed_ = 0;
  uint64_t resolved_ = 0;
};

// A random scenario in which copied strings replace the functions that this subject does not offer.
Scenario OfCopiedStrings(std::mt19937_64& random) {
  Scenario scenario = RandomScenario(random);
  for (Op& op : scenario.ops) {
    const bool is_get = op.verb == Verb::kConstGet || op.verb == Verb::kMutGet;
    if (!IsLibraryAccess(op.verb) || is_get) continue;
    op.verb = Verb::kCopyStr;
    op.type = ElementType::kU8;
    op.is_single = false;
    op.length = random() % (random() % 4 == 0 ? 16384 : 64);
  }
  return scenario;
}

TEST_F(ExceptionTableTest, MachineAndModelAgreeOnRandomScenarios) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(Agree(OfCopiedStrings(random))) << i;
  EXPECT_GT(ok_, 10'000u);
  EXPECT_GT(resumed_, 100u);
  EXPECT_GT(resolved_, 1'000u);
}

TEST_F(ExceptionTableTest, SubjectWithAFlagAgreesToo) {
  Use(EX_TABLE_WITH_FLAG);
  std::mt19937_64 random(2);
  for (int i = 0; i < 3'000; ++i) ASSERT_TRUE(Agree(OfCopiedStrings(random))) << i;
  EXPECT_GT(resumed_, 30u);
}

// A fault at byte k, for loads of 1 and of 8 bytes.
TEST_F(ExceptionTableTest, MemoryUnmappedAtTheFaultOfAnyByteIsRefused) {
  for (uint64_t k = 1; k <= 40; ++k) {
    const uint64_t start = 0x550000001000 - k;
    const std::string before = absl::StrCat(
        "machine cpus=2\nmap 0x550000000000 0x1000 rw- eager\n"
        "map 0x550000001000 0x1000 rw- lazy\nfill ",
        start, " ", k, " 0x61\n");
    const std::string copy = absl::StrCat("copy_str ", start, " 128\n");
    EXPECT_EQ(OutcomeOf(absl::StrCat(before, copy)).length, k);
    EXPECT_EQ(resolved_, k);
    EXPECT_EQ(
        OutcomeOf(absl::StrCat(before, "@1 race fault 1 unmap 0x550000001000 0x1000\n", copy)),
        Outcome::Error(EFAULT));
    EXPECT_EQ(OutcomeOf(absl::StrCat(before, "@1 race fault 1 protect 0x550000001000 0x1000 ---\n",
                                     copy)),
              Outcome::Error(EFAULT));
    EXPECT_EQ(resumed_, 2 * k);
    // If the memory is back in time, the subject must not resume at a fixup.
    EXPECT_EQ(
        OutcomeOf(absl::StrCat(before, "@1 race fault 1 fill 0x550000001000 \"b\\0\"\n", copy))
            .length,
        k + 1);
    resolved_ = k;
  }
}

TEST_F(ExceptionTableTest, MemoryThatARaceAtACheckUnmapsFaultsWithoutAnAttempt) {
  const std::string before = "machine cpus=2\nmap 0x550000000000 0x1000 rw- eager\n";
  const std::string copy = "copy_str 0x550000000000 8\n";
  EXPECT_EQ(OutcomeOf(absl::StrCat(before, copy)).length, 0u);
  EXPECT_EQ(OutcomeOf(absl::StrCat(before, "@1 race check 1 unmap 0x550000000000 0x1000\n", copy)),
            Outcome::Error(EFAULT));
  EXPECT_EQ(OutcomeOf(absl::StrCat(before, copy,
                                   "@1 race check 1 protect 0x550000000000 0x1000 ---\n", copy)),
            Outcome::Error(EFAULT));
}

TEST_F(ExceptionTableTest, FileThatIsTruncatedInTheHandlerIsRefused) {
  EXPECT_EQ(OutcomeOf("machine cpus=2\nmap 0x550000000000 0x2000 rw- file:0x2000\n"
                      "fill 0x550000000000 0x1000 0x61\n"
                      "@1 race fault 1 truncate 0x550000000000 0x1000\n"
                      "copy_str 0x550000000800 0x1000\n"),
            Outcome::Error(EFAULT));
  EXPECT_EQ(resumed_, 1u);
}

// The instructions of the simulator have no fixup in the subject, whatever the subject claims.
TEST_F(ExceptionTableTest, UseOfLentMemoryNeverGoesToAFixup) {
  for (const char* const subject : {EX_TABLE, EX_TABLE_WITH_FLAG, EX_TABLE_ANSWERS_ALWAYS}) {
    Use(subject);
    const std::string text =
        "machine cpus=2\nmap 0x550000000000 0x1000 rw- lazy\n"
        "@1 race use 1 unmap 0x550000000000 0x1000\n"
        "mut.get u64 0x550000000008\n";
    EXPECT_EQ(OutcomeOf(text), Outcome::Panic());
    const Event last = runner_->Run(*ParseScenario(text, "test")).events.back();
    EXPECT_EQ(last.bug, KernelBug::kFlagClear);
    EXPECT_FALSE(last.has_fixup);
  }
  EXPECT_EQ(resumed_, 0u);
}

TEST_F(ExceptionTableTest, FaultWithoutFlagIsOneWithTheFlagClear) {
  const auto scenario =
      ParseScenario("map 0x550000000000 0x1000 r-- lazy\ncopy_str 0x550000000000 8\n", "test");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  for (const bool has_flag : {false, true}) {
    Use(has_flag ? EX_TABLE_WITH_FLAG : EX_TABLE);
    const Trace& trace = runner_->Run(*scenario);
    ASSERT_EQ(trace.events.back().kind, EventKind::kFault);
    EXPECT_EQ(trace.events.back().flag, has_flag);
    EXPECT_EQ(trace.events.back().without_flag, !has_flag);
  }
}

}  // namespace
}  // namespace sim
