// Which faults are handled, and which are not: cases 76 to 89 and 91 of sim/oracle/matrix_test.cc.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "axptr/check_region.h"
#include "axptr/user_access.h"
#include "axptr/user_ptr.h"
#include "gtest/gtest.h"
#include "sim/machine/machine.h"
#include "sim/machine/testing/dies_of.h"
#include "sim/machine/testing/pages.h"
#include "sim/machine/user_touch.h"

namespace sim {
namespace {

using axptr::MappingFlags;
using axptr::VirtAddr;

constexpr MappingFlags kRead = MappingFlags::READ;

// Whether an attempt over [start, start + size) that touches `address` completes.
bool AttemptTouch(uint64_t start, uint64_t size, uint64_t address, bool write = false) {
  return axptr::attempt_user_access(Range(start, size), kRead, [&] { TouchByte(address, write); })
      .has_value();
}

class FaultHandlingTest : public testing::Test {
 protected:
  void SetUp() override {
    auto machine = Machine::Create();
    ASSERT_TRUE(machine.ok()) << machine.status();
    machine_ = *std::move(machine);
    machine_->Reset({.cpus = 2});
    machine_->event_log().BeginOperation();
  }
  AddressSpace& space() { return machine_->address_space(); }
  const Event& last_event() { return machine_->event_log().events().back(); }
  // The last event, not counting the end of the attempt.
  const Event& last_fault() {
    const auto& events = machine_->event_log().events();
    size_t i = events.size();
    while (events[i - 1].kind != EventKind::kFault) --i;
    return events[i - 1];
  }

