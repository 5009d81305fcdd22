// The kernels that observe less than the whole machine, with the same oracle: a right library has
// no violation, and an error of a wrong library has the same name as on the whole machine.
#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/machine/flat_kernel.h"
#include "sim/machine/pageless_kernel.h"
#include "sim/oracle/oracle.h"
#include "sim/oracle/report.h"
#include "sim/oracle/testing/predict.h"
#include "sim/scenario/kernel_scenarios.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/testing/random_scenario.h"
#include "sim/subject/subjects.h"

namespace sim {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

// A broken library: the first linked subject, with some calls of the machine, or some results,
// changed by functions of the tests.
const axptr_subject& Right() { return *LinkedSubjects().front(); }
const axptr_machine* g_machine = nullptr;  // interface of the kernel
axptr_machine g_changed = {};              // interface that the library receives

struct BrokenSubject : axptr_subject {
  BrokenSubject() : axptr_subject(Right()) {
    g_changed = Kernel::services();
    attach = [](const axptr_machine* machine) {
      g_machine = machine;
      Right().attach(&g_changed);
    };
  }
};

std::unique_ptr<Runner> RunnerOn(absl::StatusOr<std::unique_ptr<Kernel>> kernel) {
  EXPECT_TRUE(kernel.ok()) << kernel.status();
  return Runner::Create(*std::move(kernel));
}

class SmallKernelTest : public testing::Test {
 protected:
  explicit SmallKernelTest(absl::StatusOr<std::unique_ptr<Kernel>> kernel)
      : runner_(RunnerOn(std::move(kernel))) {}

  const Verdict& Judge(const axptr_subject& subject, const Scenario& scenario) {
    runner_->set_subject(subject);
    return oracle_.Judge(scenario, runner_->Run(scenario));
  }

  // The names of the violations of `subject` in the scenario.
  std::set<std::string> NamesOf(const axptr_subject& subject, absl::string_view text) {
    std::set<std::string> names;
    for (const Violation& violation : Judge(subject, ScenarioOf(text)).violations) {
      names.insert(std::string(violation.name()));
    }
    return names;
  }

  // Runs random scenarios on each linked subject. `keep` removes the lines that the kernel cannot
  // run.
  void ExpectNoAlarm(void (*keep)(Scenario*)) {
    std::mt19937_64 random(7);
    size_t accesses = 0;
    for (int i = 0; i < 700; ++i) {
      Scenario scenario = RandomScenario(random);
      keep(&scenario);
      for (const Op& op : scenario.ops) accesses += IsAccess(op.verb) ? 1 : 0;
      for (const axptr_subject* const subject : LinkedSubjects()) {
        const Verdict& verdict = Judge(*subject, scenario);
        ASSERT_EQ(verdict.FirstFinding(), nullptr) << PrintVerdict(scenario, verdict);
        ASSERT_TRUE(verdict.IsWhole());
      }
    }
    EXPECT_GT(accesses, 400u);
  }

