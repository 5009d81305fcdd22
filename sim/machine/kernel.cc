#include "sim/machine/kernel.h"

#include <cerrno>
#include <utility>

#include "sim/machine/check.h"
#include "sim/machine/sanitizer.h"
#include "sim/machine/subject_flag.h"

namespace sim {

using axptr::MappingFlags;

Kernel::Kernel(Window* window) : address_space_(&frames_, window) {
  SIM_CHECK(t_thread.kernel == nullptr);
  frames_.set_injector(&injector_);
  t_thread.kernel = this;
}

Kernel::~Kernel() {
  t_thread.kernel = nullptr;
  AllowFaults(false);
}

void Kernel::Reset(const Config& config) {
  SIM_CHECK(1 <= config.cpus && config.cpus <= kMaxCpus);
  config_ = config;
  injector_.Disarm();
  ResetSpaces();
  frames_.SetFree(config.frames);
  lock_.Reset();
  event_log_.Clear();
  cpus_.fill(Cpu());
  current_cpu_ = 0;
  buffer_ = nullptr;
  AllowFaults(false);
  ExchangeUserAccess(false);
  quiet_ = false;
  by_other_ = false;
  was_open_ = false;
  misuses_ = 0;
}

void Kernel::ExchangeSpaces() {
  if (other_space_ == nullptr) {
    other_space_ = std::make_unique<AddressSpace>(&frames_, address_space_.window());
  }
  address_space_.Exchange(other_space_.get());
  space_ = 1 - space_;
}

void Kernel::InSpaceOf(int cpu, absl::FunctionRef<void()> body) {
  const int own = space_;
  if (cpu != current_cpu_) EnterSpace(cpus_[static_cast<size_t>(cpu)].space);
  body();
  if (cpu != current_cpu_) EnterSpace(own);
}

void Kernel::ResetSpaces() {
  address_space_.Reset();
  if (other_space_ != nullptr && other_space_->HasAreas()) {
    ExchangeSpaces();
    address_space_.Reset();
  }
  EnterSpace(0);
  for (Cpu& cpu : cpus_) cpu.space = 0;
}

SIM_NO_SANITIZE Event Kernel::NewEvent(EventKind kind) const {
  return {.kind = kind,
          .cpu = static_cast<uint8_t>(current_cpu_),
          .by_other = by_other_,
          .flag = FaultsAllowed(),
          .lock_held = lock_.held_by(current_cpu_)};
}

int Kernel::Lock() {
  CountStep();
  if (IsLockRefused()) return -EINTR;
  TakeLock();
  return 0;
}

void Kernel::Unlock() {
  if (config_.lock && !lock_.held_by(current_cpu_)) PanicAt(0, false, KernelBug::kLockFree);
  LetGoOfLock();
}

bool Kernel::Check(uint64_t start, uint64_t size, MappingFlags flags) {
  return AnswerCheck(start, size, flags);
}

int Kernel::Populate(uint64_t start, uint64_t size, MappingFlags flags) {
  const auto populated = AnswerPopulation(start, size, flags);
  return populated ? 0 : -static_cast<int>(populated.error());
}

bool Kernel::OpenUserAccess() {
  if (!FaultsAllowed()) NoteMisuse(Misuse::kOpenedFlagClear);
  return ExchangeUserAccess(true);
}

void Kernel::RestoreUserAccess(bool earlier) {
  if ((t_thread.access_open || earlier) && !FaultsAllowed()) NoteMisuse(Misuse::kOpenedFlagClear);
  ExchangeUserAccess(earlier);
}

void Kernel::NoteSwitchedAway() {
  if (FaultsAllowed()) NoteMisuse(Misuse::kFlagSetSwitchedAway);
  if (t_thread.access_open) NoteMisuse(Misuse::kOpenSwitchedAway);
}

void Kernel::SwitchTaskAway(absl::FunctionRef<void()> meanwhile) {
  auto away = [&] {
    NoteSwitchedAway();
    meanwhile();
    NoteSwitchedAway();
  };
  if (SubjectSwitchesTasks()) {
    switching_->while_switched_away(
        [](void* argument) { (*static_cast<decltype(away)*>(argument))(); }, &away);
    return;
  }
  const bool flag = FaultsAllowed();
  const bool access_open = ExchangeUserAccess(false);
  AllowFaults(false);
  away();
  AllowFaults(flag);
  ExchangeUserAccess(access_open);
}

void Kernel::NoteMisuse(Misuse misuse, Event event) {
  const uint32_t bit = uint32_t{1} << static_cast<unsigned>(misuse);
  if ((misuses_ & bit) != 0) return;
  misuses_ |= bit;
  event.kind = EventKind::kMisused;
  event.index = static_cast<uint64_t>(misuse);
  event_log_.Add(event);  // recorded also for another CPU in the middle of an access
}

bool Kernel::RunKernel(absl::FunctionRef<void()> body) {
  misuses_ = 0;
  return RunUntilPanic(StepsToTheEnd(), body);
}

bool Kernel::RunUntilPanic(uint64_t max_steps, absl::FunctionRef<void()> body) {
  t_thread.steps = 0;
  t_thread.max_steps = max_steps;
  t_thread.interrupted = nullptr;  // of a handler that a panic abandoned
  RecoveryFrame frame;
  frame.kind = RecoveryFrame::Kind::kPanic;
  const bool survived = RunInFrame(&frame, body);
  t_thread.max_steps = UINT64_MAX;
  return survived;
}

uint64_t Kernel::StepsToTheEnd() const {
  constexpr uint64_t kSpareSteps = 64;
  constexpr uint64_t kStepsOfPage = 2;  // a check and an attempt
  constexpr uint64_t kPatience = 2;     // safety factor
  return kSpareSteps +
         kPatience * kStepsOfPage * (address_space_.populated_pages() + frames_.free());
}

void Kernel::CountStep() {
  if (IsStepTooMany()) PanicAt(0, false, KernelBug::kEndless);
}

void Kernel::TakeLock() {
  if (t_thread.access_open && !was_open_) NoteMisuse(Misuse::kOpenAtQuestion);
  if (!config_.lock) return;
  if (!lock_.Take(current_cpu_)) {
    Record(NewEvent(EventKind::kLockTakenTwice));
    PanicAt(0, false, KernelBug::kLockHeld);
  }
  Record(NewEvent(EventKind::kLockTaken));
}

void Kernel::LetGoOfLock() {
  if (!config_.lock) return;
  Record(NewEvent(EventKind::kLockReleased));
  lock_.Release(current_cpu_);
}

Event Kernel::NewQuestion(EventKind kind, uint64_t start, uint64_t size, MappingFlags flags) {
  if (t_thread.access_open && !was_open_) NoteMisuse(Misuse::kOpenAtQuestion);
  Event event = NewEvent(kind);
  event.address = start;
  event.size = size;
  event.access = flags.bits();
  return event;
}

bool Kernel::AnswerCheck(uint64_t start, uint64_t size, MappingFlags flags) {
  Event event = NewQuestion(EventKind::kChecked, start, size, flags);
  const auto range = axptr::VirtAddrRange::from_start_size(axptr::VirtAddr(start), size);
  event.ok = range && address_space_.check_region_access(*range, flags);
  Record(event);
  return event.ok;
}

axptr::LinuxResult<void> Kernel::AnswerPopulation(uint64_t start, uint64_t size,
                                                  MappingFlags flags) {
  Event event = NewQuestion(EventKind::kPopulated, start, size, flags);
  const auto pages = axptr::VirtAddrRange::from_start_size(axptr::VirtAddr(start), size);
  const bool is_whole_pages = start % Window::kPageBytes == 0 && size % Window::kPageBytes == 0;
  axptr::LinuxResult<void> result = std::unexpected(axptr::LinuxError::kEfault);
  if (injector_.Fails(Injector::Point::kPopulation)) {
    result = std::unexpected(axptr::LinuxError::kEnomem);
  } else if (pages && is_whole_pages) {
    result = address_space_.populate_area(*pages, flags);
  }
  event.ok = result.has_value();
  event.error = result ? 0 : static_cast<int>(result.error());
  Record(event);
  return result;
}

void Kernel::PanicAt(uint64_t address, bool write, KernelBug bug) {
  Event event = NewEvent(EventKind::kFault);
  event.address = address;
  event.access = (write ? MappingFlags::WRITE : MappingFlags::READ).bits();
  event.disposition = FaultDisposition::kKernelBug;
  event.bug = bug;
  event.ok = false;
  Record(event);
  Abandon();
}

void Kernel::StopIfPrevented(uint64_t address, bool write) {
  const MappingFlags access = write ? MappingFlags::WRITE : MappingFlags::READ;
  // A kernel without faults does not know which pages came in by one.
  if (!unseen().faults && !address_space_.LetsThrough(address, access)) return;
  PanicAt(address, write, KernelBug::kAccessPrevented);
}

void Kernel::Abandon() {
  RecoveryFrame* const frame = InnermostPanicFrame();
  SIM_CHECK(frame != nullptr);
  JumpTo(frame);
}

}  // namespace sim
