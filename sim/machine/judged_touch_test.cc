// What the machine records of a subject's touches of user memory, of its attempts, and of open user
// access during its checks; and what Reset undoes.
#include <cerrno>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "gtest/gtest.h"
#include "sim/machine/fetch_log.h"
#include "sim/machine/kernel_buffer.h"
#include "sim/machine/machine.h"
#include "sim/machine/subject_flag.h"
#include "sim/machine/testing/pages.h"
#include "sim/machine/user_touch.h"
#include "sim/subject/subject_access.h"

namespace sim {
namespace {

using axptr::MappingFlags;

constexpr uint8_t kRead = MappingFlags::READ.bits();

bool g_flag = false;

// Of a subject that switches tasks, and saves nothing of them.
constexpr axptr_switching kSavesNothing = {
    .size_bytes = sizeof(axptr_switching),
    .while_switched_away = [](void (*body)(void*), void* argument) { body(argument); }};

class JudgedTouchTest : public testing::Test {
 protected:
  void SetUp() override {
    SetFlagOfProgram({.get = [] { return g_flag; }, .set = [](bool value) { g_flag = value; }});
    auto machine = Machine::Create();
    ASSERT_TRUE(machine.ok()) << machine.status();
    machine_ = *std::move(machine);
    Begin({.cpus = 2});
  }

  void Begin(const Machine::Config& config) {
    machine_->Reset(config);
    machine_->event_log().BeginOperation();
    EXPECT_TRUE(machine_->address_space().Map(kBase, kPage, kRW, Backing::kEager));
  }

  // Runs `body` in an attempt on [kBase + 16, kBase + 48) with the flag set. Returns whether the
  // simulated kernel survived.
  bool InAttempt(std::function<void()> body) {
    return machine_->RunKernel([&] {
      AllowFaults(true);
      machine_->Attempt(
          kBase + 16, 32, kRead, [](void* call) { (*static_cast<std::function<void()>*>(call))(); },
          &body);
      AllowFaults(false);
    });
  }

  // Switches the task away by a subject that saves nothing of it.
  void SwitchAway() {
    machine_->set_switching(&kSavesNothing);
    machine_->SwitchTaskAway([] {});
    machine_->set_switching(nullptr);
  }

  std::vector<Event> Misuses() const {
    std::vector<Event> found;
    for (const Event& event : machine_->event_log().events()) {
      if (event.kind == EventKind::kMisused) found.push_back(event);
    }
    return found;
  }
  const Event& last_event() { return machine_->event_log().events().back(); }

