// The steps of a script that are not touches of user memory, and the state after each step.
#include "sim/script/reference.h"

#include <algorithm>
#include <cerrno>

namespace sim {

using model_internal::HardwareAllows;

struct Reference::Row {
  Action action;
  Flow (Reference::*carry_out)(size_t index);

  static const Row& Of(Action action) {
    static constexpr Row kRows[] = {
        {Action::kMachine, &Reference::Machine},
        {Action::kSetUp, &Reference::SetUp},
        {Action::kSubject, &Reference::Subject},
        {Action::kRun, &Reference::Run},
        {Action::kEnd, &Reference::Nothing},
        {Action::kCpu, &Reference::SwitchCpu},
        {Action::kLock, &Reference::Lock},
        {Action::kUnlock, &Reference::Unlock},
        {Action::kCheck, &Reference::Check},
        {Action::kPopulate, &Reference::PopulateArea},
        {Action::kAttempt, &Reference::Attempt},
        {Action::kLoad, &Reference::Load},
        {Action::kStore, &Reference::StoreBytesOf},
        {Action::kTouchLoad, &Reference::Load},
        {Action::kTouchStore, &Reference::StoreBytesOf},
        {Action::kReportLoad, &Reference::Load},
        {Action::kReportStore, &Reference::StoreBytesOf},
        {Action::kUseLoad, &Reference::Use},
        {Action::kUseStore, &Reference::Use},
        {Action::kFlag, &Reference::Flag},
        {Action::kOpen, &Reference::Open},
        {Action::kRestore, &Reference::Restore},
        {Action::kUserLoad, &Reference::TouchAsUser},
        {Action::kUserStore, &Reference::TouchAsUser},
        {Action::kKernelLoad, &Reference::TouchAsKernel},
        {Action::kKernelStore, &Reference::TouchAsKernel},
        {Action::kFingerprint, &Reference::Fingerprint},
        {Action::kOther, &Reference::Other},
        {Action::kNested, &Reference::Nested},
        {Action::kSleep, &Reference::SleepOf},
        {Action::kSwitch, &Reference::Switch},
        {Action::kAt, &Reference::Arm},
        {Action::kReachUse, &Reference::ReachUse},
        {Action::kInterfere, &Reference::Interfere},
        {Action::kRepeat, &Reference::Repeat},
        {Action::kPanic, &Reference::Abandon},
        {Action::kWith, &Reference::With},
        {Action::kWatch, &Reference::WatchStores},
        {Action::kWatchEnd, &Reference::EndWatch},
        {Action::kBuffer, &Reference::Lend},
        {Action::kBufferStore, &Reference::StoreToBuffer},
        {Action::kBufferEnd, &Reference::TakeBuffer},
    };
    static_assert(HasARowForEachAction(kRows));
    return kRows[static_cast<size_t>(action)];
  }
};

const std::vector<Observation>& Reference::Predict(const Script& script) {
  script_ = &script;
  ends_ = EndsOfBodies(script);
  observations_.clear();
  at_ = 0;
  happened_ = 0;
  subject_ = SubjectKind::kNone;
  situation_ = {};
  ResetAll(MachineConfig());
  DoSteps(0, script.steps.size());
  if (!is_stopped_) NoteState(/*with_bytes=*/true);
  // All frames that pages of this process hold are free again.
  if (!is_stopped_) {
    Note(What::kFramesAfterReset, free_ + pages_.Own() + other_space_.pages.Own());
  }
  return observations_;
}

void Reference::ResetAll(const MachineConfig& config) {
  Model::Reset(config);
  situation_ = {.depth = situation_.depth, .kept = {}};
  is_stopped_ = false;
  cpus_ = {};
  current_cpu_ = 0;
  lock_holder_ = Observation::kNoCpu;
  attempts_.clear();
  checks_to_tell_ = 0;
  misuses_ = 0;
  by_other_ = false;
  was_open_ = false;
  interrupted_task_ = nullptr;
  failures_ = 0;
  now_.injected = 0;
  watches_ = {};
  is_lent_ = false;
}

void Reference::CollectFailures() {
  failures_ += now_.injected;
  now_.injected = 0;
}

Reference::Flow Reference::DoSteps(size_t first, size_t end) {
  ++situation_.depth;
  for (size_t i = first; i < end; i = ends_[i] + 1) {
    if (!Begins(i)) continue;
    const Flow flow = (this->*Row::Of(step(i).action).carry_out)(i);
    if (flow != Flow::kGoOn) return flow;
    if (!situation_.in_run && !is_stopped_) NoteState(step(i).action == Action::kRun);
  }
  --situation_.depth;
  return Flow::kGoOn;
}

bool Reference::Begins(size_t index) {
  at_ = index;
  if (is_stopped_ && step(index).action != Action::kMachine) return false;
  if (happened_ >= kMaxHappening) return false;
  const bool happens = MayHappen(step(index), situation_, config_, static_cast<int>(current_cpu_),
                                 lock_holder_ != Observation::kNoCpu);
  if (happens) ++happened_;
  return happens;
}

void Reference::Note(What what, uint64_t value, uint64_t at) {
  if (observations_.size() == kMaxObservations) return;
  observations_.push_back({.what = what, .step = at_, .at = at, .value = value, .event = {}});
}

void Reference::NoteState(bool with_bytes) {
  Enter();
  Note(What::kCurrentCpu, current_cpu_);
  Note(What::kFlag, cpu().flag ? 1 : 0);
  Note(What::kOpen, cpu().open ? 1 : 0);
  Note(What::kLockHolder, lock_holder_);
  Note(What::kFreeFrames, free_);
  Note(What::kPopulatedPages, TotalPresent());
  Note(What::kSharedPages, pages_.shared + other_space_.pages.shared);
  CollectFailures();
  Note(What::kFailures, failures_);
  for (const uint64_t page : kObservedPages) NotePage(page, with_bytes);
}

void Reference::NotePage(uint64_t page, bool with_bytes) {
  const uint64_t address = kWindowStart + page * kPageBytes;
  const MemoryHistory::PageState state = memory_.StateAt(address);
  uint64_t facts = 0;
  if (state.present) facts |= kPagePopulated;
  if (HardwareAllows(state, /*store=*/false)) facts |= kPageLetsLoad;
  if (HardwareAllows(state, /*store=*/true)) facts |= kPageLetsStore;
  if (state.mapped) {
    facts |= kPageChecked * state.perms;
    if (state.kind != AreaKind::kKernel) facts |= kPageChecked * 8;
  }
  Note(What::kPage, facts, page);
  if (!with_bytes || !state.mapped) return;
  uint64_t hash = kHashOfNothing;
  for (uint64_t i = 0; i < kPageBytes; i += 8) {
    uint64_t word = 0;
    for (uint64_t byte = 8; byte-- > 0;) word = word << 8 | ByteAt(address + i + byte);
    hash = HashWord(hash, word);
  }
  Note(What::kContents, hash, page);
}

Reference::Flow Reference::Machine(size_t index) {
  ResetAll(step(index).machine);
  happened_ = 0;
  return Flow::kGoOn;
}

Reference::Flow Reference::SetUp(size_t index) {
  const Op& op = step(index).op;
  const bool is_act = situation_.in_hook || situation_.is_asleep;
  if (is_act) BeginInterference();
  CollectFailures();
  const int error = Model::Step(op).outcome.error;
  Enter();
  if (is_act) EndInterference();
  Answer(error);
  return Flow::kGoOn;
}

Reference::Flow Reference::Subject(size_t index) {
  subject_ = static_cast<SubjectKind>(argument(index, 0));
  return Flow::kGoOn;
}

Reference::Flow Reference::Run(size_t index) {
  for (auto& armed : armed_) armed.clear();
  reached_ = {};
  const Situation before = situation_;
  situation_.in_run = true;
  Enter();
  misuses_ = 0;
  faults_of_run_ = 0;
  steps_of_run_ = 0;
  max_steps_of_run_ = StepsToTheEnd();
  loaded_in_attempt_.clear();
  loaded_.clear();
  again_in_attempt_ = again_ = {};
  const Flow flow = DoBody(index);
  situation_.GoBackTo(before);
  at_ = index;
  max_steps_of_run_ = UINT64_MAX;
  watches_[0].is_active = false;
  situation_.kept.has_watch[0] = situation_.kept.has_buffer = false;
  is_lent_ = false;
  is_stopped_ = flow == Flow::kPanic;
  Note(What::kSurvived, is_stopped_ ? 0 : 1);
  Note(What::kMisuses, misuses_);
  if (is_stopped_) return Flow::kGoOn;
  Note(What::kAgainInAttempt, again_in_attempt_.value, again_in_attempt_.at);
  Note(What::kAgain, again_.value, again_.at);
  return Flow::kGoOn;
}

Reference::Flow Reference::SwitchCpu(size_t index) {
  current_cpu_ = argument(index, 0);
  Enter();
  return Flow::kGoOn;
}

Event Reference::NewEvent(EventKind kind) const {
  return {.kind = kind,
          .cpu = static_cast<uint8_t>(current_cpu_),
          .by_other = by_other_,
          .flag = cpu().flag,
          .lock_held = IsLockMine()};
}

// In the middle of an access only kernel bugs are recorded.
void Reference::Record(const Event& event) {
  if (interrupted() && event.disposition != FaultDisposition::kKernelBug) return;
  if (observations_.size() == kMaxObservations) return;
  observations_.push_back({.what = What::kEvent, .step = at_, .event = event});
}

void Reference::NoteMisuse(Misuse misuse, Event event) {
  const auto number = static_cast<unsigned>(misuse);
  if ((misuses_ >> number & 1) != 0) return;
  misuses_ |= 1u << number;
  event.kind = EventKind::kMisused;
  event.index = number;
  if (observations_.size() == kMaxObservations) return;
  observations_.push_back({.what = What::kEvent, .step = at_, .event = event});
}

Reference::Flow Reference::Bug(Event event, KernelBug bug) {
  event.disposition = FaultDisposition::kKernelBug;
  event.bug = bug;
  event.ok = false;
  Record(event);
  return Flow::kPanic;
}

Reference::Flow Reference::PanicAt(uint64_t address, bool write, KernelBug bug) {
  Event event = NewEvent(EventKind::kFault);
  event.address = address;
  event.access = write ? kPermWrite : kPermRead;
  return Bug(event, bug);
}

uint64_t Reference::StepsToTheEnd() const { return 64 + 4 * (TotalPresent() + free_); }

Reference::Flow Reference::CountStep() {
  return ++steps_of_run_ > max_steps_of_run_ ? PanicAt(0, false, KernelBug::kEndless) : Flow::kGoOn;
}

void Reference::NoteOpenAtQuestion() {
  if (cpu().open && !was_open_) NoteMisuse(Misuse::kOpenAtQuestion);
}

Reference::Flow Reference::TakeLockNow() {
  NoteOpenAtQuestion();
  if (!config_.lock) return Flow::kGoOn;
  if (lock_holder_ != Observation::kNoCpu) {
    Record(NewEvent(EventKind::kLockTakenTwice));
    return PanicAt(0, false, KernelBug::kLockHeld);
  }
  lock_holder_ = current_cpu_;
  Record(NewEvent(EventKind::kLockTaken));
  return Flow::kGoOn;
}

void Reference::LetGo() {
  if (!config_.lock) return;
  Record(NewEvent(EventKind::kLockReleased));
  lock_holder_ = Observation::kNoCpu;
}

Reference::Flow Reference::Lock(size_t) {
  if (const Flow flow = CountStep(); flow != Flow::kGoOn) return flow;
  if (config_.lock && !IsLockMine() && IsInjected(InjectPoint::kLock)) {
    Answer(-EINTR);
    return Flow::kGoOn;
  }
  if (const Flow flow = TakeLockNow(); flow != Flow::kGoOn) return flow;
  Answer(0);
  return Flow::kGoOn;
}

Reference::Flow Reference::Unlock(size_t) {
  if (config_.lock && !IsLockMine()) return PanicAt(0, false, KernelBug::kLockFree);
  LetGo();
  return AfterRelease();
}

// The other CPUs that waited act once for each check since the lock was free.
Reference::Flow Reference::AfterRelease() {
  for (; checks_to_tell_ > 0; --checks_to_tell_) {
    if (const Flow flow = ReachPoint(RacePoint::kCheck); flow != Flow::kGoOn) return flow;
  }
  return Flow::kGoOn;
}

Reference::Flow Reference::AfterCheck() {
  if (!config_.lock) return ReachPoint(RacePoint::kCheck);
  ++checks_to_tell_;
  return Flow::kGoOn;
}

bool Reference::AnswerCheck(uint64_t start, uint64_t size, uint8_t rights) {
  NoteOpenAtQuestion();
  Event event = NewEvent(EventKind::kChecked);
  event.address = start;
  event.size = size;
  event.access = rights & 15;
  const model_internal::Wide end =
      model_internal::Wide{start} + std::max<uint64_t>(size, 1);  // an empty range: its first byte
  bool is_permitted = end <= kWindowEnd;
  for (uint64_t at = start; is_permitted && at < end;) {
    const MemoryHistory::PageState& state = memory_.StateAt(at);
    const bool is_users = state.kind != AreaKind::kKernel || (rights & 8) == 0;
    is_permitted = state.mapped && is_users && (rights & 7 & ~state.perms) == 0;
    at = state.run_end;
  }
  event.ok = is_permitted;
  Record(event);
  return is_permitted;
}

Reference::Flow Reference::Check(size_t index) {
  const bool is_permitted =
      AnswerCheck(argument(index, 0), argument(index, 1), static_cast<uint8_t>(argument(index, 2)));
  if (const Flow flow = AfterCheck(); flow != Flow::kGoOn) return flow;
  Answer(is_permitted ? 1 : 0);
  return Flow::kGoOn;
}

int Reference::AnswerPopulation(uint64_t start, uint64_t size, uint8_t rights) {
  NoteOpenAtQuestion();
  Event event = NewEvent(EventKind::kPopulated);
  event.address = start;
  event.size = size;
  event.access = rights & 15;
  const model_internal::Wide end = model_internal::Wide{start} + size;
  const bool is_whole = start % kPageBytes == 0 && size % kPageBytes == 0 && end <= UINT64_MAX;
  if (IsInjected(InjectPoint::kPopulation)) {
    event.error = ENOMEM;
  } else if (!is_whole || (size != 0 && end > kWindowEnd)) {
    event.error = EFAULT;
  } else if (size != 0) {
    event.error = Populate(start, static_cast<uint64_t>(end), (rights & kPermWrite) != 0);
  }
  event.ok = event.error == 0;
  Record(event);
  return -event.error;
}

Reference::Flow Reference::PopulateArea(size_t index) {
  Answer(AnswerPopulation(argument(index, 0), argument(index, 1),
                          static_cast<uint8_t>(argument(index, 2))));
  return Flow::kGoOn;
}

Reference::Flow Reference::With(size_t index) {
  if (const Flow flow = CountStep(); flow != Flow::kGoOn) return flow;
  if (config_.lock && !IsLockMine() && IsInjected(InjectPoint::kLock)) {
    Answer(-EINTR);
    return Flow::kGoOn;
  }
  if (const Flow flow = TakeLockNow(); flow != Flow::kGoOn) return flow;
  const Situation before = situation_;
  situation_.is_with = true;
  for (size_t i = index + 1; i < ends_[index]; i = ends_[i] + 1) {
    if (!Begins(i)) continue;
    const Flow flow = step(i).action == Action::kCheck      ? Check(i)
                      : step(i).action == Action::kPopulate ? PopulateArea(i)
                                                            : Flow::kGoOn;
    if (flow != Flow::kGoOn) return flow;
  }
  situation_.GoBackTo(before);
  LetGo();
  if (const Flow flow = AfterRelease(); flow != Flow::kGoOn) return flow;
  Answer(0);
  return Flow::kGoOn;
}

Reference::Flow Reference::Flag(size_t index) {
  cpu().flag = argument(index, 0) != 0;
  return Flow::kGoOn;
}

Reference::Flow Reference::Open(size_t) {
  if (!cpu().flag) NoteMisuse(Misuse::kOpenedFlagClear);
  const bool was_open = cpu().open;
  cpu().open = true;
  Answer(was_open ? 1 : 0);
  return Flow::kGoOn;
}

Reference::Flow Reference::Restore(size_t index) {
  const bool opens = argument(index, 0) != 0;
  // It opens, or it closes again.
  if ((cpu().open || opens) && !cpu().flag) NoteMisuse(Misuse::kOpenedFlagClear);
  cpu().open = opens;
  return Flow::kGoOn;
}

Reference::Flow Reference::Repeat(size_t index) {
  for (uint64_t i = argument(index, 0); i > 0 && happened_ < kMaxHappening; --i) {
    if (const Flow flow = DoBody(index); flow != Flow::kGoOn) return flow;
  }
  return Flow::kGoOn;
}

}  // namespace sim
