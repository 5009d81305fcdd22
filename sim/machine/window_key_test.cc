// User memory that the hardware closes. The machine records touches that no compiler reports, too.
#include "sim/machine/window_key.h"

#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "sim/machine/machine.h"
#include "sim/machine/subject_flag.h"
#include "sim/machine/testing/pages.h"
#include "sim/machine/user_touch.h"
#include "sim/subject/subject_access.h"

namespace sim {
namespace {

using axptr::MappingFlags;

bool g_flag = false;

// Of a subject that opens user access itself, and whose task switches close it.
axptr_switching OpensItself() {
  return {.size_bytes = sizeof(axptr_switching),
          .while_switched_away = [](void (*body)(void*), void* argument) {
            const bool flag = std::exchange(g_flag, true);
            const bool earlier = Kernel::services().user_access->open();
            Kernel::services().user_access->restore(false);
            g_flag = false;
            body(argument);
            g_flag = true;
            Kernel::services().user_access->restore(earlier);
            g_flag = flag;
          }};
}
const axptr_switching kOpensItself = OpensItself();

// An unreported touch, as by assembly.
void Load(uint64_t address) { TouchByte(address, /*write=*/false, 0); }
void Store(uint64_t address) { TouchByte(address, /*write=*/true, 1); }

class OnceAtACheck : public Adversary {
 public:
  explicit OnceAtACheck(std::function<void()> act) : act_(std::move(act)) {}
  void AfterCheck() override {
    if (act_) std::exchange(act_, nullptr)();
  }
  void BeforeFaultHandling(uint64_t /*address*/) override {}

 private:
  std::function<void()> act_;
};

class WindowKeyTest : public testing::Test {
 protected:
  void SetUp() override {
    SetFlagOfProgram({.get = [] { return g_flag; }, .set = [](bool value) { g_flag = value; }});
    Begin();
    if (!HardwareClosesWindow()) GTEST_SKIP() << "the host has no protection keys";
  }
  void Begin() {
    machine_.reset();
    auto machine = Machine::Create();
    ASSERT_TRUE(machine.ok()) << machine.status();
    machine_ = *std::move(machine);
    machine_->Reset({.cpus = 2});
    machine_->set_switching(&kOpensItself);
    machine_->event_log().BeginOperation();
    EXPECT_TRUE(machine_->address_space().Map(kBase, 4 * kPage, kRW, Backing::kEager));
    EXPECT_TRUE(machine_->address_space().Map(kBase + 4 * kPage, 4 * kPage, kRW, Backing::kLazy));
  }

  // Runs `body` as the subject's code, with the flag set.
  bool Run(const std::function<void()>& body) {
    machine_->address_space().SettleWindowFor(kBase, 8 * kPage);
    g_flag = true;
    const bool survived = machine_->RunKernel([&] { machine_->RunSubject(body); });
    g_flag = false;
    return survived;
  }
  void Attempt(uint64_t start, std::function<void()> body) {
    machine_->Attempt(
        start, kPage, MappingFlags::READ.bits(),
        [](void* call) { (*static_cast<std::function<void()>*>(call))(); }, &body);
  }
  bool Open() { return machine_->OpenUserAccess(); }
  void Close() { machine_->RestoreUserAccess(false); }

  // The touches of closed memory that were noticed since the last call.
  std::vector<Event> Noticed() {
    std::vector<Event> found;
    for (const Event& event : machine_->event_log().events()) {
      const bool is_closed = event.kind == EventKind::kMisused &&
                             event.index == static_cast<uint64_t>(Misuse::kTouchedClosed);
      if (is_closed) found.push_back(event);
    }
    machine_->event_log().Clear();
    machine_->event_log().BeginOperation();
    return found;
  }

