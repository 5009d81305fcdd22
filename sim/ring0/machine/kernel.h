// The image's kernel, for runs of scenarios and for the subject: CPUs of which one runs at a time,
// a lock, the services of sim/subject/subject.h, page faults of the hardware, and the record of
// events.
//
// The kernel has the same contract as sim/machine, so that one oracle judges both.
#ifndef SIM_RING0_MACHINE_KERNEL_H_
#define SIM_RING0_MACHINE_KERNEL_H_

#include <cstdint>

#include "sim/ring0/image/cpu.h"
#include "sim/ring0/machine/address_space.h"
#include "sim/ring0/replay/packed.h"
#include "sim/subject/subject.h"

namespace ring0 {

// Errno numbers.
inline constexpr int kInterrupted = 4;
inline constexpr int kNoMemory = 12;
inline constexpr int kBadAddress = 14;
inline constexpr int kExists = 17;
inline constexpr int kInvalid = 22;

// A place where execution continues when the code that runs inside the frame is abandoned
// (image/entry.S). Frames form a stack.
struct Frame {
  enum class Kind : std::uint32_t {
    kAttempt,   // a recoverable user access of the subject
    kUserMode,  // an access in ring 3
    kPanic,     // an operation: a kernel bug ends it
    kScenario,  // a scenario: an operation that the image cannot run ends it
    kProbe,     // any fault ends it
    kExample,   // the example kernel, whose own fault handler decides
  };

  std::uint64_t stack = 0;  // set by ring0_call
  Kind kind = Kind::kPanic;
  bool flag = false;
  bool open = false;
  std::uint8_t access = 0;
  std::uint64_t start = 0;  // of kAttempt: start of the range that may be touched
  std::uint64_t size = 0;
  std::uint64_t loaded_to = 0;  // one past the highest byte loaded in it, if loads are reported
  std::uint64_t stored_to = 0;
  std::uint64_t retries = 0;
  Frame* outer = nullptr;
};

// The layout of the stack after the entry code, lowest address first.
struct TrapFrame {
  std::uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
  std::uint64_t vector, error;
  std::uint64_t rip, cs, rflags, rsp, ss;
};

// The state of a CPU while another CPU runs.
struct Cpu {
  bool flag = false;
  bool open = false;  // user access is open
};

struct Kernel {
  static constexpr int kMaxCpus = 8;
  static constexpr int kNoCpu = -1;
  static constexpr std::uint64_t kMaxEvents = 200'000;  // of a scenario

  const axptr_subject* subject = nullptr;
  Bug bug = Bug::kNone;
  bool counts = false;  // instructions are counted, and no event is recorded
  AddressSpace memory;
  Frame* innermost = nullptr;
  int cpu = 0;
  int cpus = 1;
  bool has_lock = true;
  int lock_holder = kNoCpu;
  bool smap = false;          // undeclared user accesses of kernel code find user access closed
  Cpu others[kMaxCpus] = {};  // the CPUs that do not run
  std::uint64_t steps = 0;
  std::uint64_t max_steps = 0;
  std::uint32_t misuses = 0;  // of the operation
  std::uint64_t events = 0;   // of the scenario
  Stop stop = Stop::kNone;
  unsigned unannounced_checks = 0;  // since the lock was taken
  // Called when the current access reaches a point where another CPU may act. Null: no race is
  // armed.
  void (*on_point)(Point point, std::uint64_t address) = nullptr;
  std::uint64_t buffer_start = 0;  // the buffer of the current call; 0: none
  // Kernel code outside of the subject uses user memory (UseAsKernel), and whether user access was
  // open before.
  bool touching = false;
  bool open_before_touch = false;
  // 1 during an access in the middle of another access (interruption.h).
  int depth = 0;
  bool is_nested = false;  // the inner access is made by the caller of the outer access
  bool was_open = false;   // user access was open when the inner access began
  bool quiet = false;      // events are not recorded

