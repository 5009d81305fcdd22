// Subjects that break one rule for accesses to user memory, judged by runner and oracle. The
// subjects report their accesses themselves, in each build.
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/machine/processor.h"
#include "sim/machine/sanitizer.h"
#include "sim/oracle/oracle.h"
#include "sim/oracle/report.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario_text.h"
#include "sim/subject/subject_access.h"
#include "sim/subject/subjects.h"

// NOLINTBEGIN(bugprone-reserved-identifier): the names are the compiler's.
extern "C" {
void __sanitizer_cov_load1(uint8_t* address);
void __sanitizer_cov_load2(uint16_t* address);
void __sanitizer_cov_load4(uint32_t* address);
void __sanitizer_cov_load8(uint64_t* address);
void __sanitizer_cov_load16(__uint128_t* address);
void __sanitizer_cov_store1(uint8_t* address);
void __sanitizer_cov_store2(uint16_t* address);
void __sanitizer_cov_store4(uint32_t* address);
void __sanitizer_cov_store8(uint64_t* address);
void __sanitizer_cov_store16(__uint128_t* address);
}
// NOLINTEND(bugprone-reserved-identifier)

namespace sim {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

enum class Mistake : uint8_t {
  kNone,
  kNotOpened,
  kFlagClearAtTouch,
  kLockHeldAtTouch,
  kPastTheAttempt,
  kDescending,
  kAttemptTooLong,
  kFlagClearedBeforeClosing,
  kOpenAtQuestion,
  kLeftOpen,
  kFlagLeftSet,
  kErrno,
  kDirection,
  kRounding,
};

const axptr_machine* g_machine = nullptr;
Mistake g_mistake = Mistake::kNone;

const axptr_subject& Inner() { return *LinkedSubjects().front(); }

bool Is(Mistake mistake) { return g_mistake == mistake; }

void Attach(const axptr_machine* machine) {
  g_machine = machine;
  Inner().attach(machine);
}

uint64_t g_unit = 1;  // the size of each load and store

template <typename Unit>
SIM_NO_SANITIZE void MoveUnit(uint64_t to, uint64_t from, uint64_t user,
                              void (*report)(Unit* address)) {
  using Loose [[gnu::may_alias, gnu::aligned(1)]] = Unit;
  report(reinterpret_cast<Unit*>(user));
  *reinterpret_cast<volatile Loose*>(to) = *reinterpret_cast<const volatile Loose*>(from);
}

void MoveOne(uint64_t to, uint64_t from, bool is_store) {
  const uint64_t user = is_store ? to : from;
  switch (g_unit) {
    case 1:
      return MoveUnit(to, from, user, is_store ? __sanitizer_cov_store1 : __sanitizer_cov_load1);
    case 2:
      return MoveUnit(to, from, user, is_store ? __sanitizer_cov_store2 : __sanitizer_cov_load2);
    case 4:
      return MoveUnit(to, from, user, is_store ? __sanitizer_cov_store4 : __sanitizer_cov_load4);
    case 8:
      return MoveUnit(to, from, user, is_store ? __sanitizer_cov_store8 : __sanitizer_cov_load8);
    case 16:
      return MoveUnit(to, from, user, is_store ? __sanitizer_cov_store16 : __sanitizer_cov_load16);
    default:
      FAIL() << g_unit;
  }
}

struct Moving {
  uint64_t user;
  uint64_t kernel;
  uint64_t size;
  bool is_store;
};

void MoveAll(void* argument) {
  const Moving& moving = *static_cast<const Moving*>(argument);
  if (Is(Mistake::kFlagClearAtTouch)) Inner().allow_faults(false);
  if (Is(Mistake::kLockHeldAtTouch)) g_machine->lock();
  for (uint64_t i = 0; i < moving.size; i += g_unit) {
    const uint64_t at = Is(Mistake::kDescending) ? moving.size - g_unit - i : i;
    const uint64_t user = moving.user + at;
    const uint64_t kernel = moving.kernel + at;
    if (moving.is_store) {
      MoveOne(user, kernel, true);
    } else {
      MoveOne(kernel, user, false);
    }
  }
  if (Is(Mistake::kLockHeldAtTouch)) g_machine->unlock();
  if (Is(Mistake::kFlagClearAtTouch)) Inner().allow_faults(true);
}

#if defined(__x86_64__)
constexpr bool kHasDirection = true;
#else
constexpr bool kHasDirection = false;
#endif

void LeaveBehind() {
  if (Is(Mistake::kErrno)) errno = EIO;
#if defined(__x86_64__)
  constexpr uint64_t kTowardsZero = 0x7f80;
  if (Is(Mistake::kDirection)) asm volatile("std" ::: "cc");
#else
  constexpr uint64_t kTowardsZero = 0xc00000;
#endif
  if (Is(Mistake::kRounding)) SetRounding(kTowardsZero);
}

// The attempt that `rights` require. If the mistake is a wrong range, the range is one byte shorter
// or longer than the moved bytes.
void Attempt(Moving& moving, unsigned rights) {
  uint64_t size = moving.size;
  if (Is(Mistake::kPastTheAttempt)) --size;
  if (Is(Mistake::kAttemptTooLong)) --moving.size;
  const bool opens = !Is(Mistake::kNotOpened);
  Inner().allow_faults(true);
  const bool earlier = opens && g_machine->user_access->open();
  static_cast<void>(g_machine->attempt(moving.user, size, rights, MoveAll, &moving));
  if (Is(Mistake::kFlagClearedBeforeClosing)) Inner().allow_faults(false);
  if (opens && !Is(Mistake::kLeftOpen)) g_machine->user_access->restore(earlier);
  if (!Is(Mistake::kFlagLeftSet)) Inner().allow_faults(false);
}

void Move(Moving moving, unsigned rights, axptr_moved* moved) {
  const uint64_t page = moving.user / 4096 * 4096;
  *moved = {0, -EFAULT, moving.user};
  const bool is_open = Is(Mistake::kOpenAtQuestion) && g_machine->user_access->open();
  static_cast<void>(g_machine->lock());
  const bool allowed = g_machine->check(moving.user, moving.size, rights | AXPTR_USER);
  if (allowed) static_cast<void>(g_machine->populate(page, 4096, rights | AXPTR_USER));
  g_machine->unlock();
  if (Is(Mistake::kOpenAtQuestion)) g_machine->user_access->restore(is_open);
  if (!allowed) return;
  const uint64_t size = moving.size;
  Attempt(moving, rights);
  *moved = {size, 0, moving.user + size};
  LeaveBehind();
}

void CopyIn(void* to, uint64_t start, size_t size, axptr_moved* moved) {
  Move({start, reinterpret_cast<uint64_t>(to), size, false}, AXPTR_READ, moved);
}

void CopyOut(uint64_t start, const void* from, size_t size, axptr_moved* moved) {
  Move({start, reinterpret_cast<uint64_t>(from), size, true}, AXPTR_WRITE, moved);
}

using Body = uint64_t (*)(void*, uint64_t, size_t);

// Runs the body of the caller with user access closed.
int AccessSlice(uint64_t start, axptr_element element, size_t count, unsigned rights, Body body,
                void* argument, uint64_t* value) {
  struct Closed {
    Body body;
    void* argument;
  } closed = {body, argument};
  const auto run_closed = [](void* what, uint64_t at, size_t elements) {
    const bool is_open = g_machine->user_access->open();
    g_machine->user_access->restore(false);
    const Closed& inner = *static_cast<const Closed*>(what);
    const uint64_t result = inner.body(inner.argument, at, elements);
    g_machine->user_access->restore(is_open);
    return result;
  };
  if (Is(Mistake::kNone)) {
    return Inner().access_slice(start, element, count, rights, body, argument, value);
  }
  return Inner().access_slice(start, element, count, rights, run_closed, &closed, value);
}

axptr_subject Touching() {
  axptr_subject subject = Inner();
  subject.name = "touching";
  subject.attach = Attach;
  subject.copy_in = CopyIn;
  subject.copy_out = CopyOut;
  subject.access_slice = AccessSlice;
  return subject;
}

class TouchTest : public testing::Test {
 protected:
  TouchTest() : runner_(*Runner::Create()) { runner_->set_subject(subject_); }

