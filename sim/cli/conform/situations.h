// The table of situations in which a function is tried. Each situation generates scenarios of one
// call.
//
// To add a situation, add a row in situations.cc and in docs/conformance.md. A test compares them.
#ifndef SIM_CLI_CONFORM_SITUATIONS_H_
#define SIM_CLI_CONFORM_SITUATIONS_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "sim/cli/conform/layout.h"
#include "sim/scenario/op.h"
#include "sim/scenario/scenario.h"

namespace sim {

// A scenario of a situation. Valid only during the call that receives it.
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

struct Situation;
using MakeTrials = void (*)(const Situation& situation, Verb verb, TrialSink sink);

struct Situation {
  absl::string_view name;     // a word, which names files, too
  absl::string_view meaning;  // one line
  // Makes the trials of a library verb, none if the situation does not apply to the verb. The
  // trials depend on the selected subject (SelectSubject) and on the results of `sink` only.
  MakeTrials make;
  Neighbour neighbour = {};
  std::span<const uint64_t> edges = {};    // addresses that the call's memory lies at
  std::span<const Verb> adversaries = {};  // the operations of another CPU, of the standard set
};

std::span<const Situation> AllSituations();

}  // namespace sim

#endif  // SIM_CLI_CONFORM_SITUATIONS_H_
