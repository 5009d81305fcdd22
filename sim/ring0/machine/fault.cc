// The page-fault handler of the image's kernel: the rules of axptr/platform.h, applied to page
// faults of the hardware.
#include "sim/ring0/image/cpu.h"
#include "sim/ring0/image/report.h"
#include "sim/ring0/machine/kernel.h"
#include "sim/ring0/machine/second.h"
#include "sim/subject/subject_copying.h"

namespace ring0 {

extern "C" {
void ring0_abandoned();
void ring0_user_done();
void ring0_trap(TrapFrame* trap);
}

namespace {

constexpr std::uint64_t kVectorStack = 12;
constexpr std::uint64_t kVectorProtection = 13;
constexpr std::uint64_t kVectorPage = 14;
constexpr std::uint64_t kVectorDone = 32;  // int $0x80
constexpr std::uint64_t kFlagsAlways = 2;
constexpr std::uint64_t kKernelCode = 0x08;
constexpr std::uint64_t kKernelData = 0x10;

struct Fault {
  std::uint64_t address = 0;
  bool address_known = false;
  bool write = false;
  bool open = false;       // user access was open in the interrupted code
  bool prevented = false;  // SMAP stopped an undeclared user access of kernel code
  bool in_window = false;
  PackedFault hardware;
};

// Changes `trap` so that iretq continues at `place`, on the frame's stack.
void GoTo(TrapFrame* trap, Frame* frame, void (*place)()) {
  trap->rip = reinterpret_cast<std::uint64_t>(place);
  trap->cs = kKernelCode;
  trap->ss = kKernelData;
  trap->rsp = frame->stack;
  trap->rflags = kFlagsAlways | (frame->open ? kFlagAccess : 0);
  g_kernel.innermost = frame->outer;
}

void Judge(PackedEvent* event, Disposition disposition, KernelBug bug) {
  event->disposition = static_cast<std::uint8_t>(disposition);
  event->bug = static_cast<std::uint8_t>(bug);
  if (disposition != Disposition::kResolved) {
    event->bits &= static_cast<std::uint8_t>(~PackedEvent::kOk);
  }
  Record(*event);
}

// Result: null to run the instruction again, else the frame where execution continues.
Frame* OnBug(PackedEvent event, KernelBug bug) {
  Judge(&event, Disposition::kKernelBug, bug);
  Frame* frame = g_kernel.innermost;
  while (frame->kind != Frame::Kind::kPanic) frame = frame->outer;
  return frame;
}

Frame* Unresolved(PackedEvent event, Frame* holder) {
  if (holder->kind == Frame::Kind::kPanic) return OnBug(event, KernelBug::kNoWayBack);
  Judge(&event, Disposition::kEfault, KernelBug::kNone);
  for (Frame* inner = g_kernel.innermost; inner != holder; inner = inner->outer) {
    PackedEvent gone = NewEvent(EventKind::kAttemptEnded);
    gone.bits = static_cast<std::uint8_t>((gone.bits & ~PackedEvent::kOk) |
                                          (event.bits & PackedEvent::kFlag));
    gone.address = inner->start;
    gone.size = inner->size;
    gone.access = inner->access;
    Record(gone);
  }
  return holder;
}

std::uint64_t MaxRetries(const Frame& frame) {
  const bool is_attempt = frame.kind != Frame::Kind::kPanic;
  return 64 + 2 * ((is_attempt ? frame.size / kPageBytes : Frames::kAll) + 2);
}

Frame* HandleUserFault(const Fault& fault, Frame* holder, PackedEvent event) {
  Kernel& kernel = g_kernel;
  if (kernel.flag()) NoteMisuse(Misuse::kFlagSetInHandler);
  if (IsUserOpen()) NoteMisuse(Misuse::kOpenInHandler);
  if ((holder->access & AXPTR_RESOLVE_NO_FAULT) != 0) return Unresolved(event, holder);
  ReachPoint(Point::kFault, fault.address);
  if (kernel.has_lock && !kernel.HoldsLock() && kernel.memory.injector.Fails(kInjectLock)) {
    return Unresolved(event, holder);
  }
  if (kernel.has_lock && kernel.lock_holder != Kernel::kNoCpu) {
    Record(NewEvent(EventKind::kLockTakenTwice));
    return OnBug(event, KernelBug::kLockHeld);
  }
  const bool resolved = fault.address_known && !kernel.memory.injector.Fails(kInjectPopulation) &&
                        kernel.memory.ResolveFault(fault.address, fault.write);
  if (!resolved) return Unresolved(event, holder);
  if (++holder->retries > MaxRetries(*holder)) return OnBug(event, KernelBug::kRetriedTooOften);
  Judge(&event, Disposition::kResolved, KernelBug::kNone);
  return nullptr;
}

Frame* Decide(const Fault& fault, PackedEvent event) {
  Frame* holder = g_kernel.innermost;
  if (holder->kind == Frame::Kind::kUserMode) return HandleUserFault(fault, holder, event);
  if (fault.prevented) return OnBug(event, KernelBug::kAccessPrevented);
  if ((event.bits & PackedEvent::kFlag) == 0) return OnBug(event, KernelBug::kFlagClear);
  if (!fault.open) return OnBug(event, KernelBug::kAccessClosed);
  if (holder->kind != Frame::Kind::kAttempt) {
    if (!fault.in_window) return OnBug(event, KernelBug::kNoWayBack);
    return HandleUserFault(fault, holder, event);
  }
  while (holder->kind == Frame::Kind::kAttempt &&
         !(fault.address_known && fault.address - holder->start < holder->size)) {
    holder = holder->outer;
  }
  if (holder->kind != Frame::Kind::kAttempt) return OnBug(event, KernelBug::kOutOfRange);
  return HandleUserFault(fault, holder, event);
}

// Whether the address is in one of the pages without access next to the kernel's buffer.
bool IsBesideBuffer(std::uint64_t address) {
  const std::uint64_t before = BufferPages(g_kernel.depth) - kPageBytes;
  const std::uint64_t behind = BufferPages(g_kernel.depth) + kBufferPages * kPageBytes;
  return g_kernel.buffer_start != 0 &&
         (address - before < kPageBytes || address - behind < kPageBytes);
}

// Bugs after which the image sends no more records.
void FallSilent() {
  if (g_kernel.bug == Bug::kHangs) {
    for (;;) asm volatile("pause");
  }
  if (g_kernel.bug == Bug::kTripleFaults) {
    const std::uint64_t no_gates[2] = {};
    asm volatile("lidt %0; ud2" ::"m"(no_gates));
  }
}

void OnFault(TrapFrame* trap, Fault fault) {
  FallSilent();
  PackedEvent event = NewEvent(EventKind::kFault);
  event.address = fault.address;
  event.access = fault.write ? kWrite : kRead;
  event.hardware = fault.hardware;
  if (!fault.address_known) event.bits &= static_cast<std::uint8_t>(~PackedEvent::kAddressKnown);
  if (fault.in_window && g_kernel.memory.IsBusError(fault.address, fault.write)) {
    event.bits |= PackedEvent::kBusError;
  }
  const bool flag = g_kernel.flag();
  Frame* frame = nullptr;
  if (fault.address_known && IsBesideBuffer(fault.address)) {
    event.address = fault.address - g_kernel.buffer_start;
    frame = OnBug(event, KernelBug::kBufferOverrun);
  } else {
    if (g_kernel.bug != Bug::kHandlerKeepsFlag) g_kernel.SetFlag(false);
    frame = Decide(fault, event);
    g_kernel.SetFlag(flag);
  }
  if (frame == nullptr) return;
  if (frame->kind != Frame::Kind::kPanic) g_kernel.SetFlag(frame->flag);
  GoTo(trap, frame, ring0_abandoned);
}

[[noreturn]] void DieOf(const TrapFrame* trap) {
  Say("trap", trap->vector);
  Say("error code", trap->error);
  Say("cr2", FaultAddress());
  Say("rsp", trap->rsp);
  Die("rip", trap->rip);
}

// Sets the facts of a fault in an undeclared user access of kernel code. UseAsKernel sets AC only
// for such an access itself, so that `open` becomes the state before it.
void SeeUndeclared(Fault* fault) {
  const Kernel& kernel = g_kernel;
  if (!kernel.touching) return;
  fault->prevented =
      fault->in_window && !fault->open && kernel.memory.LetsThrough(fault->address, fault->write);
  fault->open = kernel.open_before_touch;
}

// The processor's and the page tables' description of a fault, for the host to compare.
PackedFault Describe(const TrapFrame* trap, const Fault& fault) {
  PackedFault said;
  said.bits = PackedFault::kHappened;
  said.vector = static_cast<std::uint8_t>(trap->vector);
  said.ring = static_cast<std::uint8_t>(trap->cs & 3);
  said.error_code = static_cast<std::uint32_t>(trap->error);
  said.address = fault.address;
  said.flags = trap->rflags;
  if (!fault.in_window) return said;
  const AddressSpace& memory = g_kernel.memory;
  said.bits |= PackedFault::kTables;
  if (memory.IsPresent(fault.address)) said.bits |= PackedFault::kPresent;
  if (memory.LetsThrough(fault.address, fault.write)) said.bits |= PackedFault::kPermitted;
  return said;
}

}  // namespace

void ring0_trap(TrapFrame* trap) {
  if (HandleInterrupt(trap->vector)) return;
  Frame* const innermost = g_kernel.innermost;
  if (innermost == nullptr) DieOf(trap);
  if (trap->vector == kVectorDone) {
    GoTo(trap, innermost, ring0_user_done);
    return;
  }
  const bool has_address = trap->vector == kVectorPage;
  if (!has_address && trap->vector != kVectorProtection && trap->vector != kVectorStack) {
    DieOf(trap);
  }
  if (innermost->kind == Frame::Kind::kProbe) {
    GoTo(trap, innermost, ring0_abandoned);
    return;
  }
  if (innermost->kind == Frame::Kind::kExample) {
    if (!has_address) DieOf(trap);
    const bool open = (trap->rflags & kFlagAccess) != 0;
    Frame* const frame = OnExampleFault(FaultAddress(), (trap->error & kErrorWrite) != 0, open);
    if (frame != nullptr) GoTo(trap, frame, ring0_abandoned);
    return;
  }
  if (innermost->kind == Frame::Kind::kScenario) DieOf(trap);
  Fault fault;
  fault.address_known = has_address;
  fault.address = has_address ? FaultAddress() : 0;
  fault.write = has_address && (trap->error & kErrorWrite) != 0;
  fault.open = (trap->rflags & kFlagAccess) != 0;
  fault.in_window = has_address && IsInWindow(fault.address);
  fault.hardware = Describe(trap, fault);
  if (innermost->kind != Frame::Kind::kUserMode) SeeUndeclared(&fault);
  OnFault(trap, fault);
}

}  // namespace ring0
