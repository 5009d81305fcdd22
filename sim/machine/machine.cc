#include "sim/machine/machine.h"

#include <signal.h>

#include <algorithm>
#include <utility>

#include "sim/machine/check.h"
#include "sim/machine/subject_code.h"
#include "sim/machine/subject_flag.h"
#include "sim/machine/user_touch.h"
#include "sim/machine/window_key.h"
#include "sim/subject/subject_copying.h"

namespace sim {

using axptr::MappingFlags;

namespace {

void SetUserAccess(const InterruptedTask& task) {
  AllowFaults(task.flag);
  ExchangeUserAccess(task.access_open);
}

// The end of the last byte that the attempt touched; 0: it touched none.
uint64_t TouchedTo(const RecoveryFrame& attempt) {
  const uint64_t end = std::max(attempt.loaded_to, attempt.stored_to);
  return end == attempt.start ? 0 : end;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Machine>> Machine::Create() {
  SIM_CHECK(t_thread.machine == nullptr);
  absl::StatusOr<std::unique_ptr<Window>> window = Window::Reserve();
  if (!window.ok()) return window.status();
  const absl::Status installed = InstallFaultHandler();
  if (!installed.ok()) return installed;
  return std::unique_ptr<Machine>(new Machine(*std::move(window)));
}

Machine::Machine(std::unique_ptr<Window> window)
    : Kernel(window.get()),
      window_(std::move(window)),
      store_watches_{StoreWatch(&address_space_), StoreWatch(&address_space_)} {
  t_thread.machine = this;
}

Machine::~Machine() {
  t_thread.machine = nullptr;
  RemoveFaultHandler();
}

Machine::HostThread::HostThread(Machine* machine) : machine_(machine) {
  SIM_CHECK(t_thread.machine == nullptr);
  t_thread.machine = machine;
  t_thread.kernel = machine;
  UpdateWindowKey();
}

Machine::HostThread::~HostThread() {
  t_thread.machine = nullptr;
  t_thread.kernel = nullptr;
}

void Machine::Reset(const Config& config) {
  Kernel::Reset(config);
  adversary_ = nullptr;
  fetch_log_ = nullptr;
  for (StoreWatch& watch : store_watches_) watch.Stop();
  is_interrupting_ = false;
  is_asleep_ = false;
  nested_in_.reset();
  in_subject_ = false;
  checks_to_announce_ = 0;
}

bool Machine::RunKernel(absl::FunctionRef<void()> body) {
  quiet_ = false;
  const bool survived = Kernel::RunKernel(body);
  in_subject_ = false;  // a panic abandons a subject at any point
  return survived;
}

void Machine::UseAsKernel(uint64_t start, uint64_t size, bool /*write*/,
                          absl::FunctionRef<void()> body) {
  address_space_.SettleWindowFor(start, size);
  RecoveryFrame* const frame = InnermostPanicFrame();
  const WindowScope opened(WindowMode::kOpen);
  frame->touching = true;
  body();
  frame->touching = false;
}

void Machine::BeginInterference() {
  if (!is_asleep_) store_watch()->Look();
  CountAnew();
}

void Machine::EndInterference() {
  if (!is_asleep_) store_watch()->Retake();
  CountAnew();
}

void Machine::CountAnew() {
  t_thread.steps = 0;
  t_thread.max_steps = StepsToTheEnd();
  for (RecoveryFrame* frame = t_thread.innermost; frame != nullptr; frame = frame->outer) {
    frame->retries = 0;
  }
}

void Machine::Sleep(int cpu, absl::FunctionRef<void()> meanwhile) {
  InterruptedTask* const task = t_thread.interrupted;
  if (task != nullptr) SetUserAccess(*task);  // what the kernel has to save
  const int space = space_;
  store_watch()->Look();
  is_asleep_ = true;
  SwitchTaskAway([&] {
    meanwhile();
    // The task that ran last is switched away, outside any access.
    SwitchTaskAway([] {});
    lock_.Move(current_cpu_, cpu);
    SetSpace(cpu, space);
    SwitchTo(cpu);
  });
  is_asleep_ = false;
  store_watch()->Retake();
  if (task == nullptr) return;
  *task = {FaultsAllowed(), t_thread.access_open};
  SetUserAccess({.flag = false, .access_open = false});
}

void Machine::ReleaseLock() {
  LetGoOfLock();
  for (; checks_to_announce_ > 0; --checks_to_announce_) {
    if (adversary_ != nullptr) adversary_->AfterCheck();
  }
}

void Machine::NoteCheck() {
  if (config_.lock) {
    ++checks_to_announce_;
  } else if (adversary_ != nullptr) {
    adversary_->AfterCheck();
  }
}

bool Machine::ObservedAddressSpace::Check(uint64_t start, uint64_t size, MappingFlags flags) {
  const bool permitted = machine_->AnswerCheck(start, size, flags);
  machine_->NoteCheck();
  return permitted;
}

bool Machine::ObservedAddressSpace::check_region_access(axptr::VirtAddrRange range,
                                                        MappingFlags flags) {
  return Check(range.start().as_usize(), range.size(), flags);
}

axptr::LinuxResult<void> Machine::ObservedAddressSpace::Populate(uint64_t start, uint64_t size,
                                                                 MappingFlags flags) {
  return machine_->AnswerPopulation(start, size, flags);
}

axptr::LinuxResult<void> Machine::ObservedAddressSpace::populate_area(axptr::VirtAddrRange pages,
                                                                      MappingFlags flags) {
  return Populate(pages.start().as_usize(), pages.size(), flags);
}

bool Machine::Attempt(uint64_t start, uint64_t size, uint8_t access, void (*body)(void*),
                      void* argument) {
  const bool in_window = Window::ContainsRange(start, size);
  Event event;
  bool is_endless = false;
  {
    const Turn turn(this);
    is_endless = IsStepTooMany();
    if (fetch_log_ != nullptr) fetch_log_->BeginAttempt();
    store_watch()->BeginAttempt();
    event = NewEvent(EventKind::kAttemptBegun);
    event.address = start;
    event.size = size;
    event.access = access;
    Record(event);
    address_space_.SettleWindowFor(start, size);
  }
  const bool write = (access & MappingFlags::WRITE.bits()) != 0;
  if (is_endless) PanicAt(0, write, KernelBug::kEndless);
  // Memory outside the window belongs to the simulator: no scenario may touch it.
  if (!in_window) PanicAt(start, write, KernelBug::kOutOfRange);
  RecoveryFrame frame;
  frame.kind = RecoveryFrame::Kind::kAttempt;
  frame.start = start;
  frame.size = size;
  frame.access = access;
  frame.loaded_to = frame.stored_to = start;
  const bool earlier = t_thread.access_open;
  if (!subject_opens()) ExchangeUserAccess(true);
  event.ok = RunInFrame(&frame, body, argument);
  if (!event.ok && nested_in_) ForgetNestedIfGone();
  if (!subject_opens()) ExchangeUserAccess(earlier);
  event.kind = EventKind::kAttemptEnded;
  event.fingerprint = TouchedTo(frame);
  event.flag = FaultsAllowed();
  const Turn turn(this);
  event.cpu = static_cast<uint8_t>(current_cpu_);
  event.lock_held = lock_.held_by(current_cpu_);
  Record(event);
  return event.ok;
}

void Machine::ForgetNestedIfGone() {
  const RecoveryFrame* frame = t_thread.innermost;
  while (frame != nullptr && frame != nested_in_->innermost) frame = frame->outer;
  if (frame != nullptr) return;  // the attempt belonged to the nested call
  was_open_ = false;
  Resume(*nested_in_);
  nested_in_.reset();
}

bool Machine::TouchAsUser(uint64_t address, bool write, uint8_t flipped_bits) {
  if (!Window::Contains(address)) return false;
  {
    const Turn turn(this);
    address_space_.SettleWindowFor(address, 1);
  }
  const WindowScope opened(WindowMode::kOpen);
  RecoveryFrame frame;
  frame.kind = RecoveryFrame::Kind::kUserMode;
  auto touch = [&] { TouchByte(address, write, flipped_bits); };
  return RunInFrame(&frame, touch);
}

void Machine::TouchAsKernel(uint64_t address, bool write, uint8_t flipped_bits) {
  if (!Window::Contains(address)) PanicAt(address, write, KernelBug::kFlagClear);
  PreventAccess(address, write);
  UseAsKernel(address, 1, write, [&] { TouchByte(address, write, flipped_bits); });
}

FaultAction Machine::OnKernelBug(Event event, KernelBug bug) {
  if (InnermostPanicFrame() == nullptr) return FaultAction::kNotOurs;
  event.disposition = FaultDisposition::kKernelBug;
  event.bug = bug;
  event.ok = false;
  Record(event);
  return FaultAction::kPanic;
}

uint64_t Machine::MaxRetries(const RecoveryFrame& frame) {
  // Each page can fault once for reading and once for writing. A race may unmap pages again; after
  // a race, the count restarts (EndInterference).
  constexpr uint64_t kSpare = 64;
  const bool is_attempt = frame.kind != RecoveryFrame::Kind::kPanic;
  const uint64_t pages = is_attempt ? frame.size / Window::kPageBytes : Frames::kMachineFrames;
  return kSpare + 2 * (pages + 2);
}

void Machine::Interrupt(uint64_t address, Turn* turn) {
  turn->Release();
  fault_internal::RestoreSignalMask(t_thread.fault_context);
  adversary_->BeforeFaultHandling(address);
  turn->Take();
}

void Machine::OnMisusedTouch(uint64_t RecoveryFrame::* touched_to, uint64_t address,
                             uint64_t size) {
  RecoveryFrame* const frame = t_thread.innermost;
  if (frame == nullptr) return;  // no subject runs
  const bool is_store = touched_to == &RecoveryFrame::stored_to;
  Event event = NewEvent(EventKind::kMisused);
  event.address = address;
  event.size = size;
  event.access = (is_store ? MappingFlags::WRITE : MappingFlags::READ).bits();
  event.ok = t_thread.access_open;
  event.address_known = frame->kind == RecoveryFrame::Kind::kAttempt;
  Misuse misuse = Misuse::kTouchedOutOfOrder;
  if (!t_thread.access_open) {
    misuse = Misuse::kTouchedClosed;
  } else if (!event.flag) {
    misuse = Misuse::kTouchedFlagClear;
  } else if (event.lock_held) {
    misuse = Misuse::kTouchedLockHeld;
  } else if (!MayTouch(*frame, address, size)) {
    misuse = Misuse::kTouchedOutsideAttempt;
  } else {
    if (address >= frame->*touched_to) misuse = Misuse::kTouchedMisaligned;
    frame->*touched_to = std::max(frame->*touched_to, address + size);
  }
  NoteMisuse(misuse, event);
}

FaultAction Machine::OnClosedTouch(const Fault& fault) {
  SIM_CHECK(!t_thread.access_open);  // else the key is not what the thread's state says
  Event event = NewEvent(EventKind::kMisused);
  event.address = fault.address;
  event.access = (fault.write ? MappingFlags::WRITE : MappingFlags::READ).bits();
  event.ok = false;
  event.address_known = t_thread.innermost->kind == RecoveryFrame::Kind::kAttempt;
  NoteMisuse(Misuse::kTouchedClosed, event);
  return FaultAction::kOpen;
}

void Machine::NoteUseInside(uint64_t address, uint64_t size, bool write) {
  const RecoveryFrame* const frame = t_thread.innermost;
  if (frame == nullptr || MayTouch(*frame, address, size)) return;
  OnMisusedTouch(write ? &RecoveryFrame::stored_to : &RecoveryFrame::loaded_to, address, size);
}

void Machine::OnWatchedLoad(uint64_t address, uint64_t size) {
  if (fetch_log_ != nullptr) fetch_log_->Add(address, size);
  if (adversary_ != nullptr) adversary_->BeforeLoad(address);
}

FaultAction Machine::ResumeAtFixup(const Fault& fault, RecoveryFrame* holder, Event event) {
  if (!IsSubjectCode(fault.fixup)) return OnKernelBug(event, KernelBug::kFixupElsewhere);
  // Limits the resumptions: a fixup that leads back to the faulting instruction would loop forever.
  if (++holder->retries > MaxRetries(*holder)) {
    return OnKernelBug(event, KernelBug::kRetriedTooOften);
  }
  address_space_.SettleWindow();  // the subject continues without a new attempt, which would do so
  event.ok = false;
  event.disposition = FaultDisposition::kFixup;
  Record(event);
  return FaultAction::kFixup;
}

FaultAction Machine::Unresolved(const Fault& fault, RecoveryFrame* holder, Event event) {
  if (event.has_fixup) return ResumeAtFixup(fault, holder, event);
  if (holder->kind == RecoveryFrame::Kind::kPanic) {
    return OnKernelBug(event, KernelBug::kNoWayBack);
  }
  event.ok = false;
  event.disposition = FaultDisposition::kEfault;
  Record(event);
  for (; t_thread.innermost != holder; t_thread.innermost = t_thread.innermost->outer) {
    const RecoveryFrame& inner = *t_thread.innermost;
    Event gone = NewEvent(EventKind::kAttemptEnded);
    gone.flag = event.flag;
    gone.ok = false;
    gone.address = inner.start;
    gone.size = inner.size;
    gone.access = inner.access;
    gone.fingerprint = TouchedTo(inner);
    Record(gone);
  }
  return FaultAction::kAbandon;
}

FaultAction Machine::HandleUserFault(const Fault& fault, RecoveryFrame* holder, Event event,
                                     Turn* turn) {
  if (FaultsAllowed()) NoteMisuse(Misuse::kFlagSetInHandler);
  if (t_thread.access_open) NoteMisuse(Misuse::kOpenInHandler);
  if ((holder->access & AXPTR_RESOLVE_NO_FAULT) != 0) return Unresolved(fault, holder, event);
  if (adversary_ != nullptr) Interrupt(fault.address, turn);
  if (IsLockRefused()) return Unresolved(fault, holder, event);
  if (config_.lock && !lock_.Take(current_cpu_)) {
    Record(NewEvent(EventKind::kLockTakenTwice));
    return OnKernelBug(event, KernelBug::kLockHeld);
  }
  const bool resolved = fault.address_known && !injector_.Fails(Injector::Point::kPopulation) &&
                        address_space_.ResolveFault(
                            fault.address, fault.write ? MappingFlags::WRITE : MappingFlags::READ);
  address_space_.SettleWindow();
  if (config_.lock) lock_.Release(current_cpu_);
  if (!resolved) return Unresolved(fault, holder, event);
  if (++holder->retries > MaxRetries(*holder)) {
    return OnKernelBug(event, KernelBug::kRetriedTooOften);
  }
  event.disposition = FaultDisposition::kResolved;
  Record(event);
  return FaultAction::kRetry;
}

FaultAction Machine::OnFault(const Fault& fault) {
  // This thread holds the spin lock: Turn would deadlock. The fault is a bug of the simulator.
  if (t_thread.has_turn) return FaultAction::kNotOurs;
  Turn turn(this);
  const bool in_window = fault.address_known && Window::Contains(fault.address);
  if (in_window && fault.access_closed && t_thread.window == WindowMode::kFollowsAccess) {
    return OnClosedTouch(fault);
  }
  Fault judged = fault;
  judged.write = fault.write && !(fault.loads_first && in_window &&
                                  !address_space_.LetsThrough(fault.address, MappingFlags::READ));
  const MappingFlags access = judged.write ? MappingFlags::WRITE : MappingFlags::READ;
  if (in_window && !fault.access_closed && address_space_.CatchUp(fault.address, access)) {
    return FaultAction::kRetry;
  }
  Event event = NewEvent(EventKind::kFault);
  event.address = fault.address;
  event.address_known = fault.address_known;
  event.bus_error = fault.signal == SIGBUS && fault.address_known;
  event.access = access.bits();
  event.has_fixup = fault.fixup != 0 && t_thread.innermost->kind != RecoveryFrame::Kind::kUserMode;
  event.without_flag = FixupsReplaceFlag();
  if (fault.address_known && buffer_ != nullptr) {
    const std::optional<int64_t> index = buffer_->IndexInGuard(fault.address);
    if (index) {
      event.address = static_cast<uint64_t>(*index);
      return OnKernelBug(event, KernelBug::kBufferOverrun);
    }
  }
  // While the handler runs or sleeps, its CPU does not access user memory. Afterwards, another CPU
  // may continue the interrupted code.
  InterruptedTask task = {event.flag, t_thread.access_open};
  InterruptedTask* const outer = std::exchange(t_thread.interrupted, &task);
  AllowFaults(false);
  ExchangeUserAccess(false);
  if (subject_opens() && !task.access_open) judged.access_closed = true;
  const FaultAction action = Decide(judged, event, &turn);
  AllowFaults(task.flag);
  ExchangeUserAccess(task.access_open);
  t_thread.interrupted = outer;
  return action;
}

FaultAction Machine::Decide(const Fault& fault, const Event& event, Turn* turn) {
  RecoveryFrame* const frame = t_thread.innermost;
  const bool in_window = fault.address_known && Window::Contains(fault.address);
  if (frame->kind == RecoveryFrame::Kind::kUserMode) {
    // User code accesses the window only; a fault elsewhere is a bug of the simulator.
    if (!in_window) return FaultAction::kNotOurs;
    return HandleUserFault(fault, frame, event, turn);
  }
  if (IsExpected(event)) return DecideExpected(fault, event, turn);
  // A fault of the simulator's own code outside the window is a bug of the simulator, not of the
  // library.
  const bool ours =
      in_window || frame->kind == RecoveryFrame::Kind::kAttempt || frame->touching || in_subject_;
  if (!ours) return FaultAction::kNotOurs;
  const bool needs_fixup = event.without_flag && in_subject_ && IsSubjectCode(fault.pc);
  return OnKernelBug(event, needs_fixup ? KernelBug::kNoFixup : KernelBug::kFlagClear);
}

FaultAction Machine::DecideExpected(const Fault& fault, const Event& event, Turn* turn) {
  if (fault.access_closed) return OnKernelBug(event, KernelBug::kAccessClosed);
  RecoveryFrame* holder = t_thread.innermost;
  const bool in_window = fault.address_known && Window::Contains(fault.address);
  if (event.has_fixup) {
    // A fixup takes precedence over every attempt, independent of the attempts' ranges.
    if (!in_window) return OnKernelBug(event, KernelBug::kOutOfRange);
    RecoveryFrame* const whole_run = InnermostPanicFrame();
    return HandleUserFault(fault, whole_run != nullptr ? whole_run : holder, event, turn);
  }
  if (holder->kind != RecoveryFrame::Kind::kAttempt) {
    if (!in_window) return OnKernelBug(event, KernelBug::kNoWayBack);
    return HandleUserFault(fault, holder, event, turn);
  }
  const auto holds_fault = [&](const RecoveryFrame& frame) {
    return fault.address_known && fault.address - frame.start < frame.size;
  };
  while (holder != nullptr && holder->kind == RecoveryFrame::Kind::kAttempt &&
         !holds_fault(*holder)) {
    holder = holder->outer;
  }
  if (holder == nullptr || holder->kind != RecoveryFrame::Kind::kAttempt) {
    return OnKernelBug(event, KernelBug::kOutOfRange);
  }
  return HandleUserFault(fault, holder, event, turn);
}

}  // namespace sim
