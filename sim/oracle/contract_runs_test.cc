// Runs of whole libraries with other contracts than axptr's. Each library is right by its own
// contract in all scenarios, and where its contract promises less, the run violates axptr's
// contract.
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "sim/oracle/oracle.h"
#include "sim/oracle/report.h"
#include "sim/scenario/library_call.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario_text.h"
#include "sim/scenario/testing/random_scenario.h"
#include "sim/subject/subjects.h"

namespace sim {
namespace {

// ORIGINAL, LINUX_LIKE, ANYWHERE: paths of shared objects, from CMakeLists.txt. HAS_RUSTC: whether
// ORIGINAL exists. ANYWHERE accesses any address that it is given.
#ifdef HAS_RUSTC
constexpr bool kHasRustc = true;
#else
constexpr bool kHasRustc = false;
#endif

class ContractRunsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto runner = Runner::Create();
    ASSERT_TRUE(runner.ok()) << runner.status();
    runner_ = *std::move(runner);
  }

  void Use(const char* path) {
    const auto subject = FindSubject(path);
    ASSERT_TRUE(subject.ok()) << subject.status();
    subject_ = *subject;
    runner_->set_subject(*subject_);
    const auto contract = FindContract((*subject)->contract);
    ASSERT_TRUE(contract.ok()) << contract.status();
    own_.set_contract(**contract);
  }

  // Runs `text` after a machine line with the lock `lock`. Returns whether the run is right by the
  // subject's own contract. `*by_axptr`: the name of the first violation by axptr's contract, or
  // "".
  testing::AssertionResult IsRight(const std::string& text, const char* lock,
                                   std::string* by_axptr) {
    const auto scenario =
        ParseScenario(absl::StrCat("machine cpus=2 frames=9 lock=", lock, "\n", text), "test");
    if (!scenario.ok()) return testing::AssertionFailure() << scenario.status();
    const Trace& trace = runner_->Run(*scenario);
    const Violation* const finding = axptr_.Judge(*scenario, trace).FirstFinding();
    *by_axptr = finding == nullptr ? "" : std::string(finding->name());
    own_.set_names_excuses(true);
    const Verdict& verdict = own_.Judge(*scenario, trace);
    excused_ = absl::StrJoin(verdict.excused, " ", [](std::string* out, const Excuse& excuse) {
      absl::StrAppend(out, excuse.deviation);
    });
    if (verdict.ok() && verdict.IsWhole()) return testing::AssertionSuccess();
    return testing::AssertionFailure()
           << PrintScenario(*scenario) << PrintVerdict(*scenario, verdict);
  }

  // Runs `count` random scenarios with the verbs that the subject offers, and counts the verdicts.
  void RunAtRandom(int count) {
    std::mt19937_64 random(1);
    for (int i = 0; i < count; ++i) {
      Scenario scenario = RandomScenario(random);
      std::erase_if(scenario.ops, [&](const Op& op) { return !IsOffered(op, *subject_); });
      const Trace& trace = runner_->Run(scenario);
      const Verdict& verdict = own_.Judge(scenario, trace);
      ASSERT_TRUE(verdict.ok()) << i << "\n"
                                << PrintScenario(scenario) << PrintVerdict(scenario, verdict);
      for (size_t op = 0; op < verdict.judged_ops; ++op) {
        if (!IsLibraryAccess(scenario.ops[op].verb) || scenario.ops[op].race) continue;
        ++outcomes_[static_cast<size_t>(trace.ops[op].outcome.kind)];
      }
      if (verdict.not_judged) open_.insert(verdict.not_judged->reason);
    }
  }
  int Count(Outcome::Kind kind) const { return outcomes_[static_cast<size_t>(kind)]; }

  std::unique_ptr<Runner> runner_;
  const axptr_subject* subject_ = nullptr;
  Oracle own_;
  Oracle axptr_;
  std::string excused_;  // of the last run by IsRight
  int outcomes_[8] = {};
  std::set<NotJudgedReason> open_;
};

// `violation`: by axptr's contract.
struct DeviationCase {
  int number;  // of docs/semantics.md
  const char* lock;
  const char* text;
  const char* violation;
  const char* excused;  // numbers of deviations, by the original's
};

