// The table of situations in which a function is tried. Each situation generates scenarios of one
// call.
//
// To add a situation, add a row in situations.cc and in docs/conformance.md. A test compares them.
#ifndef SIM_CLI_CONFORM_SITUATIONS_H_
#define SIM_CLI_CONFORM_SITUATIONS_H_

#include <cstdint>
#include <span>

#include "absl/strings/string_view.h"
#include "sim/cli/conform/layout.h"
#include "sim/cli/conform/trial.h"
#include "sim/scenario/op.h"

namespace sim {

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