  std::unique_ptr<Runner> runner_;
  Oracle oracle_;
};

class PagelessKernelTest : public SmallKernelTest {
 protected:
  PagelessKernelTest() : SmallKernelTest(PagelessKernel::Create()) {}
};

class FlatKernelTest : public SmallKernelTest {
 protected:
  FlatKernelTest() : SmallKernelTest(FlatKernel::Create()) {}
};

constexpr char kTwoPages[] =
    "map 0x550000000000 0x2000 rw- lazy\n"
    "mut.slice u64 0x550000000ff8 2\n";
constexpr char kText[] =
    "map 0x550000000000 0x2000 rw- eager\n"
    "fill 0x550000000000 \"hello\"\n"
    "const.cstr u8 0x550000000000\n"
    "mut.cstr u8 0x550000000000\n"
    "const.str 0x550000000000\n"
    "copy_str 0x550000000000 16\n";

TEST_F(PagelessKernelTest, HasNoFindingsForACorrectLibrary) { ExpectNoAlarm(KeepWhatNeedsNoPages); }

TEST_F(PagelessKernelTest, OmitsContentsOnly) {
  EXPECT_THAT(NamesOf(Right(),
                      "map 0x550000000000 0x1000 rw- eager\n"
                      "fill 0x550000000000 \"hello\"\n"
                      "const.get u32 0x550000000000\n"),
              IsEmpty());
  BrokenSubject longer;
  longer.lend_slice = [](uint64_t start, axptr_element element, size_t count, unsigned rights,
                         axptr_lent* lent) {
    const int error = Right().lend_slice(start, element, count, rights, lent);
    ++lent->count;
    return error;
  };
  EXPECT_THAT(NamesOf(longer, kTwoPages), Contains("access.result"));
}

// One scenario for both kernels: lent memory must not be used with smap=on.
constexpr char kLentWithSmap[] =
    "machine smap=on\n"
    "map 0x550000000000 0x2000 rw- eager\n"
    "const.get u8 0x550000000000\n";

TEST_F(PagelessKernelTest, PreventsTheUseOfLentMemoryWithSmap) {
  const Verdict& verdict = Judge(Right(), ScenarioOf(kLentWithSmap));
  ASSERT_EQ(verdict.violations.size(), 1u);
  EXPECT_EQ(verdict.violations[0].rule, Rule::kAccessPrevented);
  EXPECT_TRUE(verdict.violations[0].provoked);
}

TEST_F(PagelessKernelTest, FindsAWrongPointer) {
  BrokenSubject broken;
  broken.lend_slice = [](uint64_t start, axptr_element element, size_t count, unsigned rights,
                         axptr_lent* lent) {
    const int error = Right().lend_slice(start, element, count, rights, lent);
    lent->start += 8;
    return error;
  };
  EXPECT_THAT(NamesOf(broken, kTwoPages), Contains("access.wrong_pointer"));
}

TEST_F(PagelessKernelTest, FindsACheckThatIsTooSmall) {
  const BrokenSubject broken;
  g_changed.check = [](uint64_t start, uint64_t /*size*/, unsigned rights) {
    return g_machine->check(start, 1, rights);
  };
  EXPECT_THAT(NamesOf(broken, kTwoPages), Contains("check.range"));
}

TEST_F(PagelessKernelTest, FindsPopulationOfOtherPages) {
  const BrokenSubject broken;
  g_changed.populate = [](uint64_t start, uint64_t size, unsigned rights) {
    return g_machine->populate(start + kPageBytes, size, rights);
  };
  EXPECT_THAT(NamesOf(broken,
                      "map 0x550000000000 0x3000 rw- lazy\n"
                      "mut.slice u64 0x550000000ff8 2\n"),
              testing::IsSupersetOf({"check.order", "population.pages"}));
}

TEST_F(PagelessKernelTest, FindsPopulationThatDidNotHappen) {
  const BrokenSubject broken;
  g_changed.populate = [](uint64_t, uint64_t, unsigned) { return 0; };
  EXPECT_THAT(NamesOf(broken, kTwoPages), Contains("population.pages"));
}

TEST_F(PagelessKernelTest, FindsAnErrorOfPopulationThatIsLost) {
  const BrokenSubject broken;
  g_changed.populate = [](uint64_t start, uint64_t size, unsigned rights) {
    g_machine->populate(start, size, rights);
    return 0;
  };
  EXPECT_THAT(NamesOf(broken,
                      "machine cpus=1 frames=1 lock=on\n"
                      "map 0x550000000000 0x2000 rw- lazy\n"
                      "mut.slice u64 0x550000000ff8 2\n"),
              Contains("population.error"));
}

TEST_F(PagelessKernelTest, FindsAFlagThatIsLeftSet) {
  BrokenSubject broken;
  broken.lend_slice = [](uint64_t start, axptr_element element, size_t count, unsigned rights,
                         axptr_lent* lent) {
    const int error = Right().lend_slice(start, element, count, rights, lent);
    Right().allow_faults(true);
    return error;
  };
  EXPECT_THAT(NamesOf(broken, kTwoPages), Contains("flag.stuck"));
}

TEST_F(PagelessKernelTest, FindsALockThatIsKept) {
  const BrokenSubject broken;
  g_changed.unlock = [] {};
  EXPECT_THAT(NamesOf(broken, kTwoPages), Contains("lock.not_released"));
  EXPECT_THAT(NamesOf(broken, absl::StrCat(kTwoPages, "const.get u8 0x550000000000\n")),
              Contains("lock.taken_twice"));
}

TEST_F(PagelessKernelTest, FindsALockThatIsReleasedTwice) {
  const BrokenSubject broken;
  g_changed.unlock = [] {
    g_machine->unlock();
    g_machine->unlock();
  };
  EXPECT_THAT(NamesOf(broken, kTwoPages), Contains("lock.released_free"));
}

TEST_F(PagelessKernelTest, EndsACallThatDoesNotEnd) {
  BrokenSubject broken;
  broken.lend_slice = [](uint64_t, axptr_element, size_t, unsigned, axptr_lent*) -> int {
    for (;;) {
      g_machine->lock();
      g_machine->unlock();
    }
  };
  EXPECT_THAT(NamesOf(broken, absl::StrCat("machine cpus=1 frames=2 lock=on\n", kTwoPages)),
              Contains("time.unbounded"));
}

// The oracle finds the violation also after a success whose contents are not seen.
TEST_F(PagelessKernelTest, FindsALockThatIsTakenTwice) {
  BrokenSubject broken;
  broken.lend_slice = [](uint64_t start, axptr_element element, size_t count, unsigned rights,
                         axptr_lent* lent) {
    g_machine->lock();
    g_machine->unlock();
    return Right().lend_slice(start, element, count, rights, lent);
  };
  EXPECT_THAT(NamesOf(broken, kTwoPages), Contains("check.order"));
}

// A subject may access the memory that it lends, for example to populate it by faults.
TEST_F(PagelessKernelTest, DoesNotJudgeASubjectThatTouchesMemory) {
  const Scenario scenario = ScenarioOf(kText);
  const Verdict& verdict = Judge(Right(), scenario);
  EXPECT_THAT(verdict.violations, IsEmpty());
  EXPECT_FALSE(verdict.IsWhole());
  EXPECT_EQ(verdict.judged_ops, 2u);
  EXPECT_EQ(PrintNotJudged(scenario, verdict),
            "not judged: line 3: const.cstr u8 0x550000000000, and the 3 after it: the subject "
            "touches memory, and this kernel has none; the whole machine has\n");
  EXPECT_THAT(CheckStated(scenario, runner_->Run(scenario), verdict), IsEmpty());
  // No state of the abandoned access is left.
  EXPECT_THAT(NamesOf(Right(), kTwoPages), IsEmpty());
  EXPECT_TRUE(Judge(Right(), ScenarioOf(kTwoPages)).IsWhole());
}

TEST_F(PagelessKernelTest, JudgesEventsBeforeATouch) {
  BrokenSubject broken;
  broken.lend_slice = [](uint64_t start, axptr_element element, size_t count, unsigned rights,
                         axptr_lent* lent) {
    const int error = Right().lend_slice(start, element, count, rights, lent);
    Right().allow_faults(true);
    return error;
  };
  const Verdict& verdict =
      Judge(broken, ScenarioOf(absl::StrCat(kTwoPages, "const.cstr u8 0x550000000000\n")));
  ASSERT_FALSE(verdict.violations.empty());
  EXPECT_EQ(verdict.violations.front().name(), "flag.stuck");
  ASSERT_TRUE(verdict.not_judged.has_value());
  EXPECT_EQ(verdict.not_judged->reason, NotJudgedReason::kNoMemory);
}

TEST_F(FlatKernelTest, HasNoFindingsForACorrectLibrary) { ExpectNoAlarm(KeepStringsOnFlatMemory); }

// A fault populates the page of a lazy area; this kernel does not see the fault.
TEST_F(FlatKernelTest, PreventsTheUseOfLentMemoryWithSmap) {
  const Verdict& verdict = Judge(Right(), ScenarioOf("machine smap=on\n"
                                                     "map 0x550000000000 0x1000 rw- lazy\n"
                                                     "const.cstr u8 0x550000000000\n"
                                                     "fill 0x550000000000 \"hello\"\n"
                                                     "const.cstr u8 0x550000000000\n"));
  ASSERT_EQ(verdict.violations.size(), 1u);
  EXPECT_EQ(verdict.violations[0].rule, Rule::kAccessPrevented);
  EXPECT_TRUE(verdict.violations[0].provoked);
}

TEST_F(FlatKernelTest, KeepsContentsUntilTheyAreUnmapped) {
  EXPECT_THAT(NamesOf(Right(), kText), IsEmpty());
  EXPECT_THAT(NamesOf(Right(),
                      "map 0x550000000000 0x3000 rw- eager\n"
                      "fill 0x550000000ffe 0x1004 0x41\n"
                      "const.cstr u8 0x550000000ffe\n"
                      "mut.cstr u8 0x550000001ffe\n"
                      "unmap 0x550000001000 0x1000\n"
                      "map 0x550000001000 0x1000 rw- lazy\n"
                      "const.cstr u8 0x550000000ffe\n"
                      "const.cstr u8 0x550000002000\n"),
              IsEmpty());
  // No state of the previous run is left.
  EXPECT_THAT(NamesOf(Right(),
                      "map 0x550000000000 0x3000 rw- lazy\n"
                      "const.cstr u8 0x550000000ffe\n"
                      "const.cstr u8 0x550000002000\n"),
              IsEmpty());
}

TEST_F(FlatKernelTest, FindsWrongContents) {
  BrokenSubject broken;
  broken.lend_text = [](uint64_t start, axptr_lent* lent) {
    const int error = Right().lend_text(start, lent);
    --lent->count;
    return error;
  };
  EXPECT_THAT(NamesOf(broken, kText), Contains("access.result"));
}

TEST_F(FlatKernelTest, FindsAnOverrun) {
  BrokenSubject broken;
  broken.copy_text = [](char* to, size_t room, uint64_t start, axptr_lent* lent) {
    to[room] = '!';
    return Right().copy_text(to, room, start, lent);
  };
  EXPECT_THAT(NamesOf(broken, kText), Contains("access.buffer_overrun"));
}

TEST_F(FlatKernelTest, FindsBytesAfterTheCopy) {
  BrokenSubject broken;
  broken.copy_text = [](char* to, size_t room, uint64_t start, axptr_lent* lent) {
    to[room - 1] = '!';
    return Right().copy_text(to, room, start, lent);
  };
  EXPECT_THAT(NamesOf(broken, kText), Contains("access.buffer_contents"));
}

TEST_F(FlatKernelTest, FindsAnAttemptBeyondTheCheckedRange) {
  const BrokenSubject broken;
  g_changed.attempt = [](uint64_t start, uint64_t size, unsigned rights, void (*body)(void*),
                         void* argument) {
    return g_machine->attempt(start, size + 1, rights, body, argument);
  };
  EXPECT_THAT(NamesOf(broken, kText), Contains("check.range"));
}

TEST_F(FlatKernelTest, FindsAnAttemptOutsideOfTheWindow) {
  const BrokenSubject broken;
  g_changed.attempt = [](uint64_t, uint64_t size, unsigned rights, void (*body)(void*),
                         void* argument) {
    return g_machine->attempt(kWindowEnd, size, rights, body, argument);
  };
  EXPECT_THAT(NamesOf(broken, kText), Contains("access.kernel_half"));
}

TEST_F(FlatKernelTest, FindsAnAttemptWithTheFlagClear) {
  const BrokenSubject broken;
  g_changed.attempt = [](uint64_t start, uint64_t size, unsigned rights, void (*body)(void*),
                         void* argument) {
    Right().allow_faults(false);
    return g_machine->attempt(start, size, rights, body, argument);
  };
  EXPECT_THAT(NamesOf(broken, kText), Contains("flag.clear_in_attempt"));
}

TEST_F(FlatKernelTest, FindsAnAttemptUnderTheLock) {
  const BrokenSubject broken;
  g_changed.attempt = [](uint64_t start, uint64_t size, unsigned rights, void (*body)(void*),
                         void* argument) {
    g_machine->lock();
    const bool done = g_machine->attempt(start, size, rights, body, argument);
    g_machine->unlock();
    return done;
  };
  EXPECT_THAT(NamesOf(broken, kText), Contains("lock.held_in_attempt"));
}

TEST_F(FlatKernelTest, FindsChecksUnderTheFlag) {
  const BrokenSubject broken;
  g_changed.lock = [] {
    Right().allow_faults(true);
    return g_machine->lock();
  };
  EXPECT_THAT(NamesOf(broken, kText), Contains("flag.set_outside"));
}

// The state is judged until a fault could have populated a page; after that, everything else is
// still judged.
TEST_F(FlatKernelTest, OmitsOnlyPopulationByFaults) {
  const std::string lazy =
      "map 0x550000000000 0x1000 rw- lazy\n"
      "const.cstr u8 0x550000000000\n";
  const std::string writable = "mut.cstr u8 0x550000000000\n";
  EXPECT_THAT(NamesOf(Right(), absl::StrCat(lazy, writable)), IsEmpty());
  const BrokenSubject broken;
  g_changed.populate = [](uint64_t, uint64_t, unsigned) { return 0; };
  EXPECT_THAT(NamesOf(broken, absl::StrCat("map 0x550000000000 0x1000 rw- lazy\n", writable)),
              Contains("population.pages"));
  EXPECT_THAT(NamesOf(broken, absl::StrCat(lazy, writable)), ElementsAre("check.order"));
  BrokenSubject moved;
  moved.lend_terminated = [](uint64_t start, axptr_element element, unsigned rights,
                             axptr_lent* lent) {
    const int error = Right().lend_terminated(start, element, rights, lent);
    ++lent->start;
    return error;
  };
  EXPECT_THAT(NamesOf(moved, lazy), Contains("access.wrong_pointer"));
}

}  // namespace
}  // namespace sim
