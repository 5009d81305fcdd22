// Tasks that sleep in the middle of an access, while other tasks run on the same CPU or another.
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/machine/load_trace.h"
#include "sim/oracle/oracle.h"
#include "sim/oracle/report.h"
#include "sim/oracle/testing/line_of_verb.h"
#include "sim/scenario/names.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario_text.h"
#include "sim/scenario/verb.h"
#include "sim/subject/subject_access.h"
#include "sim/subject/subjects.h"

namespace sim {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

// The access reaches every point. Its page is absent after the check; that of the others is not.
constexpr char kMapped[] =
    "machine cpus=3\n"
    "map 0x550000000000 0x1000 rw- lazy\n"
    "map 0x550000001000 0x1000 rw- lazy\n"
    "fill 0x550000000000 \"hello\"\n"
    "race check 1 evict 0x550000001000 0x1000\n";
constexpr size_t kFirst = 4;  // the first operation after those

// The library's own code loads and faults, or that of the caller does.
constexpr const char* kAccesses[] = {"copy_in 0x550000001000 8", "mut.access u64 0x550000001000",
                                     "const.access u8 0x550000001000 24"};

std::string At(RacePoint point) { return absl::StrCat("race ", RacePointName(point), " 1 "); }

class TaskTest : public testing::Test {
 protected:
  TaskTest() : runner_(*Runner::Create()) {}

  // Runs `lines` after `kMapped`.
  const Trace& Run(const std::string& lines) {
    const auto scenario = ParseScenario(absl::StrCat(kMapped, lines, "\n"), "test");
    EXPECT_TRUE(scenario.ok()) << scenario.status() << lines;
    const Trace& trace = runner_->Run(*scenario);
    const Verdict& verdict = oracle_.Judge(*scenario, trace);
    words_ = absl::StrCat(PrintScenario(*scenario), PrintVerdict(*scenario, verdict));
    names_.clear();
    for (const Violation& violation : verdict.violations) names_.emplace_back(violation.name());
    if (names_.empty()) {
      EXPECT_EQ(verdict.judged_ops, trace.ops.size()) << words_;
    }
    return trace;
  }

