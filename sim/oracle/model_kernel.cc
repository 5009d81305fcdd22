// The parts that the verbs of the model share: checks, accesses, reads.
#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "sim/oracle/model.h"
#include "sim/oracle/model_arithmetic.h"
#include "sim/scenario/named_bytes.h"

namespace sim {

using model_internal::Fnv;
using model_internal::HardwareAllows;
using model_internal::PageCeiling;
using model_internal::PageFloor;
using model_internal::Wide;

using Asks = Contract::Asks;

namespace {

// The access that x86 permits to a present page. x86 cannot forbid loads only, or instruction
// fetches only.
bool HardwareAllowsOncePresent(const MemoryHistory::PageState& state, bool store) {
  if (!state.mapped || state.past_end || state.kind == AreaKind::kKernel) return false;
  return (state.perms & (store ? kPermWrite : kPermRead | kPermWrite | kPermExecute)) != 0;
}

// Whether `op` may touch a byte of [start, end).
bool MayTouch(const Op& op, uint64_t start, uint64_t end) {
  const std::optional<NamedBytes> named = BytesNamedBy(op);
  if (!named) return false;
  const Extent extent = InfoOf(op.verb).extent;
  if (extent == Extent::kTable || extent == Extent::kPointers) return true;
  return named->start < end && named->start + named->MostBytes() > start;
}

}  // namespace

bool model_internal::HardwareAllows(const MemoryHistory::PageState& state, bool store) {
  if (!state.mapped || !state.present || state.kind == AreaKind::kKernel) return false;
  return store ? (state.perms & kPermWrite) != 0 && !state.shared : state.perms != 0;
}

// Precondition: there are enough free frames.
void Model::MakePresent(uint64_t start, uint64_t end) {
  const uint64_t frames = memory_.FramesFor(start, end, /*store=*/true);
  const uint64_t own = pages_.Own() + frames;
  free_ -= frames;
  pages_.present += (end - start) / kPageBytes - memory_.CountPages(start, end).present;
  pages_.shared = pages_.present - own;
  memory_.MakePresent(start, end);
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
  const Touched touched = Store(start, kFlippedInFirst, toucher, &same_until);
  if (touched != Touched::kDone) return touched;
  return Store(end - 1, kFlippedInLast, toucher, &same_until);
}

int Model::Ask(uint64_t start, uint64_t end, bool is_mutable, bool populate) {
  return AskFor(start, end, is_mutable ? kPermRead | kPermWrite : kPermRead, populate);
}

int Model::AskFor(uint64_t start, uint64_t end, Perms needed, bool populate) {
  if (contract_->asks >= Asks::kAreas) return AskAreas(start, end, needed, populate);
  return AskNoAreas(start, end, needed, populate);
}

int Model::AskNoAreas(uint64_t start, uint64_t end, Perms needed, bool populate) {
  now_.may_ask = true;
  // Of the optional checks of a library, the run shows only those where races happened. The results
  // of a check before and after a race differ.
  NoteWhatMayBeAsked(start, end, needed, populate);
  const bool was_granted = MayPopulate(start, end, needed);
  Reach(RacePoint::kCheck, 0, start, end);
  if (was_granted && !MayPopulate(start, end, needed)) now_.was_grant_taken = true;
  NoteWhatMayBeAsked(start, end, needed, populate);
  return contract_->asks == Asks::kAddressLimit && end > kUserLimit ? EFAULT : 0;
}

int Model::AskAreas(uint64_t start, uint64_t end, Perms needed, bool populate) {
  now_.may_ask = true;
  if (!lock_held_ && config_.lock && IsInjected(InjectPoint::kLock)) return EINTR;
  // For zero bytes, the first byte must be mapped; nothing is mapped at the last address.
  const bool permitted = start < end ? IsPermitted(start, end, needed)
                                     : start != UINT64_MAX && IsPermitted(start, start + 1, needed);
  const uint64_t nth = ++now_.checks;
  const uint64_t first_byte_end = start + 1;
  if (config_.lock && !lock_held_) ++now_.locks;
  if (!config_.lock) Reach(RacePoint::kCheck, nth, start, first_byte_end);
  int error = permitted ? 0 : EFAULT;
  if (permitted && populate && contract_->asks == Asks::kAreasAndPopulation) {
    ++now_.populations;
    error = IsInjected(InjectPoint::kPopulation)
                ? ENOMEM
                : Populate(PageFloor(start), static_cast<uint64_t>(PageCeiling(end)),
                           (needed & kPermWrite) != 0);
  }
  if (lock_held_) ++checks_under_lock_;
  // Another CPU that waits for the lock acquires it here.
  if (config_.lock && !lock_held_) Reach(RacePoint::kCheck, nth, start, first_byte_end);
  return error;
}

void Model::NoteWhatMayBeAsked(uint64_t start, uint64_t end, Perms needed, bool populate) {
  if (contract_->may_ask < Asks::kAreas) return;
  if (!IsPermitted(start, end, needed)) {
    now_.also_errors.push_back(EFAULT);
    now_.is_state_open = true;
  }
  if (!populate || contract_->may_ask < Asks::kAreasAndPopulation) return;
  const int error = PopulationError(PageFloor(start), static_cast<uint64_t>(PageCeiling(end)),
                                    (needed & kPermWrite) != 0);
  if (error != 0) now_.also_errors.push_back(error);
  now_.is_state_open = true;
}

bool Model::MayPopulate(uint64_t start, uint64_t end, Perms needed) const {
  return IsPermitted(start, end, needed) &&
         PopulationError(PageFloor(start), static_cast<uint64_t>(PageCeiling(end)),
                         (needed & kPermWrite) != 0) == 0;
}

int Model::PopulationError(uint64_t start, uint64_t end, bool store) const {
  uint64_t needed = 0;
  for (uint64_t at = start; at < end;) {
    const MemoryHistory::PageState state = memory_.StateAt(at);
    if (!state.mapped || state.past_end) return EFAULT;
    const uint64_t stop = std::min(end, state.run_end);
    needed += memory_.FramesFor(at, stop, store, start);
    if (needed > free_) return ENOMEM;
    at = stop;
  }
  return 0;
}

void Model::BeginAttempt() {
  if (contract_->on_fault == Contract::OnFault::kError) ++now_.attempts;
}

void Model::BeginLocked() {
  if (contract_->lock == Contract::Lock::kForQuestions) return;
  // A contract with a long lock section does not define the result of a failed acquisition.
  if (!TakeLock()) now_.is_injection_open = true;
}

bool Model::TakeLock() {
  if (!config_.lock) return true;
  if (IsInjected(InjectPoint::kLock)) return false;
  lock_held_ = true;
  checks_under_lock_ = 0;
  ++now_.locks;
  return true;
}

void Model::EndLocked() {
  if (!lock_held_) return;
  lock_held_ = false;
  // Carries out the races at the checks under the lock: another CPU gets the lock only now, and its
  // operation may check under the lock, too.
  for (uint64_t left = std::exchange(checks_under_lock_, 0); left > 0; --left) {
    Reach(RacePoint::kCheck, now_.checks - left + 1, 0, UINT64_MAX);
  }
}

Outcome Model::Unreadable(uint64_t done) const {
  return panicked_ ? Outcome::Panic() : Outcome::Error(EFAULT, done);
}

bool Model::IsPermitted(uint64_t start, uint64_t end, Perms needed) const {
  while (start < end) {
    const MemoryHistory::PageState& state = memory_.StateAt(start);
    if (!state.mapped) return false;
    if (state.kind == AreaKind::kKernel && contract_->asks_for_user) return false;
    if ((state.perms & needed) != needed) return false;
    start = state.run_end;
  }
  return true;
}

int Model::Populate(uint64_t start, uint64_t end, bool store) {
  if (!memory_.AreAllMapped(start, end)) return EFAULT;
  while (start < end) {
    const MemoryHistory::PageState state = memory_.StateAt(start);
    const bool is_again = memory_.IsMappedAgain(state.file);
    const uint64_t stop = is_again ? start + kPageBytes : std::min(end, state.run_end);
    if (state.past_end) return EFAULT;
    if (!state.present || (store && state.shared)) {
      const uint64_t wanted = memory_.FramesFor(start, stop, store);
      const uint64_t frames = TakeFrames(std::min(wanted, free_));
      if (frames == wanted) {
        MakePresent(start, stop);
      } else {
        if (frames > 0) MakePresent(start, start + frames * kPageBytes);
        return ENOMEM;
      }
    }
    start = stop;
  }
  return 0;
}

Model::Touched Model::Panic(uint64_t address) {
  panicked_ = true;
  now_.panic_address = address;
  return Touched::kPanic;
}

Model::Touched Model::Refuse(uint64_t address, Toucher toucher) {
  const bool is_fatal =
      toucher == Toucher::kAttempt && contract_->on_fault == Contract::OnFault::kPanic;
  return is_fatal ? Panic(address) : Touched::kRefused;
}

uint64_t Model::FirstInDoubt(uint64_t address) const {
  constexpr uint64_t kRestOfWord = 7;
  // For a struct, the library may access the tail first.
  const bool is_struct = InfoOf(current_->verb).extent == Extent::kStruct;
  const uint64_t start = std::max(now_.touch_start, kWindowStart);
  return address - std::min(is_struct ? kPageBytes : kRestOfWord, address - start);
}

std::string Model::SeenBefore(uint64_t address) const {
  std::string seen;
  for (uint64_t at = FirstInDoubt(address); at < address; ++at) {
    const MemoryHistory::PageState& state = memory_.StateAt(at);
    const int rights = (HardwareAllows(state, /*store=*/false) ? 1 : 0) +
                       (HardwareAllows(state, /*store=*/true) ? 2 : 0);
    seen.push_back(static_cast<char>(rights));
    seen.push_back(static_cast<char>(state.mapped ? memory_.BytesAt(at).At(at) : 0));
  }
  return seen;
}

bool Model::IsSeenHalfStored(uint64_t address, size_t raced_before) const {
  // A raced access may find the tail of a struct already written.
  const bool is_struct = InfoOf(current_->verb).extent == Extent::kStruct;
  const uint64_t start = FirstInDoubt(address);
  for (size_t i = raced_before; i < now_.raced_accesses.size(); ++i) {
    for (const Armed& armed : armed_) {
      if (armed.index != now_.raced_accesses[i].op_index) continue;
      if (is_struct || (start < address && MayTouch(*armed.op, start, address))) return true;
    }
  }
  return false;
}

bool Model::MayPopulateAhead() const {
  return contract_->asks < Asks::kAreas && contract_->may_ask >= Asks::kAreasAndPopulation &&
         !AreCountsExact();
}

uint64_t Model::FramesHeldAhead() const {
  if (!MayPopulateAhead()) return 0;
  const VerbInfo& info = InfoOf(current_->verb);
  const auto end =
      static_cast<uint64_t>(std::min<Wide>(Wide{now_.touch_start} + now_.touch_bytes, kWindowEnd));
  uint64_t frames = 0;
  for (uint64_t at = std::max(PageFloor(now_.touch_start), kWindowStart); at < end;) {
    const MemoryHistory::PageState state = memory_.StateAt(at);
    const uint64_t stop = std::min(static_cast<uint64_t>(PageCeiling(end)), state.run_end);
    const bool is_permitted = state.mapped && state.kind != AreaKind::kKernel && !state.past_end &&
                              (state.perms & info.user_rights) != 0;
    if (is_permitted) frames += memory_.FramesFor(at, stop, IsStore(current_->verb));
    at = stop;
  }
  return frames;
}

Model::Touched Model::Touch(uint64_t address, bool store, Toucher toucher, uint64_t* same_until) {
  const MemoryHistory::PageState* state = &memory_.StateAt(address);
  if (!HardwareAllows(*state, store)) {
    if (toucher == Toucher::kBareCode) return Panic(address);
    if (address < kWindowStart || address >= kWindowEnd) return Refuse(address, toucher);
    ++now_.faults;
    if (toucher == Toucher::kNoFault) return Touched::kRefused;
    const bool may_be_raced =
        !AreCountsExact() && toucher == Toucher::kAttempt && IsNextHere(RacePoint::kFault);
    const std::string before = may_be_raced ? SeenBefore(address) : "";
    const size_t raced_before = now_.raced_accesses.size();
    Reach(RacePoint::kFault, now_.faults, PageFloor(address), PageFloor(address) + kPageBytes);
    if (may_be_raced && SeenBefore(address) != before) now_.is_outcome_open = true;
    if (may_be_raced && store && IsSeenHalfStored(address, raced_before)) {
      now_.is_outcome_open = true;
    }
    if (lock_held_) return Panic(address);  // deadlock: the handler waits for the lock
    const bool is_refused = config_.lock && IsInjected(InjectPoint::kLock);
    if (is_refused || IsInjected(InjectPoint::kPopulation)) return Refuse(address, toucher);
    memory_.GrowDownTo(address);
    state = &memory_.StateAt(address);
    if (!HardwareAllows(*state, store)) {
      const Perms needed = store ? kPermWrite : kPermRead;
      const bool permitted = state->mapped && state->kind != AreaKind::kKernel &&
                             !state->past_end && (state->perms & needed) != 0;
      const uint64_t page = PageFloor(address);
      const uint64_t frames = memory_.FramesFor(page, page + kPageBytes, store);
      state = &memory_.StateAt(address);
      if (!permitted || free_ < frames || TakeFrames(frames) < frames) {
        // The library may have populated the page: before the other CPU acquired the lock, or
        // before the access of the other CPU that is under way.
        const bool may_be_present = now_.was_grant_taken || (in_race_ && MayPopulateAhead());
        if (may_be_present && HardwareAllowsOncePresent(*state, store)) {
          now_.is_outcome_open = true;
        }
        return Refuse(address, toucher);
      }
      MakePresent(page, page + kPageBytes);
      now_.populated_by_fault = true;
      state = &memory_.StateAt(address);
    }
  }
  *same_until = state->run_end;
  return Touched::kDone;
}

Model::Touched Model::Store(uint64_t address, uint8_t flipped_bits, Toucher toucher,
                            uint64_t* same_until) {
  const Touched touched = Touch(address, /*store=*/true, toucher, same_until);
  if (touched == Touched::kDone) memory_.Flip(address, flipped_bits);
  return touched;
}

bool Model::Read(uint64_t address, Cursor* cursor) {
  if (NextLoadRace() <= address) {
    *cursor = Cursor{.toucher = cursor->toucher};
    if (!FireLoads(address + 1, cursor->toucher)) return false;
  }
  if (address >= cursor->start && address < cursor->end) return true;
  uint64_t same_until = 0;
  if (Touch(address, /*store=*/false, cursor->toucher, &same_until) != Touched::kDone) {
    return false;
  }
  cursor->bytes = memory_.BytesAt(address);
  cursor->start = address;
  cursor->end = std::min({same_until, cursor->bytes.end, NextLoadRace()});
  return true;
}

}  // namespace sim
