// One scenario in which a function is tried.
#ifndef SIM_CLI_CONFORM_TRIAL_H_
#define SIM_CLI_CONFORM_TRIAL_H_

#include <cstddef>

#include "absl/functional/function_ref.h"
#include "sim/scenario/scenario.h"

namespace sim {

// A scenario that tries a function. Valid only during the call that receives it.
struct Trial {
  const Scenario& scenario;
  size_t call = 0;  // the operation that is tried
};

// Receives a scenario, for instance to run it. Returns whether the race of the scenario happened in
// the call; if not, no later point is tried.
using TrialSink = absl::FunctionRef<bool(const Trial& trial)>;

// Passes the last operation of `scenario` to `sink` as the one that is tried.
inline bool Try(const Scenario& scenario, TrialSink sink) {
  return sink({.scenario = scenario, .call = scenario.ops.size() - 1});
}

}  // namespace sim

#endif  // SIM_CLI_CONFORM_TRIAL_H_
