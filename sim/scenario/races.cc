#include "sim/scenario/races.h"

#include <cerrno>

#include "sim/machine/event.h"
#include "sim/scenario/set_up.h"

namespace sim {

void Races::BeginAccess() {
  checks_ = 0;
  faults_ = 0;
  loads_ = 0;
  in_race_ = false;
  machine_->set_adversary(armed_.empty() ? nullptr : this);
}

void Races::EndAccess() {
  armed_.clear();
  machine_->set_adversary(nullptr);
}

void Races::BeforeLoad(uint64_t address) {
  // The load comes next: what the race took away must be gone.
  if (Reach(RacePoint::kLoad, ++loads_, address)) machine_->address_space().SettleWindow();
}

bool Races::Reach(RacePoint point, uint32_t nth, uint64_t address) {
  if (in_race_) return false;
  bool any = false;
  for (const ArmedOp& armed : armed_) {
    if (armed.op->race->point != point || armed.op->race->nth != nth) continue;
    any = CarryOut(armed, address) || any;
  }
  return any;
}

bool Races::CarryOut(const ArmedOp& armed, uint64_t address) {
  const Op& op = *armed.op;
  Event event = machine_->NewEvent(EventKind::kRaced);
  event.index = armed.index;
  event.address = address;
  if (!IsAccess(op.verb)) {
    // Whether it succeeds is the other CPU's affair.
    static_cast<void>(ApplySetUp(op, machine_->address_space(), machine_->frames()));
    machine_->NoteInterference();
    machine_->event_log().Add(event);
    return true;
  }
  if (op.cpu == machine_->current_cpu()) return false;
  event.ok = false;  // and no error: what it comes to is not known yet, and never is if it panics
  machine_->event_log().Add(event);
  machine_->NoteInterference();
  RunAccess(armed, &event);
  machine_->NoteInterference();
  machine_->event_log().ReplaceLast(event);
  return true;
}

void Races::RunAccess(const ArmedOp& armed, Event* event) {
  // The other CPU would wait for the lock, and the one that holds it does not go on meanwhile.
  Outcome outcome = Outcome::Error(EDEADLK);
  if (!machine_->lock().held()) {
    in_race_ = true;
    machine_->RunOnOtherCpu(armed.op->cpu, [&] {
      machine_->address_space().SettleWindow();
      outcome = run_access_(*armed.op, armed.index);
    });
    in_race_ = false;
  }
  event->ok = outcome.kind == Outcome::Kind::kOk;
  event->error = outcome.error;
  event->size = outcome.length;
  event->fingerprint = outcome.fingerprint;
}

}  // namespace sim
