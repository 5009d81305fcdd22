#include "sim/machine/recovery.h"

#include <dlfcn.h>
#include <setjmp.h>

#include <cerrno>

#include "sim/machine/check.h"
#include "sim/machine/sanitizer.h"
#include "sim/machine/subject_flag.h"
#include "sim/machine/window_key.h"

#if defined(SIM_WITH_ASAN)
#include <sanitizer/asan_interface.h>
#endif

namespace sim {

constinit thread_local ThreadState t_thread;

namespace {

using Jump = void (*)(sigjmp_buf, int);

#if defined(SIM_WITH_TSAN)
// ThreadSanitizer keeps a shadow stack, and must intercept every jump.
constexpr Jump g_jump = nullptr;
#else
Jump g_jump = nullptr;
#endif

// The red zone: bytes below the stack pointer that a function may use without moving the stack
// pointer.
[[maybe_unused]] constexpr uintptr_t kRedZoneBytes = 128;

// No object with a destructor and no instrumented frame may lie between the sigsetjmp and the body.
SIM_NO_SANITIZE bool CallInFrame(RecoveryFrame* frame, void (*body)(void*), void* argument) {
  if (sigsetjmp(frame->environment, 0) != 0) return false;
  frame->stack = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  body(argument);
  return true;
}

// Unpoisons the abandoned frames for ASan, which would otherwise report the next function that uses
// that part of the stack.
SIM_NO_SANITIZE void UnpoisonAbandonedStack([[maybe_unused]] const RecoveryFrame& frame) {
#if defined(SIM_WITH_ASAN)
  const uintptr_t low = frame.fault_stack - kRedZoneBytes;
  if (low < frame.stack) {
    __asan_unpoison_memory_region(reinterpret_cast<void*>(low), frame.stack - low);
  }
  if (frame.left_handler) {
    __asan_unpoison_memory_region(reinterpret_cast<void*>(t_thread.handler_stack_low),
                                  t_thread.handler_stack_high - t_thread.handler_stack_low);
  }
#endif
}

}  // namespace

void PrepareJumps() {
#if !defined(SIM_WITH_TSAN)
  if (g_jump != nullptr) return;
  void* const libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
  if (libc != nullptr) g_jump = reinterpret_cast<Jump>(dlsym(libc, "siglongjmp"));
#endif
}

bool RunInFrame(RecoveryFrame* frame, void (*body)(void* argument), void* argument) {
  frame->flag = FaultsAllowed();
  frame->access_open = t_thread.access_open;
  frame->window = t_thread.window;
  frame->retries = 0;
  frame->fault_stack = 0;
  frame->left_handler = false;
  frame->outer = t_thread.innermost;
  t_thread.innermost = frame;
  // ThreadSanitizer gives signal handlers an errno of their own, which would persist after a jump.
  const int saved_errno = errno;
  const bool completed = CallInFrame(frame, body, argument);
  if (completed) {
    SIM_CHECK(t_thread.innermost == frame);
    t_thread.innermost = frame->outer;
  } else {
    errno = saved_errno;
    UnpoisonAbandonedStack(*frame);
  }
  return completed;
}

SIM_NO_SANITIZE RecoveryFrame* InnermostPanicFrame() {
  RecoveryFrame* frame = t_thread.innermost;
  while (frame != nullptr && frame->kind != RecoveryFrame::Kind::kPanic) frame = frame->outer;
  return frame;
}

SIM_NO_SANITIZE void JumpTo(RecoveryFrame* frame) {
  t_thread.innermost = frame->outer;
  t_thread.asks_for_fixup = false;
  t_thread.window = frame->window;
  ExchangeUserAccess(frame->access_open);
  UpdateWindowKey();  // also of an open window: the signal handler that is left had it closed
  if (frame->kind != RecoveryFrame::Kind::kPanic) AllowFaults(frame->flag);
  if (frame->fault_stack == 0) {
    frame->fault_stack = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  }
  if (t_thread.IsOnHandlerStack(frame->fault_stack) && !t_thread.IsOnHandlerStack(frame->stack)) {
    frame->left_handler = true;
    frame->fault_stack = t_thread.interrupted_stack;
    t_thread.fault_context = nullptr;
  }
  if (g_jump != nullptr) g_jump(frame->environment, 1);
  siglongjmp(frame->environment, 1);
}

}  // namespace sim
