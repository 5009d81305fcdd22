// Accesses to memory that other threads change at the same time.
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

  // Makes a random access to a random slot, and adds its judged result to `counts`.
  virtual void Access(Counts* counts) = 0;
};

// `machine` and `subject` must outlive the accessor. `subject` must be attached to the services of
// services.h. `seed` determines the accesses. Only the thread that makes the accessor may use the
// accessor.
std::unique_ptr<Accessor> MakeAccessor(Machine* machine, const axptr_subject& subject,
                                       uint64_t seed);

}  // namespace sim::stress

#endif  // SIM_SCENARIO_STRESS_ACCESSOR_H_
