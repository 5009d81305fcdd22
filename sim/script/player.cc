#include "sim/script/player.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "axptr/virt_addr.h"
#include "sim/machine/buffer_hash.h"
#include "sim/machine/load_trace.h"
#include "sim/machine/sanitizer.h"
#include "sim/machine/subject_flag.h"
#include "sim/machine/user_touch.h"
#include "sim/scenario/set_up.h"
#include "sim/subject/subject_access.h"

// The functions that the compiler calls at loads and stores of a subject (load_trace.cc). Weak,
// because some builds have none. NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
__attribute__((weak)) void __sanitizer_cov_load1(uint8_t* address);
__attribute__((weak)) void __sanitizer_cov_load2(uint16_t* address);
__attribute__((weak)) void __sanitizer_cov_load4(uint32_t* address);
__attribute__((weak)) void __sanitizer_cov_load8(uint64_t* address);
__attribute__((weak)) void __sanitizer_cov_load16(__uint128_t* address);
__attribute__((weak)) void __sanitizer_cov_store1(uint8_t* address);
__attribute__((weak)) void __sanitizer_cov_store2(uint16_t* address);
__attribute__((weak)) void __sanitizer_cov_store4(uint32_t* address);
__attribute__((weak)) void __sanitizer_cov_store8(uint64_t* address);
__attribute__((weak)) void __sanitizer_cov_store16(__uint128_t* address);
}
// NOLINTEND(bugprone-reserved-identifier)

namespace sim {
namespace {

using axptr::MappingFlags;

// Reports a load or store as the compiler would. Returns false if it has no report of this size, or
// the build reports nothing.
template <typename Unit>
bool Call(void (*report)(Unit*), uint64_t address) {
  report(reinterpret_cast<Unit*>(address));
  return true;
}
bool ReportAsCompiler(uint64_t address, uint64_t size, bool write) {
  if (!LoadsAreTraced()) return false;
  switch (size) {
    case 1:
      return Call(write ? __sanitizer_cov_store1 : __sanitizer_cov_load1, address);
    case 2:
      return Call(write ? __sanitizer_cov_store2 : __sanitizer_cov_load2, address);
    case 4:
      return Call(write ? __sanitizer_cov_store4 : __sanitizer_cov_load4, address);
    case 8:
      return Call(write ? __sanitizer_cov_store8 : __sanitizer_cov_load8, address);
    case 16:
      return Call(write ? __sanitizer_cov_store16 : __sanitizer_cov_load16, address);
    default:
      return false;
  }
}

bool g_flag = false;  // of the current CPU

// A switch of tasks that saves the flag and user access, and one that saves nothing.
void SwitchAndSave(void (*body)(void*), void* argument) {
  const bool flag = std::exchange(g_flag, true);
  const axptr_user_access& access = *Kernel::services().user_access;
  const bool was_open = access.open();
  access.restore(false);
  g_flag = false;
  body(argument);
  g_flag = true;
  access.restore(was_open);
  g_flag = flag;
}
void SwitchOnly(void (*body)(void*), void* argument) { body(argument); }

constexpr axptr_switching kOpens = {.size_bytes = sizeof(axptr_switching),
                                    .while_switched_away = nullptr};
constexpr axptr_switching kSaves = {.size_bytes = sizeof(axptr_switching),
                                    .while_switched_away = SwitchAndSave};
constexpr axptr_switching kSavesNothing = {.size_bytes = sizeof(axptr_switching),
                                           .while_switched_away = SwitchOnly};

SIM_NO_SANITIZE uint8_t LoadByte(uint64_t address) {
  return *reinterpret_cast<const volatile uint8_t*>(address);
}
SIM_NO_SANITIZE void StoreByte(uint64_t address, uint8_t value) {
  *reinterpret_cast<volatile uint8_t*>(address) = value;
}

// Precondition: the range does not wrap around.
axptr::VirtAddrRange RangeOf(uint64_t start, uint64_t size) {
  return *axptr::VirtAddrRange::from_start_size(axptr::VirtAddr(start), size);
}

}  // namespace

struct Player::Row {
  Action action;
  void (Player::*carry_out)(size_t index);

