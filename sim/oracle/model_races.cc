// The races of the model: where in an access armed operations are carried out.
//
// The run tells the progress of the access at each race. If the counts of the contract are exact,
// the model carries out the race after the same numbers of checks, attempts and faults, at the same
// address. If the counts are free, the model uses the address and these facts:
// - A check before any attempt precedes all reads. Where memory names other memory, a later check
//   follows the same numbers of checks and attempts.
// - If the number of faults is equal and the last one is on the same page, the faults are the same.
// - A load follows all loads below it, if no byte is loaded twice.
//
// Other races have no place in the model.
#include <cerrno>
#include <optional>
#include <utility>

#include "sim/oracle/model.h"
#include "sim/oracle/model_arithmetic.h"

namespace sim {

// A sleeping task changes nothing; what happens meanwhile is carried out by itself.
Outcome Model::Sleep(const Op& op) {
  if (!op.race) return Outcome::Ok();
  WakeUp();
  cpu_ = op.cpu;
  sleeps_at_ = op.race;
  return Outcome::Ok();
}

Outcome Model::Space(const Op& op) {
  space_of_cpu_[op.cpu] = op.length;
  if (!op.race) EnterSpace(op.length);
  return Outcome::Ok();
}

void Model::WakeUp() {
  if (!sleeps_at_) return;
  sleeps_at_.reset();
  space_of_cpu_[cpu_] = task_space_;
}

void Model::Reach(RacePoint point, uint64_t nth, uint64_t start, uint64_t end) {
  if (in_race_) return;
  if (!is_told_) {
    ReachByCount(point, nth);
    return;
  }
  // Several races may have happened at one point.
  while (IsNextHere(point) && fired_.front().address >= start && fired_.front().address < end) {
    CarryOutNext();
  }
}

void Model::ReachByCount(RacePoint point, uint64_t nth) {
  for (Armed& armed : armed_) {
    const Race& race = *armed.op->race;
    if (!armed.fired && race.point == point && race.nth == nth) CarryOutRace(&armed, Outcome());
  }
}

bool Model::IsNextHere(RacePoint point) const {
  if (in_race_ || fired_.empty() || fired_.front().point != point) return false;
  const FiredRace& next = fired_.front();
  // `use` is after the call, whatever the progress counts.
  if (point == RacePoint::kUse && !counts_exactly_) return true;
  if (contract_->counts == Contract::Counts::kExact) {
    if (makes_attempts_ && next.attempts != now_.attempts) return false;
    // The library chooses its loads, and so the load before which an unneeded page faults.
    return point == RacePoint::kLoad || (next.checks == now_.checks && next.faults == now_.faults);
  }
  switch (point) {
    case RacePoint::kCheck: {
      if ((next.attempts == 0) != (now_.attempts == 0)) return false;
      // Memory that pointers or a table name may be checked several times.
      const Extent extent = InfoOf(current_->verb).extent;
      const bool has_parts = extent == Extent::kTable || extent == Extent::kPointers;
      return next.attempts == 0 || !has_parts ||
             (next.attempts == now_.attempts && next.checks == now_.checks);
    }
    case RacePoint::kFault:
      return next.faults == now_.faults;
    case RacePoint::kLoad:
      return contract_->loads_once;
    case RacePoint::kUse:
      return true;
  }
  return false;
}

void Model::CarryOutNext() {
  const size_t index = fired_.front().op_index;
  const Outcome got = fired_.front().outcome;
  fired_ = fired_.subspan(1);
  for (Armed& armed : armed_) {
    if (armed.index == index && !armed.fired) CarryOutRace(&armed, got);
  }
}

uint64_t Model::NextLoadRace() const {
  return IsNextHere(RacePoint::kLoad) ? fired_.front().address : UINT64_MAX;
}

bool Model::FireLoads(uint64_t end, Toucher toucher) {
  while (NextLoadRace() < end) {
    const uint64_t address = fired_.front().address;
    CarryOutNext();
    const bool is_last = NextLoadRace() != address;
    uint64_t same_until = 0;
    if (is_last && Touch(address, /*store=*/false, toucher, &same_until) != Touched::kDone) {
      return false;
    }
  }
  return true;
}

void Model::CarryOutMisplaced() {
  while (!fired_.empty() && !race_panicked_) {
    now_.misplaced_races.push_back(fired_.front().op_index);
    CarryOutNext();
  }
}

void Model::NoteFramesHeldAhead(const Op& op, uint64_t held_ahead, uint64_t free_before) {
  if (held_ahead == 0) return;
  const bool were_taken = free_ < free_before;
  // After a `share` the library needs another frame for a page that it has populated.
  const uint64_t needed = held_ahead + FramesHeldAhead();
  const bool is_shared = op.verb == Verb::kShare;
  if ((were_taken && free_ < held_ahead) || (is_shared && free_ < needed)) {
    now_.is_outcome_open = true;
  }
}

void Model::CarryOutRace(Armed* armed, const Outcome& got) {
  const Op& op = *armed->op;
  const bool is_own = op.cpu == cpu_ && sleeps_at_ != op.race;
  if (is_own && (IsAccess(op.verb) ? !MayBeTheCallers(op) : op.verb == Verb::kSpace)) return;
  if (sleeps_at_ != op.race) WakeUp();
  armed->fired = true;
  ++now_.raced;
  raced_ops_.push_back(armed->index);
  const uint64_t held_ahead = FramesHeldAhead();
  const uint64_t free_before = free_;
  EnterSpace(is_own ? task_space_ : space_of_cpu_[op.cpu]);
  if (!IsAccess(op.verb)) {
    now_.raced_set_ups.push_back({armed->index, CarryOut(op)});
    EnterSpace(task_space_);
    NoteFramesHeldAhead(op, held_ahead, free_before);
    return;
  }
  const bool is_inside = InfoOf(current_->verb).transfer == Transfer::kInside;
  if (is_inside && is_own) now_.is_nested = true;
  Expectation outer = std::move(now_);
  const bool outer_lock = std::exchange(lock_held_, false);
  const bool outer_panicked = std::exchange(panicked_, false);
  const std::optional<uint64_t> outer_done = std::exchange(told_done_, DoneToldBy(op, got));
  now_ = Expectation();
  now_.early_bytes = contract_->early_bytes;
  in_race_ = true;
  // The other CPU would wait for the lock, and its holder is stopped meanwhile: a deadlock.
  const Outcome outcome = outer_lock ? Outcome::Error(EDEADLK) : CarryOut(op);
  in_race_ = false;
  std::swap(outer, now_);
  lock_held_ = outer_lock;
  panicked_ = outer_panicked;
  told_done_ = outer_done;
  now_.injected += outer.injected;
  now_.is_injection_open = now_.is_injection_open || outer.is_injection_open;
  now_.is_state_open = now_.is_state_open || outer.is_state_open;
  // Whether kernel code on another CPU faults depends on the pages that the access has populated.
  const bool is_bare_touch = InfoOf(op.verb).verb_class == VerbClass::kKernel &&
                             op.address >= kWindowStart && op.address < kWindowEnd;
  now_.is_outcome_open = now_.is_outcome_open || outer.is_outcome_open || outer.is_extent_open ||
                         (is_bare_touch && !AreCountsExact());
  outer.outcome = outcome;
  // The outcome of the outer access is open, too.
  if (MayHoldOtherBytes(op, outer, got)) now_.is_outcome_open = true;
  now_.raced_accesses.push_back({Prediction(outer), armed->index, outer.effects});
  if (outcome.kind != Outcome::Kind::kPanic || race_panicked_) {
    EnterSpace(task_space_);
    NoteFramesHeldAhead(op, held_ahead, free_before);
    return;
  }
  // The whole machine stops here; later results of the model are ignored.
  race_panicked_ = true;
  // A run that panics here does not report what was injected.
  if (!CountsInjections() && now_.may_be_injected) now_.is_injection_open = true;
  NoteState(*current_);
  at_panic_ = now_;
  at_panic_.outcome = outcome;
  at_panic_.panic_address = outer.panic_address;
  at_panic_.is_prevented = outer.is_prevented;
}

}  // namespace sim