  std::unique_ptr<Machine> machine_;
};

TEST_F(FaultHandlingTest, UnresolvedFaultEndsTheAttemptAndRestoresTheFlag) {
  EXPECT_FALSE(AttemptTouch(kBase, kPage, kBase));
  EXPECT_FALSE(axptr::is_accessing_user_memory());
  EXPECT_EQ(last_fault().disposition, FaultDisposition::kEfault);
  EXPECT_EQ(last_fault().address, kBase);
  EXPECT_TRUE(last_fault().flag);
}

TEST_F(FaultHandlingTest, AttemptOnPresentMemorySucceedsAndRestoresTheFlag) {
  ASSERT_TRUE(space().Map(kBase, kPage, kRW, Backing::kEager));
  EXPECT_TRUE(AttemptTouch(kBase, kPage, kBase + 17, /*write=*/true));
  EXPECT_FALSE(axptr::is_accessing_user_memory());
}

TEST_F(FaultHandlingTest, WriteToReadOnlyMemoryIsRefused) {
  ASSERT_TRUE(space().Map(kBase, kPage, kR, Backing::kEager));
  EXPECT_TRUE(AttemptTouch(kBase, kPage, kBase));
  EXPECT_FALSE(AttemptTouch(kBase, kPage, kBase, /*write=*/true));
  EXPECT_EQ(last_fault().access, MappingFlags::WRITE.bits());
}

TEST_F(FaultHandlingTest, LazyPageIsPopulatedByTheHandlerAndTheAccessRetried) {
  ASSERT_TRUE(space().Map(kBase, 2 * kPage, kRW, Backing::kLazy));
  EXPECT_TRUE(AttemptTouch(kBase, 2 * kPage, kBase + kPage, /*write=*/true));
  EXPECT_FALSE(space().IsPopulated(kBase));
  EXPECT_TRUE(space().IsPopulated(kBase + kPage));
  EXPECT_EQ(last_fault().disposition, FaultDisposition::kResolved);
}

TEST_F(FaultHandlingTest, SharedPageIsCopiedByTheHandlerOnTheFirstWrite) {
  ASSERT_TRUE(space().Map(kBase, kPage, kRW, Backing::kCow));
  EXPECT_TRUE(AttemptTouch(kBase, kPage, kBase));
  EXPECT_EQ(machine_->event_log().events().size(), 2u) << "reading does not fault";
  EXPECT_TRUE(AttemptTouch(kBase, kPage, kBase, /*write=*/true));
  EXPECT_EQ(last_fault().disposition, FaultDisposition::kResolved);
  EXPECT_EQ(space().shared_pages(), 0u);
}

TEST_F(FaultHandlingTest, LazyPageWithoutAFrameIsRefused) {
  ASSERT_TRUE(space().Map(kBase, kPage, kRW, Backing::kLazy));
  machine_->frames().SetFree(0);
  EXPECT_FALSE(AttemptTouch(kBase, kPage, kBase));
}

// The handler resolves each fault, and each time the other CPU unmaps the page again.
TEST_F(FaultHandlingTest, EndlesslyRepeatedFaultEndsAfterABoundedNumberOfTries) {
  class Spoiler : public Adversary {
   public:
    explicit Spoiler(AddressSpace* space) : space_(space) {}
    void AfterCheck() override {}
    void BeforeFaultHandling(uint64_t) override {
      ++faults;
      ASSERT_TRUE(space_->Unmap(kBase, 2 * kPage));
      ASSERT_TRUE(space_->Map(kBase, 2 * kPage, kR, Backing::kLazy));
    }
    int faults = 0;

   private:
    AddressSpace* space_;
  };
  ASSERT_TRUE(space().Map(kBase, 2 * kPage, kR, Backing::kLazy));
  Spoiler spoiler(&space());
  machine_->set_adversary(&spoiler);
  const bool survived = machine_->RunKernel([&] {
    // Alternates between two pages, so that each load finds its page unmapped.
    static_cast<void>(axptr::attempt_user_access(Range(kBase, 2 * kPage), kRead, [&] {
      for (uint64_t i = 0;; ++i) TouchByte(kBase + i % 2 * kPage, false);
    }));
  });
  EXPECT_FALSE(survived);
  EXPECT_EQ(last_event().bug, KernelBug::kRetriedTooOften);
  EXPECT_LT(spoiler.faults, 1000);
}

TEST_F(FaultHandlingTest, AbandonedInnerAttemptLeavesTheOuterOneArmed) {
  ASSERT_TRUE(space().Map(kBase, kPage, kR, Backing::kEager));
  bool inner = true;
  bool flag_between = false;
  const bool outer = axptr::attempt_user_access(Range(kBase, 2 * kPage), kRead, [&] {
                       TouchByte(kBase, false);
                       inner = AttemptTouch(kBase + kPage, kPage, kBase + kPage);
                       flag_between = axptr::is_accessing_user_memory();
                       TouchByte(kBase + kPage, false);
                     }).has_value();
  EXPECT_FALSE(inner);
  EXPECT_TRUE(flag_between);
  EXPECT_FALSE(outer);
  EXPECT_FALSE(axptr::is_accessing_user_memory());
}

// Nested attempts: the memory of the outer attempt is unmapped while the body of the inner attempt
// runs.
TEST_F(FaultHandlingTest, FaultInTheOuterRangeAbandonsTheOuterAttemptAndThoseInside) {
  ASSERT_TRUE(space().Map(kBase, 3 * kPage, kR, Backing::kEager));
  bool inner_came_back = false;
  bool outer = true;
  EXPECT_TRUE(machine_->RunKernel([&] {
    axptr::access_user_memory([&] {
      outer =
          axptr::attempt_user_access(Range(kBase, kPage), kRead, [&] {
            static_cast<void>(axptr::attempt_user_access(Range(kBase + kPage, kPage), kRead, [&] {
              static_cast<void>(space().Unmap(kBase, kPage));
              space().SettleWindow();
              TouchByte(kBase + kPage, false);
              TouchByte(kBase + 17, false);
            }));
            inner_came_back = true;
          }).has_value();
      EXPECT_TRUE(axptr::is_accessing_user_memory()) << "as when the outer attempt began";
    });
  }));
  EXPECT_FALSE(outer);
  EXPECT_FALSE(inner_came_back);
  EXPECT_FALSE(axptr::is_accessing_user_memory());
  std::vector<uint64_t> ended;
  for (const Event& event : machine_->event_log().events()) {
    if (event.kind == EventKind::kAttemptEnded && !event.ok) ended.push_back(event.address);
  }
  EXPECT_EQ(ended, (std::vector<uint64_t>{kBase + kPage, kBase})) << "from the inside out";
  EXPECT_TRUE(AttemptTouch(kBase + kPage, kPage, kBase + kPage));
  EXPECT_FALSE(AttemptTouch(kBase, kPage, kBase));
}

TEST_F(FaultHandlingTest, FaultResolvedInTheOuterRangeContinuesInTheInnerAttempt) {
  ASSERT_TRUE(space().Map(kBase, kPage, kR, Backing::kLazy));
  ASSERT_TRUE(space().Map(kBase + kPage, kPage, kR, Backing::kEager));
  bool inner = false;
  EXPECT_TRUE(axptr::attempt_user_access(Range(kBase, kPage), kRead, [&] {
                inner = AttemptTouch(kBase + kPage, kPage, kBase);
              }).has_value());
  EXPECT_TRUE(inner);
  EXPECT_TRUE(space().IsPopulated(kBase));
}

// Runs an action of another CPU in the fault handler, once, before the handler queries the address
// space.
class InHandler : public Adversary {
 public:
  explicit InHandler(std::function<void()> action) : action_(std::move(action)) {}
  void AfterCheck() override {}
  void BeforeFaultHandling(uint64_t) override {
    if (action_) std::exchange(action_, nullptr)();
  }