  std::unique_ptr<Machine> machine_;
};

// Loads and stores are judged alike, and so is the caller's use inside an access.
enum class By : uint8_t { kLoad, kStore, kUse };

TEST_F(JudgedTouchTest, ATouchIsInsideTheAttemptWithAllItsBytes) {
  struct Row {
    uint64_t address;
    uint64_t size;
    bool inside;
  };
  const Row rows[] = {{kBase + 15, 1, false},  {kBase + 15, 2, false}, {kBase + 16, 1, true},
                      {kBase + 16, 16, true},  {kBase + 32, 16, true}, {kBase + 16, 33, false},
                      {kBase + 32, 32, false}, {kBase + 47, 1, true},  {kBase + 47, 2, false},
                      {kBase + 48, 1, false}};
  for (const By by : {By::kLoad, By::kStore, By::kUse}) {
    for (const Row& row : rows) {
      Begin({});
      EXPECT_TRUE(InAttempt([&] {
        if (by == By::kLoad) machine_->OnLoad(row.address, row.size);
        if (by == By::kStore) machine_->OnStore(row.address, row.size);
        if (by == By::kUse) machine_->NoteUseInside(row.address, row.size, /*write=*/false);
      }));
      const std::vector<Event> misuses = Misuses();
      ASSERT_EQ(misuses.empty(), row.inside) << row.address << " " << row.size;
      if (row.inside) continue;
      EXPECT_EQ(misuses[0].index, static_cast<uint64_t>(Misuse::kTouchedOutsideAttempt));
      EXPECT_EQ(misuses[0].address, row.address);
      EXPECT_EQ(misuses[0].size, row.size);
      EXPECT_EQ(misuses[0].access, by == By::kStore ? MappingFlags::WRITE.bits() : kRead);
      EXPECT_TRUE(misuses[0].address_known) << "in an attempt";
      EXPECT_TRUE(misuses[0].ok) << "user access is open";
    }
  }
}

TEST_F(JudgedTouchTest, TheFirstConditionThatDoesNotHoldIsTheOneRecorded) {
  struct Row {
    const char* what;
    std::function<void()> before;
    Misuse misuse;
    uint64_t address = kBase + 16;
    uint64_t again = kBase + 16;  // of a second load of the same kind
  };
  const auto close = [&] { machine_->RestoreUserAccess(false); };
  const auto lock = [&] { EXPECT_EQ(machine_->Lock(), 0); };
  const auto clear = [] { AllowFaults(false); };
  const Row rows[] = {
      {"closed", close, Misuse::kTouchedClosed},
      {"flag clear", clear, Misuse::kTouchedFlagClear},
      {"lock held", lock, Misuse::kTouchedLockHeld},
      {"in no order", [&] { machine_->OnLoad(kBase + 17, 1); }, Misuse::kTouchedOutOfOrder},
      {"in no order, and misaligned", [&] { machine_->OnLoad(kBase + 24, 1); },
       Misuse::kTouchedOutOfOrder, kBase + 20},
      {"misaligned", [] {}, Misuse::kTouchedMisaligned, kBase + 20, /*again=*/kBase + 36}};
  for (const Row& row : rows) {
    Begin({.cpus = 2});
    InAttempt([&] {
      row.before();
      const size_t misuses = Misuses().size();  // of `before`
      machine_->OnLoad(row.address, 8);
      ASSERT_EQ(Misuses().size(), misuses + 1) << row.what;
      const Event event = Misuses().back();
      EXPECT_EQ(event.index, static_cast<uint64_t>(row.misuse)) << row.what;
      EXPECT_EQ(event.ok, row.misuse != Misuse::kTouchedClosed) << row.what;
      EXPECT_EQ(event.flag, row.misuse != Misuse::kTouchedFlagClear) << row.what;
      EXPECT_EQ(event.lock_held, row.misuse == Misuse::kTouchedLockHeld) << row.what;
      EXPECT_EQ(event.address, row.address) << row.what;
      machine_->OnLoad(row.again, 8);
      EXPECT_EQ(Misuses().size(), misuses + 1) << row.what << ": one of a kind in an operation";
      if (row.misuse == Misuse::kTouchedLockHeld) machine_->Unlock();
    });
  }
}

TEST_F(JudgedTouchTest, ALoadOrStoreIsMisalignedWhereItsAddressIsNoMultipleOfItsSize) {
  for (const By by : {By::kLoad, By::kStore, By::kUse}) {
    for (const uint64_t size : {1, 2, 4, 8, 16}) {
      for (uint64_t address = kBase + 16; address <= kBase + 32; ++address) {
        Begin({});
        EXPECT_TRUE(InAttempt([&] {
          if (by == By::kLoad) machine_->OnLoad(address, size);
          if (by == By::kStore) machine_->OnStore(address, size);
          if (by == By::kUse) machine_->NoteUseInside(address, size, /*write=*/true);
        }));
        const std::vector<Event> misuses = Misuses();
        const bool is_misaligned = by != By::kUse && address % size != 0;
        ASSERT_EQ(misuses.size(), is_misaligned ? 1u : 0u) << address << " " << size;
        if (!is_misaligned) continue;
        EXPECT_EQ(misuses[0].index, static_cast<uint64_t>(Misuse::kTouchedMisaligned));
        EXPECT_EQ(misuses[0].address, address);
        EXPECT_EQ(misuses[0].size, size);
        EXPECT_EQ(misuses[0].access, by == By::kStore ? MappingFlags::WRITE.bits() : kRead);
        EXPECT_TRUE(misuses[0].ok && misuses[0].flag && misuses[0].address_known);
        EXPECT_EQ(last_event().fingerprint, address + size) << "the attempt touched these bytes";
      }
    }
  }
}

TEST_F(JudgedTouchTest, TouchesAfterAMisalignedOneAreAboveIt) {
  EXPECT_TRUE(InAttempt([&] {
    machine_->OnStore(kBase + 17, 4);
    machine_->OnStore(kBase + 21, 1);
  }));
  EXPECT_EQ(Misuses().size(), 1u);
  Begin({});
  EXPECT_TRUE(InAttempt([&] {
    machine_->OnStore(kBase + 17, 4);
    machine_->OnStore(kBase + 20, 1);
  }));
  ASSERT_EQ(Misuses().size(), 2u);
  EXPECT_EQ(Misuses()[1].index, static_cast<uint64_t>(Misuse::kTouchedOutOfOrder));
}

TEST_F(JudgedTouchTest, LoadsAndStoresAreInOrderEachForThemselves) {
  EXPECT_TRUE(InAttempt([&] {
    machine_->OnLoad(kBase + 20, 4);
    machine_->OnStore(kBase + 16, 4);
    machine_->OnLoad(kBase + 24, 4);
    machine_->OnStore(kBase + 20, 4);
  }));
  EXPECT_TRUE(Misuses().empty());
}

TEST_F(JudgedTouchTest, TheEndOfAnAttemptRecordsHowFarItWasTouched) {
  EXPECT_TRUE(InAttempt([] {}));
  EXPECT_EQ(last_event().fingerprint, 0u);
  EXPECT_TRUE(InAttempt([&] {
    machine_->OnLoad(kBase + 16, 8);
    machine_->OnStore(kBase + 16, 4);
  }));
  EXPECT_EQ(last_event().fingerprint, kBase + 24);
  EXPECT_TRUE(InAttempt([&] { machine_->OnStore(kBase + 16, 4); }));
  EXPECT_EQ(last_event().fingerprint, kBase + 20);
  EXPECT_TRUE(InAttempt([&] {
    machine_->OnLoad(kBase + 16, 8);
    machine_->OnLoad(kBase + 20, 20);  // below what was loaded, and beyond it
  }));
  EXPECT_EQ(last_event().fingerprint, kBase + 40);
}

TEST_F(JudgedTouchTest, TheEndOfAnAttemptHasTheFlagAndTheLockThatItsBodyLeaves) {
  EXPECT_TRUE(InAttempt([] { AllowFaults(false); }));
  EXPECT_EQ(last_event().kind, EventKind::kAttemptEnded);
  EXPECT_FALSE(last_event().flag);
  EXPECT_FALSE(last_event().lock_held);
  EXPECT_TRUE(InAttempt([&] { EXPECT_EQ(machine_->Lock(), 0); }));
  EXPECT_TRUE(last_event().flag);
  EXPECT_TRUE(last_event().lock_held);
}

TEST_F(JudgedTouchTest, OpenUserAccessIsRecordedAtEachCheck) {
  const std::function<void()> questions[] = {
      [&] { EXPECT_EQ(machine_->Lock(), 0); },
      [&] { machine_->Check(kBase, 1, MappingFlags::READ); },
      [&] { EXPECT_EQ(machine_->Populate(kBase, kPage, MappingFlags::READ), 0); }};
  for (const auto& question : questions) {
    for (const bool is_open : {false, true}) {
      Begin({});
      machine_->set_switching(&kSavesNothing);
      EXPECT_TRUE(machine_->RunKernel([&] {
        AllowFaults(true);
        if (is_open) machine_->OpenUserAccess();
        question();
        machine_->RestoreUserAccess(false);
        AllowFaults(false);
      }));
      machine_->set_switching(nullptr);
      ASSERT_EQ(Misuses().size(), is_open ? 1u : 0u);
      if (is_open) {
        EXPECT_EQ(Misuses()[0].index, static_cast<uint64_t>(Misuse::kOpenAtQuestion));
      }
    }
  }
}

TEST_F(JudgedTouchTest, UserAccessIsOpenedAndClosedWithTheFlagSet) {
  struct Row {
    bool flag_at_open;
    bool flag_at_close;
    size_t misuses;
  };
  for (const Row& row : {Row{true, true, 0}, Row{false, true, 1}, Row{true, false, 1}}) {
    Begin({});
    EXPECT_TRUE(machine_->RunKernel([&] {
      AllowFaults(row.flag_at_open);
      EXPECT_FALSE(machine_->OpenUserAccess());
      EXPECT_EQ(Misuses().size(), row.flag_at_open ? 0u : 1u);
      AllowFaults(row.flag_at_close);
      machine_->RestoreUserAccess(false);
      AllowFaults(false);
      machine_->RestoreUserAccess(false);  // closed before and after: nothing is recorded
    }));
    ASSERT_EQ(Misuses().size(), row.misuses);
    if (row.misuses == 0) continue;
    EXPECT_EQ(Misuses()[0].index, static_cast<uint64_t>(Misuse::kOpenedFlagClear));
  }
}

TEST_F(JudgedTouchTest, ATaskThatIsSwitchedAwayHasTheFlagClearAndUserAccessClosed) {
  EXPECT_TRUE(machine_->RunKernel([&] { SwitchAway(); }));
  EXPECT_TRUE(Misuses().empty());
  EXPECT_TRUE(InAttempt([&] { SwitchAway(); }));
  ASSERT_EQ(Misuses().size(), 2u);
  EXPECT_EQ(Misuses()[0].index, static_cast<uint64_t>(Misuse::kFlagSetSwitchedAway));
  EXPECT_EQ(Misuses()[1].index, static_cast<uint64_t>(Misuse::kOpenSwitchedAway));
  EXPECT_EQ(machine_->misuses(),
            uint32_t{1} << Misuses()[0].index | uint32_t{1} << Misuses()[1].index);
}

class Counting : public Adversary {
 public:
  void AfterCheck() override { ++count; }
  void BeforeFaultHandling(uint64_t) override { ++count; }
  void BeforeLoad(uint64_t) override { ++count; }
  void BeforeUse() override { ++count; }
  int count = 0;
};

TEST_F(JudgedTouchTest, LoadsAreShownToTheLogAndToTheAdversaryEachWithoutTheOther) {
  Counting adversary;
  FetchLog log;
  for (const bool with_adversary : {false, true}) {
    for (const bool with_log : {false, true}) {
      Begin({});
      adversary.count = 0;
      log.BeginAccess();
      machine_->set_adversary(with_adversary ? &adversary : nullptr);
      machine_->set_fetch_log(with_log ? &log : nullptr);
      EXPECT_TRUE(InAttempt([&] {
        machine_->OnLoad(kBase + 16, 4);
        machine_->OnLoad(kBase + 16, 4);
      }));
      EXPECT_EQ(adversary.count, with_adversary ? 2 : 0);
      EXPECT_EQ(log.again().bytes, with_log ? 4u : 0u) << "bytes that are loaded a second time";
    }
  }
}

TEST_F(JudgedTouchTest, APopulationMustBeOfExistingPagesAndIsRecordedUnchanged) {
  struct Row {
    uint64_t start;
    uint64_t size;
    int result;
  };
  constexpr uint64_t kLastPage = ~uint64_t{0} - kPage + 1;
  for (const Row& row : {Row{kBase, kPage, 0}, Row{kBase, 0, 0}, Row{kBase + 1, kPage, -EFAULT},
                         Row{kBase + 8, kPage - 8, -EFAULT}, Row{kBase, kPage - 1, -EFAULT},
                         Row{kBase, kPage + 1, -EFAULT}, Row{kBase, 2 * kPage, -EFAULT},
                         Row{kLastPage, 2 * kPage, -EFAULT}}) {
    EXPECT_TRUE(machine_->RunKernel(
        [&] { EXPECT_EQ(machine_->Populate(row.start, row.size, kRW), row.result); }));
    EXPECT_EQ(last_event().kind, EventKind::kPopulated);
    EXPECT_EQ(last_event().address, row.start);
    EXPECT_EQ(last_event().size, row.size);
    EXPECT_EQ(last_event().access, kRW.bits());
    EXPECT_EQ(last_event().ok, row.result == 0);
    EXPECT_EQ(last_event().error, -row.result);
  }
  machine_->injector().Arm(Injector::Point::kPopulation, 1);
  EXPECT_TRUE(
      machine_->RunKernel([&] { EXPECT_EQ(machine_->Populate(kBase, kPage, kRW), -ENOMEM); }));
  EXPECT_EQ(last_event().error, ENOMEM);
}

TEST_F(JudgedTouchTest, ACheckMustBeOfExistingBytesAndIsRecordedUnchanged) {
  struct Row {
    uint64_t start;
    uint64_t size;
    bool result;
  };
  for (const Row& row :
       {Row{kBase, kPage, true}, Row{kBase + 7, 1, true}, Row{kBase + 7, kPage - 6, false},
        Row{kBase - 1, 1, false}, Row{~uint64_t{0} - 7, 16, false}}) {
    EXPECT_TRUE(machine_->RunKernel(
        [&] { EXPECT_EQ(machine_->Check(row.start, row.size, kRW), row.result) << row.start; }));
    EXPECT_EQ(last_event().kind, EventKind::kChecked);
    EXPECT_EQ(last_event().address, row.start);
    EXPECT_EQ(last_event().size, row.size);
    EXPECT_EQ(last_event().access, kRW.bits());
    EXPECT_EQ(last_event().ok, row.result);
  }
}

TEST_F(JudgedTouchTest, ACpuIsStoppedWithItsReason) {
  constexpr uint64_t kBehind = Window::kEnd - 8;
  constexpr uint8_t kWrite = MappingFlags::WRITE.bits();
  struct Row {
    const char* what;
    std::function<void()> body;
    KernelBug bug;
    uint64_t address = 0;
    uint8_t access = kRead;
  };
  const auto attempt = [&](uint8_t access) {
    return [this, access] { machine_->Attempt(kBehind, 16, access, [](void*) {}, nullptr); };
  };
  const auto lock = [&] { EXPECT_EQ(machine_->Lock(), 0); };
  const Row rows[] = {
      {"taken twice", [&] { lock(), lock(); }, KernelBug::kLockHeld},
      {"released free", [&] { machine_->Unlock(); }, KernelBug::kLockFree},
      {"to read outside", attempt(kRead), KernelBug::kOutOfRange, kBehind},
      {"to write outside", attempt(kWrite), KernelBug::kOutOfRange, kBehind, kWrite},
      {"kernel load", [&] { machine_->PreventAccess(kBase + 5, false); },
       KernelBug::kAccessPrevented, kBase + 5},
      {"kernel store", [&] { machine_->PreventAccess(kBase + 5, true); },
       KernelBug::kAccessPrevented, kBase + 5, kWrite}};
  for (const Row& row : rows) {
    Begin({.smap = true});
    EXPECT_FALSE(machine_->RunKernel(row.body)) << row.what;
    const auto& events = machine_->event_log().events();
    const Event& event = last_event();
    EXPECT_EQ(event.kind, EventKind::kFault) << row.what;
    EXPECT_EQ(event.disposition, FaultDisposition::kKernelBug) << row.what;
    EXPECT_EQ(event.bug, row.bug) << row.what;
    EXPECT_EQ(event.address, row.address) << row.what;
    EXPECT_EQ(event.access, row.access) << row.what;
    EXPECT_FALSE(event.ok) << row.what;
    if (row.bug == KernelBug::kLockHeld) {
      ASSERT_EQ(events.size(), 3u);
      EXPECT_EQ(events[0].kind, EventKind::kLockTaken);
      EXPECT_EQ(events[1].kind, EventKind::kLockTakenTwice);
    }
  }
}

TEST_F(JudgedTouchTest, TakingAndReleasingTheLockAreOneEventEach) {
  EXPECT_TRUE(machine_->RunKernel([&] {
    EXPECT_EQ(machine_->Lock(), 0);
    EXPECT_EQ(last_event().kind, EventKind::kLockTaken);
    EXPECT_TRUE(last_event().lock_held);
    machine_->Unlock();
    EXPECT_EQ(last_event().kind, EventKind::kLockReleased);
  }));
  EXPECT_EQ(machine_->event_log().events().size(), 2u);
}

TEST_F(JudgedTouchTest, WithoutALockNothingIsTakenAndWithoutSmapNothingPrevented) {
  Begin({.lock = false});
  EXPECT_TRUE(machine_->RunKernel([&] {
    EXPECT_EQ(machine_->Lock(), 0);
    EXPECT_EQ(machine_->Lock(), 0);
    machine_->Unlock();
    machine_->PreventAccess(kBase, true);
  }));
  Begin({.smap = true});
  EXPECT_TRUE(machine_->RunKernel([&] {
    machine_->PreventAccess(kBase + kPage, true);  // absent: the touch itself faults
    AllowFaults(true);
    machine_->OpenUserAccess();
    machine_->PreventAccess(kBase, true);
    machine_->RestoreUserAccess(false);
    AllowFaults(false);
  }));
  EXPECT_TRUE(machine_->event_log().events().empty());
}

// An access of another CPU in the middle, and a nested call of the same CPU.
TEST_F(JudgedTouchTest, NestedCallsRecordNoEventsAndTheInterruptedAccessContinues) {
  for (const bool nested : {false, true}) {
    Begin({.cpus = 2});
    Counting adversary;
    FetchLog log;
    log.BeginAccess();
    machine_->set_adversary(&adversary);
    machine_->set_fetch_log(&log);
    EXPECT_TRUE(machine_->RunKernel([&] {
      EXPECT_EQ(machine_->Lock(), 0);
      machine_->Check(kBase, 1, MappingFlags::READ);
      const size_t events = machine_->event_log().events().size();
      const StoreWatch* const watch = machine_->store_watch();
      const auto middle = [&] {
        EXPECT_EQ(machine_->current_cpu(), nested ? 0 : 1);
        EXPECT_NE(machine_->store_watch(), watch);
        machine_->Check(kBase, 1, MappingFlags::READ);
        machine_->BeforeUse();
      };
      if (nested) {
        machine_->RunNested(middle);
      } else {
        machine_->RunOnOtherCpu(1, middle);
      }
      EXPECT_EQ(machine_->current_cpu(), 0);
      EXPECT_EQ(machine_->store_watch(), watch);
      EXPECT_EQ(machine_->event_log().events().size(), events);
      EXPECT_EQ(adversary.count, 0);
      machine_->Unlock();
      EXPECT_EQ(adversary.count, 1) << "the check of the interrupted access alone";
    }));
    EXPECT_TRUE(InAttempt([&] {
      machine_->OnLoad(kBase + 16, 4);
      machine_->OnLoad(kBase + 16, 4);
    }));
    EXPECT_EQ(adversary.count, 3);
    EXPECT_EQ(log.again().bytes, 4u);
  }
}

constexpr uint64_t kFarTooMany = 1000;

// A limit that is too low stops a correct library, one that is too high costs time only.
TEST_F(JudgedTouchTest, EndlessChecksAreStoppedByABoundThatDependsOnThePages) {
  constexpr uint64_t kSpare = 64;
  for (const uint64_t frames : {uint64_t{0}, uint64_t{5}}) {
    machine_->Reset({.frames = frames});
    machine_->event_log().BeginOperation();
    uint64_t questions = 0;
    EXPECT_FALSE(machine_->RunKernel([&] {
      for (; questions < kFarTooMany; ++questions) {
        EXPECT_EQ(machine_->Lock(), 0);
        machine_->Unlock();
      }
    }));
    EXPECT_EQ(questions, kSpare + 4 * frames);
    EXPECT_EQ(last_event().bug, KernelBug::kEndless);
    EXPECT_EQ(last_event().address, 0u);
    EXPECT_EQ(last_event().access, kRead);
  }
  machine_->Reset({.frames = 0});
  for (uint64_t i = 0; i < kFarTooMany; ++i) {  // outside RunKernel there is no limit
    EXPECT_EQ(machine_->Lock(), 0);
    machine_->Unlock();
  }
}

TEST_F(JudgedTouchTest, AnAttemptMayFaultTwiceForEachPageAndSomeTimesMore) {
  constexpr uint64_t kSpare = 64;
  for (const uint64_t pages : {1, 8}) {
    machine_->Reset({.frames = 16});
    machine_->event_log().BeginOperation();
    ASSERT_TRUE(machine_->address_space().Map(kBase, 8 * kPage, kRW, Backing::kLazy));
    Counting adversary;
    machine_->set_adversary(&adversary);
    EXPECT_FALSE(machine_->RunKernel([&] {
      AllowFaults(true);
      // Each touch finds the page gone, faults once, and finds it populated at the second try.
      machine_->Attempt(
          kBase, pages * kPage, kRead,
          [](void* own) {
            Machine* const machine = static_cast<Machine*>(own);
            for (uint64_t i = 0; i < kFarTooMany; ++i) {
              EXPECT_TRUE(machine->address_space().Evict(kBase, 8 * kPage));
              machine->address_space().SettleWindow();
              TouchByte(kBase, /*write=*/false);
            }
          },
          machine_.get());
    }));
    AllowFaults(false);
    EXPECT_EQ(last_event().bug, KernelBug::kRetriedTooOften);
    EXPECT_EQ(static_cast<uint64_t>(adversary.count), kSpare + 2 * (pages + 2) + 1);
  }
}

TEST_F(JudgedTouchTest, TheLimitsBeginAnewWhereAnotherCpuActs) {
  machine_->Reset({.frames = 16});
  machine_->event_log().BeginOperation();
  ASSERT_TRUE(machine_->address_space().Map(kBase, kPage, kRW, Backing::kLazy));
  for (const bool after : {false, true}) {
    const auto act = [&] {
      if (after) {
        machine_->EndInterference();
      } else {
        machine_->BeginInterference();
      }
    };
    EXPECT_TRUE(machine_->RunKernel([&] {
      for (uint64_t i = 0; i < kFarTooMany; ++i) {
        if (i % 50 == 0) act();
        EXPECT_EQ(machine_->Lock(), 0);
        machine_->Unlock();
      }
    }));
    std::function<void()> body = [&] {
      for (uint64_t i = 0; i < kFarTooMany; ++i) {
        if (i % 50 == 0) act();
        EXPECT_TRUE(machine_->address_space().Evict(kBase, kPage));
        machine_->address_space().SettleWindow();
        TouchByte(kBase + 16, /*write=*/false);
      }
    };
    EXPECT_TRUE(InAttempt(body));
  }
}

TEST_F(JudgedTouchTest, FramesThatAnotherCpuFreesRaiseTheBoundOfSteps) {
  machine_->Reset({.frames = 0});
  EXPECT_TRUE(machine_->RunKernel([&] {
    machine_->BeginInterference();
    machine_->frames().SetFree(kFarTooMany);
    machine_->EndInterference();
    for (uint64_t i = 0; i < kFarTooMany; ++i) {
      EXPECT_EQ(machine_->Lock(), 0);
      machine_->Unlock();
    }
  }));
}

TEST_F(JudgedTouchTest, ChangesByAnotherCpuAreNoStoresOfTheCall) {
  const uint8_t letter = 'x';
  const auto store = [&](uint64_t address) {
    EXPECT_TRUE(machine_->address_space().Fill(address, 1, std::span(&letter, 1)));
  };
  StoreWatch* const watch = machine_->store_watch();
  watch->Begin({.start = kBase, .size = 8});
  machine_->BeginInterference();
  store(kBase + 3);
  machine_->EndInterference();
  EXPECT_EQ(watch->End(), std::nullopt);
  watch->Begin({.start = kBase, .size = 8});
  store(kBase + 5);
  machine_->BeginInterference();
  machine_->EndInterference();
  EXPECT_EQ(watch->End(), kBase + 5);
}

TEST_F(JudgedTouchTest, AnAttemptOfOneCpuIsNoneOfAnother) {
  EXPECT_TRUE(InAttempt([&] {
    machine_->RunOnOtherCpu(1, [&] {
      AllowFaults(true);
      machine_->OpenUserAccess();
      machine_->OnLoad(kBase + 16, 4);
      machine_->RestoreUserAccess(false);
      AllowFaults(false);
    });
    EXPECT_EQ(Misuses().size(), 1u);
    machine_->OnLoad(kBase + 16, 4);
  }));
  ASSERT_EQ(Misuses().size(), 1u);
  EXPECT_EQ(Misuses()[0].cpu, 1);
  EXPECT_EQ(Misuses()[0].index, static_cast<uint64_t>(Misuse::kTouchedOutsideAttempt));
  EXPECT_FALSE(Misuses()[0].address_known) << "in no attempt";
}

// What may be running, or left over from a panic, when the machine is reset.
enum class Before : uint8_t { kAsking, kPanicOfAnotherCpu, kPanicOfANestedCall };

class ResetTest : public JudgedTouchTest {
 protected:
  void Disturb(Before before) {
    const auto deadlock = [&] {
      EXPECT_EQ(machine_->Lock(), 0);
      EXPECT_EQ(machine_->Lock(), 0);
    };
    if (before == Before::kPanicOfAnotherCpu) {
      EXPECT_FALSE(machine_->RunKernel([&] { machine_->RunOnOtherCpu(1, deadlock); }));
    } else if (before == Before::kPanicOfANestedCall) {
      EXPECT_FALSE(machine_->RunKernel([&] {
        AllowFaults(true);
        machine_->OpenUserAccess();
        machine_->RunNested(deadlock);
      }));
    } else {
      EXPECT_EQ(machine_->Lock(), 0);
      machine_->Check(kBase, 1, MappingFlags::READ);  // to be announced at Unlock
    }
    for (const int cpu : {0, 1, 0, 1}) {
      machine_->SwitchTo(cpu);
      AllowFaults(true);
      machine_->OpenUserAccess();
    }
    SwitchAway();
    machine_->injector().Arm(Injector::Point::kLock, 1);
    machine_->injector().Arm(Injector::Point::kPopulation, 1);
    machine_->injector().Arm(Injector::Point::kFrame, 1);
    machine_->set_adversary(&adversary_);
    machine_->set_fetch_log(&log_);
    machine_->set_buffer(&buffer_);
  }

