// axptr/platform.h for the benchmarks: takes the place of the simulated machine's own, to which it
// leads where there is a machine.
#include "axptr/platform.h"

#include <setjmp.h>

#include <cstdint>

#include "bench/platform.h"
#include "sim/machine/check.h"
#include "sim/machine/fault.h"
#include "sim/machine/machine.h"
#include "sim/machine/subject_flag.h"

namespace bench {
namespace {

struct Attempt {
  sigjmp_buf environment;
  uint64_t start = 0;
  uint64_t size = 0;
  bool flag = false;
  Attempt* outer = nullptr;
};

thread_local Attempt* t_innermost = nullptr;

// Before main: the flag of the library as this program compiles it, for the simulated machine.
[[maybe_unused]] const bool g_has_flag = [] {
  sim::SetFlagOfProgram({axptr::is_accessing_user_memory, axptr::set_accessing_user_memory});
  return true;
}();

// The page-fault handler of axptr/platform.h, where no fault can be resolved.
void Abandon(int, siginfo_t* info, void*) {
  const auto address = reinterpret_cast<uint64_t>(info->si_addr);
  Attempt* holder = sim::FaultsAllowed() ? t_innermost : nullptr;
  while (holder != nullptr && address - holder->start >= holder->size) holder = holder->outer;
  SIM_CHECK(holder != nullptr);
  t_innermost = holder;
  siglongjmp(holder->environment, 1);
}

}  // namespace

FaultsAbandonAttempts::FaultsAbandonAttempts() {
  struct sigaction action = {};
  action.sa_sigaction = Abandon;
  action.sa_flags = SA_NODEFER | SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  SIM_CHECK(sigaction(SIGSEGV, &action, &previous_) == 0);
}

FaultsAbandonAttempts::~FaultsAbandonAttempts() { sigaction(SIGSEGV, &previous_, nullptr); }

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
  attempt.flag = sim::FaultsAllowed();
  attempt.outer = bench::t_innermost;
  if (sigsetjmp(attempt.environment, 0) != 0) {
    bench::t_innermost = attempt.outer;
    sim::AllowFaults(attempt.flag);
    return false;
  }
  bench::t_innermost = &attempt;
  body(argument);
  bench::t_innermost = attempt.outer;
  return true;
}
