#include "sim/scenario/races.h"

#include <cerrno>

#include "sim/machine/event.h"
#include "sim/scenario/set_up.h"

namespace sim {

void Races::BeginAccess() {
  reached_ = {};
  in_race_ = false;
  is_asleep_ = false;
  machine_->set_adversary(armed_.empty() ? nullptr : this);
}

void Races::EndAccess() {
  armed_.clear();
  machine_->set_adversary(nullptr);
}

void Races::AfterCheck() {
  // Flushes deferred mprotect calls: a subject without recoverable user accesses may touch user
  // memory next.
  if (Reach(RacePoint::kCheck)) machine_->address_space().SettleWindow();
}

void Races::BeforeLoad(uint64_t address) {
  // Flushes deferred mprotect calls: the load comes next, and must fault on what the race removed.
  if (Reach(RacePoint::kLoad, address)) machine_->address_space().SettleWindow();
}

void Races::BeforeUse() {
  // Flushes deferred mprotect calls: the caller touches the memory next, possibly inside an access.
  if (Reach(RacePoint::kUse)) machine_->address_space().SettleWindow();
}

bool Races::Reach(RacePoint point, uint64_t address) {
  if (in_race_ || armed_.empty()) return false;
  const Race here = {point, ++reached_[static_cast<size_t>(point)]};
  bool any = false;
  for (size_t i = 0; i < armed_.size();) {
    const Op& op = *armed_[i].op;
    if (*op.race != here) {
      ++i;
    } else if (op.verb == Verb::kSleep) {
      i = Sleep(i, here, address);
      any = true;
    } else {
      any = CarryOut(&armed_[i++], address) || any;
    }
  }
  return any;
}

size_t Races::Sleep(size_t index, const Race& here, uint64_t address) {
  const Op& sleep = *armed_[index].op;
  End(&armed_[index], Begin(&armed_[index], address), Outcome::Ok());
  size_t next = index + 1;
  is_asleep_ = true;
  machine_->Sleep(sleep.cpu, [&] {
    for (; next < armed_.size(); ++next) {
      if (*armed_[next].op->race != here) continue;
      if (armed_[next].op->verb == Verb::kSleep) break;
      CarryOut(&armed_[next], address);
    }
  });
  is_asleep_ = false;
  return next;
}

Event Races::Begin(ArmedOp* armed, uint64_t address) {
  Event event = machine_->NewEvent(EventKind::kRaced);
  event.index = armed->index;
  event.address = address;
  event.ok =
      false;  // and no error: the outcome is not known yet, and never known if the operation panics
  machine_->event_log().Add(event);
  const uint64_t load_address = armed->op->race->point == RacePoint::kLoad ? address : 0;
  armed->record = RaceRecord{.outcome = Outcome::Panic(), .load_address = load_address};
  return event;
}

void Races::End(ArmedOp* armed, Event event, const Outcome& outcome) {
  armed->record->outcome = outcome;
  event.ok = outcome.kind == Outcome::Kind::kOk;
  event.error = outcome.error;
  event.size = outcome.length;
  event.fingerprint = outcome.fingerprint;
  machine_->event_log().ReplaceLast(event);
}

bool Races::CarryOut(ArmedOp* armed, uint64_t address) {
  const Op& op = *armed->op;
  const bool is_access = IsAccess(op.verb);
  const bool is_own = !is_asleep_ && op.cpu == machine_->current_cpu();
  if (is_own && (is_access ? !MayBeTheCallers(op) : op.verb == Verb::kSpace)) return false;
  const Event event = Begin(armed, address);
  machine_->BeginInterference();
  Outcome outcome;
  if (is_access) {
    outcome = RunAccess(op, &armed->record->effects);
  } else {
    machine_->InSpaceOf(op.cpu, [&] { outcome = SetUpOutcome(op, *machine_); });
  }
  machine_->EndInterference();
  End(armed, event, outcome);
  return true;
}

Outcome Races::RunAccess(const Op& op, Effects* effects) {
  // Deadlock: the other CPU would wait for the lock, and the interrupted CPU, which holds the lock,
  // does not run meanwhile.
  if (machine_->lock().held()) return Outcome::Error(EDEADLK);
  Outcome outcome;
  in_race_ = true;
  const auto run = [&] {
    machine_->address_space().SettleWindow();
    outcome = run_access_(op, effects);
  };
  if (!is_asleep_ && op.cpu == machine_->current_cpu()) {
    machine_->RunNested(run);
  } else {
    machine_->RunOnOtherCpu(op.cpu, run);
  }
  in_race_ = false;
  return outcome;
}

}  // namespace sim
