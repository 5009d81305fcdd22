// One operation of another CPU, injected at every point of an access.
#ifndef SIM_CLI_EXPLORE_RACE_PLACES_H_
#define SIM_CLI_EXPLORE_RACE_PLACES_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/functional/function_ref.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/trace.h"

namespace sim {

// Arms `adversaries`, all at one place, for the access `index` of `scenario`: at the first-th
// `point` of it, the next one, and so on, and calls `run` with each such scenario, until that
// returns false: the race did not happen, or enough was tried. The race lines are the operations
// from `index` on of what `run` gets, and the access its last one. An access in `adversaries` that
// cannot happen on its CPU is put on another, unless the first of `adversaries` is a `sleep`.
// Preconditions: the machine has a second CPU; `adversaries` is not empty.
void TryEverywhere(const Scenario& scenario, size_t index, std::span<const Op> adversaries,
                   RacePoint point, uint32_t first,
                   absl::FunctionRef<bool(const Scenario& raced)> run);

// Whether the race before operation `index` happened during the operation, normally or as a panic.
bool HasRaced(const Trace& trace, size_t index);

}  // namespace sim

#endif  // SIM_CLI_EXPLORE_RACE_PLACES_H_
