#include "sim/cli/race_json.h"

#include "absl/strings/str_format.h"
#include "sim/scenario/scenario_text.h"

namespace sim {

nlohmann::ordered_json RaceJson(const Scenario& scenario, const RaceReport& report) {
  const Op& op = scenario.ops[report.op_index];
  nlohmann::ordered_json json = {{"index", report.op_index},
                                 {"line", op.line},
                                 {"cpu", op.cpu},
                                 {"happened", report.happened}};
  if (report.access_index) {
    json["access_index"] = *report.access_index;
    json["access_line"] = scenario.ops[*report.access_index].line;
  }
  if (!report.happened) {
    json["why_not"] = report.why_not;
    return json;
  }
  json["outcome"] = PrintOutcome(op.verb, report.outcome);
  if (report.load_address != 0) json["load"] = absl::StrFormat("%#x", report.load_address);
  return json;
}

nlohmann::ordered_json RacesJson(const Scenario& scenario, const std::vector<RaceReport>& reports) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const RaceReport& report : reports) json.push_back(RaceJson(scenario, report));
  return json;
}

}  // namespace sim
