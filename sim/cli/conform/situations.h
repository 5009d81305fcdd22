// The situations that a function is tried in: a table. Each makes scenarios of one call.
//
// To add one: a row in situations.cc, and a row in docs/conformance.md, which a test compares.
#ifndef SIM_CLI_CONFORM_SITUATIONS_H_
#define SIM_CLI_CONFORM_SITUATIONS_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "sim/scenario/op.h"
#include "sim/scenario/scenario.h"

namespace sim {

// A scenario of a situation. Valid during the call that gets it.
struct Trial {
  const Scenario& scenario;
  size_t call = 0;  // the operation that is tried
};

// Runs a scenario, or does something else with it. Result: whether the race of the scenario
// happened in the call; it decides whether the next place is tried.
using TrialSink = absl::FunctionRef<bool(const Trial& trial)>;

// The pages on one side of the edge that a call's memory lies at. On the other side there is
// ordinary memory.
struct Neighbour {
  bool is_mapped = false;
  AreaKind kind = AreaKind::kEager;
  Perms perms = 0;
  bool has_file_end = false;  // of kFile: the file ends before these pages
  bool has_contents = false;  // the call's memory there is filled before the call, too
  bool has_frames = true;     // false: no page frame is left for the call
  // What becomes of the pages after they were filled: an operation on the whole of them, such as
  // kProtect with `then_perms`; kMap: nothing.
  Verb then = Verb::kMap;
  Perms then_perms = 0;
};

struct Situation;
using MakeTrials = void (*)(const Situation& situation, Verb verb, TrialSink sink);

struct Situation {
  absl::string_view name;     // a word, which names files, too
  absl::string_view meaning;  // one line
  // Makes the trials of a library verb, none if the situation does not apply to the verb. They are
  // those of the selected subject (SelectSubject), and the same ones each time, as long as `sink`
  // answers the same.
  MakeTrials make;
  Neighbour neighbour = {};
  std::span<const uint64_t> edges = {};    // addresses that the call's memory lies at
  std::span<const Verb> adversaries = {};  // what another CPU does meanwhile, of the standard set
};

std::span<const Situation> AllSituations();

}  // namespace sim

#endif  // SIM_CLI_CONFORM_SITUATIONS_H_
