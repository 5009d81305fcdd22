// The image's kernel, as a run of a scenario and a subject need it: CPUs that take turns, a lock,
// the services of sim/subject/subject.h, page faults of the hardware, and the record of what
// happens.
//
// It promises what sim/machine promises, so that one oracle judges both.
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

// A place to go on from when what runs below it is abandoned (image/entry.S). Frames form a stack.
struct Frame {
  enum class Kind : std::uint32_t {
    kAttempt,   // of the subject
    kUserMode,  // an access in ring 3
    kPanic,     // of an operation: a kernel bug ends it
    kScenario,  // of a scenario: what the image cannot do ends it
    kProbe,     // any fault ends it
    kExample,   // of the example kernel, whose handler decides
  };

  std::uint64_t stack = 0;  // set by ring0_call
  Kind kind = Kind::kPanic;
  bool flag = false;
  bool open = false;
  std::uint8_t access = 0;
  std::uint64_t start = 0;  // of kAttempt: the bytes that may be touched
  std::uint64_t size = 0;
  std::uint64_t loaded_to = 0;  // behind the highest byte that was loaded in it, as far as known
  std::uint64_t stored_to = 0;
  std::uint64_t retries = 0;
  Frame* outer = nullptr;
};

// What the entry code leaves on the stack, the lowest first.
struct TrapFrame {
  std::uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
  std::uint64_t vector, error;
  std::uint64_t rip, cs, rflags, rsp, ss;
};

// What a CPU has for itself, while another one runs.
struct Cpu {
  bool flag = false;
  bool open = false;  // user memory is open to it
};

struct Kernel {
  static constexpr int kMaxCpus = 8;
  static constexpr int kNobody = -1;
  static constexpr std::uint64_t kMaxEvents = 200'000;  // of a scenario

  const axptr_subject* subject = nullptr;
  Bug bug = Bug::kNone;
  bool counts = false;  // instructions, so that no event is recorded
  AddressSpace memory;
  Frame* innermost = nullptr;
  int cpu = 0;
  int cpus = 1;
  bool has_lock = true;
  int lock_holder = kNobody;
  bool smap = false;          // kernel code that has not declared it finds user memory closed
  Cpu others[kMaxCpus] = {};  // the CPUs that do not run
  std::uint64_t steps = 0;
  std::uint64_t max_steps = 0;
  std::uint32_t misuses = 0;  // of the operation
  std::uint64_t events = 0;   // of the scenario
  std::uint64_t events_dropped = 0;
  Stop stop = Stop::kNone;
  unsigned unannounced_checks = 0;  // since the lock was taken
  // Another CPU may act: the access under way has reached a point of it. Null: no race is armed.
  void (*on_point)(Point point, std::uint64_t address) = nullptr;
  std::uint64_t buffer_start = 0;  // the buffer of the call under way; 0: there is none
  // Kernel code that is not the subject's uses user memory, which was open before, or was not.
  bool touching = false;
  bool open_before_touch = false;
  // An access in the middle of another one is under way (interruption.h).
  int depth = 0;
  bool is_nested = false;  // it is the caller's own
  bool was_open = false;   // user memory was open already when it began
  bool quiet = false;      // events are not recorded

  bool flag() const { return subject->faults_allowed(); }
  void SetFlag(bool set) const { subject->allow_faults(set); }
  bool HoldsLock() const { return lock_holder == cpu; }
};
extern Kernel g_kernel;

// What the image offers to a subject.
extern const axptr_machine kServices;

// Everything as new, for a scenario.
void ResetKernel(const PackedScenario& scenario);
void SwitchTo(int cpu);
// The two halves of it: what the current CPU has for itself is put away; and is taken up.
void LeaveCpu();
void EnterCpu(int cpu);

PackedEvent NewEvent(EventKind kind);
void Record(const PackedEvent& event);
// Also in the middle of another access.
void RecordAlways(const PackedEvent& event);
// Records the first of each kind in an operation.
void NoteMisuse(Misuse misuse, PackedEvent event);
void NoteMisuse(Misuse misuse);
// The subject is about to touch [address, address + size): notes what does not hold that must.
void JudgeTouch(std::uint64_t address, std::uint64_t size, bool write);
// The subject's caller touches [address, address + size) inside an access.
void NoteUseInside(std::uint64_t address, std::uint64_t size, bool write);

// The access under way is at `point`; `address`: of the fault.
void ReachPoint(Point point, std::uint64_t address = 0);
// Another CPU has acted, so that faults and steps count anew.
void CountAnew();

// Runs body(argument) in `frame`. Result: whether it came back.
bool RunInFrame(Frame* frame, void (*body)(void*), void* argument);
template <typename Body>
bool RunInFrame(Frame* frame, Body& body) {
  return RunInFrame(frame, [](void* argument) { (*static_cast<Body*>(argument))(); }, &body);
}
// Runs `body` as an operation: false: a kernel bug ended it.
template <typename Body>
bool RunOperation(Body& body) {
  Frame frame;
  g_kernel.misuses = 0;
  g_kernel.touching = g_kernel.is_nested = g_kernel.was_open = g_kernel.quiet = false;
  g_kernel.depth = 0;
  CountAnew();
  return RunInFrame(&frame, body);
}
// One touch in ring 3. False: it faulted, and the fault was not resolved.
bool TouchAsUser(std::uint64_t address, bool write, std::uint8_t flipped_bits);
// One touch in ring 0, of memory that is open or not, as the hardware has it.
void TouchByte(std::uint64_t address, bool write, std::uint8_t flipped_bits);

// Goes on at `frame`, which what runs is inside of.
[[noreturn]] void JumpTo(Frame* frame);
// Ends the operation, and says why.
[[noreturn]] void PanicAt(std::uint64_t address, bool write, KernelBug bug);
// Ends the scenario: the image has too little for it.
[[noreturn]] void EndScenario(Stop stop);

// Runs body() as kernel code that uses user memory without having declared it: where the machine
// has no SMAP, user memory is open.
template <typename Body>
void UseAsKernel(Body body) {
  g_kernel.open_before_touch = IsUserOpen();
  g_kernel.touching = true;
  if (!g_kernel.smap) OpenUser();
  body();
  PutUserBack(g_kernel.open_before_touch);
  g_kernel.touching = false;
}

// The pages of the kernel's buffer, between pages without access; of the call under way, and of one
// in the middle of it (`depth` is 1).
inline constexpr std::uint64_t kBufferPages = 17;
std::uint64_t BufferPages(int depth);

// Where the processor finds the stack for traps from ring 3.
void* UserTrapStack();

// A fault in a frame of the example kernel (testing/example.cc). Null: the instruction runs again,
// else the frame to go on with.
Frame* OnExampleFault(std::uint64_t address, bool write, bool open);

// Tables of the processor, and what it is asked about itself.
void SetUpTraps();
// Those of processor `number`, 0 or 1, which runs this.
void SetUpProcessor(unsigned number);
Probes ProbeHardware();

}  // namespace ring0

#endif  // SIM_RING0_MACHINE_KERNEL_H_
