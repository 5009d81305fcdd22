// smap=on: kernel code that accesses user memory with user access closed faults, and the model
// predicts that. Tests every access with smap=on and smap=off.
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
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
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kMapped[] =
    "map 0x550000000000 0x1000 rw- eager\n"
    "fill 0x550000000000 \"hello\"\n";

// Whether the caller accesses the memory outside any open access.
bool IsTouchedClosed(const VerbInfo& verb) {
  return verb.transfer == Transfer::kLend || verb.verb_class == VerbClass::kKernel;
}

class SmapTest : public testing::Test {
 protected:
  SmapTest() : runner_(*Runner::Create()) {}

  // The outcome of the last line of a run of `lines`.
  Outcome Run(bool smap, const std::string& lines) {
    const auto scenario = ParseScenario(
        absl::StrCat("machine cpus=2 smap=", smap ? "on" : "off", "\n", lines, "\n"), "test");
    EXPECT_TRUE(scenario.ok()) << scenario.status();
    const Trace& trace = runner_->Run(*scenario);
    const Verdict& verdict = oracle_.Judge(*scenario, trace);
    words_ = PrintVerdict(*scenario, verdict);
    EXPECT_FALSE(verdict.not_judged) << words_;
    names_.clear();
    for (const Violation& violation : verdict.violations) {
      names_.push_back(absl::StrCat(violation.name(), violation.provoked ? " (provoked)" : ""));
    }
    return trace.ops.back().outcome;
  }

  std::unique_ptr<Runner> runner_;
  Oracle oracle_;
  std::vector<std::string> names_;  // of the violations of the last run
  std::string words_;               // of its verdict
};

TEST_F(SmapTest, EndsTheKernelOnlyAtUsesOfLentMemory) {
  for (const axptr_subject* const subject : LinkedSubjects()) {
    runner_->set_subject(*subject);
    for (const VerbInfo& verb : AllVerbs()) {
      if (!IsAccess(verb.verb)) continue;
      const std::string lines = absl::StrCat(kMapped, LineOf(verb));
      const Outcome without = Run(false, lines);
      EXPECT_THAT(names_, IsEmpty()) << lines << words_;
      EXPECT_NE(without.kind, Outcome::Kind::kPanic) << lines;
      const Outcome with = Run(true, lines);
      if (IsTouchedClosed(verb)) {
        EXPECT_EQ(with.kind, Outcome::Kind::kPanic) << lines;
        EXPECT_THAT(names_, ElementsAre("access.closed (provoked)")) << lines << words_;
      } else {
        EXPECT_EQ(with, without) << lines;
        EXPECT_THAT(names_, IsEmpty()) << lines << words_;
      }
    }
  }
}

TEST_F(SmapTest, IsAFaultOfTheFirstByteAlsoAfterAccessesThatOpenUserMemory) {
  const std::string before =
      absl::StrCat(kMapped, "const.access u64 0x550000000000\nmut.access u8 0x550000000000 8\n",
                   "copy_in 0x550000000000 16\nno_fault.read u64 0x550000000000 1\n",
                   "@1 race check 1 protect 0x550000000000 0x1000 ---\ncopy_in 0x550000000000 16\n",
                   "protect 0x550000000000 0x1000 rw-\n");
  Run(true, absl::StrCat(before, "mut.slice u8 0x550000000010 16"));
  EXPECT_THAT(names_, ElementsAre("access.closed (provoked)")) << words_;
  EXPECT_NE(words_.find("0x550000000010: supervisor-mode access prevention"), std::string::npos)
      << words_;
}

TEST_F(SmapTest, RefusedOrEmptyResultsAreNotUsed) {
  const char* const lines[] = {"const.get u64 0x550000000001", "const.get u64 0x550000001000",
                               "const.slice u8 0x550000000000 0", "const.cstr u8 0x550000000010",
                               "const.str 0x550000001000"};
  for (const char* line : lines) {
    const std::string all = absl::StrCat(kMapped, line);
    const Outcome without = Run(false, all);
    EXPECT_EQ(Run(true, all), without) << line;
    EXPECT_THAT(names_, IsEmpty()) << line << words_;
  }
}

TEST_F(SmapTest, AnAbsentPageFaultsAsWithoutSmap) {
  for (const char* lines :
       {"@1 race use 1 unmap 0x550000000000 0x1000\nmut.get u64 0x550000000000",
        "@1 race use 1 protect 0x550000000000 0x1000 ---\nconst.str 0x550000000000",
        "unmap 0x550000000000 0x1000\nkernel.load 0x550000000000",
        "protect 0x550000000000 0x1000 r--\nkernel.store 0x550000000000"}) {
    for (const bool smap : {false, true}) {
      EXPECT_EQ(Run(smap, absl::StrCat(kMapped, lines)).kind, Outcome::Kind::kPanic) << lines;
      EXPECT_THAT(names_, ElementsAre("fault.kernel_bug (provoked)")) << lines << words_;
    }
  }
}

TEST_F(SmapTest, AppliesToEachCpuAlsoDuringAnOpenAccess) {
  const std::string lines =
      "map 0x550000000000 0x1000 rw- eager\nmap 0x550000001000 0x1000 rw- cow\n";
  // User access is open on CPU 0 while CPU 1 uses lent memory, and faults.
  for (const char* point : {"check", "fault"}) {
    Run(true, absl::StrCat(lines, "@1 race ", point, " 1 const.get u8 0x550000000000\n",
                           "@1 race check 1 share 0x550000001000 0x1000\n",
                           "mut.access u8 0x550000001000 1"));
    EXPECT_THAT(names_, ElementsAre("access.closed (provoked)")) << point << words_;
  }
}

const axptr_machine* g_machine = nullptr;

// Leaves user access open after a copy.
void CopyInAndLeaveOpen(void* to, uint64_t start, size_t size, axptr_moved* moved) {
  const axptr_subject& right = *LinkedSubjects().front();
  right.copy_in(to, start, size, moved);
  right.allow_faults(true);
  static_cast<void>(g_machine->user_access->open());
  right.allow_faults(false);
}

TEST_F(SmapTest, ALibraryThatLeavesUserMemoryOpenHasNoFaultAndIsReported) {
  axptr_subject subject = *LinkedSubjects().front();
  subject.attach = [](const axptr_machine* machine) {
    g_machine = machine;
    LinkedSubjects().front()->attach(machine);
  };
  subject.copy_in = CopyInAndLeaveOpen;
  runner_->set_subject(subject);
  const Outcome outcome =
      Run(true, absl::StrCat(kMapped, "copy_in 0x550000000000 8\nconst.get u64 0x550000000000"));
  EXPECT_EQ(outcome.kind, Outcome::Kind::kOk);
  EXPECT_THAT(names_, Contains("access.result")) << words_;
}

// Hands out forbidden memory.
TEST_F(SmapTest, ALibraryThatLendsTooMuchIsReported) {
  axptr_subject subject = *LinkedSubjects().front();
  subject.lend_value = [](uint64_t start, axptr_element, unsigned, axptr_lent* lent) {
    lent->start = start;
    lent->count = 1;
    return 0;
  };
  runner_->set_subject(subject);
  Run(true, "map 0x550000000000 0x1000 --x eager\nconst.get u64 0x550000000000");
  EXPECT_THAT(names_, Contains("access.result")) << words_;
  EXPECT_THAT(names_, Not(Contains("access.closed"))) << words_;
}

}  // namespace
}  // namespace sim
