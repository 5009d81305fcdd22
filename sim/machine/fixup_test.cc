// Recovery by an exception table: which faults resume at a fixup, and which must not.
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "axptr/user_access.h"
#include "gtest/gtest.h"
#include "sim/machine/machine.h"
#include "sim/machine/subject_code.h"
#include "sim/machine/subject_flag.h"
#include "sim/machine/testing/pages.h"
#include "sim/machine/user_touch.h"
#include "sim/subject/subject.h"
#include "sim/subject/testing/ex_table.h"

namespace sim {
namespace {

using axptr::MappingFlags;

constexpr uint32_t kNothing = 0xdead;

// The subject's own loads and stores.
bool CanLoad(uint64_t address) {
  uint32_t byte = kNothing;
  return load_user_byte(address, &byte);
}
bool CanStore(uint64_t address) { return store_user_byte(address, 7); }

bool g_flag = false;

// A subject with an exception table; the test is its code.
axptr_subject SubjectWithTable() {
  axptr_subject subject = {};
  subject.abi = AXPTR_SUBJECT_ABI;
  subject.size_bytes = sizeof(subject);
  subject.name = "test";
  subject.attach = [](const axptr_machine*) {};
  subject.find_fixup = ex_table_find_fixup;
  return subject;
}

axptr_subject SubjectWithTableAndFlag() {
  axptr_subject subject = SubjectWithTable();
  subject.faults_allowed = [] { return g_flag; };
  subject.allow_faults = [](bool allowed) { g_flag = allowed; };
  return subject;
}

// Runs an action of another CPU in the fault handler, once, before the handler queries the address
// space.
class InHandler : public Adversary {
 public:
  explicit InHandler(std::function<void()> action) : action_(std::move(action)) {}
  void AfterCheck() override {}
  void BeforeFaultHandling(uint64_t /*address*/) override {
    if (action_) std::exchange(action_, nullptr)();
  }

 private:
  std::function<void()> action_;
};

class FixupTest : public testing::Test {
 protected:
  void SetUp() override {
    auto machine = Machine::Create();
    ASSERT_TRUE(machine.ok()) << machine.status();
    machine_ = *std::move(machine);
    g_flag = false;
    Use(SubjectWithTable());
    Reset();
  }
  void TearDown() override {
    machine_.reset();
    UseFlagOf(nullptr);
    UseCodeOf(nullptr);
  }
  void Use(const axptr_subject& subject) {
    UseFlagOf(&subject);
    UseCodeOf(&subject);
  }
  void Reset() {
    machine_->Reset({.cpus = 2});
    machine_->event_log().BeginOperation();
  }
  AddressSpace& space() { return machine_->address_space(); }

  // Runs `body()` as code of the subject on the current address space. Returns false if the kernel
  // panicked.
  template <typename Body>
  bool Run(Body&& body) {
    space().SettleWindow();
    return machine_->RunKernel([&] { machine_->RunSubject(body); });
  }
  // The bug for which the kernel panics in `body()`; kNone: no panic.
  template <typename Body>
  KernelBug BugOf(Body&& body) {
    return Run(body) ? KernelBug::kNone : machine_->event_log().events().back().bug;
  }
  // The only event in the log. The test fails if there is not exactly one.
  Event OnlyEvent() {
    const EventBuffer& events = machine_->event_log().events();
    EXPECT_EQ(events.size(), 1u);
    return events.empty() ? Event() : events.back();
  }
  // Expects that the load or store of one byte at `address` resumes at its fixup.
  void ExpectFixup(uint64_t address, bool write) {
    bool is_possible = true;
    EXPECT_TRUE(Run([&] { is_possible = write ? CanStore(address) : CanLoad(address); }));
    EXPECT_FALSE(is_possible);
    const Event event = OnlyEvent();
    EXPECT_EQ(event.kind, EventKind::kFault);
    EXPECT_EQ(event.disposition, FaultDisposition::kFixup);
    EXPECT_EQ(event.address, address);
    EXPECT_EQ(event.access, (write ? MappingFlags::WRITE : MappingFlags::READ).bits());
    EXPECT_TRUE(event.has_fixup);
    EXPECT_FALSE(event.ok);
    Reset();
  }

