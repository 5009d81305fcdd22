// Touches of user memory, their faults, and what happens in the middle of them.
#include <algorithm>
#include <utility>

#include "sim/script/reference.h"

namespace sim {

using model_internal::HardwareAllows;

namespace {

constexpr uint8_t kNoFault = 16;  // of the access bits of an attempt: no fault is resolved

// The alignment of a touch: the largest power of two that divides its size.
constexpr uint64_t AlignmentOf(uint64_t size) {
  uint64_t alignment = 1;
  while (size % (2 * alignment) == 0) alignment *= 2;
  return alignment;
}

// The size of the kernel's pages around a range.
constexpr uint64_t PageOf(uint64_t address) { return address & ~(kPageBytes - 1); }

}  // namespace

uint8_t Reference::ByteAt(uint64_t address) const { return memory_.BytesAt(address).At(address); }

void Reference::Put(uint64_t address, uint8_t value) {
  const auto flipped = static_cast<uint8_t>(ByteAt(address) ^ value);
  if (flipped != 0) memory_.Flip(address, flipped);
}

// ---- The judgement of touches ----

void Reference::JudgeTouch(uint64_t address, uint64_t size, bool write, bool is_use) {
  Under* const innermost = attempts_.empty() ? nullptr : &attempts_.back();
  const uint64_t last = address + size - 1;
  Event event = NewEvent(EventKind::kMisused);
  event.address = address;
  event.size = size;
  event.access = write ? kPermWrite : kPermRead;
  event.ok = cpu().open;
  event.address_known = innermost != nullptr;
  if (!cpu().open) return NoteMisuse(Misuse::kTouchedClosed, event);
  if (!cpu().flag) return NoteMisuse(Misuse::kTouchedFlagClear, event);
  if (IsLockMine()) return NoteMisuse(Misuse::kTouchedLockHeld, event);
  if (innermost == nullptr || !innermost->Holds(address) || !innermost->Holds(last)) {
    return NoteMisuse(Misuse::kTouchedOutsideAttempt, event);
  }
  if (is_use) return;  // a caller may use what it gets in any order
  uint64_t& end = write ? innermost->end_of_stores : innermost->end_of_loads;
  if (address < end) {
    NoteMisuse(Misuse::kTouchedOutOfOrder, event);
  } else if (address % AlignmentOf(size) != 0) {
    NoteMisuse(Misuse::kTouchedMisaligned, event);
  }
  end = std::max(end, last + 1);
}

void Reference::NoteReported(uint64_t address, uint64_t size, bool write) {
  Watch& seen = watch();
  if (!seen.is_active) return;
  if ((seen.kind & 4) != 0) {
    const bool is_whole = address == seen.start && size == seen.size;
    if ((seen.is_accessed || !is_whole) && !seen.torn_at) seen.torn_at = address;
    seen.is_accessed = true;
  }
  for (uint64_t i = 0; write && i < size; ++i) {
    const uint64_t at = address + i;
    if (at < seen.start || at - seen.start >= seen.storable) seen.is_stray = true;
  }
}

Reference::Flow Reference::Load(size_t index) {
  const uint64_t address = argument(index, 0);
  const uint64_t size = argument(index, 1);
  const Action action = step(index).action;
  if (action != Action::kTouchLoad && IsInWindow(address)) {
    NoteReported(address, size, /*write=*/false);
    JudgeTouch(address, size, /*write=*/false, /*is_use=*/false);
    if (!interrupted()) {
      NoteLoadedAgain(address, size);
      Answer(static_cast<int>(address % kPageBytes));
      if (const Flow flow = ReachPoint(RacePoint::kLoad); flow != Flow::kGoOn) return flow;
    }
  }
  if (action == Action::kReportLoad) return Flow::kGoOn;
  uint64_t word = 0;
  for (uint64_t i = 0; i < size; ++i) {
    const Flow flow = TouchOneByte(address + i, /*write=*/false, By::kScript);
    if (flow != Flow::kGoOn) return flow;
    word = word << 8 | ByteAt(address + i);
    if (i % 8 == 7 || i + 1 == size) Note(What::kBytes, std::exchange(word, 0), i);
  }
  return Flow::kGoOn;
}

void Reference::NoteLoadedAgain(uint64_t address, uint64_t size) {
  const std::pair<std::set<uint64_t>*, Observation*> counts[] = {
      {&loaded_in_attempt_, &again_in_attempt_}, {&loaded_, &again_}};
  for (const auto& [loaded, again] : counts) {
    for (uint64_t at = address; at < address + size; ++at) {
      if (loaded->insert(at).second) continue;
      if (again->value++ == 0) again->at = at;
    }
  }
}

Reference::Flow Reference::StoreBytesOf(size_t index) {
  const uint64_t address = argument(index, 0);
  const uint64_t size = argument(index, 1);
  const Action action = step(index).action;
  if (action != Action::kTouchStore && IsInWindow(address)) {
    JudgeTouch(address, size, /*write=*/true, /*is_use=*/false);
    NoteReported(address, size, /*write=*/true);
  }
  if (action == Action::kReportStore) return Flow::kGoOn;
  for (uint64_t i = 0; i < size; ++i) {
    const Flow flow = TouchOneByte(address + i, /*write=*/true, By::kScript);
    if (flow != Flow::kGoOn) return flow;
    Put(address + i, static_cast<uint8_t>(argument(index, 2) + i));
  }
  return Flow::kGoOn;
}

Reference::Flow Reference::Use(size_t index) {
  JudgeTouch(argument(index, 0), argument(index, 1), step(index).action == Action::kUseStore,
             /*is_use=*/true);
  return Flow::kGoOn;
}

Reference::Flow Reference::TouchAsUser(size_t index) {
  const bool write = step(index).action == Action::kUserStore;
  const uint64_t address = argument(index, 0);
  bool is_done = false;
  if (IsInWindow(address)) {
    const Cpu before = cpu();
    const Flow flow = TouchOneByte(address, write, By::kUser);
    if (flow == Flow::kPanic) return flow;
    is_done = flow == Flow::kGoOn;
    if (!is_done) cpu() = before;
    if (is_done && write) Put(address, ByteAt(address) ^ kFlippedInFirst);
  }
  Answer(is_done ? 1 : 0);
  return Flow::kGoOn;
}

Reference::Flow Reference::TouchAsKernel(size_t index) {
  const bool write = step(index).action == Action::kKernelStore;
  const uint64_t address = argument(index, 0);
  if (!IsInWindow(address)) return PanicAt(address, write, KernelBug::kFlagClear);
  if (config_.smap && !cpu().open && HardwareAllows(memory_.StateAt(address), write)) {
    return PanicAt(address, write, KernelBug::kAccessPrevented);
  }
  if (const Flow flow = TouchOneByte(address, write, By::kKernel); flow != Flow::kGoOn) return flow;
  if (write) PutAsKernel(address, ByteAt(address) ^ kFlippedInFirst);
  Answer(1);
  return Flow::kGoOn;
}

void Reference::PutAsKernel(uint64_t address, uint8_t value) {
  // The byte may be in the watched pages at several addresses of its file.
  std::vector<std::pair<uint64_t, uint8_t>> earlier;
  if (watch().is_active) {
    for (const auto& [watched, before] : watch().before) {
      earlier.emplace_back(watched, ByteAt(watched));
    }
  }
  const auto flipped = static_cast<uint8_t>(ByteAt(address) ^ value);
  Put(address, value);
  for (const auto& [watched, was] : earlier) {
    if (ByteAt(watched) != was) watch().before[watched] ^= flipped;
  }
}

Reference::Flow Reference::Fingerprint(size_t index) {
  const uint64_t address = argument(index, 0);
  if (config_.smap && !cpu().open && HardwareAllows(memory_.StateAt(address), /*store=*/false)) {
    return PanicAt(address, /*write=*/false, KernelBug::kAccessPrevented);
  }
  uint64_t hash = kHashOfNothing;
  for (uint64_t i = 0; i < argument(index, 1); ++i) {
    const Flow flow = TouchOneByte(address + i, /*write=*/false, By::kKernel);
    if (flow != Flow::kGoOn) return flow;
    hash = HashWord(hash, ByteAt(address + i));
  }
  Note(What::kBytes, hash);
  return Flow::kGoOn;
}

// ---- Faults ----

void Reference::NoteClosedTouch(uint64_t address, bool write) {
  Event event = NewEvent(EventKind::kMisused);
  event.address = address;
  event.access = write ? kPermWrite : kPermRead;
  event.ok = false;
  event.address_known = !attempts_.empty();
  NoteMisuse(Misuse::kTouchedClosed, event);
}

Reference::Flow Reference::TouchOneByte(uint64_t address, bool write, By by) {
  if (by == By::kScript && hardware_closes_ && opens() && IsInWindow(address) && !cpu().open) {
    NoteClosedTouch(address, write);
  }
  while (!HardwareAllows(memory_.StateAt(address), write)) {
    if (const Flow flow = Fault(address, write, by); flow != Flow::kGoOn) return flow;
  }
  return Flow::kGoOn;
}

bool Reference::IsPastEndAndPermitted(uint64_t address, bool write) {
  const MemoryHistory::PageState& state = memory_.StateAt(address);
  if (!state.mapped || !state.past_end) return false;
  return write ? (state.perms & kPermWrite) != 0 : state.perms != 0;
}

Reference::Flow Reference::Fault(uint64_t address, bool write, By by) {
  const bool is_known = address + (uint64_t{1} << 47) < uint64_t{1} << 48;
  Event event = NewEvent(EventKind::kFault);
  event.address = is_known ? address : 0;  // the hardware reports none
  event.address_known = is_known;
  event.access = write ? kPermWrite : kPermRead;
  event.bus_error = IsPastEndAndPermitted(address, write);
  std::optional<size_t> holder;
  if (by != By::kUser) {
    if (!cpu().flag) return Bug(event, KernelBug::kFlagClear);
    if (opens() && !cpu().open) return Bug(event, KernelBug::kAccessClosed);
    if (attempts_.empty() && !IsInWindow(address)) return Bug(event, KernelBug::kNoWayBack);
    for (size_t i = 0; i < attempts_.size() && is_known; ++i) {
      if (attempts_[i].Holds(address)) holder = i;  // the innermost
    }
    if (!attempts_.empty() && !holder) return Bug(event, KernelBug::kOutOfRange);
  }
  return Handle(event, write, by, holder);
}

Reference::Flow Reference::Handle(Event event, bool write, By by, std::optional<size_t> holder) {
  if (holder && (attempts_[*holder].access & kNoFault) != 0) return Unresolved(event, by, holder);
  Cpu task = std::exchange(cpu(), Cpu());
  Cpu* const outer = std::exchange(interrupted_task_, &task);
  Flow flow = Flow::kGoOn;
  if (!interrupted()) {
    Answer(static_cast<int>(event.address % kPageBytes));
    flow = ReachPoint(RacePoint::kFault);
  }
  if (flow == Flow::kGoOn) flow = HandleUnderLock(event, write, by, holder);
  interrupted_task_ = outer;
  // What is abandoned gets the flag and user access of its attempt from those who catch it.
  if (flow == Flow::kGoOn) cpu() = task;
  return flow;
}

Reference::Flow Reference::HandleUnderLock(Event event, bool write, By by,
                                           std::optional<size_t> holder) {
  if (config_.lock && !IsLockMine() && IsInjected(InjectPoint::kLock)) {
    return Unresolved(event, by, holder);
  }
  if (config_.lock && lock_holder_ != Observation::kNoCpu) {
    Record(NewEvent(EventKind::kLockTakenTwice));
    return Bug(event, KernelBug::kLockHeld);
  }
  if (IsInjected(InjectPoint::kPopulation) || !Resolve(event.address, write)) {
    return Unresolved(event, by, holder);
  }
  // A read and a write for each page of the range, for one more at either end, and 64 to spare.
  const uint64_t bytes = by == By::kUser ? 0
                         : holder        ? attempts_[*holder].size
                                         : kMachineFrames * kPageBytes;
  uint64_t faults_of_user = 0;
  uint64_t& faults = by == By::kUser ? faults_of_user
                     : holder        ? attempts_[*holder].faults
                                     : faults_of_run_;
  if (++faults > 64 + 2 * (bytes / kPageBytes + 2)) return Bug(event, KernelBug::kRetriedTooOften);
  Record(event);
  return Flow::kGoOn;
}

bool Reference::Resolve(uint64_t address, bool write) {
  memory_.GrowDownTo(address);
  const MemoryHistory::PageState state = memory_.StateAt(address);
  if (!state.mapped || state.kind == AreaKind::kKernel || state.past_end) return false;
  if (HardwareAllows(state, write)) return true;  // another CPU was faster
  if ((state.perms & (write ? kPermWrite : kPermRead)) == 0) return false;
  const uint64_t page = PageOf(address);
  const uint64_t frames = memory_.FramesFor(page, page + kPageBytes, write);
  if (frames > free_ || TakeFrames(frames) < frames) return false;
  MakePresent(page, page + kPageBytes);
  return true;
}

Reference::Flow Reference::Unresolved(Event event, By by, std::optional<size_t> holder) {
  if (by != By::kUser && !holder) return Bug(event, KernelBug::kNoWayBack);
  event.ok = false;
  event.disposition = FaultDisposition::kEfault;
  Record(event);
  abandoned_ = 0;
  if (by == By::kUser) return Flow::kAbandoned;
  while (attempts_.size() > *holder + 1) {
    const Under& inner = attempts_.back();
    Event gone = NewEvent(EventKind::kAttemptEnded);
    gone.flag = event.flag;
    gone.ok = false;
    gone.address = inner.start;
    gone.size = inner.size;
    gone.access = inner.access;
    gone.fingerprint = std::max(inner.end_of_loads, inner.end_of_stores);
    Record(gone);
    attempts_.pop_back();
  }
  abandoned_ = attempts_.back().serial;
  return Flow::kAbandoned;
}

// ---- Attempts ----

Reference::Flow Reference::Attempt(size_t index) {
  const auto access = static_cast<uint8_t>(argument(index, 2));
  const bool write = (access & kPermWrite) != 0;
  Event event = NewEvent(EventKind::kAttemptBegun);
  event.address = argument(index, 0);
  event.size = argument(index, 1);
  event.access = access;
  ++steps_of_run_;
  if (!interrupted()) loaded_in_attempt_.clear();
  watch().is_accessed = false;
  Record(event);
  if (steps_of_run_ > max_steps_of_run_) return PanicAt(0, write, KernelBug::kEndless);
  if (!IsInWindow(event.address) || event.size > kWindowEnd - event.address) {
    return PanicAt(event.address, write, KernelBug::kOutOfRange);
  }
  const Situation before = situation_;
  ++situation_.attempts;
  const Cpu at_begin = cpu();
  const uint64_t serial = ++serials_;
  attempts_.push_back({.serial = serial,
                       .start = event.address,
                       .size = event.size,
                       .access = access,
                       .before = at_begin});
  if (!opens()) cpu().open = true;
  const Flow flow = DoBody(index);
  const bool is_mine = flow == Flow::kGoOn || (flow == Flow::kAbandoned && abandoned_ == serial);
  if (!is_mine) return flow;
  const Under ended = attempts_.back();
  attempts_.pop_back();
  if (flow == Flow::kAbandoned) cpu() = at_begin;
  if (!opens()) cpu().open = at_begin.open;
  situation_.GoBackTo(before);
  at_ = index;
  event.kind = EventKind::kAttemptEnded;
  event.ok = flow == Flow::kGoOn;
  event.flag = cpu().flag;
  event.cpu = static_cast<uint8_t>(current_cpu_);
  event.lock_held = IsLockMine();
  event.fingerprint = std::max(ended.end_of_loads, ended.end_of_stores);
  Record(event);
  Answer(event.ok ? 1 : 0);
  return Flow::kGoOn;
}

// ---- What happens in the middle of an access ----

Reference::Flow Reference::Arm(size_t index) {
  armed_[argument(index, 0)].push_back(index);
  return Flow::kGoOn;
}

Reference::Flow Reference::ReachUse(size_t) { return ReachPoint(RacePoint::kUse); }

Reference::Flow Reference::ReachPoint(RacePoint point) {
  const auto number = static_cast<size_t>(point);
  if (interrupted() || reached_[number] == armed_[number].size()) return Flow::kGoOn;
  const size_t index = armed_[number][reached_[number]++];
  const Situation before = situation_;
  const size_t at = at_;
  situation_.in_hook = true;
  situation_.is_handler = point == RacePoint::kFault;
  const Flow flow = DoBody(index);
  if (flow == Flow::kPanic) return flow;
  situation_.GoBackTo(before);
  at_ = at;
  return flow;
}

void Reference::CountAnew() {
  steps_of_run_ = 0;
  max_steps_of_run_ = StepsToTheEnd();
  faults_of_run_ = 0;
  for (Under& under : attempts_) under.faults = 0;
}

void Reference::BeginInterference() {
  if (!situation_.is_asleep) Look(watch());
  CountAnew();
}

void Reference::EndInterference() {
  if (!situation_.is_asleep) Retake(watch());
  CountAnew();
}

Reference::Flow Reference::Interfere(size_t index) {
  BeginInterference();
  if (const Flow flow = DoBody(index); flow != Flow::kGoOn) return flow;
  EndInterference();
  return Flow::kGoOn;
}

Reference::Flow Reference::Other(size_t index) {
  const bool is_act = situation_.in_hook || situation_.is_asleep;
  const Situation before = situation_;
  const uint64_t own_cpu = current_cpu_;
  const std::vector<Under> own_attempts = std::exchange(attempts_, {});
  const uint64_t own_checks = std::exchange(checks_to_tell_, 0);
  Cpu* const own_task = interrupted_task_;
  if (is_act) {
    std::vector<Under> hidden = own_attempts;
    std::swap(attempts_, hidden);
    BeginInterference();
    std::swap(attempts_, hidden);
  }
  situation_.interrupted = 1;
  situation_.attempts = 0;
  by_other_ = true;
  current_cpu_ = argument(index, 0);
  Enter();
  const Flow flow = DoBody(index);
  if (flow != Flow::kGoOn) return flow;
  current_cpu_ = own_cpu;
  Enter();
  by_other_ = false;
  situation_.GoBackTo(before);
  attempts_ = own_attempts;
  checks_to_tell_ = own_checks;
  interrupted_task_ = own_task;
  if (is_act) EndInterference();
  return Flow::kGoOn;
}

Reference::Flow Reference::Nested(size_t index) {
  const bool is_act = situation_.in_hook;
  const Situation before = situation_;
  const uint64_t own_checks = std::exchange(checks_to_tell_, 0);
  if (is_act) BeginInterference();
  situation_.interrupted = 1;
  was_open_ = cpu().open;
  const Flow flow = DoBody(index);
  if (flow == Flow::kPanic) return flow;
  was_open_ = false;
  situation_.GoBackTo(before);
  checks_to_tell_ = own_checks;
  if (flow == Flow::kGoOn && is_act) EndInterference();
  return flow;
}

void Reference::NoteSwitchedAway() {
  if (cpu().flag) NoteMisuse(Misuse::kFlagSetSwitchedAway);
  if (cpu().open) NoteMisuse(Misuse::kOpenSwitchedAway);
}

Reference::Flow Reference::SwitchAway(size_t index, bool with_body) {
  const Cpu task = cpu();
  const bool is_saved = subject_ != SubjectKind::kSavesNothing;
  if (is_saved) cpu() = Cpu();
  NoteSwitchedAway();
  if (with_body) {
    if (const Flow flow = DoBody(index); flow != Flow::kGoOn) return flow;
  }
  NoteSwitchedAway();
  if (is_saved) cpu() = task;
  return Flow::kGoOn;
}

Reference::Flow Reference::Switch(size_t index) {
  const Situation before = situation_;
  situation_.is_switched = true;
  if (const Flow flow = SwitchAway(index, /*with_body=*/true); flow != Flow::kGoOn) return flow;
  situation_.GoBackTo(before);
  return Flow::kGoOn;
}

Reference::Flow Reference::SleepOf(size_t index) {
  const Situation before = situation_;
  Cpu* const handled = interrupted_task_;
  if (handled != nullptr) cpu() = *handled;
  Look(watch());
  situation_.is_asleep = true;
  const Cpu task = cpu();
  const uint64_t space = space_of_cpu_[current_cpu_];
  const bool is_saved = subject_ != SubjectKind::kSavesNothing;
  if (is_saved) cpu() = Cpu();
  NoteSwitchedAway();
  if (const Flow flow = DoBody(index); flow != Flow::kGoOn) return flow;
  // The task that ran last leaves the CPU, too.
  if (const Flow flow = SwitchAway(index, /*with_body=*/false); flow != Flow::kGoOn) return flow;
  if (IsLockMine()) lock_holder_ = argument(index, 0);
  current_cpu_ = argument(index, 0);
  space_of_cpu_[current_cpu_] = space;
  Enter();
  NoteSwitchedAway();
  if (is_saved) cpu() = task;
  situation_.GoBackTo(before);
  Retake(watch());
  if (handled != nullptr) *handled = std::exchange(cpu(), Cpu());
  return Flow::kGoOn;
}

// ---- Watches of stores, and the kernel's buffer ----

bool Reference::MayStoreTo(const Watch& seen, uint64_t address) const {
  return (seen.kind & 1) != 0 && address >= seen.start && address - seen.start < seen.storable;
}

void Reference::Look(Watch& seen) {
  if (!seen.is_active) return;
  for (const auto& [address, byte] : seen.before) {
    if (ByteAt(address) != byte && !MayStoreTo(seen, address)) seen.is_stray = true;
  }
}

void Reference::Retake(Watch& seen) {
  if (!seen.is_active) return;
  for (auto& [address, byte] : seen.before) byte = ByteAt(address);
}

Reference::Flow Reference::WatchStores(size_t index) {
  Watch& seen = watch();
  seen = {.is_active = true,
          .start = argument(index, 0),
          .size = argument(index, 1),
          .storable = argument(index, 2),
          .kind = argument(index, 3),
          .is_stray = false,
          .is_accessed = false,
          .torn_at = {},
          .before = {}};
  situation_.HasWatch() = true;
  if ((seen.kind & 2) != 0) return Flow::kGoOn;
  constexpr uint64_t kNear = 64;
  const uint64_t last = seen.start + (seen.size == 0 ? 0 : seen.size - 1);
  for (const uint64_t place : {seen.start, last}) {
    // The page, 64 bytes before and after it or the place.
    const model_internal::Wide low =
        std::min<model_internal::Wide>(PageOf(place), place < kNear ? 0 : place - kNear);
    const model_internal::Wide high = std::max<model_internal::Wide>(
        model_internal::Wide{PageOf(place)} + kPageBytes, model_internal::Wide{place} + 1 + kNear);
    for (auto at = std::max<model_internal::Wide>(low, kWindowStart);
         at < std::min<model_internal::Wide>(high, kWindowEnd); ++at) {
      const auto address = static_cast<uint64_t>(at);
      seen.before[address] = ByteAt(address);
    }
  }
  return Flow::kGoOn;
}

Reference::Flow Reference::EndWatch(size_t) {
  Watch& seen = watch();
  Look(seen);
  Note(What::kWatched, seen.is_stray ? 1 : 0);
  Note(What::kTorn, seen.torn_at ? 1 : 0, seen.torn_at.value_or(0));
  seen.is_active = false;
  situation_.HasWatch() = false;
  return Flow::kGoOn;
}

Reference::Flow Reference::Lend(size_t index) {
  is_lent_ = true;
  written_.clear();
  situation_.kept.has_buffer = true;
  situation_.kept.is_buffer_at_end = argument(index, 0) == 1;
  situation_.kept.buffer_bytes = argument(index, 2);
  return Flow::kGoOn;
}

Reference::Flow Reference::StoreToBuffer(size_t index) {
  const auto place = static_cast<int64_t>(argument(index, 0));
  const auto size = static_cast<int64_t>(situation_.kept.buffer_bytes);
  constexpr auto kPage = static_cast<int64_t>(kPageBytes);
  const int64_t pages = std::max(kPage, (size + kPage - 1) / kPage * kPage);
  const int64_t first = situation_.kept.is_buffer_at_end ? size - pages : 0;
  if (place < first || place >= first + pages) {
    Event event = NewEvent(EventKind::kFault);
    event.address = static_cast<uint64_t>(place);
    event.access = kPermWrite;
    return Bug(event, KernelBug::kBufferOverrun);
  }
  written_[place] = static_cast<uint8_t>(argument(index, 1));
  return Flow::kGoOn;
}

Reference::Flow Reference::TakeBuffer(size_t) {
  const auto size = static_cast<int64_t>(situation_.kept.buffer_bytes);
  int64_t end = 0;
  std::optional<int64_t> outside;
  for (const auto& [place, changed] : written_) {
    if (changed == 0) continue;
    const bool is_inside = place >= 0 && place < size;
    if (is_inside) end = place + 1;
    if (!is_inside && !outside) outside = place;
  }
  Note(What::kWritten, static_cast<uint64_t>(end));
  Note(What::kWrittenHash, 1);
  Note(What::kWrittenOutside, outside ? 1 : 0, static_cast<uint64_t>(outside.value_or(0)));
  situation_.kept.has_buffer = false;
  is_lent_ = false;
  return Flow::kGoOn;
}

}  // namespace sim
