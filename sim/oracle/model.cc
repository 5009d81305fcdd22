#include "sim/oracle/model.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "sim/oracle/model_arithmetic.h"
#include "sim/scenario/named_bytes.h"

namespace sim {

using model_internal::Fnv;
using model_internal::kNoEnd;
using model_internal::PageCeiling;
using model_internal::PageFloor;
using model_internal::Wide;

namespace {

bool IsWholePagesOfWindow(const Op& op) {
  return op.length != 0 && op.address % kPageBytes == 0 && op.length % kPageBytes == 0 &&
         op.address >= kWindowStart && Wide{op.address} + op.length <= kWindowEnd;
}

// What x86 says of a page that is there: it has no way to forbid only loads, or only instructions.
bool HardwareAllows(const MemoryHistory::PageState& state, bool store) {
  if (!state.mapped || !state.present || state.kind == AreaKind::kKernel) return false;
  return store ? (state.perms & kPermWrite) != 0 && !state.shared : state.perms != 0;
}

}  // namespace

void Model::Reset(const MachineConfig& config) {
  config_ = config;
  memory_.Clear();
  free_ = std::min(config.frames, kMachineFrames);
  pages_ = {};
  steps_ = 0;
  stopped_ = false;
  race_panicked_ = false;
  armed_.clear();
  raced_ops_.clear();
}

const Expectation& Model::Step(const Op& op, std::span<const LoadRace> load_races) {
  // In place: a sanitizer makes a call of each copy of a member.
  std::destroy_at(&now_);
  std::construct_at(&now_);
  current_ = &op;
  load_races_ = load_races;
  const size_t index = steps_++;
  if (stopped_) {
    now_.outcome = Outcome::NotRun();
  } else if (op.race) {
    armed_.push_back({&op, index});
    now_.outcome = Outcome::Armed();
  } else if (!IsAccess(op.verb)) {
    now_.outcome = SetUp(op);
  } else {
    now_.outcome = Access(op);
    armed_.clear();
    stopped_ = now_.PredictsPanic() || race_panicked_;
    if (race_panicked_) return at_panic_;
  }
  NoteState(op);
  return now_;
}

void Model::NoteState(const Op& op) {
  now_.frames_free = free_;
  now_.pages_populated = pages_.present;
  now_.pages_shared = pages_.shared;
  now_.populated_in_reach = PresentInReach(op);
}

uint64_t Model::PresentInReach(const Op& op) const {
  const uint64_t first = FirstPageInReach(op);
  if (first == 0 || pages_.present == 0) return 0;
  const uint64_t end = std::min(first + kReachPages * kPageBytes, kWindowEnd);
  uint64_t bits = 0;
  for (uint64_t page = first; page < end;) {
    const MemoryHistory::PageState state = memory_.StateAt(page);
    const uint64_t stop = std::min(end, state.run_end);
    const uint64_t pages = (stop - page) / kPageBytes;
    const uint64_t ones = pages == kReachPages ? UINT64_MAX : (uint64_t{1} << pages) - 1;
    if (state.present) bits |= ones << ((page - first) / kPageBytes);
    page = stop;
  }
  return bits;
}

void Model::Fire(RacePoint point, uint64_t nth) {
  if (in_race_) return;
  for (Armed& armed : armed_) {
    const Race& race = *armed.op->race;
    if (!armed.fired && race.point == point && race.nth == nth) CarryOut(&armed);
  }
}

uint64_t Model::NextLoadRace() const {
  if (in_race_ || load_races_.empty() || load_races_.front().attempt != now_.attempts) {
    return UINT64_MAX;
  }
  return load_races_.front().address;
}

bool Model::FireLoads(uint64_t end) {
  while (NextLoadRace() < end) {
    const auto [index, attempt, address] = load_races_.front();
    load_races_ = load_races_.subspan(1);
    for (Armed& armed : armed_) {
      const bool is_it = armed.index == index && armed.op->race->point == RacePoint::kLoad;
      if (is_it && !armed.fired) CarryOut(&armed);
    }
    const bool is_last = NextLoadRace() != address;
    uint64_t same_until = 0;
    if (is_last &&
        Touch(address, /*store=*/false, Toucher::kAttempt, &same_until) != Touched::kDone) {
      return false;
    }
  }
  return true;
}

void Model::CarryOut(Armed* armed) {
  const Op& op = *armed->op;
  if (IsAccess(op.verb) && op.cpu == current_->cpu) return;
  armed->fired = true;
  ++now_.raced;
  raced_ops_.push_back(armed->index);
  if (!IsAccess(op.verb)) {
    SetUp(op);
    return;
  }
  Expectation outer = std::move(now_);
  now_ = Expectation();
  in_race_ = true;
  const Outcome outcome = Access(op);
  in_race_ = false;
  const uint64_t panic_address = now_.panic_address;
  const Effects effects = now_.effects;
  now_ = std::move(outer);
  now_.raced_accesses.push_back({armed->index, outcome, effects});
  if (outcome.kind != Outcome::Kind::kPanic || race_panicked_) return;
  // The whole machine stops here. What the model goes on to find is of no interest.
  race_panicked_ = true;
  NoteState(*current_);
  at_panic_ = now_;
  at_panic_.outcome = outcome;
  at_panic_.panic_address = panic_address;
}

Outcome Model::SetUp(const Op& op) {
  switch (op.verb) {
    case Verb::kMap:
      return Map(op);
    case Verb::kUnmap:
      return Unmap(op);
    case Verb::kProtect:
      return Protect(op);
    case Verb::kFill:
      return Fill(op);
    case Verb::kTruncate:
      return Truncate(op);
    case Verb::kFrames:
      free_ = std::min(op.length, kMachineFrames - pages_.Own());
      return Outcome::Ok();
    default:
      return Outcome::NotRun();  // an access
  }
}

Outcome Model::Map(const Op& op) {
  if (!IsWholePagesOfWindow(op)) return Outcome::Error(EINVAL);
  const uint64_t end = op.address + op.length;
  if (memory_.IsAnyMapped(op.address, end)) return Outcome::Error(EEXIST);
  const uint64_t pages = op.length / kPageBytes;
  const bool present = op.kind == AreaKind::kEager || op.kind == AreaKind::kCow;
  if (op.kind == AreaKind::kEager) {
    if (pages > free_) return Outcome::Error(ENOMEM);
    free_ -= pages;
  }
  if (HasFile(op.kind)) {
    const uint64_t bytes = op.kind == AreaKind::kFile ? op.file_bytes : op.length;
    memory_.MapFile(op.address, end, op.perms, op.kind, bytes);
    return Outcome::Ok();
  }
  if (present) pages_.present += pages;
  if (op.kind == AreaKind::kCow) pages_.shared += pages;
  memory_.Map(op.address, end, op.perms, op.kind, present);
  return Outcome::Ok();
}

Outcome Model::Unmap(const Op& op) {
  if (!IsWholePagesOfWindow(op)) return Outcome::Error(EINVAL);
  const uint64_t end = op.address + op.length;
  const MemoryHistory::PageCount gone = memory_.CountPages(op.address, end);
  free_ += gone.Own();
  pages_.present -= gone.present;
  pages_.shared -= gone.shared;
  memory_.Unmap(op.address, end);
  return Outcome::Ok();
}

Outcome Model::Protect(const Op& op) {
  if (!IsWholePagesOfWindow(op)) return Outcome::Error(EINVAL);
  const uint64_t end = op.address + op.length;
  if (!memory_.AreAllMapped(op.address, end)) return Outcome::Error(ENOMEM);
  memory_.Protect(op.address, end, op.perms);
  return Outcome::Ok();
}

Outcome Model::Fill(const Op& op) {
  if (op.length == 0) return Outcome::Ok();
  const Wide end = Wide{op.address} + op.length;
  if (end > kWindowEnd || !memory_.AreAllMapped(op.address, static_cast<uint64_t>(end))) {
    return Outcome::Error(ENOMEM);
  }
  if (memory_.IsAnyPastEnd(op.address, static_cast<uint64_t>(end))) return Outcome::Error(ENOMEM);
  const uint64_t first_page = PageFloor(op.address);
  const uint64_t page_end = static_cast<uint64_t>(PageCeiling(end));
  const uint64_t pages =
      (page_end - first_page) / kPageBytes - memory_.CountPages(first_page, page_end).Own();
  if (pages > free_) return Outcome::Error(ENOMEM);
  if (pages > 0) MakePresent(first_page, page_end);
  memory_.Write(op.address, static_cast<uint64_t>(end), op.pattern);
  return Outcome::Ok();
}

Outcome Model::Truncate(const Op& op) {
  const MemoryHistory::PageState state = memory_.StateAt(op.address);
  if (!state.mapped || state.file == 0) return Outcome::Error(EINVAL);
  const uint64_t gone = memory_.Truncate(state.file, op.length);
  free_ += gone;
  pages_.present -= gone;
  return Outcome::Ok();
}

// Precondition: the frames suffice.
void Model::MakePresent(uint64_t start, uint64_t end) {
  const uint64_t pages = (end - start) / kPageBytes;
  const MemoryHistory::PageCount before = memory_.CountPages(start, end);
  free_ -= pages - before.Own();
  pages_.present += pages - before.present;
  pages_.shared -= before.shared;
  memory_.MakePresent(start, end);
}

Outcome Model::Access(const Op& op) {
  // Without a default: the compiler asks for a verb that is missing.
  switch (op.verb) {
    case Verb::kUserLoad:
    case Verb::kUserStore:
      return UserTouch(op);
    case Verb::kKernelLoad:
    case Verb::kKernelStore:
      return KernelTouch(op);
    case Verb::kConstCstr:
    case Verb::kMutCstr:
    case Verb::kConstStr:
      return NullTerminated(op);
    case Verb::kCopyStr:
      return CopyString(op);
    case Verb::kConstGet:
    case Verb::kMutGet:
    case Verb::kConstSlice:
    case Verb::kMutSlice:
    case Verb::kConstAccess:
    case Verb::kMutAccess:
      return Region(op);
    case Verb::kMap:
    case Verb::kUnmap:
    case Verb::kProtect:
    case Verb::kFill:
    case Verb::kTruncate:
    case Verb::kFrames:
      break;
  }
  return Outcome::NotRun();
}

Outcome Model::UserTouch(const Op& op) {
  const bool store = IsStore(op.verb);
  const Wide end = op.address + BytesNamedBy(op)->MostBytes();
  for (uint64_t at = op.address; at < end;) {
    uint64_t same_until = 0;
    if (Touch(at, store, Toucher::kUserCode, &same_until) != Touched::kDone) {
      return Outcome::Error(EFAULT);
    }
    at = same_until;
  }
  return Outcome::Ok();
}

Outcome Model::KernelTouch(const Op& op) {
  uint64_t same_until = 0;
  const bool store = IsStore(op.verb);
  if (Touch(op.address, store, Toucher::kBareCode, &same_until) == Touched::kDone) {
    return Outcome::Ok();
  }
  return Outcome::Panic();
}

Outcome Model::Region(const Op& op) {
  const NamedBytes named = *BytesNamedBy(op);
  const bool is_access = InfoOf(op.verb).transfer == Transfer::kInside;
  const bool is_mutable = IsMutable(op.verb);
  const auto length = static_cast<uint64_t>(named.most);
  const uint64_t size = named.unit;
  const Wide bytes = named.MostBytes();
  if (bytes > INT64_MAX || op.address % ElementAlign(op.type) != 0) return Outcome::Error(EFAULT);
  const Wide end = op.address + bytes;
  if (bytes > 0 && PageCeiling(end) >= kNoEnd) return Outcome::Error(EFAULT);
  now_.touch_start = op.address;
  now_.touch_bytes = static_cast<uint64_t>(bytes);
  if (bytes > 0) {
    const int error = Ask(op.address, static_cast<uint64_t>(end), is_mutable, /*populate=*/true);
    if (error != 0) return Outcome::Error(error);
  }
  if (!is_access) return UseResult(op.address, length, size, is_mutable);
  if (bytes == 0) return Outcome::Ok();
  ++now_.attempts;
  uint64_t fingerprint = Fnv::kEmpty;
  if (ReadAll(op.address, static_cast<uint64_t>(end), is_mutable, Toucher::kAttempt,
              &fingerprint) != Touched::kDone) {
    return Outcome::Error(EFAULT);
  }
  return Outcome::Ok(length, fingerprint);
}

Outcome Model::UseResult(uint64_t start, uint64_t length, uint64_t size, bool is_mutable) {
  Fire(RacePoint::kUse, 1);
  if (length == 0) return Outcome::Ok();
  uint64_t fingerprint = Fnv::kEmpty;
  if (ReadAll(start, start + length * size, is_mutable, Toucher::kBareCode, &fingerprint) !=
      Touched::kDone) {
    return Outcome::Panic();
  }
  return Outcome::Ok(length, fingerprint);
}

Model::Touched Model::ReadAll(uint64_t start, uint64_t end, bool is_mutable, Toucher toucher,
                              uint64_t* fingerprint) {
  uint64_t same_until = 0;
  for (uint64_t at = start; at < end;) {
    const Touched touched = Touch(at, /*store=*/false, toucher, &same_until);
    if (touched != Touched::kDone) return touched;
    for (const uint64_t stop = std::min(end, same_until); at < stop;) {
      const MemoryHistory::ByteRun bytes = memory_.BytesAt(at);
      const uint64_t run_end = std::min(stop, bytes.end);
      *fingerprint = Fnv::Extend(*fingerprint, bytes, at, run_end);
      at = run_end;
    }
  }
  if (!is_mutable) return Touched::kDone;
  const Touched touched = Touch(start, /*store=*/true, toucher, &same_until);
  if (touched != Touched::kDone) return touched;
  return Touch(end - 1, /*store=*/true, toucher, &same_until);
}

int Model::Ask(uint64_t start, uint64_t end, bool is_mutable, bool populate) {
  const Perms needed = is_mutable ? kPermRead | kPermWrite : kPermRead;
  const bool permitted = IsPermitted(start, end, needed);
  now_.may_ask = true;
  const uint64_t nth = ++now_.checks;
  if (!config_.lock) Fire(RacePoint::kCheck, nth);
  int error = permitted ? 0 : EFAULT;
  if (permitted && populate) {
    error = Populate(PageFloor(start), static_cast<uint64_t>(PageCeiling(end)), is_mutable);
  }
  // Another CPU waits for the lock, and gets it here.
  if (config_.lock) Fire(RacePoint::kCheck, nth);
  return error;
}

bool Model::IsPermitted(uint64_t start, uint64_t end, Perms needed) const {
  while (start < end) {
    const MemoryHistory::PageState state = memory_.StateAt(start);
    if (!state.mapped || state.kind == AreaKind::kKernel) return false;
    if ((state.perms & needed) != needed) return false;
    start = state.run_end;
  }
  return true;
}

int Model::Populate(uint64_t start, uint64_t end, bool store) {
  if (!memory_.AreAllMapped(start, end)) return EFAULT;
  while (start < end) {
    const MemoryHistory::PageState state = memory_.StateAt(start);
    const uint64_t stop = std::min(end, state.run_end);
    if (state.past_end) return EFAULT;
    if (!state.present || (store && state.shared)) {
      const uint64_t wanted = (stop - start) / kPageBytes;
      const uint64_t pages = std::min(wanted, free_);
      if (pages > 0) MakePresent(start, start + pages * kPageBytes);
      if (pages < wanted) return ENOMEM;
    }
    start = stop;
  }
  return 0;
}

Model::Touched Model::Touch(uint64_t address, bool store, Toucher toucher, uint64_t* same_until) {
  MemoryHistory::PageState state = memory_.StateAt(address);
  if (!HardwareAllows(state, store)) {
    if (toucher == Toucher::kBareCode) {
      now_.panic_address = address;
      return Touched::kPanic;
    }
    if (address < kWindowStart || address >= kWindowEnd) return Touched::kRefused;
    Fire(RacePoint::kFault, ++now_.faults);
    state = memory_.StateAt(address);
    if (!HardwareAllows(state, store)) {
      const Perms needed = store ? kPermWrite : kPermRead;
      const bool permitted = state.mapped && state.kind != AreaKind::kKernel && !state.past_end &&
                             (state.perms & needed) != 0;
      if (!permitted || free_ == 0) return Touched::kRefused;
      MakePresent(PageFloor(address), PageFloor(address) + kPageBytes);
      now_.populated_by_fault = true;
      state = memory_.StateAt(address);
    }
  }
  *same_until = state.run_end;
  return Touched::kDone;
}

}  // namespace sim
