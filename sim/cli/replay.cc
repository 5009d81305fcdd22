#include "sim/cli/replay.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/oracle/race_report.h"
#include "sim/oracle/report.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

// The column of outcomes, unless the operation before an outcome is longer.
constexpr int kOutcomeColumn = 56;

// For example "ok len=1". For a race line: "armed; CPU 1 in line 5: ok", or "never: ...".
std::vector<std::string> Outcomes(const Replay& replay) {
  std::vector<std::string> outcomes;
  for (size_t i = 0; i < replay.scenario.ops.size(); ++i) {
    outcomes.push_back(PrintOutcome(replay.scenario.ops[i].verb, replay.trace.ops[i].outcome));
  }
  for (const RaceReport& report : ReportRaces(replay.scenario, replay.trace)) {
    outcomes[report.op_index] =
        absl::StrCat(report.happened ? "armed; " : "", PrintRace(replay.scenario, report));
  }
  return outcomes;
}

std::string PrintOperations(const Replay& replay) {
  const std::vector<std::string> outcomes = Outcomes(replay);
  const int digits = static_cast<int>(absl::StrCat(replay.scenario.ops.size()).size());
  std::string text;
  for (size_t i = 0; i < replay.scenario.ops.size(); ++i) {
    const Op& op = replay.scenario.ops[i];
    Op plain = op;
    plain.expect = {};
    absl::StrAppendFormat(&text, "%*d  %-*s  %s\n", digits, op.line != 0 ? op.line : i + 1,
                          kOutcomeColumn, PrintOp(plain), outcomes[i]);
  }
  return text;
}

}  // namespace

int Replay::Status() const {
  const bool as_expected = unmet.empty() && (host == nullptr || host->findings.empty()) &&
                           std::all_of(verdict.violations.begin(), verdict.violations.end(),
                                       [this](const Violation& violation) {
                                         return IsAsStated(scenario, verdict, violation);
                                       });
  if (!as_expected) return kNotAsExpected;
  const bool is_whole = verdict.IsWhole() && verdict.facets_not_judged.And(required).empty();
  return is_whole ? kAllAsExpected : kSomeNotJudged;
}

std::string PrintReplay(const Replay& replay, bool quiet) {
  std::string text = absl::StrCat(replay.file, "\n");
  if (!quiet) {
    absl::StrAppend(&text, PrintMachine(replay.scenario.machine), "\n", PrintOperations(replay));
  }
  if (!replay.verdict.violations.empty()) {
    absl::StrAppend(&text, "violations:\n",
                    PrintVerdict(replay.scenario, replay.verdict, replay.required));
  } else {
    absl::StrAppend(&text, PrintNotJudged(replay.scenario, replay.verdict),
                    PrintFacetsNotJudged(replay.verdict, replay.required));
  }
  absl::StrAppend(&text, PrintExcused(replay.scenario, replay.verdict));
  if (!replay.unmet.empty()) {
    absl::StrAppend(&text, "not as the scenario says:\n",
                    PrintUnmet(replay.scenario, replay.unmet));
  }
  // If the scenario states expectations, `unmet` already contains the races that never happened.
  if (!StatesExpectations(replay.scenario)) {
    std::vector<RaceReport> races = ReportRaces(replay.scenario, replay.trace);
    std::erase_if(races, [](const RaceReport& report) { return report.happened; });
    if (!races.empty()) {
      absl::StrAppend(&text, "races that never happened:\n", PrintRaces(replay.scenario, races));
    }
  }
  if (replay.host != nullptr) {
    absl::StrAppend(&text, PrintHostReport(replay.scenario, *replay.host));
  }
  const bool found = !replay.verdict.violations.empty() ||
                     (replay.host != nullptr && !replay.host->findings.empty());
  const int status = replay.Status();
  const Contract& contract = *replay.verdict.contract;
  absl::StrAppendFormat(&text, "verdict: %s (%d operations)%s%s\n",
                        status == kAllAsExpected   ? "ok"
                        : status == kSomeNotJudged ? "not judged"
                        : found                    ? "violation"
                                                   : "not as expected",
                        replay.scenario.ops.size(),
                        &contract == &kAxptrContract ? "" : " by the contract ",
                        &contract == &kAxptrContract ? "" : contract.name);
  return text;
}

}  // namespace sim
