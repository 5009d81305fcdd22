// Accesses to memory that other threads change meanwhile.
#ifndef SIM_SCENARIO_STRESS_ACCESSOR_H_
#define SIM_SCENARIO_STRESS_ACCESSOR_H_

#include <cstdint>
#include <memory>

#include "sim/machine/machine.h"
#include "sim/scenario/stress/slot.h"
#include "sim/subject/subject.h"

namespace sim::stress {

// A thread that accesses slots, through a subject and as user code.
class Accessor {
 public:
  virtual ~Accessor() = default;

  // Makes any access to any slot, and judges what came of it into `counts`.
  virtual void Access(Counts* counts) = 0;
};

// `machine` and `subject`, which has the services of services.h, outlive the accessor; `seed` says
// what it does. It is of the thread that makes it.
std::unique_ptr<Accessor> MakeAccessor(Machine* machine, const axptr_subject& subject,
                                       uint64_t seed);

}  // namespace sim::stress

#endif  // SIM_SCENARIO_STRESS_ACCESSOR_H_
