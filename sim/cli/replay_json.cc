#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_format.h"
#include "sim/cli/facet_json.h"
#include "sim/cli/race_json.h"
#include "sim/cli/replay.h"
#include "sim/cli/violation_json.h"
#include "sim/oracle/race_report.h"
#include "sim/oracle/report.h"
#include "sim/oracle/violation_text.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

using Json = nlohmann::ordered_json;

std::string Text(absl::string_view text) { return std::string(text); }

Json Operation(const Scenario& scenario, const Trace& trace, size_t index) {
  const Op& op = scenario.ops[index];
  const Outcome& outcome = trace.ops[index].outcome;
  Json json = {{"index", index},
               {"line", op.line},
               {"operation", PrintOp(op)},
               {"outcome", PrintOutcome(op.verb, outcome)}};
  if (outcome.kind == Outcome::Kind::kOk && IsLibraryAccess(op.verb)) {
    json["length"] = outcome.length;
    json["fnv"] = absl::StrFormat("%016x", outcome.fingerprint);
  }
  if (outcome.kind == Outcome::Kind::kError && ReportsDone(op.verb)) json["done"] = outcome.length;
  json["frames_free"] = trace.ops[index].frames_free;
  json["pages_populated"] = trace.ops[index].pages_populated;
  return json;
}

// Null: all was judged.
Json NotJudgedJson(const Replay& replay) {
  if (replay.verdict.IsWhole()) return nullptr;
  std::string text = PrintNotJudged(replay.scenario, replay.verdict);
  text.pop_back();
  const Verdict& verdict = replay.verdict;
  Json json = {
      {"index", verdict.not_judged ? verdict.not_judged->first_op : verdict.not_offered[0]},
      {"reason", std::move(text)}};
  if (!verdict.not_offered.empty()) json["not_offered"] = verdict.not_offered;
  return json;
}

Json Host(const HostReport& report) {
  Json known = Json::object();
  for (int i = 0; i < kKnownDifferenceCount; ++i) {
    known[Text(kKnownDifferenceNames[i])] = report.known[i];
  }
  Json findings = Json::array();
  for (const HostFinding& finding : report.findings) {
    const size_t witness = static_cast<size_t>(finding.witness);
    findings.push_back({{"name", "host." + Text(kHostWitnessNames[witness])},
                        {"index", finding.op_index},
                        {"wanted", finding.wanted},
                        {"got", finding.got}});
  }
  return {{"both_permit", report.both_permit},
          {"both_refuse", report.both_refuse},
          {"known", std::move(known)},
          {"accesses_not_compared", report.accesses_not_compared},
          {"findings", std::move(findings)}};
}

}  // namespace

std::string PrintReplayJson(const Replay& replay) {
  Json operations = Json::array();
  for (size_t i = 0; i < replay.scenario.ops.size(); ++i) {
    operations.push_back(Operation(replay.scenario, replay.trace, i));
  }
  for (const RaceReport& report : ReportRaces(replay.scenario, replay.trace)) {
    operations[report.op_index]["race"] = RaceJson(replay.scenario, report);
  }
  Json violations = Json::array();
  for (const Violation& violation : ListedOf(replay.verdict)) {
    violations.push_back({{"name", Text(violation.name())},
                          {"index", violation.op_index},
                          {"address", absl::StrFormat("0x%x", violation.address)},
                          {"wanted", PrintWanted(replay.scenario, violation)},
                          {"got", PrintGot(replay.scenario, violation)},
                          {"provoked", violation.provoked},
                          {"values", ViolationJson(violation)}});
  }
  Json unlisted = Json::array();
  for (const UnlistedViolations& one : UnlistedOf(replay.verdict)) {
    unlisted.push_back({{"name", Text(ViolationName(one.kind))},
                        {"provoked", one.provoked},
                        {"count", one.count}});
  }
  Json excused = Json::array();
  for (const Excuse& excuse : replay.verdict.excused) {
    excused.push_back({{"index", excuse.op_index},
                       {"deviation", excuse.deviation},
                       {"words", Text(WordsOfDeviation(excuse.deviation))}});
  }
  Json unmet = Json::array();
  for (const UnmetExpectation& expectation : replay.unmet) {
    unmet.push_back({{"index", expectation.op_index},
                     {"wanted", expectation.wanted},
                     {"got", expectation.got}});
  }
  Json json = {{"file", replay.file},
               {"machine", PrintMachine(replay.scenario.machine)},
               {"operations", std::move(operations)},
               {"violations", std::move(violations)},
               {"more_violations", std::move(unlisted)},
               {"excused", std::move(excused)},
               {"unmet", std::move(unmet)},
               {"not_judged", NotJudgedJson(replay)},
               {"facets", FacetsJson(replay.verdict.facets_judged, replay.verdict.facets_not_judged,
                                     replay.verdict.subject, replay.required)},
               {"as_expected", replay.Status() == kAllAsExpected}};
  const Contract& contract = *replay.verdict.contract;
  if (&contract != &kAxptrContract) json["contract"] = contract.name;
  if (replay.host != nullptr) json["host"] = Host(*replay.host);
  // File names are any bytes.
  return json.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace) + "\n";
}

}  // namespace sim