  std::unique_ptr<Machine> machine_;
};

TEST_F(WindowKeyTest, AnUnreportedTouchOfClosedMemoryIsNoticed) {
  for (const bool write : {false, true}) {
    EXPECT_TRUE(Run([&] { write ? Store(kBase + 7) : Load(kBase + 7); })) << "the code goes on";
    const std::vector<Event> noticed = Noticed();
    ASSERT_EQ(noticed.size(), 1u) << write;
    EXPECT_EQ(noticed[0].address, kBase + 7);
    EXPECT_EQ(noticed[0].size, 0u) << "a fault reports no size";
    EXPECT_EQ(noticed[0].access, (write ? MappingFlags::WRITE : MappingFlags::READ).bits());
    EXPECT_TRUE(noticed[0].flag);
    EXPECT_FALSE(noticed[0].ok) << "user access is closed";
    EXPECT_FALSE(noticed[0].address_known) << "outside of any attempt";
  }
}

TEST_F(WindowKeyTest, TheCompilersLibraryIsNoticedToo) {
  std::vector<char> bytes(64);
  EXPECT_TRUE(Run([&] { memcpy(bytes.data(), reinterpret_cast<const void*>(kBase), 64); }));
  EXPECT_EQ(Noticed().size(), 1u);
}

TEST_F(WindowKeyTest, OpenMemoryIsTouchedWithoutNotice) {
  EXPECT_TRUE(Run([&] {
    Open();
    Load(kBase);
    Store(kBase + kPage);
    Close();
  }));
  EXPECT_TRUE(Noticed().empty());
}

TEST_F(WindowKeyTest, MemoryIsClosedAgainAfterAnAccess) {
  EXPECT_TRUE(Run([&] {
    Open();
    Close();
    Load(kBase);
  }));
  EXPECT_EQ(Noticed().size(), 1u);
}

TEST_F(WindowKeyTest, AnInnerAccessRestoresTheStateOfTheOuterOne) {
  EXPECT_TRUE(Run([&] {
    Open();
    const bool earlier = Open();
    machine_->RestoreUserAccess(earlier);
    Load(kBase);
    Close();
  }));
  EXPECT_TRUE(Noticed().empty());
}

// The fault handler does not change what the interrupted code may touch.
TEST_F(WindowKeyTest, AfterAResolvedFaultMemoryIsAsOpenAsBefore) {
  EXPECT_TRUE(Run([&] {
    Open();
    Attempt(kBase + 4 * kPage, [&] { Load(kBase + 4 * kPage); });
    Load(kBase);
    Close();
  }));
  EXPECT_TRUE(Noticed().empty());
}

TEST_F(WindowKeyTest, AfterAnAbandonedAttemptMemoryIsAsOpenAsAtItsBegin) {
  EXPECT_TRUE(machine_->address_space().Unmap(kBase + 4 * kPage, kPage));
  for (const bool open : {false, true}) {
    EXPECT_TRUE(Run([&] {
      if (open) Open();
      Attempt(kBase + 4 * kPage, [&] {
        Open();
        Load(kBase + 4 * kPage);
      });
      Load(kBase);
      Close();
    }));
    EXPECT_EQ(Noticed().size(), open ? 0u : 1u);
  }
}

TEST_F(WindowKeyTest, AfterAPanicTheSimulatorTouchesMemory) {
  EXPECT_FALSE(Run([&] {
    Open();
    g_flag = false;
    Load(kBase + 5 * kPage);  // a fault with the flag clear
  }));
  machine_->Reset({.cpus = 1});
  EXPECT_TRUE(machine_->address_space().Map(kBase, kPage, kRW, Backing::kEager));
  machine_->address_space().SettleWindowFor(kBase, 1);
  Load(kBase);
}

TEST_F(WindowKeyTest, EachCpuAndTaskHasItsOwnState) {
  // CPU 1 acts while CPU 0 is in an access, and while it is outside of any.
  for (const bool open : {false, true}) {
    OnceAtACheck other(
        [&] { machine_->RunOnOtherCpu(1, [&] { machine_->RunSubject([&] { Load(kBase); }); }); });
    machine_->set_adversary(&other);
    EXPECT_TRUE(Run([&] {
      EXPECT_EQ(machine_->Lock(), 0);
      EXPECT_TRUE(machine_->Check(kBase, 1, MappingFlags::READ));
      if (open) Open();
      machine_->Unlock();  // the point after a check
      if (open) Load(kBase);
      Close();
    }));
    machine_->set_adversary(nullptr);
    const std::vector<Event> noticed = Noticed();
    ASSERT_EQ(noticed.size(), 1u) << open;
    EXPECT_EQ(noticed[0].cpu, 1) << open;
  }
}

TEST_F(WindowKeyTest, ATaskThatIsSwitchedAwayLeavesMemoryClosed) {
  EXPECT_TRUE(Run([&] {
    Open();
    machine_->SwitchTaskAway([&] { Load(kBase); });
    Load(kBase);
    Close();
  }));
  const std::vector<Event> noticed = Noticed();
  ASSERT_EQ(noticed.size(), 1u);
  EXPECT_FALSE(noticed[0].flag) << "the load of the other task";
}

// The kernel closes memory for a subject that switches no tasks.
TEST_F(WindowKeyTest, ATaskThatTheKernelSwitchesAwayLeavesMemoryClosed) {
  constexpr axptr_switching kSwitchesNothing = {.size_bytes = sizeof(axptr_switching),
                                                .while_switched_away = nullptr};
  machine_->set_switching(&kSwitchesNothing);
  EXPECT_TRUE(Run([&] {
    Open();
    machine_->SwitchTaskAway([&] { Load(kBase); });
    Load(kBase);
    Close();
  }));
  EXPECT_EQ(Noticed().size(), 1u);
}

TEST_F(WindowKeyTest, UserCodeAndTheCallerTouchMemoryWhileItIsClosedToTheSubject) {
  EXPECT_TRUE(Run([&] {
    EXPECT_TRUE(machine_->TouchAsUser(kBase, /*write=*/true, 1));
    EXPECT_TRUE(machine_->TouchAsUser(kBase + 6 * kPage, /*write=*/false));
    machine_->TouchAsKernel(kBase, /*write=*/false);
  }));
  EXPECT_TRUE(Noticed().empty());
}

TEST_F(WindowKeyTest, ASubjectThatDoesNotOpenMemoryFindsItOpen) {
  machine_->set_switching(nullptr);
  EXPECT_TRUE(Run([&] { Load(kBase); }));
  EXPECT_TRUE(Noticed().empty());
}

// Pages that are mapped anew keep the key.
TEST_F(WindowKeyTest, EveryPageHasTheKey) {
  AddressSpace& space = machine_->address_space();
  const auto expect_closed = [&](uint64_t address, const char* what) {
    // The page may be absent: then the kernel panics after the touch was noticed.
    static_cast<void>(Run([&] { Load(address); }));
    EXPECT_EQ(Noticed().size(), 1u) << what;
  };
  const uint64_t file = kBase + 16 * kPage;
  EXPECT_TRUE(space.MapFile(file, 2 * kPage, kRW, 2 * kPage));
  EXPECT_TRUE(space.MapAgain(kBase + 32 * kPage, kPage, kRW, file));
  expect_closed(file, "a file");
  expect_closed(kBase + 32 * kPage, "a second mapping");
  expect_closed(kBase + 32 * kPage + Window::kBytes / 2, "the middle of the window");
  machine_->SetSpace(0, 1);
  EXPECT_TRUE(machine_->address_space().Map(kBase, kPage, kRW, Backing::kEager));
  expect_closed(kBase, "another address space");
}

TEST_F(WindowKeyTest, TheVariableDisablesTheKey) {
  ASSERT_EQ(setenv(kWindowKeyVariable, "off", 1), 0);
  Begin();
  unsetenv(kWindowKeyVariable);
  EXPECT_FALSE(HardwareClosesWindow());
  EXPECT_TRUE(Run([&] { Load(kBase); }));
  EXPECT_TRUE(Noticed().empty());
}

}  // namespace
}  // namespace sim
