// Library calls that the caller makes during another one: inside the function that const.access and
// mut.access call, before the function uses the memory.
#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/machine/sanitizer.h"
#include "sim/oracle/oracle.h"
#include "sim/oracle/report.h"
#include "sim/oracle/testing/line_of_verb.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario_text.h"
#include "sim/scenario/verb.h"
#include "sim/subject/subject_access.h"
#include "sim/subject/subjects.h"

namespace sim {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

constexpr char kMapped[] =
    "map 0x550000000000 0x1000 rw- lazy\n"
    "fill 0x550000000000 \"hello\"\n"
    "map 0x550000001000 0x1000 rw- lazy\n";

constexpr const char* kAccesses[] = {
    "const.access u64 0x550000000000", "mut.access u64 0x550000000000",
    "const.access u8 0x550000000000 24", "mut.access u8 0x550000000000 24",
    "mut.access b3 0x550000000000 0"};

class NestTest : public testing::Test {
 protected:
  NestTest() : runner_(*Runner::Create()) {}

  // Runs `lines` after `kMapped`. LastRecords returns the records of the last operations.
  const Trace& Run(const std::string& lines) {
    const auto scenario = ParseScenario(absl::StrCat(kMapped, lines, "\n"), "test");
    EXPECT_TRUE(scenario.ok()) << scenario.status() << lines;
    const Trace& trace = runner_->Run(*scenario);
    const Verdict& verdict = oracle_.Judge(*scenario, trace);
    words_ = PrintVerdict(*scenario, verdict);
    judged_ = verdict.judged_ops;
    names_.clear();
    for (const Violation& violation : verdict.violations) names_.emplace_back(violation.name());
    return trace;
  }

