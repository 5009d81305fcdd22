// Checks a subject against a contract: runs each function that the subject offers in each
// situation. This code generates scenarios; the oracle judges their runs.
//
// Each function runs in child processes, so that a crash, an exit or a hang of the subject becomes
// a finding.
#ifndef SIM_CLI_CONFORM_CONFORM_H_
#define SIM_CLI_CONFORM_CONFORM_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/cli/bug/bug_identity.h"
#include "sim/cli/conform/situations.h"
#include "sim/oracle/contract.h"
#include "sim/oracle/facet.h"

namespace sim {

struct ConformOptions {
  std::optional<Verb> only;  // this function; nullopt: each
  FacetSet required;         // a scenario that depends on one of these unseen is not judged
  int seconds = 5;           // a scenario that takes longer hangs
  int stop_file = -1;        // when readable, conform stops and returns the partial result
  // Called before each cell.
  std::function<void(Verb verb, const Situation& situation, size_t scenarios)> progress;
};

struct ConformCounts {
  size_t passed = 0;
  size_t failed = 0;
  size_t not_judged = 0;   // at least one operation, or a required facet
  size_t not_offered = 0;  // the function, for these elements

  size_t All() const { return passed + failed + not_judged + not_offered; }
  void Add(const ConformCounts& other);
};

enum class CellState {
  kPassed,
  kExcused,  // passed, but only because the contract excuses deviations (sim/oracle/deviation.h)
  kFailed,
  kNotJudged,
  kNotOffered,
  kNotApplicable,
};

// Numbers of deviations: bit i is number i.
using DeviationSet = uint32_t;

struct FailingScenario {
  Scenario scenario;
  BugIdentity bug;
  size_t op_index = 0;  // the operation that shows it
  bool alone = true;    // false: it shows only after other scenarios of the cell
};

// A function in a situation.
struct ConformCell {
  const Situation* situation = nullptr;
  ConformCounts counts;
  DeviationSet excused = 0;  // what the contract excuses in those that passed, or were not judged
  std::string ending;        // of the first process that ended early, or hung; empty: none did
  bool cut_short = false;    // more scenarios were not run, and are not counted
  std::string not_judged;    // the reason for the first that was not judged, one line
  // The shortest one that fails, if one does.
  std::optional<FailingScenario> failing;
  std::string file;  // it was written there; empty: it was not

  // The state of the worst scenario; kPassed only if all scenarios passed in whole.
  CellState State() const;
};

struct ConformFunction {
  Verb verb = Verb::kFrames;
  bool is_offered = false;
  std::vector<ConformCell> cells;  // one for each situation; none, if it is not offered
};

// All scenarios, judged by one contract.
struct ContractHolds {
  const Contract* contract = nullptr;
  ConformCounts counts;

  bool Holds() const { return counts.failed == 0 && counts.passed != 0; }
};

struct Conformance {
  const Contract* contract = nullptr;  // by which the cells are judged
  std::vector<ConformFunction> functions;
  std::vector<ContractHolds> contracts;  // as AllContracts
  bool finished = true;                  // false: it was stopped
  std::string facets;                    // PrintFacetGaps of the facets that were not observed
  std::string facets_json;               // FacetsJson

  size_t Cells(CellState state) const;
  ConformCounts Counts() const;
  // The deviations that the contract excuses in any cell.
  DeviationSet Excused() const;
  // The first contract that holds; null: none does.
  const Contract* Strongest() const;
};

// "5, 17".
std::string PrintDeviations(DeviationSet deviations);

// The word for `state`: "passed", "excused", "failed", "not judged", "not offered", "-".
absl::string_view CellStateName(CellState state);

// Tests the selected subject (SelectSubject) against the selected contract. Precondition: this
// process has no Runner. Errors: there is no machine, or no child; the host has too few resources.
absl::StatusOr<Conformance> Conform(const ConformOptions& options);

}  // namespace sim

#endif  // SIM_CLI_CONFORM_CONFORM_H_
