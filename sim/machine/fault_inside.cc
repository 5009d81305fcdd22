// What runs inside the signal handler, and nothing else.
//
// Rules, because the handler runs on the alternate stack in the middle of any instruction:
// - No instrumentation (SIM_NO_SANITIZE) in this file's functions: a sanitizer's report in here
//   would hide the fault that is being handled.
// - No memory is allocated but by an armed race, which changes the address space: the fault that
//   leads there is one of the library's on user memory, never one inside the allocator.
// - The flag, the frames and the machine of this thread are all that is looked at; and, if the
//   instruction is the subject's, its exception table.
// - What is not certainly ours goes to the previous handler: a real crash stays a crash.
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

namespace sim::fault_internal {
namespace {

// The subject's fixup for the instruction at `pc`, which faulted; 0: none. The subject is asked
// with the flag clear and with signals as `context` had them: a fault of find_fixup itself comes
// to this handler in its turn, and is a kernel bug.
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
  // The default action: a fault comes again as soon as we return; what was sent must be sent again.
  struct sigaction standard = {};
  standard.sa_handler = SIG_DFL;
  sigaction(signal, &standard, nullptr);
  if (info->si_code <= 0) raise(signal);
}

}  // namespace

SIM_NO_SANITIZE void RestoreSignalMask(const void* context) {
  // By hand and not by SA_NODEFER, which a fuzzing engine that re-registers the handler drops. And
  // not just the signal at hand: under ThreadSanitizer every signal is blocked in here.
  constexpr size_t kKernelMaskBytes = 8;  // what there is of it in the context
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
  // Signals that somebody sent (si_code <= 0) carry no address, whatever their number.
  if (machine != nullptr && t_thread.innermost != nullptr && info->si_code > 0) {
    // A fault of another CPU may come inside the handler of the first's.
    const void* const interrupted = t_thread.fault_context;
    if (interrupted == nullptr) t_thread.interrupted_stack = stack;
    t_thread.fault_context = context;
    fault = ReadFault(signal, *info, context);
    fault.fixup = AskForFixup(fault.pc, context);
    action = machine->OnFault(fault);
    // As what a handler calls may leave it: so it shows if it is not put back.
    errno = ENOSYS;
    t_thread.fault_context = action == FaultAction::kPanic ? nullptr : interrupted;
  }
  errno = saved_errno;
  if (action == FaultAction::kRetry) return;
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
