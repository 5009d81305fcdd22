// A processor fault, and the recovery from it.
#ifndef SIM_MACHINE_FAULT_H_
#define SIM_MACHINE_FAULT_H_

#include <setjmp.h>

#include <cstdint>

namespace sim {

class Kernel;
class Machine;

// The fault as the hardware reports it.
struct Fault {
  int signal = 0;  // SIGSEGV or SIGBUS
  bool address_known = true;
  bool write = false;
  // The instruction loads and stores the same memory, and on a page without any access the load
  // faults first (aarch64: atomic instructions). Then the fault is a read, regardless of `write`.
  bool loads_first = false;
  // The page is accessible, but this thread has closed it (x86: a protection key).
  bool access_closed = false;
  uint64_t address = 0;
  uintptr_t pc = 0;     // of the instruction that faulted
  uintptr_t fixup = 0;  // of that instruction, by the subject's exception table; 0: it has none
};

// The action of the fault handler.
enum class FaultAction : uint8_t {
  kRetry,    // return from the handler: the instruction runs again
  kOpen,     // the same, with user memory open to the code until user access changes next
  kFixup,    // return from the handler to Fault::fixup
  kAbandon,  // jump to the innermost recovery frame: it is the one that is abandoned
  kPanic,    // jump to the innermost panic frame
  kNotOurs,  // call the previous handler of the signal
};

// What the hardware permits of the user window to the code that a thread runs (window_key.h).
enum class WindowMode : uint8_t {
  kOpen,           // every touch
  kFollowsAccess,  // touches while user access is open
};

// A point at which execution continues when the code that runs under it is abandoned. The frames of
// a thread form a stack. A jump to a frame removes it from the stack.
struct RecoveryFrame {
  enum class Kind : uint8_t {
    kAttempt,   // axptr_platform_attempt: unresolved faults in its range jump here
    kUserMode,  // user code: unresolved faults end in a signal to the process
    kPanic,     // the run of a scenario: a kernel bug jumps here and is reported
  };

  Kind kind = Kind::kPanic;
  // The user-access flag and user access of the CPU when the frame was made. A jump to the frame
  // restores both.
  bool flag = false;
  bool access_open = false;
  WindowMode window = WindowMode::kOpen;  // of the thread when the frame was made
  bool touching = false;  // of kPanic: the running code touches memory that the subject lent
  uint8_t access = 0;     // MappingFlags::bits()
  uint64_t start = 0;     // of kAttempt: the bytes that may be touched
  uint64_t size = 0;
  uint64_t loaded_to = 0;     // of kAttempt: the end of the last load in it; initially `start`
  uint64_t stored_to = 0;     // of the last store
  uint64_t retries = 0;       // handled faults whose instruction was retried or resumed
  uintptr_t stack = 0;        // the stack below this belongs to what is abandoned
  uintptr_t fault_stack = 0;  // the stack pointer at the fault that abandoned it
  // Whether the jump to the frame abandoned a fault handler, because the fault or the panic
  // occurred inside one.
  bool left_handler = false;
  RecoveryFrame* outer = nullptr;
  sigjmp_buf environment;
};

// The user access of a task that a fault has interrupted: what it is when the task continues.
struct InterruptedTask {
  bool flag;
  bool access_open;
};

// Whether user memory is open to the current simulated CPU: the hardware state (RFLAGS.AC).
class UserAccess {
 public:
  constexpr UserAccess() = default;
  UserAccess(const UserAccess&) = delete;
  UserAccess& operator=(const UserAccess&) = delete;

  // NOLINTNEXTLINE(google-explicit-constructor): reads as the bool that it is.
  constexpr operator bool() const { return is_open_; }

 private:
  friend bool ExchangeUserAccess(bool open);  // window_key.h: changes the hardware, too
  bool is_open_ = false;
};

// Per-thread state of the machine and its signal handler. Written only by its own thread.
struct ThreadState {
  Kernel* kernel = nullptr;    // the kernel whose services a subject gets
  Machine* machine = nullptr;  // the machine that handles the thread's faults
  RecoveryFrame* innermost = nullptr;
  uint64_t steps = 0;  // of its RunKernel: see Machine::IsStepTooMany
  // More steps mean that the access does not end. No limit outside RunKernel.
  uint64_t max_steps = UINT64_MAX;
  bool has_turn = false;  // holds Machine::Turn
  UserAccess access_open;
  WindowMode window = WindowMode::kOpen;
  // While a fault is handled: of the task that faulted.
  InterruptedTask* interrupted = nullptr;
  // While a fault is handled: the ucontext_t of the faulting code. For stack traces.
  const void* fault_context = nullptr;
  // Whether the subject's find_fixup is running. A fault meanwhile is a fault of find_fixup.
  bool asks_for_fixup = false;
  // The stack pointer of the code that the outermost handler interrupted: it points into the stack
  // that the handler does not run on.
  uintptr_t interrupted_stack = 0;
  // The stack of the thread's signal handlers: [low, high).
  uintptr_t handler_stack_low = 0;
  uintptr_t handler_stack_high = 0;

  bool IsOnHandlerStack(uintptr_t address) const {
    return handler_stack_low <= address && address < handler_stack_high;
  }
};
[[gnu::tls_model("initial-exec")]] extern constinit thread_local ThreadState t_thread;

}  // namespace sim

#endif  // SIM_MACHINE_FAULT_H_
