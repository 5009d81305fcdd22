// What a run can observe of its subject. Plain values: the oracle reads the facts from a trace, and
// derives from them which rules cannot be judged (sim/oracle/facet.h).
#ifndef SIM_SCENARIO_SUBJECT_FACTS_H_
#define SIM_SCENARIO_SUBJECT_FACTS_H_

#include <cstdint>

#include "sim/scenario/op.h"

namespace sim {

// Defaults: a subject, a build and a kernel of which everything can be observed.
struct SubjectFacts {
  bool build_traces_loads = true;   // the compiler of this build reports loads of instrumented code
  bool reports_loads = true;        // the subject declares that its loads are reported
  bool loads_are_watched = true;    // the run looks for repeated loads
  bool build_traces_stores = true;  // as for loads
  bool reports_stores = true;
  // The hardware notices each touch of user memory by the subject while user access is closed.
  bool hardware_closes = true;
  bool has_flag = true;  // the subject has a user-access flag
  bool nests =
      true;  // a helper inside an access can set its flag, and a task switch can save the flag
  bool makes_attempts =
      true;  // it declares to the machine the range at which a recoverable user access may fault
  bool counts_exactly = true;  // it queries the address space exactly as often as the model
  bool sees_contents = true;   // the kernel of the run stores the contents of user memory
  bool sees_faults = true;     // accesses of the kernel of the run fault
  // The subject refuses memory outside [user_start, user_end); equal: it does not state its user
  // addresses.
  uint64_t user_start = 0;
  uint64_t user_end = 0;
  uint32_t elements = UINT32_MAX;  // bit i: the subject takes elements of type ElementType(i)

  constexpr bool Takes(ElementType type) const {
    return (elements >> static_cast<unsigned>(type) & 1) != 0;
  }

  constexpr bool StatesUserAddresses() const { return user_start != user_end; }

  friend bool operator==(const SubjectFacts&, const SubjectFacts&) = default;
};

}  // namespace sim

#endif  // SIM_SCENARIO_SUBJECT_FACTS_H_
