// The outcome of a race line, as JSON.
#ifndef SIM_CLI_RACE_JSON_H_
#define SIM_CLI_RACE_JSON_H_

#include <nlohmann/json.hpp>

#include "sim/oracle/race_report.h"
#include "sim/scenario/scenario.h"

namespace sim {

// {"index", "line", "cpu", "happened", "access_index", "access_line"}, and of a race that happened
// "outcome", at a load "load"; of another one "why_not". Operations count from 0. A line is 0 where
// there is no text; "access_index" and "access_line" are missing where no access comes after the
// race line.
nlohmann::ordered_json RaceJson(const Scenario& scenario, const RaceReport& report);

// An array of all.
nlohmann::ordered_json RacesJson(const Scenario& scenario, const std::vector<RaceReport>& reports);

}  // namespace sim

#endif  // SIM_CLI_RACE_JSON_H_