 private:
  std::function<void()> action_;
};

// The fault handler sleeps, and the task resumes on another CPU.
TEST_F(FaultHandlingTest, FlagOfATaskThatSleepsInTheHandlerMovesToItsNextCpu) {
  ASSERT_TRUE(space().Map(kBase, 2 * kPage, kR, Backing::kLazy));
  bool flag_in_handler = true;
  bool flag_afterwards = false;
  InHandler sleeps([&] {
    flag_in_handler = axptr::is_accessing_user_memory();
    machine_->SwitchTo(1);
  });
  machine_->set_adversary(&sleeps);
  EXPECT_TRUE(machine_->RunKernel([&] {
    EXPECT_TRUE(axptr::attempt_user_access(Range(kBase, 2 * kPage), kRead, [&] {
                  TouchByte(kBase, false);
                  flag_afterwards = axptr::is_accessing_user_memory();
                  TouchByte(kBase + kPage, false);
                }).has_value());
  }));
  EXPECT_FALSE(flag_in_handler) << "what runs meanwhile is not accessing user memory";
  EXPECT_EQ(machine_->current_cpu(), 1);
  EXPECT_TRUE(flag_afterwards) << "the flag stayed behind";
  EXPECT_FALSE(axptr::is_accessing_user_memory());
  machine_->SwitchTo(0);
  EXPECT_FALSE(axptr::is_accessing_user_memory()) << "the flag was left on the CPU where it slept";
}

TEST_F(FaultHandlingTest, AttemptThatIsAbandonedOnAnotherCpuLeavesBothFlagsClear) {
  InHandler sleeps([&] { machine_->SwitchTo(1); });
  machine_->set_adversary(&sleeps);
  EXPECT_TRUE(machine_->RunKernel([&] { EXPECT_FALSE(AttemptTouch(kBase, kPage, kBase)); }));
  EXPECT_EQ(machine_->current_cpu(), 1);
  EXPECT_FALSE(axptr::is_accessing_user_memory());
  machine_->SwitchTo(0);
  EXPECT_FALSE(axptr::is_accessing_user_memory());
}

TEST_F(FaultHandlingTest, KernelMappingThatAppearsAtAUserAddressResolvesNothing) {
  for (const Backing backing : {Backing::kEager, Backing::kLazy}) {
    machine_->Reset({});
    machine_->event_log().BeginOperation();
    ASSERT_TRUE(space().Map(kBase, kPage, kR, Backing::kLazy));
    InHandler remaps([&] {
      ASSERT_TRUE(space().Unmap(kBase, kPage));
      ASSERT_TRUE(space().Map(kBase, kPage, kRead | MappingFlags::WRITE, backing));
    });
    machine_->set_adversary(&remaps);
    EXPECT_TRUE(machine_->RunKernel([&] { EXPECT_FALSE(AttemptTouch(kBase, kPage, kBase)); }));
    EXPECT_EQ(last_fault().disposition, FaultDisposition::kEfault);
    EXPECT_EQ(space().IsPopulated(kBase), backing == Backing::kEager) << "by the handler";
    machine_->set_adversary(nullptr);
  }
}

// The processor refuses a page that is present and permitted, and the fault reports no reason: the
// handler cannot resolve it.
TEST_F(FaultHandlingTest, FaultOnAPresentAndPermittedPageIsNotRetriedForEver) {
  ASSERT_TRUE(space().Map(kBase, kPage, kRW, Backing::kEager));
  ASSERT_TRUE(AttemptTouch(kBase, kPage, kBase));
  void* const page = reinterpret_cast<void*>(kBase);
  EXPECT_FALSE(machine_->RunKernel([&] {
    static_cast<void>(axptr::attempt_user_access(Range(kBase, kPage), kRead, [&] {
      if (mprotect(page, kPage, PROT_NONE) == 0) TouchByte(kBase, false);
    }));
  }));
  ASSERT_EQ(mprotect(page, kPage, PROT_READ | PROT_WRITE), 0);
  EXPECT_EQ(last_event().bug, KernelBug::kRetriedTooOften);
}

// Simulates the fault of a thread that has closed user memory by a protection key. Not every
// processor has protection keys; therefore the test sends the signal itself.
void RaiseAccessClosed(uint64_t address) {
  siginfo_t info = {};
  info.si_signo = SIGSEGV;
  info.si_code = 4;  // SEGV_PKUERR
  info.si_addr = reinterpret_cast<void*>(address);
  syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), SIGSEGV, &info);
}

