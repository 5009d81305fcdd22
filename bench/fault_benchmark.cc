// One recovered fault: a recoverable user access to unmapped memory that returns EFAULT.
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include <cstdint>
#include <memory>
#include <string>

#include "axptr/user_access.h"
#include "bench/recovery.h"
#include "bench/row.h"
#include "bench/user_memory.h"
#include "sim/machine/check.h"
#include "sim/machine/machine.h"

namespace bench {
namespace {

sigjmp_buf g_environment;

void JumpBack(int) { siglongjmp(g_environment, 1); }

// The usual method: a handler that calls siglongjmp. The kernel blocks the signal while its handler
// runs; so either the signal mask is saved and restored, or the handler is installed so that the
// signal is not blocked (no_mask).
void BareGuard(benchmark::State& state, bool save_mask) {
  HostMemory memory(kPageBytes);
  SIM_CHECK(mprotect(memory.bytes(), kPageBytes, PROT_NONE) == 0);
  struct sigaction action = {};
  struct sigaction previous;
  action.sa_handler = JumpBack;
  action.sa_flags = save_mask ? 0 : SA_NODEFER;
  SIM_CHECK(sigaction(SIGSEGV, &action, &previous) == 0);
  const auto* const bytes = reinterpret_cast<const volatile uint8_t*>(memory.bytes());
  int64_t caught = 0;
  for (auto _ : state) {
    if (sigsetjmp(g_environment, save_mask ? 1 : 0) == 0) {
      benchmark::DoNotOptimize(*bytes);
    } else {
      caught = caught + 1;
    }
  }
  sigaction(SIGSEGV, &previous, nullptr);
  state.counters["caught"] = static_cast<double>(caught);
}

bool AttemptOneByte() {
  const auto range = axptr::VirtAddrRange::from_start_size(axptr::VirtAddr(kUserStart), 1);
  return axptr::attempt_user_access(
             *range, axptr::MappingFlags::READ,
             [&] {
               benchmark::DoNotOptimize(*reinterpret_cast<const volatile uint8_t*>(kUserStart));
             })
      .has_value();
}

// The library's recoverable access on a minimal platform (platform.h).
void LibraryGuard(benchmark::State& state) {
  HostMemory memory(kPageBytes);
  SIM_CHECK(mprotect(memory.bytes(), kPageBytes, PROT_NONE) == 0);
  const FaultsAbandonAttempts handler;
  for (auto _ : state) SIM_CHECK(!AttemptOneByte());
}

// The same on the simulated machine, whose handler queries the address space and records events.
void MachineGuard(benchmark::State& state) {
  auto machine = sim::Machine::Create();
  SIM_CHECK(machine.ok());
  (*machine)->Reset({});
  constexpr int kBatch = 256;
  while (state.KeepRunningBatch(kBatch)) {
    const bool survived = (*machine)->RunKernel([] {
      for (int i = 0; i < kBatch; ++i) SIM_CHECK(!AttemptOneByte());
    });
    SIM_CHECK(survived);
  }
}

// A recoverable access without a fault.
void NoFault(benchmark::State& state) {
  HostMemory memory(kPageBytes);
  for (auto _ : state) SIM_CHECK(AttemptOneByte());
}

}  // namespace

void AddFaultRows() {
  AddRow("fault/bare", "load/one", [](benchmark::State& state) { BareGuard(state, true); });
  AddRow("fault/bare_no_mask", "fault/bare",
         [](benchmark::State& state) { BareGuard(state, false); });
  AddRow("fault/library", "fault/bare_no_mask", LibraryGuard);
  AddRow("fault/machine", "fault/bare", MachineGuard);
  AddRow("fault/attempt_without_fault", "load/one", NoFault);
}

}  // namespace bench