  bool flag() const { return subject->faults_allowed(); }
  void SetFlag(bool set) const { subject->allow_faults(set); }
  bool HoldsLock() const { return lock_holder == cpu; }
};
extern Kernel g_kernel;

// The image's services for a subject.
extern const axptr_machine kServices;

// Resets the whole kernel for a scenario.
void ResetKernel(const PackedScenario& scenario);
void SwitchTo(int cpu);
// The two halves of SwitchTo: LeaveCpu saves the state of the current CPU, EnterCpu loads the state
// of `cpu`.
void LeaveCpu();
void EnterCpu(int cpu);

PackedEvent NewEvent(EventKind kind);
void Record(const PackedEvent& event);
// Records the event even in the middle of another access.
void RecordAlways(const PackedEvent& event);
// Records only the first misuse of each kind in an operation.
void NoteMisuse(Misuse misuse, PackedEvent event);
void NoteMisuse(Misuse misuse);
// Called before the subject touches [address, address + size). Records the broken preconditions of
// the touch.
void JudgeTouch(std::uint64_t address, std::uint64_t size, bool write);
// Called when the subject's caller touches [address, address + size) inside an access.
void NoteUseInside(std::uint64_t address, std::uint64_t size, bool write);

// The current access has reached `point`. `address`: of the fault.
void ReachPoint(Point point, std::uint64_t address = 0);
// Resets the counts of faults and steps, because another CPU has acted.
void CountAnew();

// Runs body(argument) in `frame`. Result: whether `body` returned; false: it was abandoned.
bool RunInFrame(Frame* frame, void (*body)(void*), void* argument);
template <typename Body>
bool RunInFrame(Frame* frame, Body& body) {
  return RunInFrame(frame, [](void* argument) { (*static_cast<Body*>(argument))(); }, &body);
}
// Runs `body` as an operation. Result: false if a kernel bug ended the operation.
template <typename Body>
bool RunOperation(Body& body) {
  Frame frame;
  g_kernel.misuses = 0;
  g_kernel.touching = g_kernel.is_nested = g_kernel.was_open = g_kernel.quiet = false;
  g_kernel.depth = 0;
  CountAnew();
  return RunInFrame(&frame, body);
}
// Touches a byte in ring 3. Result: false if the touch faulted and the fault was not resolved.
bool TouchAsUser(std::uint64_t address, bool write, std::uint8_t flipped_bits);
// Touches a byte in ring 0. Does not change AC.
void TouchByte(std::uint64_t address, bool write, std::uint8_t flipped_bits);

// Continues at `frame`. Precondition: the caller runs inside `frame`.
[[noreturn]] void JumpTo(Frame* frame);
// Ends the operation and records the reason.
[[noreturn]] void PanicAt(std::uint64_t address, bool write, KernelBug bug);
// Ends the scenario because the image cannot run it.
[[noreturn]] void EndScenario(Stop stop);

// Runs body() as kernel code that uses user memory without declaring the access. If the machine has
// no SMAP (`machine smap=off`), user access is open meanwhile.
template <typename Body>
void UseAsKernel(Body body) {
  g_kernel.open_before_touch = IsUserOpen();
  g_kernel.touching = true;
  if (!g_kernel.smap) OpenUser();
  body();
  PutUserBack(g_kernel.open_before_touch);
  g_kernel.touching = false;
}

// The pages of the kernel's buffer, between pages without access: of the current call (`depth` is
// 0) and of a call in the middle of that call (`depth` is 1).
inline constexpr std::uint64_t kBufferPages = 17;
std::uint64_t BufferPages(int depth);

// The address where the processor reads the stack pointer for traps from ring 3.
void* UserTrapStack();

// Handles a fault in a frame of the example kernel (testing/example.cc). Result: null to run the
// instruction again, else the frame where execution continues.
Frame* OnExampleFault(std::uint64_t address, bool write, bool open);

// Set up the processor's tables and probe the processor.
void SetUpTraps();
// Sets up the tables of processor `number`, 0 or 1. Precondition: that processor runs this
// function.
void SetUpProcessor(unsigned number);
Probes ProbeHardware();

}  // namespace ring0

#endif  // SIM_RING0_MACHINE_KERNEL_H_
