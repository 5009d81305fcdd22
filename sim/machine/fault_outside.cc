#include "sim/machine/fault_outside.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "sim/machine/check.h"
#include "sim/machine/fault.h"
#include "sim/machine/host_limit.h"
#include "sim/machine/processor.h"
#include "sim/machine/recovery.h"
#include "sim/machine/sanitizer.h"

#if defined(SIM_WITH_ASAN)
// The options that this handler needs, for programs that are started without ASAN_OPTIONS. The fake
// stack is disabled, because frames that a jump skips would never be returned to it. The quarantine
// is small: a run takes microseconds and frees little, so that 16 MiB of freed memory cover
// thousands of runs and fit in a cache (docs/decisions/0047).
extern "C" __attribute__((weak)) const char* __asan_default_options() {
  return "allow_user_segv_handler=1:handle_segv=1:handle_sigbus=1:"
         "detect_stack_use_after_return=0:quarantine_size_mb=16";
}
#endif

namespace sim {
namespace {

constexpr int kSignals[] = {SIGSEGV, SIGBUS};
struct sigaction g_previous[std::size(kSignals)];
int g_installed = 0;

// Large, because a whole access of another CPU may run inside the handler.
constexpr size_t kMinStackBytes = 256 * 1024;
constexpr size_t kGuardBytes = 4096;

// Whether HandleSignal is the present handler of `signal`.
bool IsOurs(int signal) {
  struct sigaction now = {};
  sigaction(signal, nullptr, &now);
  return (now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == fault_internal::HandleSignal;
}

void PutBack() {
  for (size_t i = 0; i < std::size(kSignals); ++i) {
    if (IsOurs(kSignals[i])) sigaction(kSignals[i], &g_previous[i], nullptr);
  }
}

}  // namespace

absl::Status InstallFaultHandler() {
  if (const char* const lacking = WhatProcessorLacks(); lacking != nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("this processor is without what the machine needs: ", lacking));
  }
  if (g_installed++ > 0) return absl::OkStatus();
  PrepareJumps();
  struct sigaction action = {};
  action.sa_sigaction = fault_internal::HandleSignal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < std::size(kSignals); ++i) {
    SIM_CHECK(sigaction(kSignals[i], &action, &g_previous[i]) == 0);
  }
  // A sanitizer can make sigaction succeed without effect.
  for (const int signal : kSignals) {
    if (IsOurs(signal)) continue;
    PutBack();
    g_installed = 0;
    return absl::FailedPreconditionError(absl::StrCat(
        "the handler of ", strsignal(signal),
        " did not stay installed: a sanitizer refuses it. Set ASAN_OPTIONS (UBSAN_OPTIONS, "
        "TSAN_OPTIONS) to allow_user_segv_handler=1:handle_segv=1:handle_sigbus=1"));
  }
  return absl::OkStatus();
}

void RemoveFaultHandler() {
  SIM_CHECK(g_installed > 0);
  if (--g_installed == 0) PutBack();
}

AlternateStack::AlternateStack() {
  const auto wanted = static_cast<size_t>(std::max<long>(sysconf(_SC_SIGSTKSZ), kMinStackBytes));
  size_bytes_ = (wanted + kGuardBytes - 1) / kGuardBytes * kGuardBytes;
  void* const memory = mmap(nullptr, kGuardBytes + size_bytes_, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) StopForHost("memory for a signal stack", "256 KiB more (ulimit -v)");
  memory_ = static_cast<char*>(memory);
  if (mprotect(memory_, kGuardBytes, PROT_NONE) != 0) {
    StopForHost("a guard page", "room for a mapping more (vm.max_map_count)");
  }
  stack_t stack = {};
  stack.ss_sp = memory_ + kGuardBytes;
  stack.ss_size = size_bytes_;
  SIM_CHECK(sigaltstack(&stack, &previous_) == 0);
  t_thread.handler_stack_low = reinterpret_cast<uintptr_t>(stack.ss_sp);
  t_thread.handler_stack_high = t_thread.handler_stack_low + size_bytes_;
}

AlternateStack::~AlternateStack() {
  t_thread.handler_stack_low = t_thread.handler_stack_high = 0;
  sigaltstack(&previous_, nullptr);
  munmap(memory_, kGuardBytes + size_bytes_);
}

UnblockedFaultSignals::UnblockedFaultSignals() {
  sigset_t faults;
  sigemptyset(&faults);
  for (const int signal : kSignals) sigaddset(&faults, signal);
  SIM_CHECK(pthread_sigmask(SIG_UNBLOCK, &faults, &previous_) == 0);
}

UnblockedFaultSignals::~UnblockedFaultSignals() {
  // Only the fault signals are restored; the mask of other signals may have changed meanwhile.
  sigset_t blocked;
  sigemptyset(&blocked);
  for (const int signal : kSignals) {
    if (sigismember(&previous_, signal) == 1) sigaddset(&blocked, signal);
  }
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
}

namespace fault_internal {

SIM_NO_SANITIZE const struct sigaction& PreviousAction(int signal) {
  return g_previous[signal == kSignals[0] ? 0 : 1];
}

}  // namespace fault_internal
}  // namespace sim
