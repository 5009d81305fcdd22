// The services of the image's kernel for a subject, and their events.
#include "sim/ring0/image/cpu.h"
#include "sim/ring0/image/report.h"
#include "sim/ring0/machine/guard.h"
#include "sim/ring0/machine/interruption.h"
#include "sim/ring0/machine/kernel.h"
#include "sim/ring0/machine/touches.h"
#include "sim/subject/subject_access.h"

namespace ring0 {

constinit Kernel g_kernel;

extern "C" {
bool ring0_call(Frame* frame, void (*body)(void*), void* argument);
[[noreturn]] void ring0_jump(Frame* frame);
bool ring0_user_touch(Frame* frame, std::uint64_t address, std::uint64_t bits, void* trap_stack);
std::uint8_t ring0_handler_stays_open = 0;
}

void ResetKernel(const PackedScenario& scenario) {
  Kernel& kernel = g_kernel;
  kernel.memory.Reset();
  kernel.memory.frames.SetFree(scenario.frames);
  kernel.cpu = 0;
  kernel.cpus = static_cast<int>(scenario.cpus);
  kernel.has_lock = scenario.has_lock != 0;
  kernel.lock_holder = Kernel::kNoCpu;
  kernel.smap = scenario.smap != 0;
  for (Cpu& cpu : kernel.others) cpu = {};
  kernel.SetFlag(false);
  kernel.misuses = 0;
  kernel.events = 0;
  kernel.unannounced_checks = 0;
  kernel.on_point = nullptr;
  kernel.stop = Stop::kNone;
  ForgetTouches();
  CloseUser();
  ring0_handler_stays_open = kernel.bug == Bug::kHandlerStaysOpen ? 1 : 0;
  const std::uint64_t control = Control0();
  SetControl0(kernel.bug == Bug::kWriteProtectOff ? control & ~kWriteProtect
                                                  : control | kWriteProtect);
}

void SwitchTo(int cpu) {
  if (cpu == g_kernel.cpu) return;
  LeaveCpu();
  EnterCpu(cpu);
}

void LeaveCpu() { g_kernel.others[g_kernel.cpu] = {.flag = g_kernel.flag(), .open = IsUserOpen()}; }

void EnterCpu(int cpu) {
  g_kernel.cpu = cpu;
  g_kernel.SetFlag(g_kernel.others[cpu].flag);
  PutUserBack(g_kernel.others[cpu].open);
}

PackedEvent NewEvent(EventKind kind) {
  PackedEvent event;
  event.kind = static_cast<std::uint8_t>(kind);
  event.cpu = static_cast<std::uint8_t>(g_kernel.cpu);
  event.bits = PackedEvent::kOk | PackedEvent::kAddressKnown;
  if (g_kernel.flag()) event.bits |= PackedEvent::kFlag;
  if (g_kernel.HoldsLock()) event.bits |= PackedEvent::kLockHeld;
  return event;
}

void Record(const PackedEvent& event) {
  const bool is_bug = event.disposition == static_cast<std::uint8_t>(Disposition::kKernelBug);
  if (!g_kernel.quiet || is_bug) RecordAlways(event);
}

void RecordAlways(const PackedEvent& event) {
  if (g_kernel.counts) return;
  if (g_kernel.events == Kernel::kMaxEvents) EndScenario(Stop::kTooManyEvents);
  ++g_kernel.events;
  Send(RecordTag::kEvent, &event, sizeof(event));
}

void NoteMisuse(Misuse misuse, PackedEvent event) {
  const std::uint32_t bit = std::uint32_t{1} << static_cast<unsigned>(misuse);
  if ((g_kernel.misuses & bit) != 0) return;
  g_kernel.misuses |= bit;
  event.kind = static_cast<std::uint8_t>(EventKind::kMisused);
  event.index = static_cast<std::uint64_t>(misuse);
  RecordAlways(event);
}

void NoteMisuse(Misuse misuse) { NoteMisuse(misuse, NewEvent(EventKind::kMisused)); }

namespace {

// Whether the preconditions of a touch hold, except the order of touches and their alignment.
bool MayTouch(const Frame& frame, std::uint64_t address, std::uint64_t size) {
  const std::uint64_t offset = address - frame.start;
  return IsUserOpen() && frame.kind == Frame::Kind::kAttempt && offset < frame.size &&
         size <= frame.size - offset && !g_kernel.HoldsLock() && g_kernel.flag();
}

void NoteMisusedTouch(std::uint64_t address, std::uint64_t size, bool write) {
  Frame& frame = *g_kernel.innermost;
  const bool open = IsUserOpen();
  PackedEvent event = NewEvent(EventKind::kMisused);
  event.address = address;
  event.size = size;
  event.access = write ? kWrite : kRead;
  if (!open) event.bits &= static_cast<std::uint8_t>(~PackedEvent::kOk);
  if (frame.kind != Frame::Kind::kAttempt) {
    event.bits &= static_cast<std::uint8_t>(~PackedEvent::kAddressKnown);
  }
  Misuse misuse = Misuse::kTouchedOutOfOrder;
  if (!open) {
    misuse = Misuse::kTouchedClosed;
  } else if (!g_kernel.flag()) {
    misuse = Misuse::kTouchedFlagClear;
  } else if (g_kernel.HoldsLock()) {
    misuse = Misuse::kTouchedLockHeld;
  } else if (!MayTouch(frame, address, size)) {
    misuse = Misuse::kTouchedOutsideAttempt;
  } else {
    std::uint64_t& touched_to = write ? frame.stored_to : frame.loaded_to;
    if (address >= touched_to) misuse = Misuse::kTouchedMisaligned;
    if (touched_to < address + size) touched_to = address + size;
  }
  NoteMisuse(misuse, event);
}

}  // namespace

void JudgeTouch(std::uint64_t address, std::uint64_t size, bool write) {
  Frame* const frame = g_kernel.innermost;
  if (frame == nullptr) return;
  std::uint64_t& touched_to = write ? frame->stored_to : frame->loaded_to;
  // The compiler reports touches whose size is a power of two.
  const bool is_aligned = (address & (size - 1)) == 0;
  if (MayTouch(*frame, address, size) && address >= touched_to && is_aligned) {
    touched_to = address + size;
  } else {
    NoteMisusedTouch(address, size, write);
  }
}

void NoteUseInside(std::uint64_t address, std::uint64_t size, bool write) {
  if (!MayTouch(*g_kernel.innermost, address, size)) NoteMisusedTouch(address, size, write);
}

void ReachPoint(Point point, std::uint64_t address) {
  if (g_kernel.on_point != nullptr) g_kernel.on_point(point, address);
}

void CountAnew() {
  g_kernel.steps = 0;
  g_kernel.max_steps = 64 + 4 * (g_kernel.memory.populated() + g_kernel.memory.frames.free);
  for (Frame* frame = g_kernel.innermost; frame != nullptr; frame = frame->outer) {
    frame->retries = 0;
  }
}

bool RunInFrame(Frame* frame, void (*body)(void*), void* argument) {
  frame->flag = g_kernel.flag();
  frame->open = IsUserOpen();
  frame->retries = 0;
  frame->outer = g_kernel.innermost;
  g_kernel.innermost = frame;
  const std::uint64_t guarded = ring0_guard.stack;
  const bool came_back = ring0_call(frame, body, argument);
  ring0_guard.stack = guarded;
  g_kernel.innermost = frame->outer;
  return came_back;
}

bool TouchAsUser(std::uint64_t address, bool write, std::uint8_t flipped_bits) {
  if (!IsInWindow(address)) return false;
  Frame frame;
  frame.kind = Frame::Kind::kUserMode;
  frame.flag = g_kernel.flag();
  frame.outer = g_kernel.innermost;
  g_kernel.innermost = &frame;
  const bool done = ring0_user_touch(&frame, address, write ? flipped_bits : 256, UserTrapStack());
  g_kernel.innermost = frame.outer;
  return done;
}

void TouchByte(std::uint64_t address, bool write, std::uint8_t flipped_bits) {
  if (write) {
    asm volatile("lock xorb %1, (%0)" ::"r"(address), "iq"(flipped_bits) : "memory", "cc");
  } else {
    asm volatile("movb (%0), %%al" ::"r"(address) : "rax", "memory");
  }
}

void JumpTo(Frame* frame) {
  PutUserBack(frame->open);
  ring0_jump(frame);
}

void PanicAt(std::uint64_t address, bool write, KernelBug bug) {
  PackedEvent event = NewEvent(EventKind::kFault);
  event.address = address;
  event.access = write ? kWrite : kRead;
  event.disposition = static_cast<std::uint8_t>(Disposition::kKernelBug);
  event.bug = static_cast<std::uint8_t>(bug);
  event.bits &= static_cast<std::uint8_t>(~PackedEvent::kOk);
  Record(event);
  Frame* frame = g_kernel.innermost;
  while (frame->kind != Frame::Kind::kPanic) frame = frame->outer;
  JumpTo(frame);
}

void EndScenario(Stop stop) {
  g_kernel.stop = stop;
  Frame* frame = g_kernel.innermost;
  while (frame != nullptr && frame->kind != Frame::Kind::kScenario) frame = frame->outer;
  if (frame == nullptr) Die("no memory, and no scenario", 0);
  JumpTo(frame);
}

namespace {

// Whether a recoverable user access was abandoned since user access was last opened.
bool g_was_abandoned = false;

bool IsStepTooMany() { return ++g_kernel.steps > g_kernel.max_steps; }

void NoteQuestion() {
  if (IsUserOpen() && !g_kernel.was_open) NoteMisuse(Misuse::kOpenAtQuestion);
}

int Lock() {
  Kernel& kernel = g_kernel;
  if (IsStepTooMany()) PanicAt(0, false, KernelBug::kEndless);
  if (kernel.has_lock && !kernel.HoldsLock() && kernel.memory.injector.Fails(kInjectLock)) {
    return -kInterrupted;
  }
  NoteQuestion();
  if (!kernel.has_lock) return 0;
  if (kernel.lock_holder != Kernel::kNoCpu) {
    Record(NewEvent(EventKind::kLockTakenTwice));
    PanicAt(0, false, KernelBug::kLockHeld);
  }
  kernel.lock_holder = kernel.cpu;
  Record(NewEvent(EventKind::kLockTaken));
  return 0;
}

void Unlock() {
  if (!g_kernel.has_lock) return;
  if (!g_kernel.HoldsLock()) PanicAt(0, false, KernelBug::kLockFree);
  Record(NewEvent(EventKind::kLockReleased));
  g_kernel.lock_holder = Kernel::kNoCpu;
  for (; g_kernel.unannounced_checks > 0; --g_kernel.unannounced_checks) {
    ReachPoint(Point::kCheck);
  }
}

PackedEvent NewQuestion(EventKind kind, std::uint64_t start, std::uint64_t size, unsigned rights) {
  NoteQuestion();
  PackedEvent event = NewEvent(kind);
  event.address = start;
  event.size = size;
  event.access = static_cast<std::uint8_t>(rights & (kRead | kWrite | kExecute | kUser));
  return event;
}

bool Check(std::uint64_t start, std::uint64_t size, unsigned rights) {
  PackedEvent event = NewQuestion(EventKind::kChecked, start, size, rights);
  const bool yes = g_kernel.memory.Check(start, size, event.access);
  if (!yes) event.bits &= static_cast<std::uint8_t>(~PackedEvent::kOk);
  Record(event);
  if (g_kernel.has_lock) {
    ++g_kernel.unannounced_checks;
  } else {
    ReachPoint(Point::kCheck);
  }
  return yes;
}

int Populate(std::uint64_t start, std::uint64_t size, unsigned rights) {
  PackedEvent event = NewQuestion(EventKind::kPopulated, start, size, rights);
  int error = -kBadAddress;
  if (g_kernel.memory.injector.Fails(kInjectPopulation)) {
    error = -kNoMemory;
  } else if (start + size >= start && start % kPageBytes == 0 && size % kPageBytes == 0) {
    error = g_kernel.memory.Populate(start, size, rights);
  }
  if (error != 0) event.bits &= static_cast<std::uint8_t>(~PackedEvent::kOk);
  event.error = static_cast<std::uint16_t>(-error);
  Record(event);
  return error;
}

bool Attempt(std::uint64_t start, std::uint64_t size, unsigned rights, void (*body)(void*),
             void* argument) {
  const bool is_endless = IsStepTooMany();
  NoteTouchMark(PackedTouches::Kind::kAttempt);
  PackedEvent event = NewEvent(EventKind::kAttemptBegun);
  event.address = start;
  event.size = size;
  event.access = static_cast<std::uint8_t>(rights);
  Record(event);
  const bool write = (rights & kWrite) != 0;
  if (is_endless) PanicAt(0, write, KernelBug::kEndless);
  if (!IsInWindow(start, size)) PanicAt(start, write, KernelBug::kOutOfRange);
  Frame frame;
  frame.kind = Frame::Kind::kAttempt;
  frame.start = start;
  frame.size = size;
  frame.access = static_cast<std::uint8_t>(rights);
  frame.loaded_to = frame.stored_to = start;
  const bool came_back = RunInFrame(&frame, body, argument);
  if (!came_back) g_was_abandoned = true;
  if (!came_back) ForgetInterruptionIfGone();
  PackedEvent ended = NewEvent(EventKind::kAttemptEnded);
  ended.address = start;
  ended.size = size;
  ended.access = frame.access;
  const std::uint64_t touched_to =
      frame.loaded_to < frame.stored_to ? frame.stored_to : frame.loaded_to;
  if (touched_to != start) ended.fingerprint = touched_to;
  if (!came_back) ended.bits &= static_cast<std::uint8_t>(~PackedEvent::kOk);
  Record(ended);
  return came_back;
}

bool Open() {
  if (!g_kernel.flag()) NoteMisuse(Misuse::kOpenedFlagClear);
  const bool earlier = IsUserOpen();
  g_was_abandoned = false;
  if (g_kernel.bug != Bug::kNotOpened) OpenUser();
  return earlier;
}

void Restore(bool earlier) {
  if ((IsUserOpen() || earlier) && !g_kernel.flag()) NoteMisuse(Misuse::kOpenedFlagClear);
  if (g_kernel.bug == Bug::kAbandonLeavesAc && g_was_abandoned) return;
  PutUserBack(earlier && g_kernel.bug != Bug::kClosedForGood);
}

constexpr axptr_user_access kUserAccess = {
    .size_bytes = sizeof(axptr_user_access), .open = Open, .restore = Restore};

}  // namespace

constinit const axptr_machine kServices = {.abi = AXPTR_SUBJECT_ABI,
                                           .size_bytes = sizeof(axptr_machine),
                                           .lock = Lock,
                                           .unlock = Unlock,
                                           .check = Check,
                                           .populate = Populate,
                                           .attempt = Attempt,
                                           .user_access = &kUserAccess};

}  // namespace ring0
