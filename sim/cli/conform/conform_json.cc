#include <nlohmann/json.hpp>
#include <utility>

#include "sim/cli/conform/conform_report.h"
#include "sim/oracle/deviation.h"
#include "sim/scenario/names.h"
#include "sim/scenario/runner.h"

namespace sim {
namespace {

using Json = nlohmann::ordered_json;

Json CountsJson(const ConformCounts& counts) {
  return {{"passed", counts.passed},
          {"failed", counts.failed},
          {"not_judged", counts.not_judged},
          {"not_offered", counts.not_offered}};
}

Json NumbersJson(DeviationSet deviations) {
  Json json = Json::array();
  for (const Deviation& deviation : AllDeviations()) {
    if ((deviations >> deviation.number & 1) != 0) json.push_back(deviation.number);
  }
  return json;
}

Json CellJson(const ConformFunction& function, const ConformCell& cell, const ConformFrame& frame) {
  Json json = {{"situation", std::string(cell.situation->name)},
               {"state", std::string(CellStateName(cell.State()))},
               {"counts", CountsJson(cell.counts)},
               {"cut_short", cell.cut_short}};
  if (cell.excused != 0) json["excused"] = NumbersJson(cell.excused);
  if (!cell.ending.empty()) json["ending"] = cell.ending;
  if (!cell.not_judged.empty()) json["not_judged"] = cell.not_judged;
  if (!cell.failing) return json;
  json["bug"] = PrintIdentity(cell.failing->bug);
  json["violation"] = cell.failing->bug.violation;
  json["alone"] = cell.failing->alone;
  json["scenario"] = PrintFailing(function, cell, frame);
  if (!cell.file.empty()) json["file"] = cell.file;
  return json;
}

}  // namespace

std::string PrintConformJson(const Conformance& conformance, const ConformFrame& frame) {
  Json functions = Json::array();
  for (const ConformFunction& function : conformance.functions) {
    Json cells = Json::array();
    for (const ConformCell& cell : function.cells) {
      cells.push_back(CellJson(function, cell, frame));
    }
    functions.push_back({{"function", std::string(VerbName(function.verb))},
                         {"offered", function.is_offered},
                         {"cells", std::move(cells)}});
  }
  Json situations = Json::array();
  for (const Situation& situation : AllSituations()) {
    situations.push_back(
        {{"situation", std::string(situation.name)}, {"meaning", std::string(situation.meaning)}});
  }
  Json contracts = Json::array();
  for (const ContractHolds& holds : conformance.contracts) {
    contracts.push_back({{"contract", holds.contract->name},
                         {"holds", holds.Holds()},
                         {"counts", CountsJson(holds.counts)}});
  }
  Json deviations = Json::array();
  for (const Deviation& deviation : AllDeviations()) {
    if ((conformance.Excused() >> deviation.number & 1) == 0) continue;
    deviations.push_back({{"number", deviation.number},
                          {"words", std::string(deviation.words)},
                          {"field", std::string(deviation.field)}});
  }
  const Contract* const strongest = conformance.Strongest();
  const Json json = {{"subject", SelectedSubject().name},
                     {"contract", conformance.contract->name},
                     {"finished", conformance.finished},
                     {"counts", CountsJson(conformance.Counts())},
                     {"strongest_contract", strongest == nullptr ? Json() : Json(strongest->name)},
                     {"contracts", std::move(contracts)},
                     {"excused", std::move(deviations)},
                     {"facets", Json::parse(conformance.facets_json)},
                     {"situations", std::move(situations)},
                     {"functions", std::move(functions)}};
  return json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace sim
