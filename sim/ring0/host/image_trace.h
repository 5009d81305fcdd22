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

// The trace of `scenario`, of which `records` came. `real`: the subject that the image has. The
// image sees everything but loads and stores, which the compiler does not report there.
Trace TraceOf(const Scenario& scenario, const ScenarioRecords& records, const axptr_subject& real,
              CallPlace place);

// In what a run of operation `index` differs from one of the simulation, whose trace `simulated`
// is: the first difference, in words; "": in nothing that both see.
std::string DifferenceOf(const Trace& trace, const Trace& simulated, size_t index);

}  // namespace sim

#endif  // SIM_RING0_HOST_IMAGE_TRACE_H_
