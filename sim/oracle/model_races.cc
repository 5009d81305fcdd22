// The races of the model: where in an access armed operations are carried out.
#include <utility>

#include "sim/oracle/model.h"

namespace sim {

void Model::Fire(RacePoint point, uint64_t nth) {
  if (in_race_) return;
  for (Armed& armed : armed_) {
    const Race& race = *armed.op->race;
    if (!armed.fired && race.point == point && race.nth == nth) CarryOutRace(&armed);
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
      if (is_it && !armed.fired) CarryOutRace(&armed);
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

void Model::CarryOutRace(Armed* armed) {
  const Op& op = *armed->op;
  if (IsAccess(op.verb) && op.cpu == current_->cpu) return;
  armed->fired = true;
  ++now_.raced;
  raced_ops_.push_back(armed->index);
  if (!IsAccess(op.verb)) {
    CarryOut(op);
    return;
  }
  Expectation outer = std::move(now_);
  now_ = Expectation();
  in_race_ = true;
  const Outcome outcome = CarryOut(op);
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

}  // namespace sim
