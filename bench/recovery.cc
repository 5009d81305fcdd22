// The implementation of axptr/platform.h for the benchmarks. It replaces that of the simulated
// machine, and forwards to it if there is a machine.
#include "bench/recovery.h"

#include <ucontext.h>

#include <cstddef>
#include <cstdint>

#include "axptr/platform.h"
#include "axptr/user_access.h"
#include "sim/machine/check.h"
#include "sim/machine/fault.h"
#include "sim/machine/machine.h"
#include "sim/machine/subject_flag.h"

namespace bench {
namespace {

struct Attempt {
  void* environment[5];  // what __builtin_setjmp needs
  uint64_t start;
  uint64_t size;
  Attempt* outer;
};

thread_local Attempt* t_innermost = nullptr;

constexpr LibraryWay kDefaultWay = {axptr::is_accessing_user_memory,
                                    axptr::set_accessing_user_memory};
LibraryWay g_way = kDefaultWay;

void UseWay(const LibraryWay& way) {
  g_way = way;
  sim::SetFlagOfProgram({way.faults_allowed, way.allow_faults});
}

// Before main: registers the flag of the library with the simulated machine.
[[maybe_unused]] const bool g_has_flag = [] {
  UseWay(kDefaultWay);
  return true;
}();

// The page-fault handler of axptr/platform.h, where no fault can be resolved.
void Abandon(int, siginfo_t* info, void* context) {
  const bool allowed = sim::FaultsAllowed();
  if (allowed && g_way.find_fixup != nullptr) {
    greg_t& pc = static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP];
    if (const uintptr_t fixup = g_way.find_fixup(static_cast<uintptr_t>(pc)); fixup != 0) {
      pc = static_cast<greg_t>(fixup);
      return;
    }
  }
  const auto address = reinterpret_cast<uint64_t>(info->si_addr);
  Attempt* holder = allowed ? t_innermost : nullptr;
  while (holder != nullptr && address - holder->start >= holder->size) holder = holder->outer;
  SIM_CHECK(holder != nullptr);
  t_innermost = holder;
  __builtin_longjmp(holder->environment, 1);
}

}  // namespace

FaultsAbandonAttempts::FaultsAbandonAttempts() : FaultsAbandonAttempts(kDefaultWay) {}

FaultsAbandonAttempts::FaultsAbandonAttempts(const LibraryWay& way) {
  UseWay(way);
  struct sigaction action = {};
  action.sa_sigaction = Abandon;
  action.sa_flags = SA_NODEFER | SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  SIM_CHECK(sigaction(SIGSEGV, &action, &previous_) == 0);
}

FaultsAbandonAttempts::~FaultsAbandonAttempts() {
  sigaction(SIGSEGV, &previous_, nullptr);
  UseWay(kDefaultWay);
}

}  // namespace bench

bool axptr_platform_attempt(std::uintptr_t start, std::size_t size_bytes, unsigned access_bits,
                            void (*body)(void* argument), void* argument) {
  if (sim::t_thread.machine != nullptr) {
    return sim::t_thread.machine->Attempt(start, size_bytes, static_cast<uint8_t>(access_bits),
                                          body, argument);
  }
  bench::Attempt attempt;
  attempt.start = start;
  attempt.size = size_bytes;
  attempt.outer = bench::t_innermost;
  // The compiler's own pair, as a kernel would write one: sigsetjmp of the C library hides the
  // addresses that it saves, and is a call.
  if (__builtin_setjmp(attempt.environment) != 0) {
    bench::t_innermost = bench::t_innermost->outer;
    sim::AllowFaults(true);  // as it was when the attempt began
    return false;
  }
  bench::t_innermost = &attempt;
  body(argument);
  bench::t_innermost = attempt.outer;
  return true;
}
