#include "sim/scenario/races.h"

#include "sim/machine/event.h"
#include "sim/scenario/set_up.h"

namespace sim {

void Races::BeginAccess() {
  checks_ = 0;
  faults_ = 0;
  machine_->set_adversary(armed_.empty() ? nullptr : this);
}

void Races::EndAccess() {
  armed_.clear();
  machine_->set_adversary(nullptr);
}

void Races::Reach(RacePoint point, uint32_t nth) {
  for (const ArmedOp& armed : armed_) {
    if (armed.op->race->point != point || armed.op->race->nth != nth) continue;
    // Whether it succeeds is the other CPU's affair.
    static_cast<void>(ApplySetUp(*armed.op, machine_->address_space(), machine_->frames()));
    Event event = machine_->NewEvent(EventKind::kRaced);
    event.index = armed.index;
    machine_->event_log().Add(event);
  }
}

}  // namespace sim