  std::unique_ptr<Machine> machine_;
};

TEST_F(FixupTest, UnresolvedFaultResumesAtTheFixup) {
  for (const bool write : {false, true}) {
    ExpectFixup(kBase + 17, write);  // not mapped
    ASSERT_TRUE(space().Map(kBase, kPage, MappingFlags::USER, Backing::kEager));
    ExpectFixup(kBase, write);  // no access
    ASSERT_TRUE(
        space().Map(kBase, kPage, MappingFlags::READ | MappingFlags::WRITE, Backing::kLazy));
    ExpectFixup(kBase, write);  // the kernel's
    ASSERT_TRUE(space().MapFile(kBase, 2 * kPage, kRW, /*file_bytes=*/1));
    ExpectFixup(kBase + kPage, write);  // after the end of a file: SIGBUS
    ASSERT_TRUE(space().Map(kBase, kPage, kRW, Backing::kLazy));
    machine_->frames().SetFree(0);
    ExpectFixup(kBase, write);
  }
  ASSERT_TRUE(space().Map(kBase, kPage, kR, Backing::kEager));
  ExpectFixup(kBase, /*write=*/true);
}

TEST_F(FixupTest, FaultThatCanBeResolvedIsRetriedAndDoesNotGoToTheFixup) {
  ASSERT_TRUE(space().Map(kBase, kPage, kRW, Backing::kLazy));
  EXPECT_TRUE(Run([] { EXPECT_TRUE(CanLoad(kBase)); }));
  EXPECT_EQ(OnlyEvent().disposition, FaultDisposition::kResolved);
  EXPECT_TRUE(space().IsPopulated(kBase));
  Reset();
  ASSERT_TRUE(space().Map(kBase, kPage, kRW, Backing::kCow));
  EXPECT_TRUE(Run([] { EXPECT_TRUE(CanLoad(kBase)); }));
  EXPECT_TRUE(machine_->event_log().events().empty()) << "reading does not fault";
  EXPECT_TRUE(Run([] { EXPECT_TRUE(CanStore(kBase)); }));
  EXPECT_EQ(OnlyEvent().disposition, FaultDisposition::kResolved);
  EXPECT_EQ(space().shared_pages(), 0u);
  uint32_t byte = 0;
  EXPECT_TRUE(Run([&] { EXPECT_TRUE(load_user_byte(kBase, &byte)); }));
  EXPECT_EQ(byte, 7u);
}

TEST_F(FixupTest, FaultOfAnInstructionWithoutFixupIsAKernelBug) {
  EXPECT_EQ(BugOf([] { TouchByte(kBase, false); }), KernelBug::kNoFixup);
  ASSERT_TRUE(space().Map(kBase, kPage, kR, Backing::kLazy));
  EXPECT_EQ(BugOf([] { TouchByte(kBase, false); }), KernelBug::kNoFixup);
  EXPECT_EQ(space().populated_pages(), 0u) << "it was resolved all the same";
}

TEST_F(FixupTest, WithoutASubjectNoFixupIsLookedUp) {
  UseCodeOf(nullptr);
  EXPECT_EQ(BugOf([] { CanLoad(kBase); }), KernelBug::kFlagClear);
  axptr_subject without_table = SubjectWithTable();
  without_table.find_fixup = nullptr;
  Use(without_table);
  EXPECT_EQ(BugOf([] { CanLoad(kBase); }), KernelBug::kFlagClear);
}

// Data: not in an executable segment of this program.
int g_data = 0;

// The address of code in another object. RTLD_DEFAULT would not do: a sanitizer defines functions
// of these names in the program.
uintptr_t CodeOfLibc() {
  void* const libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
  return libc == nullptr ? 0 : reinterpret_cast<uintptr_t>(dlsym(libc, "wait4"));
}

TEST_F(FixupTest, FixupOutsideTheSubjectIsReportedAndNotJumpedTo) {
  axptr_subject subject = SubjectWithTable();
  subject.find_fixup = [](uintptr_t) { return reinterpret_cast<uintptr_t>(&g_data); };
  Use(subject);
  EXPECT_EQ(BugOf([] { CanLoad(kBase); }), KernelBug::kFixupElsewhere);
  static const uintptr_t kLibc = CodeOfLibc();
  ASSERT_NE(kLibc, 0u);
  subject.find_fixup = [](uintptr_t) { return kLibc; };
  Use(subject);
  EXPECT_EQ(BugOf([] { CanLoad(kBase); }), KernelBug::kFixupElsewhere);
  // The fixup of a resolved fault is unchecked.
  ASSERT_TRUE(space().Map(kBase, kPage, kR, Backing::kLazy));
  EXPECT_TRUE(Run([] { EXPECT_TRUE(CanLoad(kBase)); }));
}

TEST_F(FixupTest, FaultOutsideUserMemoryIsAKernelBugAlsoWithAFixup) {
  EXPECT_EQ(BugOf([] { CanLoad(16); }), KernelBug::kOutOfRange);
  EXPECT_EQ(BugOf([] { CanLoad(uint64_t{1} << 63); }), KernelBug::kOutOfRange);
  EXPECT_FALSE(machine_->event_log().events().back().address_known);
}

TEST_F(FixupTest, FaultUnderTheHeldLockIsAKernelBugAlsoWithAFixup) {
  ASSERT_TRUE(space().Map(kBase, kPage, kR, Backing::kLazy));
  EXPECT_EQ(BugOf([] {
              EXPECT_EQ(Machine::services().lock(), 0);
              CanLoad(kBase);
            }),
            KernelBug::kLockHeld);
}

TEST_F(FixupTest, TheFlagDecidesIfTheSubjectHasOne) {
  Use(SubjectWithTableAndFlag());
  EXPECT_EQ(BugOf([] { CanLoad(kBase); }), KernelBug::kFlagClear);
  Reset();
  EXPECT_TRUE(Run([] {
    g_flag = true;
    EXPECT_FALSE(CanLoad(kBase));
    EXPECT_TRUE(g_flag) << "the handler runs with the flag clear, and puts it back";
    g_flag = false;
  }));
  EXPECT_EQ(OnlyEvent().disposition, FaultDisposition::kFixup);
  EXPECT_TRUE(OnlyEvent().flag);
  EXPECT_EQ(BugOf([] {
              g_flag = true;
              TouchByte(kBase, false);
            }),
            KernelBug::kNoWayBack);
}

TEST_F(FixupTest, FixupIsInsideTheRunningAttempt) {
  Use(SubjectWithTableAndFlag());
  bool came_back = false;
  bool is_whole = false;
  EXPECT_TRUE(Run([&] {
    g_flag = true;
    auto body = [](void* argument) {
      EXPECT_FALSE(CanLoad(kBase));
      EXPECT_FALSE(CanLoad(kBase + kPage)) << "in the range of no attempt";
      *static_cast<bool*>(argument) = true;
      TouchByte(kBase, false);
    };
    is_whole = Machine::services().attempt(kBase, kPage, AXPTR_READ, body, &came_back);
    g_flag = false;
  }));
  EXPECT_TRUE(came_back);
  EXPECT_FALSE(is_whole) << "the instruction without a fixup abandons the attempt";
}

TEST_F(FixupTest, FixupThatFaultsEndlesslyEnds) {
  class LastEvent : public EventWatcher {
   public:
    void OnEvent(const Event& event) override { last = event; }
    Event last;
  } watcher;
  axptr_subject subject = SubjectWithTable();
  subject.find_fixup = [](uintptr_t pc) { return pc; };
  Use(subject);
  machine_->event_log().set_watcher(&watcher);
  machine_->event_log().set_max_events(16);
  machine_->event_log().BeginOperation();
  EXPECT_FALSE(Run([] { CanLoad(kBase); }));
  machine_->event_log().set_watcher(nullptr);
  EXPECT_EQ(watcher.last.bug, KernelBug::kRetriedTooOften);
}

TEST_F(FixupTest, MemoryThatARaceUnmapsInTheHandlerGoesToTheFixup) {
  ASSERT_TRUE(space().Map(kBase, kPage, kR, Backing::kLazy));
  InHandler unmaps([&] { EXPECT_TRUE(space().Unmap(kBase, kPage)); });
  machine_->set_adversary(&unmaps);
  ExpectFixup(kBase, /*write=*/false);
  InHandler maps([&] { EXPECT_TRUE(space().Map(kBase, kPage, kR, Backing::kLazy)); });
  machine_->set_adversary(&maps);
  EXPECT_TRUE(Run([] { EXPECT_TRUE(CanLoad(kBase)); }));
}

// The handler fails to take the lock, and so never queries the address space after the change by
// the other CPU.
TEST_F(FixupTest, MemoryThatARaceUnmapsIsInaccessibleAfterTheFixup) {
  ASSERT_TRUE(space().Map(kBase, kPage, kR, Backing::kEager));
  InHandler unmaps([&] {
    EXPECT_TRUE(space().Unmap(kBase, kPage));
    machine_->injector().Arm(Injector::Point::kLock, 1);
  });
  machine_->set_adversary(&unmaps);
  EXPECT_TRUE(Run([] {
    EXPECT_TRUE(CanLoad(kBase));
    EXPECT_FALSE(CanLoad(kBase + kPage));
    EXPECT_FALSE(CanLoad(kBase));
  }));
}

TEST_F(FixupTest, AnotherCpuHasFixupsInTheHandlerOfTheFirst) {
  InHandler accesses([&] {
    machine_->RunOnOtherCpu(1, [&] {
      machine_->RunSubject([] {
        EXPECT_FALSE(CanLoad(kBase + kPage));
        EXPECT_FALSE(CanStore(kBase + kPage));
      });
    });
  });
  machine_->set_adversary(&accesses);
  bool is_possible = true;
  EXPECT_TRUE(Run([&] { is_possible = CanLoad(kBase); }));
  EXPECT_FALSE(is_possible);
  EXPECT_EQ(OnlyEvent().address, kBase);
}

TEST_F(FixupTest, FlagMovesWithTheTaskThatResumesOnAnotherCpu) {
  Use(SubjectWithTableAndFlag());
  InHandler sleeps([&] { machine_->SwitchTo(1); });
  machine_->set_adversary(&sleeps);
  EXPECT_TRUE(Run([] {
    g_flag = true;
    EXPECT_FALSE(CanLoad(kBase));
    EXPECT_TRUE(g_flag);
    g_flag = false;
  }));
  machine_->SwitchTo(0);
  EXPECT_FALSE(g_flag) << "the flag was left on the CPU where it slept";
}

TEST_F(FixupTest, FaultOfTheSearchItselfIsAKernelBug) {
  axptr_subject subject = SubjectWithTable();
  subject.find_fixup = [](uintptr_t pc) {
    TouchByte(16, false);
    return pc;
  };
  for (const bool has_flag : {false, true}) {
    if (has_flag) {
      subject.faults_allowed = SubjectWithTableAndFlag().faults_allowed;
      subject.allow_faults = SubjectWithTableAndFlag().allow_faults;
    }
    Use(subject);
    EXPECT_EQ(BugOf([&] {
                g_flag = has_flag;
                CanLoad(kBase);
              }),
              has_flag ? KernelBug::kFlagClear : KernelBug::kNoFixup);
    EXPECT_EQ(machine_->event_log().events().back().address, 16u);
    Reset();
  }
  Use(SubjectWithTable());
  ExpectFixup(kBase, /*write=*/false);
}

TEST_F(FixupTest, UseOfLentMemoryHasNoFixup) {
  // The touch is made by code of the simulator, which in this test is in the same program as the
  // subject.
  EXPECT_FALSE(machine_->RunKernel([&] { machine_->TouchAsKernel(kBase, false); }));
  EXPECT_EQ(machine_->event_log().events().back().bug, KernelBug::kFlagClear);
}

TEST_F(FixupTest, ErrnoAndSignalMaskAreTheSameAfterManyFixups) {
  sigset_t before;
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  ASSERT_TRUE(space().MapFile(kBase + kPage, kPage, kR, /*file_bytes=*/0));
  for (uint64_t i = 0; i < 20'000; ++i) {
    machine_->event_log().Clear();
    ASSERT_TRUE(Run([&] {
      errno = 4711;
      ASSERT_FALSE(CanLoad(kBase + i % (2 * kPage)));  // both signals
      ASSERT_EQ(errno, 4711);
    }));
  }
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  for (int signal = 1; signal < 64; ++signal) {
    EXPECT_EQ(sigismember(&before, signal), sigismember(&after, signal)) << signal;
  }
}

// A whole subject in C, linked in: its exception table is part of the program's section.
TEST_F(FixupTest, SubjectThatIsLinkedInCopiesAndResumes) {
  const axptr_subject& linked = *axptr_subject_entry();
  ASSERT_STREQ(linked.name, "linked");
  Use(linked);
  linked.attach(&Machine::services());
  ASSERT_TRUE(space().Map(kBase, 2 * kPage, kRW, Backing::kLazy));
  constexpr uint64_t kLength = 13;
  const uint64_t start = kBase + kPage - kLength;
  EXPECT_TRUE(Run([&] {
    for (uint64_t i = 0; i < kLength; ++i) EXPECT_TRUE(CanStore(start + i));
  }));
  char text[64];
  axptr_lent lent = {};
  EXPECT_TRUE(Run([&] { EXPECT_EQ(linked.copy_text(text, sizeof(text), start, &lent), 0); }));
  EXPECT_EQ(std::string(text, lent.count), std::string(kLength, '\7'));
  ASSERT_TRUE(space().Unmap(kBase + kPage, kPage));
  ASSERT_TRUE(space().Map(kBase + kPage, kPage, kR, Backing::kLazy));
  InHandler unmaps([&] { EXPECT_TRUE(space().Unmap(kBase + kPage, kPage)); });
  machine_->set_adversary(&unmaps);
  memset(text, 0, sizeof(text));
  EXPECT_TRUE(Run([&] { EXPECT_EQ(linked.copy_text(text, sizeof(text), start, &lent), -EFAULT); }));
  EXPECT_EQ(std::string(text), std::string(kLength, '\7')) << "what was there before the fault";
}

TEST(SubjectCode, IsTheObjectOfTheExceptionTable) {
  const axptr_subject subject = SubjectWithTable();
  UseCodeOf(&subject);
  EXPECT_TRUE(IsSubjectCode(reinterpret_cast<uintptr_t>(&CanLoad)));
  EXPECT_TRUE(FixupsReplaceFlag());
  ASSERT_NE(CodeOfLibc(), 0u);
  EXPECT_FALSE(IsSubjectCode(CodeOfLibc()));
  EXPECT_FALSE(IsSubjectCode(reinterpret_cast<uintptr_t>(&g_data)));
  EXPECT_FALSE(IsSubjectCode(0));
  const axptr_subject with_flag = SubjectWithTableAndFlag();
  UseCodeOf(&with_flag);
  EXPECT_TRUE(IsSubjectCode(reinterpret_cast<uintptr_t>(&CanLoad)));
  EXPECT_FALSE(FixupsReplaceFlag());
  UseCodeOf(nullptr);
  EXPECT_FALSE(IsSubjectCode(reinterpret_cast<uintptr_t>(&CanLoad)));
  EXPECT_FALSE(FixupsReplaceFlag());
}

}  // namespace
}  // namespace sim
