// What a run can see of its subject, besides what the subject does. Plain values: the oracle reads
// them from a trace, and derives from them what cannot be judged (sim/oracle/facet.h).
#ifndef SIM_SCENARIO_SUBJECT_FACTS_H_
#define SIM_SCENARIO_SUBJECT_FACTS_H_

#include <cstdint>

#include "sim/scenario/op.h"

namespace sim {

// As it is made, of a subject, a build and a kernel that show everything.
struct SubjectFacts {
  bool build_traces_loads = true;   // the compiler of this build reports the loads of ours
  bool reports_loads = true;        // the subject says that its own are reported
  bool loads_are_watched = true;    // the run was asked to look for loads that are repeated
  bool build_traces_stores = true;  // as of loads
  bool reports_stores = true;
  bool has_flag = true;  // the subject has a flag that allows faults
  bool nests =
      true;  // its flag can be set by a helper inside an access, and saved for another task
  bool makes_attempts = true;      // it tells the machine which addresses an access may fault at
  bool counts_exactly = true;      // it promises to ask exactly as often as the model
  bool sees_contents = true;       // the kernel of the run has bytes of user memory
  bool sees_faults = true;         // and its accesses fault
  uint32_t elements = UINT32_MAX;  // bit i: it takes elements of type ElementType(i)

  constexpr bool Takes(ElementType type) const {
    return (elements >> static_cast<unsigned>(type) & 1) != 0;
  }

  friend bool operator==(const SubjectFacts&, const SubjectFacts&) = default;
};

}  // namespace sim

#endif  // SIM_SCENARIO_SUBJECT_FACTS_H_