  // The names of the violations of a run of `access`, on memory of a page, by loads and stores of
  // `unit` bytes.
  std::vector<std::string> Violations(Mistake mistake, const std::string& access,
                                      uint64_t unit = 1) {
    g_mistake = mistake;
    g_unit = unit;
    const auto scenario = ParseScenario(
        absl::StrCat("machine cpus=2\nmap 0x550000000000 0x1000 rw- eager\n", access, "\n"),
        "test");
    EXPECT_TRUE(scenario.ok()) << scenario.status();
    const Verdict& verdict = oracle_.Judge(*scenario, runner_->Run(*scenario));
    words_ = PrintVerdict(*scenario, verdict);
    std::vector<std::string> names;
    for (const Violation& violation : verdict.violations) names.emplace_back(violation.name());
    return names;
  }

  const axptr_subject subject_ = Touching();
  std::unique_ptr<Runner> runner_;
  Oracle oracle_;
  std::string words_;  // of the last verdict
};

constexpr char kCopyIn[] = "copy_in 0x550000000010 24";
constexpr char kCopyOut[] = "copy_out 0x550000000010 24";

TEST_F(TouchTest, ASubjectThatKeepsTheRulesHasNoFindings) {
  for (const char* access : {kCopyIn, kCopyOut, "const.access u8 0x550000000000 4",
                             "mut.access u8 0x550000000000 4", "mut.access u8 0x550000000000"}) {
    EXPECT_THAT(Violations(Mistake::kNone, access), IsEmpty()) << access << words_;
  }
}

TEST_F(TouchTest, EachMistakeIsFoundByItsNameAtLoadsAndAtStores) {
  struct Row {
    Mistake mistake;
    const char* name;
  };
  for (const Row& row :
       {Row{Mistake::kNotOpened, "access.closed"},
        Row{Mistake::kFlagClearAtTouch, "flag.clear_in_attempt"},
        Row{Mistake::kLockHeldAtTouch, "lock.held_in_attempt"},
        Row{Mistake::kPastTheAttempt, "access.out_of_attempt"},
        Row{Mistake::kDescending, "access.order"}, Row{Mistake::kAttemptTooLong, "check.range"},
        Row{Mistake::kFlagClearedBeforeClosing, "access.left_open"},
        Row{Mistake::kOpenAtQuestion, "access.left_open"},
        Row{Mistake::kLeftOpen, "access.left_open"}, Row{Mistake::kFlagLeftSet, "flag.stuck"},
        Row{Mistake::kErrno, "access.left_behind"}, Row{Mistake::kDirection, "access.left_behind"},
        Row{Mistake::kRounding, "access.left_behind"}}) {
    if (row.mistake == Mistake::kDirection && !kHasDirection) continue;
    for (const char* access : {kCopyIn, kCopyOut}) {
      EXPECT_THAT(Violations(row.mistake, access), Contains(row.name)) << access << words_;
    }
  }
}

TEST_F(TouchTest, OnlyAxptrForbidsALoadOrStoreThatIsNotAlignedToItsSize) {
  for (const Contract* const contract : AllContracts()) {
    oracle_.set_contract(*contract);
    for (const char* verb : {"copy_in", "copy_out"}) {
      for (const uint64_t unit : {1, 2, 4, 8, 16}) {
        for (uint64_t offset = 0; offset < 16; ++offset) {
          const std::string access = absl::StrCat(verb, " ", 0x550000000000 + offset, " 48");
          const bool is_wrong = contract == &kAxptrContract && offset % unit != 0;
          const std::vector<std::string> names = Violations(Mistake::kNone, access, unit);
          if (is_wrong) {
            EXPECT_THAT(names, ElementsAre("access.misaligned")) << access << words_;
          } else {
            EXPECT_THAT(names, IsEmpty()) << contract->name << " " << access << words_;
          }
        }
      }
    }
  }
}

TEST_F(TouchTest, TheReportOfAMisalignedAccessNamesItsAddressAndSize) {
  Violations(Mistake::kNone, "copy_in 0x550000000014 24", 8);
  EXPECT_NE(words_.find("wanted each load and store of user memory aligned to its size, got a load "
                        "of 8 bytes at 0x550000000014"),
            std::string::npos)
      << words_;
}

TEST_F(TouchTest, TheSameForANestedCall) {
  struct Row {
    Mistake mistake;
    const char* name;
  };
  for (const Row& row :
       {Row{Mistake::kNotOpened, "access.closed"},
        Row{Mistake::kPastTheAttempt, "access.out_of_attempt"},
        Row{Mistake::kLeftOpen, "access.left_open"}, Row{Mistake::kFlagLeftSet, "flag.stuck"},
        Row{Mistake::kErrno, "access.left_behind"}}) {
    const std::string raced =
        absl::StrCat("@1 race check 1 ", kCopyIn, "\nconst.get u8 0x550000000000");
    EXPECT_THAT(Violations(Mistake::kNone, raced), IsEmpty()) << words_;
    const std::vector<std::string> found = Violations(row.mistake, raced);
    EXPECT_THAT(found, Contains(row.name)) << words_;
    // The misuse leaves the result of the nested call as it is.
    EXPECT_THAT(found, Not(Contains("access.result"))) << words_;
  }
}

TEST_F(TouchTest, AStateThatACallLeavesDoesNotAffectTheNextCall) {
  for (const Mistake mistake : {Mistake::kErrno, Mistake::kDirection, Mistake::kRounding}) {
    if (mistake == Mistake::kDirection && !kHasDirection) continue;
    EXPECT_THAT(Violations(mistake, kCopyIn), ElementsAre("access.left_behind")) << words_;
    EXPECT_THAT(Violations(Mistake::kNone, kCopyIn), IsEmpty()) << words_;
  }
}

TEST_F(TouchTest, TheCallerInsideAnAccessIsJudgedToo) {
  for (const char* access :
       {"const.access u8 0x550000000000 4", "mut.access u8 0x550000000000 4"}) {
    EXPECT_THAT(Violations(Mistake::kNotOpened, access), ElementsAre("access.closed")) << access;
  }
}

TEST_F(TouchTest, AFaultWithUserAccessClosedIsAKernelBug) {
  // CPU 1 unmaps the page directly after the check, so that the first access faults.
  EXPECT_THAT(
      Violations(Mistake::kNotOpened,
                 absl::StrCat("@1 race check 1 protect 0x550000000000 0x1000 ---\n", kCopyIn)),
      Contains("fault.kernel_bug"))
      << words_;
  EXPECT_NE(words_.find("user access closed"), std::string::npos) << words_;
}

TEST_F(TouchTest, RecordsItsAddressAndTheState) {
  Violations(Mistake::kNotOpened, kCopyIn);
  EXPECT_NE(words_.find("a load of 1 bytes at 0x550000000010: user access closed, flag set, lock "
                        "free, in an attempt"),
            std::string::npos)
      << words_;
}

}  // namespace
}  // namespace sim
