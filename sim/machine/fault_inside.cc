// The code that runs inside the signal handler. This file has no other code.
//
// Rules, because the handler runs on the alternate stack in the middle of any instruction:
// - No instrumentation (SIM_NO_SANITIZE) in this file's functions: a sanitizer's report in here
//   would hide the fault that is being handled.
// - No memory is allocated, except by an armed race, which changes the address space: that follows
//   only from a fault of the library on user memory, never from a fault inside the allocator.
// - The handler reads only the user-access flag, the recovery frames and the machine of this
//   thread, and, for an instruction of the subject, the subject's exception table.
// - A fault that the machine does not handle goes to the previous handler: a real crash stays a
//   crash.
#include <errno.h>
#include <signal.h>
#include <ucontext.h>

#include "sim/machine/fault.h"
#include "sim/machine/fault_outside.h"
#include "sim/machine/machine.h"
#include "sim/machine/processor.h"
#include "sim/machine/recovery.h"
#include "sim/machine/sanitizer.h"
#include "sim/machine/subject_code.h"
#include "sim/machine/subject_flag.h"
#include "sim/machine/window_key.h"

namespace sim::fault_internal {
namespace {

// The subject's fixup for the faulting instruction at `pc`; 0: none. find_fixup runs with the
// user-access flag clear and with the signal mask of `context`: a fault in find_fixup enters this
// handler again, and is a kernel bug.
SIM_NO_SANITIZE uintptr_t AskForFixup(uintptr_t pc, const void* context) {
  if (t_thread.asks_for_fixup || !IsSubjectCode(pc)) return 0;
  const bool flag = FaultsAllowed();
  AllowFaults(false);
  RestoreSignalMask(context);
  t_thread.asks_for_fixup = true;
  const uintptr_t fixup = FindFixup(pc);
  t_thread.asks_for_fixup = false;
  AllowFaults(flag);
  return fixup;
}

SIM_NO_SANITIZE void HandOn(int signal, siginfo_t* info, void* context) {
  const struct sigaction& previous = PreviousAction(signal);
  if ((previous.sa_flags & SA_SIGINFO) != 0) {
    previous.sa_sigaction(signal, info, context);
    return;
  }
  if (previous.sa_handler == SIG_IGN && info->si_code <= 0) return;
  if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    previous.sa_handler(signal);
    return;
  }
  // The default action: a fault recurs after the return from the handler; a signal that was sent
  // must be raised again.
  struct sigaction standard = {};
  standard.sa_handler = SIG_DFL;
  sigaction(signal, &standard, nullptr);
  if (info->si_code <= 0) raise(signal);
}

}  // namespace

SIM_NO_SANITIZE void RestoreSignalMask(const void* context) {
  // SA_NODEFER does not suffice: a fuzzing engine that re-registers the handler drops it. The whole
  // mask is restored, because ThreadSanitizer blocks every signal inside a handler.
  constexpr size_t kKernelMaskBytes = 8;  // the size of the mask in the context
  sigset_t mask;
  sigemptyset(&mask);
  __builtin_memcpy(&mask, &static_cast<const ucontext_t*>(context)->uc_sigmask, kKernelMaskBytes);
  pthread_sigmask(SIG_SETMASK, &mask, nullptr);
}

SIM_NO_SANITIZE void HandleSignal(int signal, siginfo_t* info, void* context) {
  const int saved_errno = errno;
  const uintptr_t stack = StackPointerOf(context);
  Machine* const machine = t_thread.machine;
  FaultAction action = FaultAction::kNotOurs;
  Fault fault;
  // A signal sent by a process (si_code <= 0) carries no fault address, whatever its number.
  if (machine != nullptr && t_thread.innermost != nullptr && info->si_code > 0) {
    // Handlers nest: another CPU may fault while the fault of the first one is handled.
    const void* const interrupted = t_thread.fault_context;
    if (interrupted == nullptr) t_thread.interrupted_stack = stack;
    t_thread.fault_context = context;
    fault = ReadFault(signal, *info, context);
    fault.fixup = AskForFixup(fault.pc, context);
    UpdateWindowKey();
    action = machine->OnFault(fault);
    // Clobbers errno, as a function called by a handler may do, so that tests detect a missing
    // restore.
    errno = ENOSYS;
    t_thread.fault_context = action == FaultAction::kPanic ? nullptr : interrupted;
  }
  errno = saved_errno;
  const bool returns = action == FaultAction::kRetry || action == FaultAction::kOpen ||
                       action == FaultAction::kFixup;
  if (returns && HardwareClosesWindow()) {
    SetKeyOfContext(context, g_window_key, action == FaultAction::kOpen || WindowIsOpen());
  }
  if (action == FaultAction::kRetry || action == FaultAction::kOpen) return;
  if (action == FaultAction::kFixup) {
    ContinueAt(context, fault.fixup);
    return;
  }
  if (action == FaultAction::kNotOurs) {
    HandOn(signal, info, context);
    return;
  }
  RestoreSignalMask(context);
  RecoveryFrame* const frame =
      action == FaultAction::kPanic ? InnermostPanicFrame() : t_thread.innermost;
  frame->fault_stack = stack;
  JumpTo(frame);
}

}  // namespace sim::fault_internal
