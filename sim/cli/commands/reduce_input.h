// The steps shared by explain, minimize, emit and triage: load a file, find its bug, reduce the
// scenario.
#ifndef SIM_CLI_COMMANDS_REDUCE_INPUT_H_
#define SIM_CLI_COMMANDS_REDUCE_INPUT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "sim/cli/bug/reduce.h"
#include "sim/cli/command.h"
#include "sim/cli/input.h"
#include "sim/oracle/facet.h"

namespace sim {

struct ReducedInput {
  Input input;
  Reduced reduced;
  FacetSet required;  // --require
};

// The option --seconds of `arguments`, or the default given. Errors: the value is not a number from
// 1 to 3600.
absl::StatusOr<absl::Duration> SecondsOf(const Arguments& arguments, absl::string_view otherwise);

// The options --as-is and --seconds of `arguments`; progress if standard error is a terminal.
// Errors: those of SecondsOf.
absl::StatusOr<ReduceOptions> ReduceOptionsOf(const Arguments& arguments);

// Errors: those of LoadInput, ReduceOptionsOf, RequiredOf and Reduce.
absl::StatusOr<ReducedInput> ReduceInput(const std::string& path, const Arguments& arguments);

// The scenario as text, below a comment that names the bug. It states the expected outcome of the
// failing operation.
std::string PrintReduced(const Reduced& reduced);

// "minimised: 12 -> 2 operations", or the reason why the scenario was not minimised.
std::string PrintReduction(const ReducedInput& done);

// The report of a scenario without a bug, which is run in a separate process.
struct NoBug {
  std::string unmet;       // lines without the outcome that they state: one line for each
  std::string provoked;    // violations that the scenario itself causes: one line for each
  std::string not_judged;  // which operations, and why, or that the run failed: one line; empty
                           // if all were judged
  std::string facets;  // missing facets, and what was not judged without them: one line for each
  std::string races;   // the result of each race line: one line for each
  std::string races_json;   // the same as a JSON array
  std::string facets_json;  // FacetsJson of the run
  std::string required;     // names of required facets that were not judged, with commas
  // Whether all operations and required facets were judged.
  bool IsWhole() const { return not_judged.empty() && required.empty(); }
};
NoBug LookAgain(const Scenario& scenario, FacetSet required);

}  // namespace sim

#endif  // SIM_CLI_COMMANDS_REDUCE_INPUT_H_
