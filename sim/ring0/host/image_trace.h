// A run in the image, as the trace that the oracle judges.
#ifndef SIM_RING0_HOST_IMAGE_TRACE_H_
#define SIM_RING0_HOST_IMAGE_TRACE_H_

#include <string>

#include "sim/ring0/host/pack.h"
#include "sim/ring0/host/records.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/trace.h"
#include "sim/subject/subject.h"

namespace sim {

// What the host knows of an image that ran.
struct ImageFacts {
  const axptr_subject& real;     // the subject that it has
  bool reports_touches = false;  // the loads and stores of that are reported
};

// The trace of `scenario`, of which `records` came. The image sees everything, but for loads and
// stores where its compiler reports none.
Trace TraceOf(const Scenario& scenario, const ScenarioRecords& records, const ImageFacts& image,
              CallPlace place);

// In what a run of operation `index` differs from one of the simulation, whose trace `simulated`
// is: the first difference, in words; "": in nothing that both see.
std::string DifferenceOf(const Trace& trace, const Trace& simulated, size_t index);

}  // namespace sim

#endif  // SIM_RING0_HOST_IMAGE_TRACE_H_
