// One operation of another CPU, injected at every point of an access.
#ifndef SIM_CLI_EXPLORE_RACE_PLACES_H_
#define SIM_CLI_EXPLORE_RACE_PLACES_H_

#include <cstddef>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/trace.h"

namespace sim {

// Arms `adversary` for the access `index` of `scenario`, at the first-th `point` of it, the next
// one, and so on, and calls `run` with each such scenario, until that returns false: the race did
// not happen, or enough was tried. The race line is operation `index` of what `run` gets, and the
// access its last one. Precondition: the machine has a second CPU.
void TryEverywhere(const Scenario& scenario, size_t index, const Op& adversary, RacePoint point,
                   uint32_t first, absl::FunctionRef<bool(const Scenario& raced)> run);

// Whether the race before operation `index` happened during the operation, normally or as a panic.
bool HasRaced(const Trace& trace, size_t index);

}  // namespace sim

#endif  // SIM_CLI_EXPLORE_RACE_PLACES_H_