  static const Row& Of(Action action) {
    static constexpr Row kRows[] = {
        {Action::kMachine, &Player::Reset},
        {Action::kSetUp, &Player::SetUp},
        {Action::kSubject, &Player::Subject},
        {Action::kRun, &Player::Run},
        {Action::kEnd, &Player::Nothing},
        {Action::kCpu, &Player::Cpu},
        {Action::kLock, &Player::Lock},
        {Action::kUnlock, &Player::Unlock},
        {Action::kCheck, &Player::Check},
        {Action::kPopulate, &Player::Populate},
        {Action::kAttempt, &Player::Attempt},
        {Action::kLoad, &Player::Load},
        {Action::kStore, &Player::Store},
        {Action::kTouchLoad, &Player::Load},
        {Action::kTouchStore, &Player::Store},
        {Action::kReportLoad, &Player::Load},
        {Action::kReportStore, &Player::Store},
        {Action::kUseLoad, &Player::Use},
        {Action::kUseStore, &Player::Use},
        {Action::kFlag, &Player::Flag},
        {Action::kOpen, &Player::Open},
        {Action::kRestore, &Player::Restore},
        {Action::kUserLoad, &Player::TouchAsUser},
        {Action::kUserStore, &Player::TouchAsUser},
        {Action::kKernelLoad, &Player::TouchAsKernel},
        {Action::kKernelStore, &Player::TouchAsKernel},
        {Action::kFingerprint, &Player::Fingerprint},
        {Action::kOther, &Player::Other},
        {Action::kNested, &Player::Nested},
        {Action::kSleep, &Player::Sleep},
        {Action::kSwitch, &Player::Switch},
        {Action::kAt, &Player::Arm},
        {Action::kReachUse, &Player::ReachUse},
        {Action::kInterfere, &Player::Interfere},
        {Action::kRepeat, &Player::Repeat},
        {Action::kPanic, &Player::Panic},
        {Action::kWith, &Player::With},
        {Action::kWatch, &Player::Watch},
        {Action::kWatchEnd, &Player::EndWatch},
        {Action::kBuffer, &Player::Lend},
        {Action::kBufferStore, &Player::StoreToBuffer},
        {Action::kBufferEnd, &Player::TakeBuffer},
    };
    static_assert(HasARowForEachAction(kRows));
    return kRows[static_cast<size_t>(action)];
  }
};

absl::StatusOr<std::unique_ptr<Player>> Player::Create() {
  SetFlagOfProgram({.get = [] { return g_flag; }, .set = [](bool value) { g_flag = value; }});
  absl::StatusOr<std::unique_ptr<Machine>> machine = Machine::Create();
  if (!machine.ok()) return machine.status();
  return std::unique_ptr<Player>(new Player(*std::move(machine)));
}

Player::Player(std::unique_ptr<Machine> machine) : machine_(std::move(machine)) {
  observations_.reserve(kMaxObservations);
  machine_->event_log().set_watcher(this);
}

Player::~Player() { machine_->event_log().set_watcher(nullptr); }

const std::vector<Observation>& Player::Play(const Script& script) {
  script_ = &script;
  ends_ = EndsOfBodies(script);
  observations_.clear();
  situation_ = {};
  config_ = {};
  happened_ = 0;
  at_ = 0;
  is_stopped_ = false;
  machine_->set_switching(nullptr);
  machine_->Reset({});
  failures_before_ = machine_->injector().failures();
  DoSteps(0, script.steps.size());
  if (!is_stopped_) NoteState(/*with_bytes=*/true);
  machine_->ResetSpaces();
  if (!is_stopped_) Note(What::kFramesAfterReset, machine_->frames().free());
  return observations_;
}

void Player::DoSteps(size_t first, size_t end) {
  ++situation_.depth;
  for (size_t i = first; i < end; i = ends_[i] + 1) Do(i);
  --situation_.depth;
}

bool Player::Begins(size_t index) {
  at_ = index;
  if (is_stopped_ && step(index).action != Action::kMachine) return false;
  if (happened_ >= kMaxHappening) return false;
  const bool happens =
      MayHappen(step(index), situation_, config_, machine_->current_cpu(), machine_->lock().held());
  if (happens) ++happened_;
  return happens;
}

void Player::Do(size_t index) {
  if (!Begins(index)) return;
  (this->*Row::Of(step(index).action).carry_out)(index);
  if (!situation_.in_run && !is_stopped_) NoteState(step(index).action == Action::kRun);
}

void Player::Note(What what, uint64_t value, uint64_t at) {
  if (observations_.size() == kMaxObservations) return;
  observations_.push_back({.what = what, .step = at_, .at = at, .value = value, .event = {}});
}

void Player::OnEvent(const Event& event) {
  if (observations_.size() == kMaxObservations) return;
  observations_.push_back({.what = What::kEvent, .step = at_, .event = event});
}

int Player::current_lock_holder() const {
  for (int cpu = 0; cpu < config_.cpus; ++cpu) {
    if (machine_->lock().held_by(cpu)) return cpu;
  }
  return static_cast<int>(Observation::kNoCpu);
}

void Player::NoteState(bool with_bytes) {
  Note(What::kCurrentCpu, static_cast<uint64_t>(machine_->current_cpu()));
  Note(What::kFlag, machine_->current_flag() ? 1 : 0);
  Note(What::kOpen, t_thread.access_open ? 1 : 0);
  Note(What::kLockHolder, static_cast<uint64_t>(current_lock_holder()));
  Note(What::kFreeFrames, machine_->frames().free());
  Note(What::kPopulatedPages, machine_->address_space().populated_pages());
  Note(What::kSharedPages, machine_->address_space().shared_pages());
  Note(What::kFailures, machine_->injector().failures() - failures_before_);
  for (const uint64_t page : kObservedPages) NotePage(page, with_bytes);
}

void Player::NotePage(uint64_t page, bool with_bytes) {
  AddressSpace& space = machine_->address_space();
  const uint64_t address = kWindowStart + page * kPageBytes;
  uint64_t facts = 0;
  if (space.IsPopulated(address)) facts |= kPagePopulated;
  if (space.LetsThrough(address, MappingFlags::READ)) facts |= kPageLetsLoad;
  if (space.LetsThrough(address, MappingFlags::WRITE)) facts |= kPageLetsStore;
  for (unsigned right = 1; right <= 8; right *= 2) {
    const auto flags = MappingFlags::from_bits_truncate(right);
    if (space.check_region_access(RangeOf(address, kPageBytes), flags)) {
      facts |= kPageChecked * right;
    }
  }
  Note(What::kPage, facts, page);
  const bool is_mapped = space.check_region_access(RangeOf(address, 1), MappingFlags());
  if (!with_bytes || !is_mapped) return;
  const uint8_t* const bytes = space.ContentsAt(address);
  uint64_t hash = kHashOfNothing;
  for (uint64_t i = 0; i < kPageBytes; i += 8) {
    uint64_t word = 0;
    if (bytes != nullptr) memcpy(&word, bytes + i, sizeof(word));
    hash = HashWord(hash, word);
  }
  Note(What::kContents, hash, page);
}

void Player::Reset(size_t index) {
  config_ = step(index).machine;
  happened_ = 0;
  is_stopped_ = false;
  situation_ = {.depth = situation_.depth, .kept = {}};
  machine_->Reset({.cpus = config_.cpus,
                   .frames = FramesOf(config_),
                   .lock = config_.lock,
                   .smap = config_.smap});
  machine_->event_log().BeginOperation();
  failures_before_ = machine_->injector().failures();
}

void Player::Subject(size_t index) {
  static constexpr const axptr_switching* kKinds[] = {nullptr, &kOpens, &kSaves, &kSavesNothing};
  machine_->set_switching(kKinds[argument(index, 0)]);
}

void Player::SetUp(size_t index) {
  const Op& op = step(index).op;
  Outcome outcome;
  if (situation_.in_hook || situation_.is_asleep) machine_->BeginInterference();
  machine_->InSpaceOf(op.cpu, [&] { outcome = SetUpOutcome(op, *machine_); });
  if (situation_.in_hook || situation_.is_asleep) machine_->EndInterference();
  // A processor's flush of its TLB: the touch that follows finds the new permissions.
  machine_->address_space().SettleWindow();
  Answer(outcome.error);
}

void Player::Run(size_t index) {
  for (auto& armed : armed_) armed.clear();
  reached_ = {};
  const Situation before = situation_;
  situation_.in_run = true;
  fetch_log_.BeginAccess();
  machine_->set_fetch_log(&fetch_log_);
  machine_->set_adversary(this);
  machine_->event_log().BeginOperation();
  machine_->address_space().SettleWindow();
  const bool survived = machine_->RunKernel([&] { machine_->RunSubject([&] { DoBody(index); }); });
  machine_->set_adversary(nullptr);
  machine_->set_fetch_log(nullptr);
  machine_->set_buffer(nullptr);
  machine_->store_watch()->Stop();
  situation_.kept.has_watch[0] = situation_.kept.has_buffer = false;
  situation_.GoBackTo(before);
  at_ = index;
  is_stopped_ = !survived;
  Note(What::kSurvived, survived ? 1 : 0);
  Note(What::kMisuses, machine_->misuses());
  if (!survived) return;
  const FetchLog::Again in_attempt = fetch_log_.again_in_attempt();
  Note(What::kAgainInAttempt, in_attempt.bytes, in_attempt.address);
  Note(What::kAgain, fetch_log_.again().bytes, fetch_log_.again().address);
}

void Player::Cpu(size_t index) { machine_->SwitchTo(static_cast<int>(argument(index, 0))); }
void Player::Lock(size_t) { Answer(services().lock()); }
void Player::Unlock(size_t) { services().unlock(); }

void Player::Check(size_t index) {
  const auto rights = static_cast<unsigned>(argument(index, 2));
  Answer(services().check(argument(index, 0), argument(index, 1), rights) ? 1 : 0);
}

void Player::Populate(size_t index) {
  const auto rights = static_cast<unsigned>(argument(index, 2));
  Answer(services().populate(argument(index, 0), argument(index, 1), rights));
}

void Player::Attempt(size_t index) {
  struct Body {
    Player* player;
    size_t index;
  } body = {this, index};
  const Situation before = situation_;
  ++situation_.attempts;
  const bool completed = services().attempt(
      argument(index, 0), argument(index, 1), static_cast<unsigned>(argument(index, 2)),
      [](void* call) {
        const Body& its = *static_cast<const Body*>(call);
        its.player->DoBody(its.index);
      },
      &body);
  situation_.GoBackTo(before);
  at_ = index;
  Answer(completed ? 1 : 0);
}

void Player::Load(size_t index) {
  const uint64_t address = argument(index, 0);
  const uint64_t size = argument(index, 1);
  const Action action = step(index).action;
  const bool is_reported = action != Action::kTouchLoad;
  if (is_reported && !ReportAsCompiler(address, size, /*write=*/false) && IsInWindow(address)) {
    machine_->OnLoad(address, size);
  }
  if (action == Action::kReportLoad) return;
  uint64_t word = 0;
  for (uint64_t i = 0; i < size; ++i) {
    word = word << 8 | LoadByte(address + i);
    if (i % 8 == 7 || i + 1 == size) Note(What::kBytes, std::exchange(word, 0), i);
  }
}

void Player::Store(size_t index) {
  const uint64_t address = argument(index, 0);
  const uint64_t size = argument(index, 1);
  const Action action = step(index).action;
  const bool is_reported = action != Action::kTouchStore;
  if (is_reported && !ReportAsCompiler(address, size, /*write=*/true) && IsInWindow(address)) {
    machine_->OnStore(address, size);
  }
  if (action == Action::kReportStore) return;
  for (uint64_t i = 0; i < size; ++i) {
    StoreByte(address + i, static_cast<uint8_t>(argument(index, 2) + i));
  }
}

void Player::Use(size_t index) {
  machine_->NoteUseInside(argument(index, 0), argument(index, 1),
                          step(index).action == Action::kUseStore);
}

void Player::Flag(size_t index) { AllowFaults(argument(index, 0) != 0); }
void Player::Open(size_t) { Answer(services().user_access->open() ? 1 : 0); }
void Player::Restore(size_t index) { services().user_access->restore(argument(index, 0) != 0); }

void Player::TouchAsUser(size_t index) {
  const bool write = step(index).action == Action::kUserStore;
  Answer(machine_->TouchAsUser(argument(index, 0), write, kFlippedInFirst) ? 1 : 0);
}

void Player::TouchAsKernel(size_t index) {
  const bool write = step(index).action == Action::kKernelStore;
  machine_->TouchAsKernel(argument(index, 0), write, kFlippedInFirst);
  if (write) machine_->store_watch()->NoteOwnStore(argument(index, 0), kFlippedInFirst);
  Answer(1);
}

void Player::Fingerprint(size_t index) {
  const uint64_t address = argument(index, 0);
  const uint64_t size = argument(index, 1);
  uint64_t hash = 0;
  machine_->PreventAccess(address, /*write=*/false);
  machine_->UseAsKernel(address, size, /*write=*/false,
                        [&] { hash = FingerprintUserMemory(address, size); });
  Note(What::kBytes, hash);
}

void Player::Other(size_t index) {
  const bool is_act = situation_.in_hook || situation_.is_asleep;
  const Situation before = situation_;
  situation_.interrupted = 1;
  situation_.attempts = 0;
  if (is_act) machine_->BeginInterference();
  machine_->RunOnOtherCpu(static_cast<int>(argument(index, 0)), [&] {
    machine_->address_space().SettleWindow();
    machine_->RunSubject([&] { DoBody(index); });
  });
  if (is_act) machine_->EndInterference();
  situation_.GoBackTo(before);
  machine_->address_space().SettleWindow();
}

void Player::Nested(size_t index) {
  const bool is_act = situation_.in_hook;
  const Situation before = situation_;
  situation_.interrupted = 1;
  if (is_act) machine_->BeginInterference();
  machine_->RunNested([&] { machine_->RunSubject([&] { DoBody(index); }); });
  if (is_act) machine_->EndInterference();
  situation_.GoBackTo(before);
}

void Player::Sleep(size_t index) {
  const Situation before = situation_;
  situation_.is_asleep = true;
  machine_->Sleep(static_cast<int>(argument(index, 0)), [&] { DoBody(index); });
  situation_.GoBackTo(before);
  machine_->address_space().SettleWindow();
}

void Player::Switch(size_t index) {
  const Situation before = situation_;
  situation_.is_switched = true;
  machine_->SwitchTaskAway([&] { DoBody(index); });
  situation_.GoBackTo(before);
  machine_->address_space().SettleWindow();
}

void Player::Arm(size_t index) { armed_[argument(index, 0)].push_back(index); }
void Player::ReachUse(size_t) { machine_->BeforeUse(); }

void Player::Reach(RacePoint point) {
  const auto number = static_cast<size_t>(point);
  if (reached_[number] == armed_[number].size()) return;
  const size_t index = armed_[number][reached_[number]++];
  const Situation before = situation_;
  const size_t at = at_;
  situation_.in_hook = true;
  situation_.is_handler = point == RacePoint::kFault;
  DoBody(index);
  situation_.GoBackTo(before);
  at_ = at;
  machine_->address_space().SettleWindow();
}

void Player::BeforeFaultHandling(uint64_t address) {
  Answer(static_cast<int>(address % kPageBytes));
  Reach(RacePoint::kFault);
}

void Player::BeforeLoad(uint64_t address) {
  Answer(static_cast<int>(address % kPageBytes));
  Reach(RacePoint::kLoad);
}

void Player::Interfere(size_t index) {
  machine_->BeginInterference();
  DoBody(index);
  machine_->EndInterference();
}

void Player::Repeat(size_t index) {
  for (uint64_t i = argument(index, 0); i > 0 && happened_ < kMaxHappening; --i) DoBody(index);
}

void Player::Panic(size_t) { machine_->Abandon(); }

void Player::With(size_t index) {
  const auto result =
      machine_->provider().with_addr_space([&](auto& space) -> axptr::LinuxResult<void> {
        const Situation before = situation_;
        situation_.is_with = true;
        for (size_t i = index + 1; i < ends_[index]; i = ends_[i] + 1) {
          if (!Begins(i) || step(i).action == Action::kEnd) continue;
          const axptr::VirtAddrRange range = RangeOf(argument(i, 0), argument(i, 1));
          const auto flags =
              MappingFlags::from_bits_truncate(static_cast<unsigned>(argument(i, 2)));
          if (step(i).action == Action::kCheck) {
            Answer(space.check_region_access(range, flags) ? 1 : 0);
          } else {
            const auto populated = space.populate_area(range, flags);
            Answer(populated ? 0 : -static_cast<int>(populated.error()));
          }
        }
        situation_.GoBackTo(before);
        return {};
      });
  Answer(result ? 0 : -static_cast<int>(result.error()));
}

void Player::Watch(size_t index) {
  const uint64_t kind = argument(index, 3);
  machine_->store_watch()->Begin({.start = argument(index, 0),
                                  .size = argument(index, 1),
                                  .storable = argument(index, 2),
                                  .may_change = (kind & 1) != 0,
                                  .is_compared = (kind & 2) == 0,
                                  .is_one_access = (kind & 4) != 0});
  situation_.HasWatch() = true;
}

void Player::EndWatch(size_t) {
  StoreWatch& watch = *machine_->store_watch();
  Note(What::kWatched, watch.End() ? 1 : 0);
  Note(What::kTorn, watch.torn_at() ? 1 : 0, watch.torn_at().value_or(0));
  situation_.HasWatch() = false;
}

void Player::Lend(size_t index) {
  const bool at_end = argument(index, 0) == 1;
  buffer_.BeginCall(argument(index, 1),
                    at_end ? KernelBuffer::Place::kEnd : KernelBuffer::Place::kStart);
  room_ = buffer_.Lend(argument(index, 2));
  machine_->set_buffer(&buffer_);
  lent_at_ = index;
  situation_.kept.has_buffer = true;
  situation_.kept.is_buffer_at_end = at_end;
  situation_.kept.buffer_bytes = argument(index, 2);
}

void Player::StoreToBuffer(size_t index) {
  const uint64_t place = argument(index, 0);
  const uint8_t untouched =
      KernelBuffer::UntouchedByte(argument(lent_at_, 1), static_cast<int64_t>(place));
  StoreByte(reinterpret_cast<uint64_t>(room_.data()) + place,
            untouched ^ static_cast<uint8_t>(argument(index, 1)));
}

void Player::TakeBuffer(size_t) {
  const std::span<char> room = room_;
  const KernelBuffer::Written written = buffer_.TakeBack();
  const uint64_t hash = HashOfBuffer(room.data(), std::min<uint64_t>(written.bytes, room.size()));
  machine_->set_buffer(nullptr);
  Note(What::kWritten, written.bytes);
  Note(What::kWrittenHash, written.fingerprint == hash ? 1 : 0);
  Note(What::kWrittenOutside, written.outside ? 1 : 0,
       static_cast<uint64_t>(written.outside.value_or(0)));
  situation_.kept.has_buffer = false;
}

}  // namespace sim
