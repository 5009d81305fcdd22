// A fault of the processor, and the ways back from it.
#ifndef SIM_MACHINE_FAULT_H_
#define SIM_MACHINE_FAULT_H_

#include <setjmp.h>

#include <cstdint>

namespace sim {

class Kernel;
class Machine;

// What the hardware says.
struct Fault {
  int signal = 0;  // SIGSEGV or SIGBUS
  bool address_known = true;
  bool write = false;
  // The instruction loads what it stores to, and on a page that refuses both it is the load that
  // fails (aarch64: atomic instructions). Then this is a read, whatever `write` says.
  bool loads_first = false;
  // The page may be accessed, but this thread had closed it (x86: a protection key).
  bool access_closed = false;
  uint64_t address = 0;
  uintptr_t pc = 0;     // of the instruction that faulted
  uintptr_t fixup = 0;  // of that instruction, by the subject's exception table; 0: it has none
};

// What is to be done about it.
enum class FaultAction : uint8_t {
  kRetry,    // return from the handler: the instruction runs again
  kFixup,    // return from the handler to Fault::fixup: what comes after the instruction
  kAbandon,  // jump to the innermost recovery frame, which is the one to be abandoned
  kPanic,    // jump to the innermost panic frame
  kNotOurs,  // for the handler of the signal that was there before
};

// A place to go on from when what runs below it is abandoned. Frames of one thread form a stack;
// a frame is gone once it was jumped to.
struct RecoveryFrame {
  enum class Kind : uint8_t {
    kAttempt,   // axptr_platform_attempt: unresolved faults in its range come here
    kUserMode,  // user code: unresolved faults end in a signal to the process
    kPanic,     // the run of a scenario: a kernel bug comes here and is reported
  };

  Kind kind = Kind::kPanic;
  // The CPU's flag and user access when the frame was made; put back by a jump here.
  bool flag = false;
  bool access_open = false;
  bool touching = false;  // of kPanic: what runs now touches what the subject handed out
  uint8_t access = 0;     // MappingFlags::bits()
  uint64_t start = 0;     // of kAttempt: the bytes that may be touched
  uint64_t size = 0;
  uint64_t loaded_to = 0;     // of kAttempt: the end of the last load in it, at first `start`
  uint64_t stored_to = 0;     // of the last store
  uint64_t retries = 0;       // handled faults that were to be retried
  uintptr_t stack = 0;        // the stack below this belongs to what is abandoned
  uintptr_t fault_stack = 0;  // how far down that was, when it was abandoned by a fault
  // Whether a handler was abandoned with it: the fault, or the panic, came inside one.
  bool left_handler = false;
  RecoveryFrame* outer = nullptr;
  sigjmp_buf environment;
};

// What the machine, and its signal handler, know of the thread that they run on. Written only by
// its own thread.
struct ThreadState {
  Kernel* kernel = nullptr;    // whose services a subject gets
  Machine* machine = nullptr;  // who handles its faults
  RecoveryFrame* innermost = nullptr;
  uint64_t steps = 0;  // of its RunKernel: see Machine::IsStepTooMany
  // More show that the access does not end. Outside of RunKernel nothing is an access.
  uint64_t max_steps = UINT64_MAX;
  bool has_turn = false;  // among the host threads
  // User memory is open to the simulated CPU that the thread is: the hardware's state (RFLAGS.AC).
  bool access_open = false;
  // While a fault is handled: the ucontext_t of what faulted. For those who want its stack.
  const void* fault_context = nullptr;
  // The subject is being asked for a fixup. A fault meanwhile is one of that answer.
  bool asks_for_fixup = false;
  // How far down the stack was that the handler does not run on, when it was called.
  uintptr_t interrupted_stack = 0;
  // Where its signal handlers run: [low, high).
  uintptr_t handler_stack_low = 0;
  uintptr_t handler_stack_high = 0;

  bool IsOnHandlerStack(uintptr_t address) const {
    return handler_stack_low <= address && address < handler_stack_high;
  }
};
[[gnu::tls_model("initial-exec")]] extern constinit thread_local ThreadState t_thread;

}  // namespace sim

#endif  // SIM_MACHINE_FAULT_H_