TEST_F(FaultHandlingTest, FaultBecauseUserAccessIsClosedIsAKernelBugAtOnce) {
  ASSERT_TRUE(space().Map(kBase, kPage, kRW, Backing::kEager));
  EXPECT_FALSE(machine_->RunKernel([&] {
    static_cast<void>(axptr::attempt_user_access(Range(kBase, kPage), kRead, [&] {
      TouchByte(kBase, false);
      RaiseAccessClosed(kBase);
    }));
  }));
  EXPECT_EQ(last_event().bug, KernelBug::kAccessClosed);
  uint64_t faults = 0;
  for (const Event& event : machine_->event_log().events()) {
    faults += event.kind == EventKind::kFault ? 1 : 0;
  }
  EXPECT_EQ(faults, 1u) << "it was retried";
}

TEST_F(FaultHandlingTest, HundredThousandFaultsInARow) {
  for (int i = 0; i < 100'000; ++i) {
    machine_->event_log().Clear();
    machine_->event_log().BeginOperation();
    ASSERT_FALSE(AttemptTouch(kBase, kPage, kBase + static_cast<uint64_t>(i) % kPage));
    ASSERT_FALSE(axptr::is_accessing_user_memory());
  }
}

TEST_F(FaultHandlingTest, FourThreadsTwentyThousandFaultsEach) {
  ASSERT_TRUE(space().Map(kBase, kPage, kR, Backing::kEager));
  std::atomic<int> refused = 0;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (uint64_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      const Machine::HostThread host_thread(machine_.get());
      for (uint64_t i = 0; i < 20'000; ++i) {
        refused += !AttemptTouch(kBase, 8 * kPage, kBase + (1 + thread) * kPage + i % kPage);
        wrong += axptr::is_accessing_user_memory();
        if (i % 64 == 0) wrong += !AttemptTouch(kBase, kPage, kBase);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(refused, 80'000);
  EXPECT_EQ(wrong, 0);
}

TEST_F(FaultHandlingTest, ErrnoAndSignalMaskAreTheSameAfterAFault) {
  sigset_t before;
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  errno = 4711;
  EXPECT_FALSE(AttemptTouch(kBase, kPage, kBase));
  EXPECT_EQ(errno, 4711);
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  for (int signal = 1; signal < 64; ++signal) {
    EXPECT_EQ(sigismember(&before, signal), sigismember(&after, signal)) << signal;
  }
}

// ThreadSanitizer blocks all signals inside a handler: recovery from either kind of fault has to
// unblock both signals, or the next fault kills the process.
TEST_F(FaultHandlingTest, FaultsOfBothKindsAlternate) {
  ASSERT_TRUE(space().MapFile(kBase, kPage, kR, /*file_bytes=*/0));
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(AttemptTouch(kBase, kPage, kBase));  // SIGBUS
    EXPECT_TRUE(last_fault().bus_error);
    EXPECT_FALSE(AttemptTouch(kBase + kPage, kPage, kBase + kPage));  // SIGSEGV
    EXPECT_FALSE(last_fault().bus_error);
  }
}

TEST_F(FaultHandlingTest, LocalsOfTheAbandonedFunctionLeaveNoPoison) {
  for (int i = 0; i < 1000; ++i) {
    static_cast<void>(axptr::attempt_user_access(Range(kBase, kPage), kRead, [&] {
      volatile char inside[256];
      inside[0] = 1;
      TouchByte(kBase + static_cast<uint64_t>(inside[0]), false);
    }));
    volatile char again[512];
    for (volatile char& byte : again) byte = 1;
    ASSERT_EQ(again[511], 1);
  }
}

TEST_F(FaultHandlingTest, KernelPanicsReturnOnlyInsideRunKernel) {
  EXPECT_FALSE(machine_->RunKernel([&] { machine_->TouchAsKernel(kBase, false); }));
  EXPECT_EQ(last_event().bug, KernelBug::kFlagClear);
  EXPECT_TRUE(machine_->RunKernel([] {}));
}

TEST_F(FaultHandlingTest, FaultOutsideTheAttemptsRangeIsAKernelBug) {
  EXPECT_FALSE(machine_->RunKernel([&] { AttemptTouch(kBase, kPage, kBase + kPage); }));
  EXPECT_EQ(last_event().bug, KernelBug::kOutOfRange);
  machine_->Reset({});
  machine_->event_log().BeginOperation();
  EXPECT_FALSE(machine_->RunKernel([&] { AttemptTouch(kBase + kPage, kPage, kBase + kPage - 1); }));
  EXPECT_EQ(last_event().bug, KernelBug::kOutOfRange);
}

TEST_F(FaultHandlingTest, AttemptOutsideTheWindowIsStoppedBeforeItTouchesTheSimulator) {
  int own = 0;
  EXPECT_FALSE(machine_->RunKernel([&] {
    AttemptTouch(reinterpret_cast<uint64_t>(&own), 4, reinterpret_cast<uint64_t>(&own));
  }));
  EXPECT_EQ(last_event().bug, KernelBug::kOutOfRange);
}

// Rule c of axptr/platform.h: the handler checks the range of the attempt before the address space.
TEST_F(FaultHandlingTest, FaultOutsideTheRangeIsNotResolvedEvenIfResolvable) {
  ASSERT_TRUE(space().Map(kBase, 2 * kPage, kR, Backing::kLazy));
  EXPECT_FALSE(machine_->RunKernel([&] { AttemptTouch(kBase, kPage, kBase + kPage); }));
  EXPECT_EQ(last_event().bug, KernelBug::kOutOfRange);
  EXPECT_EQ(space().populated_pages(), 0u);
}

TEST_F(FaultHandlingTest, FaultAtAnAddressThatTheHardwareDoesNotReportIsAKernelBug) {
  EXPECT_FALSE(machine_->RunKernel([&] { AttemptTouch(kBase, kPage, 0x8000000000000000); }));
  EXPECT_EQ(last_event().bug, KernelBug::kOutOfRange);
  EXPECT_FALSE(last_event().address_known);
}

TEST_F(FaultHandlingTest, FaultUnderTheFlagWithoutAnAttemptIsResolvedIfPossible) {
  ASSERT_TRUE(space().Map(kBase, kPage, kR, Backing::kLazy));
  EXPECT_TRUE(
      machine_->RunKernel([&] { axptr::access_user_memory([&] { TouchByte(kBase, false); }); }));
  EXPECT_EQ(last_event().disposition, FaultDisposition::kResolved);
  EXPECT_TRUE(space().IsPopulated(kBase));
}

TEST_F(FaultHandlingTest, FaultUnderTheFlagWithoutAnAttemptIsAKernelBug) {
  EXPECT_FALSE(
      machine_->RunKernel([&] { axptr::access_user_memory([&] { TouchByte(kBase, false); }); }));
  EXPECT_EQ(last_event().bug, KernelBug::kNoWayBack);
}

TEST_F(FaultHandlingTest, HandlerThatNeedsTheHeldLockIsAKernelBug) {
  ASSERT_TRUE(space().Map(kBase, kPage, kR, Backing::kLazy));
  Machine::Provider provider = machine_->provider();
  EXPECT_FALSE(machine_->RunKernel(
      [&] { provider.with_addr_space([&](auto&) { return AttemptTouch(kBase, kPage, kBase); }); }));
  EXPECT_EQ(last_event().bug, KernelBug::kLockHeld);
}

TEST_F(FaultHandlingTest, AttemptThatResolvesNoFaultIsAbandonedAlsoUnderTheHeldLock) {
  ASSERT_TRUE(space().Map(kBase, kPage, kRW, Backing::kLazy));
  const auto touch = [&] {
    return axptr::internal::attempt_with_bits(Range(kBase, kPage),
                                              kRead.bits() | axptr::AXPTR_NO_FAULT,
                                              [] { TouchByte(kBase, /*write=*/false); });
  };
  Machine::Provider provider = machine_->provider();
  bool came_to_its_end = true;
  EXPECT_TRUE(machine_->RunKernel(
      [&] { provider.with_addr_space([&](auto&) { return came_to_its_end = touch(); }); }));
  EXPECT_FALSE(came_to_its_end);
  EXPECT_FALSE(space().IsPopulated(kBase));
  EXPECT_EQ(last_fault().disposition, FaultDisposition::kEfault);
  EXPECT_TRUE(AttemptTouch(kBase, kPage, kBase)) << "any other attempt populates the page";
  EXPECT_TRUE(touch());
}

// NoLockNeeded must not be used by a caller that holds the lock: the access would touch user memory
// under the lock, and the handler of the first lazy page would deadlock.
TEST_F(FaultHandlingTest, AccessUnderTheHeldLockIsAKernelBugWhateverFunctionMakesIt) {
  const axptr::UserConstPtr<char> pointer(kBase);
  char buffer[16];
  const auto under_lock = [&](auto access) {
    machine_->Reset({});
    machine_->event_log().BeginOperation();
    EXPECT_TRUE(space().Map(kBase, kPage, kR, Backing::kLazy));
    Machine::Provider provider = machine_->provider();
    const bool survived = machine_->RunKernel([&] {
      provider.with_addr_space(
          [&](auto& aspace) { return access(axptr::NoLockNeeded(aspace)).has_value(); });
    });
    return survived ? KernelBug::kNone : last_event().bug;
  };
  EXPECT_EQ(under_lock([&](auto all) { return pointer.get_as_str(all); }), KernelBug::kLockHeld);
  EXPECT_EQ(under_lock([&](auto all) { return pointer.get_as_null_terminated(all); }),
            KernelBug::kLockHeld);
  EXPECT_EQ(under_lock([&](auto all) { return pointer.copy_str(all, buffer); }),
            KernelBug::kLockHeld);
  EXPECT_EQ(under_lock([&](auto) {
              return axptr::attempt_user_access(Range(kBase, 1), kRead,
                                                [&] { TouchByte(kBase, false); });
            }),
            KernelBug::kLockHeld);
}

TEST_F(FaultHandlingTest, RegionCanBeCheckedByACallerThatHoldsTheLock) {
  ASSERT_TRUE(space().Map(kBase, kPage, kR, Backing::kLazy));
  Machine::Provider provider = machine_->provider();
  EXPECT_TRUE(machine_->RunKernel([&] {
    provider.with_addr_space([&](auto& aspace) {
      EXPECT_TRUE(axptr::check_region(aspace, VirtAddr(kBase), axptr::Layout::of<int>(), kRead));
      return 0;
    });
  }));
  EXPECT_TRUE(space().IsPopulated(kBase));
}

TEST_F(FaultHandlingTest, EachCpuHasItsOwnFlag) {
  axptr::access_user_memory([&] {
    machine_->SwitchTo(1);
    EXPECT_FALSE(axptr::is_accessing_user_memory());
    machine_->SwitchTo(0);
    EXPECT_TRUE(axptr::is_accessing_user_memory());
  });
}

// CPU 0 is inside an attempt; CPU 1 faults on the same page.
TEST_F(FaultHandlingTest, FlagOfOneCpuDoesNotCoverTheFaultOfAnother) {
  EXPECT_FALSE(machine_->RunKernel([&] {
    static_cast<void>(axptr::attempt_user_access(Range(kBase, kPage), kRead, [&] {
      machine_->SwitchTo(1);
      TouchByte(kBase, false);
    }));
  }));
  EXPECT_EQ(last_event().bug, KernelBug::kFlagClear);
  EXPECT_EQ(last_event().cpu, 1);
}

TEST_F(FaultHandlingTest, ForkedChildCatchesItsFaults) {
  const pid_t child = fork();
  if (child == 0) _exit(AttemptTouch(kBase, kPage, kBase) ? 1 : 42);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 42);
}

// Signals that the handler must not absorb: the signal has to kill the process.
using FaultHandlingDeathTest = FaultHandlingTest;

TEST_F(FaultHandlingDeathTest, FaultWithTheFlagClear) {
  EXPECT_DIES_OF(TouchByte(kBase, false), SIGSEGV);
}

TEST_F(FaultHandlingDeathTest, FaultOnAnotherCpuThanTheOneWithTheFlag) {
  EXPECT_DIES_OF(static_cast<void>(axptr::attempt_user_access(Range(kBase, kPage), kRead,
                                                              [&] {
                                                                machine_->SwitchTo(1);
                                                                TouchByte(kBase, false);
                                                              })),
                 SIGSEGV);
}

TEST_F(FaultHandlingDeathTest, OtherSignalsUnderTheFlag) {
  EXPECT_DIES_OF(static_cast<void>(
                     axptr::attempt_user_access(Range(kBase, kPage), kRead, [] { raise(SIGFPE); })),
                 SIGFPE);
  EXPECT_DIES_OF(static_cast<void>(
                     axptr::attempt_user_access(Range(kBase, kPage), kRead, [] { raise(SIGILL); })),
                 SIGILL);
}

TEST_F(FaultHandlingDeathTest, FaultOutsideTheAttemptsRange) {
  EXPECT_DIES_OF(AttemptTouch(kBase, kPage, kBase + kPage), SIGSEGV);
}

TEST_F(FaultHandlingDeathTest, NullPointerOfTheProgramInsideARun) {
  EXPECT_DIES_OF(machine_->RunKernel([] { TouchByte(8, false); }), SIGSEGV);
}

TEST_F(FaultHandlingDeathTest, SentSignalsUnderTheFlag) {
  for (const int signal : {SIGSEGV, SIGBUS}) {
    EXPECT_DIES_OF(static_cast<void>(axptr::attempt_user_access(Range(kBase, kPage), kRead,
                                                                [=] { raise(signal); })),
                   signal);
    EXPECT_DIES_OF(static_cast<void>(axptr::attempt_user_access(Range(kBase, kPage), kRead,
                                                                [=] { kill(getpid(), signal); })),
                   signal);
    EXPECT_DIES_OF(static_cast<void>(axptr::attempt_user_access(
                       Range(kBase, kPage), kRead,
                       [=] { sigqueue(getpid(), signal, sigval{.sival_int = 0}); })),
                   signal);
  }
}

// The volatile array prevents the compiler from turning the recursion into a loop.
[[gnu::noinline]] int Recurse(int depth) {
  volatile char frame[4096];
  frame[0] = static_cast<char>(depth);
  return depth == 0 ? 0 : Recurse(depth + 1) + frame[0];
}

TEST_F(FaultHandlingDeathTest, StackOverflow) { EXPECT_DIES_OF(std::exit(Recurse(1)), SIGSEGV); }

// A real SIGBUS inside an attempt, at an address outside its range: the mapped file was truncated.
TEST_F(FaultHandlingDeathTest, BusErrorOutsideTheAttemptsRange) {
  const int file = memfd_create("short", 0);
  ASSERT_EQ(ftruncate(file, static_cast<off_t>(kPage)), 0);
  void* const memory = mmap(nullptr, kPage, PROT_READ, MAP_SHARED, file, 0);
  ASSERT_NE(memory, MAP_FAILED);
  ASSERT_EQ(ftruncate(file, 0), 0);
  EXPECT_DIES_OF(AttemptTouch(kBase, kPage, reinterpret_cast<uint64_t>(memory)), SIGBUS);
  munmap(memory, kPage);
  close(file);
}

// A process can inherit these signals blocked from its parent.
class BlockedFaults {
 public:
  BlockedFaults() {
    sigset_t faults;
    sigemptyset(&faults);
    sigaddset(&faults, SIGSEGV);
    sigaddset(&faults, SIGBUS);
    pthread_sigmask(SIG_BLOCK, &faults, &before_);
  }
  ~BlockedFaults() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  static bool AreBlocked() {
    sigset_t now;
    pthread_sigmask(SIG_BLOCK, nullptr, &now);
    return sigismember(&now, SIGSEGV) == 1 && sigismember(&now, SIGBUS) == 1;
  }

 private:
  sigset_t before_;
};

TEST(FaultHandler, FaultsAreHandledWhereTheirSignalsWereBlocked) {
  const BlockedFaults blocked;
  {
    auto machine = Machine::Create();
    ASSERT_TRUE(machine.ok()) << machine.status();
    (*machine)->Reset({});
    AddressSpace& space = (*machine)->address_space();
    ASSERT_TRUE(space.MapFile(kBase + kPage, kPage, kR, /*file_bytes=*/0));
    EXPECT_FALSE(AttemptTouch(kBase, kPage, kBase));                  // SIGSEGV
    EXPECT_FALSE(AttemptTouch(kBase + kPage, kPage, kBase + kPage));  // SIGBUS
    std::thread([&] {
      const BlockedFaults in_the_thread;
      {
        const Machine::HostThread thread(machine->get());
        EXPECT_FALSE(AttemptTouch(kBase, kPage, kBase));
      }
      EXPECT_TRUE(BlockedFaults::AreBlocked());
    }).join();
  }
  EXPECT_TRUE(BlockedFaults::AreBlocked()) << "as the thread had them";
}

void ExitWith43(int, siginfo_t*, void*) { _exit(43); }

TEST(FaultHandler, PreviousHandlerIsCalledAndRestored) {
  struct sigaction mine = {};
  mine.sa_sigaction = ExitWith43;
  mine.sa_flags = SA_SIGINFO | SA_ONSTACK;
  struct sigaction earlier = {};
  ASSERT_EQ(sigaction(SIGSEGV, &mine, &earlier), 0);
  {
    auto machine = Machine::Create();
    ASSERT_TRUE(machine.ok()) << machine.status();
    (*machine)->Reset({});
    EXPECT_EXIT(TouchByte(kBase, false), testing::ExitedWithCode(43), "");
    EXPECT_FALSE(AttemptTouch(kBase, kPage, kBase));
  }
  struct sigaction now = {};
  ASSERT_EQ(sigaction(SIGSEGV, &earlier, &now), 0);
  EXPECT_EQ(now.sa_sigaction, ExitWith43);
}

}  // namespace
}  // namespace sim