constexpr DeviationCase kDeviations[] = {
    {1, "on", "const.slice u64 0x550000000000 0x1000000000000000\n", "access.kernel_half", "1"},
    {2, "on", "const.slice u8 0xfffffffffffff800 0x800\n", "lock.held_in_attempt", "2 17"},
    {3, "off", "const.str 0xfffffffffffff000\n", "access.kernel_half", "3 4"},
    {4, "on",
     "map 0x550000000000 0x1000 r-- eager\nfill 0x550000000000 \"ab\\0\"\n"
     "@1 race check 1 unmap 0x550000000000 0x1000\nconst.str 0x550000000000\n",
     "flag.set_outside", "4 7 13"},
    {5, "on", "map 0x550000000000 0x1000 r-- lazy\nconst.cstr u8 0x550000000000\n",
     "lock.taken_twice", "5 7 13"},
    {6, "off", "map 0x550000000000 0x1000 r-- eager\nconst.cstr b3 0x550000000ffe\n",
     "flag.set_outside", "4 6 7 13"},
    {7, "off", "map 0x550000000000 0x1000 r-- eager\nconst.cstr u8 0x550000000000\n",
     "flag.set_outside", "7 13"},
    {12, "on", "const.slice u8 0 0\n", "check.order", "12 13"},
    {13, "on", "map 0x550000000000 0x1000 r-- kernel\nconst.get u8 0x550000000000\n", "check.range",
     "13"},
    {16, "off", "map 0x550000000000 0x1000 rw- cow\nmut.cstr u8 0x550000000000\n",
     "flag.set_outside", "7 13 16"},
    {17, "on", "map 0x550000000000 0x1000 r-- eager\nconst.get u64 0x550000000001\n", "check.order",
     "17"},
};

// A separate suite: these tests may skip themselves.
using OriginalRunsTest = ContractRunsTest;
TEST_F(OriginalRunsTest, TheOriginalConformsToItsContractAndNotToAxptr) {
  if (!kHasRustc) GTEST_SKIP() << "there is no rustc";
  Use(ORIGINAL);
  for (const DeviationCase& deviation : kDeviations) {
    std::string by_axptr;
    EXPECT_TRUE(IsRight(deviation.text, deviation.lock, &by_axptr))
        << "deviation " << deviation.number;
    EXPECT_EQ(by_axptr, deviation.violation) << "deviation " << deviation.number;
    EXPECT_EQ(excused_, deviation.excused) << "deviation " << deviation.number;
  }
}

