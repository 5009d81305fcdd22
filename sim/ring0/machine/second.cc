#include "sim/ring0/machine/second.h"

#include "sim/ring0/image/cpu.h"
#include "sim/ring0/image/report.h"
#include "sim/ring0/machine/kernel.h"

extern "C" {
extern std::uint64_t boot_pml4[512];
extern std::uint64_t second_pml4[512];
extern char second_start[];
extern char second_start_end[];
void ring0_second_main();
}

namespace ring0 {
namespace {

constexpr std::uint64_t kStartPage = 0x8000;  // below 1 MiB, otherwise unused

// The local APIC: addresses of its registers, and values for them.
constexpr std::uint64_t kApic = 0xfee0'0000;
constexpr std::uint64_t kApicEnd = 0xb0;  // end of interrupt
constexpr std::uint64_t kApicEnable = 0xf0;
constexpr std::uint64_t kApicCommand = 0x300;
constexpr std::uint32_t kToOther = 0xc'4000;  // to all except the sender, edge-triggered
constexpr std::uint32_t kInit = 0x500;
constexpr std::uint32_t kStartUp = 0x600;

void WriteApic(std::uint64_t place, std::uint32_t value) {
  *static_cast<volatile std::uint32_t*>(DirectMap(kApic + place)) = value;
}
void SendToOther(std::uint32_t what) { WriteApic(kApicCommand, kToOther | what); }

void EnableApic() { WriteApic(kApicEnable, 0x100 | kWakeVector); }

enum class State : std::uint32_t { kOff, kIdle, kWork };

// The state shared by the processors. One processor runs while the other waits.
struct Shared {
  State state = State::kOff;
  void (*body)(void*) = nullptr;
  void* argument = nullptr;
  Remote result = Remote::kDone;
  Probes probes;
  std::uint64_t changes = 0;  // number of changes of page tables
  std::uint64_t seen_by_second =
      0;  // the value of `changes` at the last flush of the second processor
  std::uint32_t flushes_done = 0;  // not 0: the first processor has flushed since ShootDown began
};
constinit Shared g_shared;

State StateNow() {
  State state = State::kOff;
  __atomic_load(&g_shared.state, &state, __ATOMIC_ACQUIRE);
  return state;
}
void SetState(State state) { __atomic_store(&g_shared.state, &state, __ATOMIC_RELEASE); }

// Makes the first processor flush its TLB, and waits until it has.
void ShootDown() {
  if (g_kernel.bug == Bug::kNoShootdown) return;
  __atomic_store_n(&g_shared.flushes_done, 0, __ATOMIC_RELEASE);
  SendToOther(kFlushVector);
  while (__atomic_load_n(&g_shared.flushes_done, __ATOMIC_ACQUIRE) == 0) Pause();
}

void RunWork() {
  // The second processor is not notified of changes while it is idle.
  if (g_shared.seen_by_second != g_shared.changes) ForgetAllPages();
  const std::uint64_t before = g_shared.changes;
  Frame scenario;
  scenario.kind = Frame::Kind::kScenario;
  Frame panic;
  bool came_back = false;
  auto run = [&] { came_back = RunInFrame(&panic, g_shared.body, g_shared.argument); };
  g_kernel.innermost = nullptr;
  const bool is_stopped = !RunInFrame(&scenario, run);
  CloseUser();
  if (g_shared.changes != before) ShootDown();
  g_shared.seen_by_second = g_shared.changes;
  g_shared.result = came_back ? Remote::kDone : Remote::kPanicked;
  if (is_stopped) g_shared.result = Remote::kStopped;
}

std::uint8_t Worse(std::uint8_t a, std::uint8_t b) { return a < b ? a : b; }

}  // namespace

bool HasSecondProcessor() { return StateNow() != State::kOff; }

void StartSecondProcessor(Probes* probes) {
  EnableApic();
  for (unsigned i = 0; i < 512; ++i) second_pml4[i] = boot_pml4[i];
  second_pml4[0] =
      boot_pml4[256];  // the identity mapping of low memory, where the second processor starts
  __builtin_memcpy(DirectMap(kStartPage), second_start,
                   static_cast<std::size_t>(second_start_end - second_start));
  SendToOther(kInit);
  constexpr int kTries = 100;
  for (int i = 0; StateNow() == State::kOff; ++i) {
    if (i == kTries) Die("the second processor does not start", kTries);
    SendToOther(kStartUp | kStartPage >> 12);
    for (int spins = 0; spins < 1'000'000 && StateNow() == State::kOff; ++spins) Pause();
  }
  const Probes& second = g_shared.probes;
  probes->has_both = Worse(probes->has_both, second.has_both);
  probes->smap = Worse(probes->smap, second.smap);
  probes->smap_ac = Worse(probes->smap_ac, second.smap_ac);
  probes->smep = Worse(probes->smep, second.smep);
  probes->wp = Worse(probes->wp, second.wp);
  probes->user_mode = Worse(probes->user_mode, second.user_mode);
}

Remote RunOnSecondProcessor(void (*body)(void*), void* argument) {
  Frame* const innermost = g_kernel.innermost;
  g_shared.body = body;
  g_shared.argument = argument;
  SetState(State::kWork);
  SendToOther(kWakeVector);
  while (StateNow() == State::kWork) WaitForInterrupt();
  g_kernel.innermost = innermost;
  return g_shared.result;
}

void ForgetChangedPage(std::uint64_t address) {
  ++g_shared.changes;
  if (g_kernel.bug != Bug::kNoLocalFlush) ForgetPage(address);
}

bool HandleInterrupt(std::uint64_t entry) {
  if (entry != kWakeEntry && entry != kFlushEntry) return false;
  if (entry == kFlushEntry) {
    ForgetAllPages();
    __atomic_store_n(&g_shared.flushes_done, 1, __ATOMIC_RELEASE);
  }
  WriteApic(kApicEnd, 0);
  return true;
}

namespace {

void Main() {
  SetUpProcessor(1);
  EnableApic();
  g_shared.probes = ProbeHardware();
  for (SetState(State::kIdle);;) {
    while (StateNow() != State::kWork) WaitForInterrupt();
    RunWork();
    SetState(State::kIdle);
    SendToOther(kWakeVector);
  }
}

}  // namespace
}  // namespace ring0

void ring0_second_main() { ring0::Main(); }