  std::unique_ptr<Runner> runner_;
  Oracle oracle_;
  std::vector<std::string> names_;  // of the violations of the last run
  std::string words_;               // of its scenario and verdict
};

bool IsReached(RacePoint point, const std::string& access) {
  const bool is_copy = absl::StrContains(access, "copy_in");
  if (point == RacePoint::kUse) return !is_copy;
  return point != RacePoint::kLoad || (is_copy && LoadsAreTraced());
}

TEST_F(TaskTest, EachCallOfAnotherTaskHasTheSameOutcomeAsBeforeTheAccess) {
  for (const axptr_subject* const subject : LinkedSubjects()) {
    runner_->set_subject(*subject);
    for (const VerbInfo& verb : AllVerbs()) {
      if (!IsAccess(verb.verb) || verb.verb_class == VerbClass::kKernel) continue;
      const Outcome wanted = Run(LineOf(verb)).ops[kFirst].outcome;
      for (const std::string access : kAccesses) {
        for (int i = 0; i < kRacePointCount; ++i) {
          const auto point = static_cast<RacePoint>(i);
          if (!IsReached(point, access)) continue;
          const Trace& trace = Run(absl::StrCat("@", i % 3, " ", At(point), "sleep\n", At(point),
                                                LineOf(verb), "\n", access));
          EXPECT_THAT(names_, IsEmpty()) << words_;
          ASSERT_TRUE(trace.ops[kFirst + 1].race.has_value()) << words_;
          EXPECT_EQ(trace.ops[kFirst + 1].race->outcome, wanted) << words_;
          EXPECT_EQ(trace.ops[kFirst + 2].outcome.kind, Outcome::Kind::kOk) << words_;
        }
      }
    }
  }
}

TEST_F(TaskTest, AnAccessResumesOnTheCpuOfTheSleep) {
  const Trace& trace =
      Run("@1 race fault 1 sleep\nrace fault 1 copy_in 0x550000000000 8\n"
          "@2 race fault 1 sleep\n@1 race fault 1 copy_in 0x550000000000 8\n"
          "@1 race use 1 sleep\nmut.access u8 0x550000001000 4");
  EXPECT_THAT(names_, IsEmpty()) << words_;
  for (size_t i = kFirst; i < kFirst + 4; ++i) {
    ASSERT_TRUE(trace.ops[i].race.has_value()) << i;
    EXPECT_EQ(trace.ops[i].race->outcome.kind, Outcome::Kind::kOk) << i;
  }
  EXPECT_EQ(trace.EventsOf(kFirst + 5).front().cpu, 0);
  EXPECT_EQ(trace.EventsOf(kFirst + 5).back().cpu, 2);
}

TEST_F(TaskTest, OnTheCpuOfAnAccessThatDoesNotSleepNoOtherAccessHappens) {
  const Trace& trace =
      Run("race fault 1 copy_in 0x550000000000 8\n@1 race fault 1 sleep\n"
          "@1 race fault 2 copy_in 0x550000000000 8\nuser.load 0x550000001000 1");
  EXPECT_THAT(names_, IsEmpty()) << words_;
  EXPECT_FALSE(trace.ops[kFirst].race.has_value());
  EXPECT_FALSE(trace.ops[kFirst + 2].race.has_value());
}

TEST_F(TaskTest, AFaultOfAnotherTaskEndsItsOwnAttempt) {
  const std::string lines =
      "race fault 1 sleep\nrace fault 1 evict 0x550000000000 0x1000\nrace fault 1 frames 0\n"
      "race fault 1 copy_str 0x550000000000 8\nrace fault 1 frames 4\n";
  for (const char* access : {"const.access u64 0x550000001000", "copy_in 0x550000001000 8"}) {
    const Trace& trace = Run(absl::StrCat(lines, access));
    EXPECT_THAT(names_, IsEmpty()) << words_;
    EXPECT_EQ(trace.ops[kFirst + 3].race->outcome, Outcome::Error(EFAULT)) << words_;
    EXPECT_EQ(trace.ops[kFirst + 5].outcome.kind, Outcome::Kind::kOk) << words_;
  }
}

constexpr char kTwoSpaces[] =
    "@1 space 1\n@1 map 0x550000000000 0x2000 rw- lazy\n@1 fill 0x550000000000 \"other\"\n";
constexpr size_t kInTwo = kFirst + 3;

TEST_F(TaskTest, EachCpuUsesTheMemoryOfItsAddressSpace) {
  for (const char* line : {"const.str 0x550000000000", "copy_in 0x550000000000 8",
                           "mut.access u64 0x550000000000", "atomic.load u64 0x550000000000"}) {
    const Outcome own = Run(line).ops[kFirst].outcome;
    const Trace& trace = Run(absl::StrCat(kTwoSpaces, "@1 ", line, "\n@2 ", line, "\n", line));
    EXPECT_THAT(names_, IsEmpty()) << words_;
    EXPECT_NE(trace.ops[kInTwo].outcome, own) << words_;
    if (!IsStore(Verb::kMutAccess) || line[0] != 'm') {
      EXPECT_EQ(trace.ops[kInTwo + 1].outcome, own) << words_;
      EXPECT_EQ(trace.ops[kInTwo + 2].outcome, own) << words_;
    }
  }
}

TEST_F(TaskTest, ChangesByACpuAffectOnlyItsAddressSpace) {
  const Trace& trace = Run(absl::StrCat(
      kTwoSpaces, "@1 race check 1 unmap 0x550000000000 0x2000\n@1 race load 1 frames 9\n",
      "copy_in 0x550000000000 5\n@1 copy_in 0x550000000000 5\nspace 1\ncopy_in 0x550000000000 5"));
  EXPECT_THAT(names_, IsEmpty()) << words_;
  EXPECT_EQ(trace.ops[kInTwo + 2].outcome.kind, Outcome::Kind::kOk) << words_;
  EXPECT_EQ(trace.ops[kInTwo + 3].outcome, Outcome::Error(EFAULT)) << words_;
  EXPECT_EQ(trace.ops[kInTwo + 5].outcome, Outcome::Error(EFAULT)) << words_;
}

TEST_F(TaskTest, ATaskKeepsItsAddressSpace) {
  for (const std::string access : kAccesses) {
    const Outcome own = Run(access).ops[kFirst].outcome;
    for (int i = 0; i < kRacePointCount; ++i) {
      const auto point = static_cast<RacePoint>(i);
      if (!IsReached(point, access)) continue;
      for (const char* cpu : {"", "@1 "}) {
        const Trace& trace = Run(
            absl::StrCat(kTwoSpaces, "race check 1 evict 0x550000001000 0x1000\n", cpu, At(point),
                         "sleep\n", At(point), "space 1\n", At(point), "copy_in 0x550000000000 5\n",
                         access, "\n", cpu, "copy_in 0x550000000000 5"));
        EXPECT_THAT(names_, IsEmpty()) << words_;
        EXPECT_EQ(trace.ops[kInTwo + 4].outcome, own) << words_;
        const Outcome theirs = trace.ops[kInTwo + 3].race.value_or(RaceRecord()).outcome;
        EXPECT_EQ(theirs.kind, Outcome::Kind::kOk) << words_;
        // "hello", and not "other": the CPU runs in the task's address space after it, too.
        EXPECT_EQ(trace.ops[kInTwo + 5].outcome.kind, Outcome::Kind::kOk) << words_;
        EXPECT_NE(trace.ops[kInTwo + 5].outcome, theirs) << words_;
      }
    }
  }
}

TEST_F(TaskTest, TheAddressSpaceOfAnAccessThatDoesNotSleepStays) {
  const Trace& trace = Run(absl::StrCat(kTwoSpaces, "race check 1 space 1\n",
                                        "@2 race check 1 space 1\ncopy_in 0x550000000000 5\n",
                                        "@2 copy_in 0x550000000000 5\n"));
  EXPECT_THAT(names_, IsEmpty()) << words_;
  EXPECT_FALSE(trace.ops[kInTwo].race.has_value());
  EXPECT_TRUE(trace.ops[kInTwo + 1].race.has_value());
  EXPECT_EQ(trace.ops[kInTwo + 2].outcome.kind, Outcome::Kind::kOk) << words_;
  EXPECT_NE(trace.ops[kInTwo + 3].outcome, trace.ops[kInTwo + 2].outcome) << words_;
}

TEST_F(TaskTest, BothAddressSpacesTakeTheirPagesFromTheSameFrames) {
  const Trace& trace = Run(absl::StrCat(kTwoSpaces, "frames 1\n@1 mut.get u8 0x550000001000\n",
                                        "mut.get u8 0x550000001000\n"));
  EXPECT_THAT(names_, IsEmpty()) << words_;
  EXPECT_EQ(trace.ops[kInTwo + 1].outcome.kind, Outcome::Kind::kOk) << words_;
  EXPECT_EQ(trace.ops[kInTwo + 2].outcome, Outcome::Error(ENOMEM)) << words_;
  EXPECT_EQ(trace.frames_after_reset, 3u) << "the pages of both are given back";
  EXPECT_EQ(Run("space 1\ncopy_in 0x550000000000 1").ops[kFirst + 1].outcome,
            Outcome::Error(EFAULT))
      << "and nothing is left for the next run";
}

// A file that each address space maps twice, and an area that grows: the same addresses in both.
constexpr char kFilesAndStacks[] =
    "@1 space 1\n"
    "map 0x550000010000 0x2000 rw- file:0x1800\n"
    "alias 0x550000020000 0x2000 r-- 0x550000010000\n"
    "@1 map 0x550000020000 0x2000 rw- file:0x1800\n"
    "@1 alias 0x550000010000 0x2000 r-- 0x550000020000\n"
    "map 0x550000040000 0x1000 rw- lazy\n"
    "@1 map 0x550000040000 0x1000 rw- lazy\n"
    "grow 0x550000040000 0x2000\n"
    "@1 grow 0x550000040000 0x4000\n"
    "fill 0x550000010000 \"mine\"\n"
    "@1 fill 0x550000020000 \"theirs\"\n";
constexpr size_t kFilled = kFirst + 11;

TEST_F(TaskTest, EachAddressSpaceHasItsOwnMappingsOfFiles) {
  const Trace& trace = Run(absl::StrCat(
      kFilesAndStacks,
      "const.str 0x550000010000\nconst.str 0x550000020000\n@1 const.str 0x550000010000\n"
      "@1 const.str 0x550000020000\ncopy_out 0x550000010001 1\n@1 copy_out 0x550000010000 1\n"
      "@1 truncate 0x550000010000 0x2\ncopy_in 0x550000021000 8\n@1 copy_in 0x550000021000 8\n"
      "@1 unmap 0x550000020000 0x2000\n@1 copy_in 0x550000010000 8\nspace 1\n"
      "copy_in 0x550000010000 8\n"));
  EXPECT_THAT(names_, IsEmpty()) << words_;
  const auto ok = [&](size_t index, uint64_t length) {
    const Outcome& outcome = trace.ops[kFilled + index].outcome;
    EXPECT_EQ(outcome.kind, Outcome::Kind::kOk) << index << words_;
    EXPECT_EQ(outcome.length, length) << index << words_;
  };
  for (const size_t index : {0, 1}) ok(index, 4);
  for (const size_t index : {2, 3}) ok(index, 6);
  ok(4, 1);
  EXPECT_EQ(trace.ops[kFilled + 5].outcome, Outcome::Error(EFAULT)) << words_;
  ok(7, 8);
  EXPECT_EQ(trace.ops[kFilled + 8].outcome, Outcome::Error(EFAULT)) << words_;
  ok(10, 8);
  EXPECT_EQ(trace.ops[kFilled + 12].outcome, trace.ops[kFilled + 10].outcome) << words_;
}

TEST_F(TaskTest, EachAddressSpaceHasItsOwnGrowth) {
  const Trace& trace = Run(absl::StrCat(
      kFilesAndStacks,
      "user.store 0x55000003f000 1\nuser.store 0x55000003e000 1\n@1 user.store 0x55000003d000 1\n"
      "@1 user.store 0x55000003c000 1\n@2 user.load 0x55000003e000 1\n@2 space 1\n"
      "@2 user.load 0x55000003e000 1\n"));
  EXPECT_THAT(names_, IsEmpty()) << words_;
  for (const size_t index : {0, 2, 6}) {
    EXPECT_EQ(trace.ops[kFilled + index].outcome.kind, Outcome::Kind::kOk) << index << words_;
  }
  for (const size_t index : {1, 3, 4}) {
    EXPECT_EQ(trace.ops[kFilled + index].outcome, Outcome::Error(EFAULT)) << index << words_;
  }
}

TEST_F(TaskTest, AnotherCpuChangesItsOwnMappingsDuringAnAccess) {
  for (const std::string access : kAccesses) {
    const Outcome own = Run(access).ops[kFirst].outcome;
    for (int i = 0; i < kRacePointCount; ++i) {
      const auto point = static_cast<RacePoint>(i);
      if (!IsReached(point, access)) continue;
      const std::string at = absl::StrCat("@1 ", At(point));
      const Trace& trace = Run(absl::StrCat(
          kFilesAndStacks, "race check 1 evict 0x550000001000 0x1000\n", at,
          "alias 0x550000000000 0x2000 rw- 0x550000020000\n", at, "fill 0x550000001000 \"other\"\n",
          at, "grow 0x550000040000 0x8000\n", at, "user.store 0x550000039000 1\n", access,
          "\n@1 const.str 0x550000000000\n@1 user.load 0x550000039000 1\n"
          "user.load 0x550000039000 1\n"));
      EXPECT_THAT(names_, IsEmpty()) << words_;
      EXPECT_EQ(trace.ops[kFilled + 5].outcome, own) << words_;
      EXPECT_EQ(trace.ops[kFilled + 6].outcome.length, 6u) << words_;
      EXPECT_EQ(trace.ops[kFilled + 7].outcome.kind, Outcome::Kind::kOk) << words_;
      EXPECT_EQ(trace.ops[kFilled + 8].outcome, Outcome::Error(EFAULT)) << words_;
    }
  }
}

TEST_F(TaskTest, TheLimitOfAliasPagesIsThatOfBothAddressSpaces) {
  const Trace& trace =
      Run("@1 space 1\nmap 0x550000100000 0x400000 rw- shared\n"
          "@1 map 0x550000100000 0x400000 rw- shared\n"
          "alias 0x550001000000 0x200000 r-- 0x550000100000\n"
          "@1 alias 0x550001000000 0x200000 r-- 0x550000100000\n"
          "alias 0x550002000000 0x1000 r-- 0x550000100000\n"
          "@1 alias 0x550002000000 0x1000 r-- 0x550000100000\nconst.str 0x550000000000");
  EXPECT_THAT(names_, IsEmpty()) << words_;
  for (const size_t index : {3, 4}) {
    EXPECT_EQ(trace.ops[kFirst + index].outcome.kind, Outcome::Kind::kOk) << words_;
  }
  for (const size_t index : {5, 6}) {
    EXPECT_EQ(trace.ops[kFirst + index].outcome, Outcome::Error(ENOMEM)) << words_;
  }
}

const axptr_subject& Right() { return *LinkedSubjects().front(); }
const axptr_machine* g_machine = nullptr;

// Right(), but for how it switches tasks.
axptr_subject Switching(const axptr_switching* switching) {
  axptr_subject subject = Right();
  subject.attach = [](const axptr_machine* machine) {
    g_machine = machine;
    Right().attach(machine);
  };
  subject.switching = switching;
  return subject;
}

using Body = void (*)(void* argument);

struct BrokenSwitch {
  const char* name;
  axptr_switching switching;
  const char* violation;
};

constexpr BrokenSwitch kBrokenSwitches[] = {
    {"the flag stays set",
     {.size_bytes = sizeof(axptr_switching),
      .while_switched_away =
          [](Body body, void* argument) {
            const bool is_set = Right().faults_allowed();
            const auto keep = [&] {
              Right().allow_faults(is_set);
              body(argument);
            };
            Right().switching->while_switched_away(
                [](void* kept) { (*static_cast<decltype(keep)*>(kept))(); },
                const_cast<void*>(static_cast<const void*>(&keep)));
          }},
     "flag.set_outside"},
    {"user memory stays open",
     {.size_bytes = sizeof(axptr_switching),
      .while_switched_away =
          [](Body body, void* argument) {
            const bool is_set = Right().faults_allowed();
            Right().allow_faults(false);
            body(argument);
            Right().allow_faults(is_set);
          }},
     "access.left_open"},
    {"the flag is not put back",
     {.size_bytes = sizeof(axptr_switching),
      .while_switched_away =
          [](Body body, void* argument) {
            Right().switching->while_switched_away(body, argument);
            Right().allow_faults(false);
          }},
     "flag.clear_in_attempt"},
    {"user memory is not opened again",
     {.size_bytes = sizeof(axptr_switching),
      .while_switched_away =
          [](Body body, void* argument) {
            Right().switching->while_switched_away(body, argument);
            if (Right().faults_allowed()) g_machine->user_access->restore(false);
          }},
     "access.closed"},
    {"the flag is set for a task that had it clear",
     {.size_bytes = sizeof(axptr_switching),
      .while_switched_away =
          [](Body body, void* argument) {
            Right().switching->while_switched_away(body, argument);
            Right().allow_faults(true);
          }},
     "flag.set_outside"},
};

TEST_F(TaskTest, ASubjectThatSwitchesWronglyIsFound) {
  for (const BrokenSwitch& broken : kBrokenSwitches) {
    const axptr_subject subject = Switching(&broken.switching);
    runner_->set_subject(subject);
    Run("race fault 1 sleep\nmut.access u8 0x550000001000 4");
    EXPECT_THAT(names_, Contains(broken.violation)) << broken.name << words_;
  }
}

TEST_F(TaskTest, TheMachineSavesTheStateIfTheSubjectDoesNot) {
  constexpr axptr_switching kOpensOnly = {.size_bytes = sizeof(axptr_switching),
                                          .while_switched_away = nullptr};
  const axptr_subject subject = Switching(&kOpensOnly);
  runner_->set_subject(subject);
  for (const std::string access : kAccesses) {
    for (int i = 0; i < kRacePointCount; ++i) {
      const auto point = static_cast<RacePoint>(i);
      if (!IsReached(point, access)) continue;
      const Trace& trace = Run(absl::StrCat("@1 ", At(point), "sleep\n", At(point),
                                            "mut.access u64 0x550000000000\n", access));
      EXPECT_THAT(names_, IsEmpty()) << words_;
      EXPECT_TRUE(trace.ops[kFirst + 1].race.has_value()) << words_;
      EXPECT_FALSE(trace.ops[kFirst + 2].flag) << words_;
    }
  }
}

// The lock is the task's: it is released on another CPU than it was taken on.
TEST_F(TaskTest, ALockThatATaskHoldsMovesWithIt) {
  axptr_subject subject = Switching(Right().switching);
  subject.access_slice = [](uint64_t start, axptr_element element, size_t count, unsigned rights,
                            uint64_t (*body)(void*, uint64_t, size_t), void* argument,
                            uint64_t* value) {
    const int error = Right().access_slice(start, element, count, rights, body, argument, value);
    if (error != 0) return error;
    g_machine->lock();
    *value = body(argument, start, 0);
    g_machine->unlock();
    return 0;
  };
  runner_->set_subject(subject);
  const Trace& trace = Run("@1 race use 2 sleep\nmut.access u8 0x550000001000 4");
  EXPECT_TRUE(trace.ops[kFirst].race.has_value());
  EXPECT_THAT(names_, Not(Contains("lock.not_released"))) << words_;
  EXPECT_THAT(names_, Not(Contains("lock.released_free"))) << words_;
}

}  // namespace
}  // namespace sim