TEST_F(OriginalRunsTest, TheOriginalConformsToItsContractInRandomScenarios) {
  if (!kHasRustc) GTEST_SKIP() << "there is no rustc";
  Use(ORIGINAL);
  RunAtRandom(17'000);
  EXPECT_GT(Count(Outcome::Kind::kOk), 1'000);
  EXPECT_GT(Count(Outcome::Kind::kError), 5'000);
  EXPECT_GT(Count(Outcome::Kind::kPanic), 500);
  // The contract of the subject does not define the result of a failed lock acquisition. Where
  // another CPU takes a page away at a fault, it does not define either whether the access had read
  // that page. After an error it does not define how far an area has grown.
  EXPECT_TRUE(open_.contains(NotJudgedReason::kInjectionOpen));
  for (const NotJudgedReason reason : open_) {
    EXPECT_TRUE(reason == NotJudgedReason::kInjectionOpen ||
                reason == NotJudgedReason::kOutcomeOpen || reason == NotJudgedReason::kStateOpen);
  }
}

TEST_F(ContractRunsTest, ACheckOfTheLimitOnlyConformsToLinuxAndNotToAxptr) {
  Use(LINUX_LIKE);
  const struct {
    const char* text;
    const char* violation;
  } kCases[] = {
      {"map 0x550000000000 0x1000 rw- lazy\nmut.access u8 0x550000000000\n", "population.pages"},
      {"map 0x550000000000 0x1000 -w- eager\nconst.access u8 0x550000000000\n", "check.range"},
      {"map 0x550000000000 0x1000 r-- eager\nconst.access u16 0x550000000001\n", "check.range"},
      {"const.access u16 0x1 0\n", "access.result"},
      {"map 0x550000000000 0x1000 r-- eager\nfill 0x550000000000 \"abc\\0\"\n"
       "copy_str 0x550000000000 2\n",
       "check.range"},
      {"map 0x550000000000 0x1000 r-- eager\nfill 0x550000000ffe \"ab\"\n"
       "copy_str 0x550000000ffe 9\n",
       ""},  // it makes fewer checks, and its loads are not seen
      {"const.access u8 0xffff800000000000\n", ""},
  };
  for (const auto& test : kCases) {
    std::string by_axptr;
    EXPECT_TRUE(IsRight(test.text, "on", &by_axptr));
    EXPECT_EQ(by_axptr, test.violation) << test.text;
  }
}

TEST_F(ContractRunsTest, AnAccessOutsideTheWindowIsNotJudgedAlsoDuringAUsersAccess) {
  Use(ANYWHERE);
  const auto scenario = ParseScenario(
      "machine cpus=2\nmap 0x550000000000 0x1000 r-- lazy\n"
      "@1 race fault 1 copy_str 0x1000 1\nuser.load 0x550000000000 1\n",
      "test");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  const Verdict& verdict = own_.Judge(*scenario, runner_->Run(*scenario));
  EXPECT_TRUE(verdict.ok()) << PrintVerdict(*scenario, verdict);
  ASSERT_TRUE(verdict.not_judged.has_value());
  EXPECT_EQ(verdict.not_judged->reason, NotJudgedReason::kOutsideWindow);
}

// The reason of a run that is not judged is kOutsideWindow.
TEST_F(ContractRunsTest, AnAccessOutsideTheWindowIsJudgedIfTheSubjectStatesItsUserAddresses) {
  Use(ANYWHERE);
  const struct {
    const char* what;
    uint64_t start;
    uint64_t end;
    bool is_judged;
  } kCases[] = {
      {"nothing is stated", 0, 0, false},
      {"the window", kWindowStart, kWindowEnd, true},
      {"the address is before the first page", 0x2000, kWindowEnd, true},
      {"the address is on the first page", 0x1000, kWindowEnd, false},
      {"all addresses up to the limit", 0x1000, kUserLimit, false},
      {"the address is after the last page", 0, 0x1000, true},
      {"the address is on the last page", 0, 0x2000, false},
  };
  const auto scenario = ParseScenario("copy_str 0x1000 1\n", "test");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  Trace trace = runner_->Run(*scenario);
  for (const auto& test : kCases) {
    trace.subject.user_start = test.start;
    trace.subject.user_end = test.end;
    const Verdict& verdict = own_.Judge(*scenario, trace);
    EXPECT_NE(verdict.not_judged.has_value(), test.is_judged) << test.what;
    if (test.is_judged) {
      ASSERT_NE(verdict.FirstFinding(), nullptr) << test.what;
      EXPECT_EQ(verdict.FirstFinding()->name(), "access.kernel_half") << test.what;
    } else {
      ASSERT_TRUE(verdict.not_judged.has_value());
      EXPECT_EQ(verdict.not_judged->reason, NotJudgedReason::kOutsideWindow) << test.what;
    }
  }
}

TEST_F(ContractRunsTest, AnAddressOutsideUserMemoryIsJudgedByLinuxsContractToo) {
  Use(ANYWHERE);
  for (const char* const address : {"0xffff800000000000", "0x0800000000000000"}) {
    const auto scenario = ParseScenario(absl::StrCat("copy_str ", address, " 1\n"), "test");
    ASSERT_TRUE(scenario.ok()) << scenario.status();
    const Verdict& verdict = own_.Judge(*scenario, runner_->Run(*scenario));
    ASSERT_NE(verdict.FirstFinding(), nullptr) << address;
    EXPECT_EQ(verdict.FirstFinding()->name(), "access.kernel_half") << address;
  }
}

// The exact counts apply only to a subject that promises them. For other subjects, the progress of
// the access at a race is unknown.
TEST_F(ContractRunsTest, ARaceAtAPlaceThatTheModelDoesNotHaveIsNotJudgedOfAForeignSubject) {
  EXPECT_TRUE(runner_->facts().counts_exactly);
  Use(LINUX_LIKE);
  EXPECT_FALSE(runner_->facts().counts_exactly);
  const auto scenario = ParseScenario(
      "machine cpus=2\nmap 0x550000000000 0x1000 rw- lazy\n"
      "@1 race fault 1 unmap 0x550000000000 0x1000\ncopy_in 0x550000000000 8\n",
      "test");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  Trace trace = runner_->Run(*scenario);
  const Verdict& verdict = axptr_.Judge(*scenario, trace);
  EXPECT_TRUE(verdict.ok()) << PrintVerdict(*scenario, verdict);
  EXPECT_EQ(verdict.not_judged, (NotJudged{2, NotJudgedReason::kRaceMisplaced, 0}));
  trace.subject.counts_exactly = true;
  EXPECT_FALSE(axptr_.Judge(*scenario, trace).ok());
}

// Deviation 8 needs an outer section with the user-access flag set in which the original is called.
TEST_F(OriginalRunsTest, NoCallOfTheOriginalBeginsWithTheFlagSet) {
  if (!kHasRustc) GTEST_SKIP() << "there is no rustc";
  Use(ORIGINAL);
  std::mt19937_64 random(2);
  int calls = 0;
  int after_a_panic = 0;
  for (int i = 0; i < 15'000; ++i) {
    Scenario scenario = RandomScenario(random);
    std::erase_if(scenario.ops, [&](const Op& op) { return !IsOffered(op, *subject_); });
    const Trace& trace = runner_->Run(scenario);
    bool has_panicked = false;
    for (size_t op = 0; op < trace.ops.size(); ++op) {
      if (!IsLibraryAccess(scenario.ops[op].verb) || scenario.ops[op].race) continue;
      if (trace.ops[op].outcome.kind == Outcome::Kind::kNotRun) continue;
      ++calls;
      after_a_panic += has_panicked ? 1 : 0;
      EXPECT_FALSE(trace.ops[op].flag_before);
      has_panicked = has_panicked || trace.ops[op].outcome.kind == Outcome::Kind::kPanic;
    }
  }
  EXPECT_GT(calls, 10'000);
  EXPECT_EQ(after_a_panic, 0);
}

// axptr populates the whole range at once; then another CPU takes the last frame.
TEST_F(ContractRunsTest, PagesPopulatedBeforeTheFramesWereTakenAreNotJudged) {
  const auto scenario = ParseScenario(
      "machine cpus=2\nmap 0x550000000000 0x1000 rw- eager\nmap 0x550000001000 0x1000 rw- lazy\n"
      "@1 race check 1 frames 0\ncopy_in 0x550000000ffc 8\n",
      "test");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  Oracle oracle(kLinuxContract);
  const Verdict& verdict = oracle.Judge(*scenario, runner_->Run(*scenario));
  EXPECT_TRUE(verdict.ok()) << PrintVerdict(*scenario, verdict);
  ASSERT_TRUE(verdict.not_judged.has_value());
  EXPECT_EQ(verdict.not_judged->reason, NotJudgedReason::kOutcomeOpen);
}

TEST_F(ContractRunsTest, TheOrderOfStoresIsOpenIfARangeContainsAByteTwice) {
  Use(LINUX_LIKE);
  const auto scenario = ParseScenario(
      "map 0x550000000000 0x1000 rw- shared\nalias 0x550000001000 0x1000 rw- 0x550000000000\n"
      "copy_out 0x550000000ff0 32\ncopy_out 0x550000000800 0x1000\n"
      "copy_out 0x550000000800 0x1001\ncopy_in 0x550000000000 8\n",
      "test");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  const Verdict& verdict = own_.Judge(*scenario, runner_->Run(*scenario));
  EXPECT_TRUE(verdict.ok()) << PrintVerdict(*scenario, verdict);
  ASSERT_TRUE(verdict.not_judged.has_value());
  EXPECT_EQ(verdict.not_judged->reason, NotJudgedReason::kOutcomeOpen);
  EXPECT_EQ(verdict.not_judged->first_op, 4u) << "the first that is longer than a page";
}

TEST_F(ContractRunsTest, ACheckOfTheLimitOnlyConformsToLinuxInRandomScenarios) {
  Use(LINUX_LIKE);
  RunAtRandom(15'000);
  EXPECT_GT(Count(Outcome::Kind::kOk), 5'000);
  EXPECT_GT(Count(Outcome::Kind::kError), 1'000);
  // The subject accesses nothing outside the window, where the machine has no memory.
  EXPECT_FALSE(open_.contains(NotJudgedReason::kOutsideWindow));
  EXPECT_TRUE(open_.contains(NotJudgedReason::kInjectionOpen));
}

}  // namespace
}  // namespace sim