  std::unique_ptr<Runner> runner_;
  Oracle oracle_;
  std::vector<std::string> names_;  // of the violations of the last run
  std::string words_;               // of its verdict
  size_t judged_ = 0;               // operations
};

TEST_F(NestTest, EachCallInsideAnAccessHasTheSameOutcomeAsBeforeIt) {
  for (const axptr_subject* const subject : LinkedSubjects()) {
    runner_->set_subject(*subject);
    for (const VerbInfo& verb : AllVerbs()) {
      if (!IsLibraryAccess(verb.verb) || verb.transfer == Transfer::kLend) continue;
      for (const std::string access : kAccesses) {
        const Trace before = Run(absl::StrCat(LineOf(verb), "\n", access));
        EXPECT_THAT(names_, IsEmpty()) << words_;
        const Trace& inside = Run(absl::StrCat("race use 1 ", LineOf(verb), "\n", access));
        EXPECT_THAT(names_, IsEmpty()) << words_;
        EXPECT_EQ(judged_, inside.ops.size()) << words_;
        ASSERT_TRUE(inside.ops[3].race.has_value()) << LineOf(verb) << access;
        EXPECT_EQ(inside.ops[3].race->outcome, before.ops[3].outcome) << LineOf(verb) << access;
        EXPECT_EQ(inside.ops[4].outcome, before.ops[4].outcome) << LineOf(verb) << access;
      }
    }
  }
}

// The caller would use lent memory inside the outer access, as if it belonged to that access.
TEST_F(NestTest, LendingCallsAndTouchesByOtherCodeDoNotNest) {
  for (const VerbInfo& verb : AllVerbs()) {
    if (!IsAccess(verb.verb)) continue;
    const bool is_call = IsLibraryAccess(verb.verb) && verb.transfer != Transfer::kLend;
    for (const std::string access :
         {"mut.access u64 0x550000000000", "const.get u8 0x550000000000"}) {
      const Trace& trace = Run(absl::StrCat("race use 1 ", LineOf(verb), "\n", access));
      EXPECT_EQ(trace.ops[3].race.has_value(), is_call) << verb.name << access;
      EXPECT_THAT(names_, IsEmpty()) << words_;
    }
    const Trace& elsewhere =
        Run(absl::StrCat("race check 1 ", LineOf(verb), "\nmut.access u64 0x550000000000"));
    EXPECT_FALSE(elsewhere.ops[3].race.has_value()) << verb.name;
  }
}

TEST_F(NestTest, IsNotJudgedByAContractWhoseCallsDoNotNest) {
  const char* const accesses[] = {"const.access u8 0x550000000000", "const.get u8 0x550000000000"};
  for (const Contract* const contract : {&kLinuxContract, &kOriginalContract}) {
    Oracle oracle(*contract);
    for (const char* access : accesses) {
      const auto scenario =
          ParseScenario(absl::StrCat("map 0x550000000000 0x1000 rw- eager\n",
                                     "race use 1 copy_in 0x550000000010 8\n", access),
                        "test");
      ASSERT_TRUE(scenario.ok()) << scenario.status();
      const Verdict& verdict = oracle.Judge(*scenario, runner_->Run(*scenario));
      std::optional<NotJudged> wanted;
      // After get, no access is under way.
      if (access == accesses[0]) wanted = NotJudged{2, NotJudgedReason::kNested, 0};
      EXPECT_EQ(verdict.not_judged, wanted) << contract->name << access;
    }
  }
}

// The memory of the outer access is unmapped before the inner call. The outer access returns
// EFAULT, whatever the outcome of the inner call.
TEST_F(NestTest, IfTheOuterMemoryIsUnmappedTheInnerCallHasItsOwnError) {
  struct Row {
    const char* call;
    Outcome inside;  // of the same memory
  };
  const Row rows[] = {{"copy_in 0x550000000000 8", Outcome::Error(EFAULT)},
                      {"copy_str 0x550000000000 8", Outcome::Error(EFAULT)},
                      {"mut.access u64 0x550000000000", Outcome::Error(EFAULT)},
                      {"no_fault.read u64 0x550000000000 3", Outcome::Error(EFAULT)},
                      {"atomic.load u64 0x550000000000", Outcome::Error(EFAULT)},
                      {"zero_user 0x550000001000 64", Outcome::Ok()},
                      {"write_value u64 0x550000001000", Outcome::Ok(1)}};
  for (const Row& row : rows) {
    for (const char* gone : {"unmap 0x550000000000 0x1000", "protect 0x550000000000 0x1000 ---"}) {
      const Trace& trace = Run(absl::StrCat("race use 1 ", gone, "\nrace use 1 ", row.call,
                                            "\nmut.access u64 0x550000000000\n"));
      EXPECT_THAT(names_, IsEmpty()) << words_;
      ASSERT_TRUE(trace.ops[4].race.has_value()) << row.call;
      EXPECT_EQ(trace.ops[4].race->outcome.kind, row.inside.kind) << row.call;
      EXPECT_EQ(trace.ops[4].race->outcome.error, row.inside.error) << row.call;
      EXPECT_EQ(trace.ops[5].outcome, Outcome::Error(EFAULT)) << row.call;
    }
  }
}

// Both accesses use one page, which is absent and has no free frame. The fault is in the attempt of
// the inner call; the range of the outer attempt contains the address as well.
constexpr char kInnerFaults[] =
    "race use 1 evict 0x550000000000 0x1000\n"
    "race use 1 frames 0\n"
    "race use 1 copy_str 0x550000000000 8\n"
    "race use 1 frames 4\n"
    "const.access u64 0x550000000000\n"
    "copy_in 0x550000000000 8\n";

TEST_F(NestTest, AFaultOfTheInnerCallEndsItsOwnAttemptAndTheOuterContinues) {
  const Trace& trace = Run(kInnerFaults);
  EXPECT_THAT(names_, IsEmpty()) << words_;
  EXPECT_EQ(trace.ops[5].race->outcome, Outcome::Error(EFAULT));
  EXPECT_EQ(trace.ops[7].outcome.kind, Outcome::Kind::kOk);
}

const axptr_subject& Right() { return *LinkedSubjects().front(); }
const axptr_machine* g_machine = nullptr;

axptr_subject Broken() {
  axptr_subject subject = Right();
  subject.attach = [](const axptr_machine* machine) {
    g_machine = machine;
    Right().attach(machine);
  };
  return subject;
}

TEST_F(NestTest, AnInnerCallThatClearsTheFlagIsFound) {
  axptr_subject subject = Broken();
  subject.copy_in = [](void* to, uint64_t start, size_t size, axptr_moved* moved) {
    Right().copy_in(to, start, size, moved);
    Right().allow_faults(false);
  };
  runner_->set_subject(subject);
  Run("race use 1 copy_in 0x550000001000 8\nconst.access u8 0x550000000000 4");
  EXPECT_THAT(names_, Contains("flag.clear_in_attempt")) << words_;
}

TEST_F(NestTest, AnInnerCallThatClosesUserMemoryIsFound) {
  axptr_subject subject = Broken();
  subject.copy_in = [](void* to, uint64_t start, size_t size, axptr_moved* moved) {
    Right().copy_in(to, start, size, moved);
    g_machine->user_access->restore(false);
  };
  runner_->set_subject(subject);
  Run("race use 1 copy_in 0x550000001000 8\nconst.access u8 0x550000000000 4");
  EXPECT_THAT(names_, Contains("access.closed")) << words_;
}

// Makes no attempt.
SIM_NO_SANITIZE int CopyTextBare(char* to, size_t, uint64_t start, axptr_lent* lent) {
  *to = *reinterpret_cast<const volatile char*>(start);
  *lent = {reinterpret_cast<uint64_t>(to), 0};
  return 0;
}

TEST_F(NestTest, AnInnerCallWithoutItsOwnAttemptIsFoundAndAbandoned) {
  axptr_subject subject = Broken();
  subject.copy_text = CopyTextBare;
  runner_->set_subject(subject);
  const Trace& trace = Run(kInnerFaults);
  EXPECT_THAT(names_, Contains("access.result")) << words_;
  EXPECT_EQ(trace.ops[7].outcome, Outcome::Error(EFAULT));
  // The machine works again and records events, first the end of the outer attempt.
  EXPECT_EQ(trace.EventsOf(7).back().kind, EventKind::kAttemptEnded);
  EXPECT_EQ(trace.ops[8].outcome, Outcome::Error(ENOMEM));
  EXPECT_FALSE(trace.EventsOf(8).empty());
}

// While the inner call was under way, user access was open already. It is not after the call is
// gone: a call that checks with user access open is found again.
TEST_F(NestTest, UserAccessOpenAtACheckIsFoundAfterAnAbandonedInnerCall) {
  axptr_subject subject = Broken();
  subject.copy_text = CopyTextBare;
  subject.copy_in = [](void* to, uint64_t start, size_t size, axptr_moved* moved) {
    Right().allow_faults(true);
    const bool earlier = g_machine->user_access->open();
    Right().copy_in(to, start, size, moved);
    g_machine->user_access->restore(earlier);
    Right().allow_faults(false);
  };
  runner_->set_subject(subject);
  Run(kInnerFaults);
  EXPECT_THAT(names_, Contains("access.left_open")) << words_;
}

}  // namespace
}  // namespace sim