  Counting adversary_;
  FetchLog log_;
  KernelBuffer buffer_;
};

TEST_F(ResetTest, RestoresAllState) {
  const std::span<char> room = buffer_.Lend(8);
  for (const Before before :
       {Before::kAsking, Before::kPanicOfAnotherCpu, Before::kPanicOfANestedCall}) {
    machine_->Reset({.cpus = Machine::kMaxCpus});
    const StoreWatch* const watch = machine_->store_watch();
    EXPECT_TRUE(machine_->address_space().Map(kBase, kPage, kRW, Backing::kEager));
    Disturb(before);
    adversary_.count = 0;
    machine_->Reset({.cpus = 2, .frames = 7});
    machine_->event_log().BeginOperation();

    EXPECT_EQ(machine_->config().cpus, 2);
    EXPECT_EQ(machine_->current_cpu(), 0);
    EXPECT_EQ(machine_->frames().free(), 7u);
    EXPECT_EQ(machine_->address_space().populated_pages(), 0u);
    EXPECT_TRUE(machine_->address_space().areas().empty());
    EXPECT_EQ(machine_->misuses(), 0u);
    EXPECT_EQ(machine_->store_watch(), watch) << "no access is in the middle of another";
    for (const int cpu : {0, 1}) {
      machine_->SwitchTo(cpu);
      EXPECT_FALSE(machine_->current_flag()) << cpu;
      SwitchAway();
      EXPECT_EQ(machine_->misuses(), 0u) << "CPU " << cpu << " has user access open";
    }
    EXPECT_TRUE(machine_->address_space().Map(kBase, kPage, kRW, Backing::kLazy));
    EXPECT_EQ(machine_->Lock(), 0) << "no injection is left, and no CPU holds the lock";
    EXPECT_EQ(last_event().kind, EventKind::kLockTaken) << "events are recorded";
    machine_->Unlock();
    EXPECT_EQ(machine_->Populate(kBase, kPage, kRW), 0);
    EXPECT_TRUE(machine_->RunKernel([&] {
      AllowFaults(true);
      machine_->OpenUserAccess();
      EXPECT_EQ(machine_->Lock(), 0);
      machine_->Unlock();
      machine_->RestoreUserAccess(false);
      AllowFaults(false);
    }));
    ASSERT_EQ(Misuses().size(), 1u) << "no call is nested in an access";
    EXPECT_TRUE(InAttempt([&] {
      machine_->OnLoad(kBase + 16, 4);
      machine_->OnLoad(kBase + 16, 4);
    }));
    machine_->BeforeUse();
    EXPECT_EQ(adversary_.count, 0);
    EXPECT_EQ(log_.again().bytes, 0u);
    EXPECT_FALSE(machine_->RunKernel([&] {
      machine_->RunSubject(
          [&] { TouchByte(reinterpret_cast<uint64_t>(room.data() + room.size()), false); });
    }));
    EXPECT_EQ(last_event().bug, KernelBug::kFlagClear) << "no call has the buffer";
  }
}

TEST_F(ResetTest, EachFailureIsInjectedAndAsManyCpusAsThereMayBe) {
  machine_->Reset({.cpus = Machine::kMaxCpus});
  EXPECT_TRUE(machine_->address_space().Map(kBase, kPage, kRW, Backing::kLazy));
  Disturb(Before::kAsking);
  machine_->SwitchTo(0);
  machine_->Unlock();
  EXPECT_EQ(machine_->Lock(), -EINTR);
  EXPECT_EQ(machine_->Populate(kBase, kPage, kRW), -ENOMEM);
  EXPECT_EQ(machine_->Populate(kBase, kPage, kRW), -ENOMEM) << "of the frame";
  EXPECT_EQ(machine_->Populate(kBase, kPage, kRW), 0);
  machine_->SwitchTo(Machine::kMaxCpus - 1);
}

TEST_F(ResetTest, ADestroyedMachineLeavesTheFlagClear) {
  AllowFaults(true);
  machine_.reset();
  EXPECT_FALSE(FaultsAllowed());
}

TEST_F(ResetTest, NumbersOfCpusThatNoMachineHasEndTheSimulator) {
  for (const int cpus : {-1, 0, Machine::kMaxCpus + 1}) {
    EXPECT_DEATH(machine_->Reset({.cpus = cpus}), "config.cpus") << cpus;
  }
  EXPECT_DEATH(Machine::Create().value(), "kernel|machine") << "a thread has one machine";
}

}  // namespace
}  // namespace sim
