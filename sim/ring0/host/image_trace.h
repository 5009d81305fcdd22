// Converts the records of a run in the image to a trace, which the oracle judges.
#ifndef SIM_RING0_HOST_IMAGE_TRACE_H_
#define SIM_RING0_HOST_IMAGE_TRACE_H_

#include <string>

#include "sim/ring0/host/pack.h"
#include "sim/ring0/host/records.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/trace.h"
#include "sim/subject/subject.h"

namespace sim {

// Facts about an image that ran.
struct ImageFacts {
  const axptr_subject& real;     // the image's subject
  bool reports_touches = false;  // the loads and stores of the subject are reported
};

// The trace of `scenario`, made from `records`. The image observes everything, except loads and
// stores if its compiler does not report them.
Trace TraceOf(const Scenario& scenario, const ScenarioRecords& records, const ImageFacts& image,
              CallPlace place);

// The first difference, in words, between operation `index` in `trace` and in the simulation's
// trace `simulated`. "": no difference in what both can observe.
std::string DifferenceOf(const Trace& trace, const Trace& simulated, size_t index);

}  // namespace sim

#endif  // SIM_RING0_HOST_IMAGE_TRACE_H_
