// Reports on the `race` lines of a scenario, for people: whether each race happened, in which
// access and with which outcome; or why it did not happen.
#ifndef SIM_ORACLE_RACE_REPORT_H_
#define SIM_ORACLE_RACE_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/outcome.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/trace.h"

namespace sim {

struct RaceReport {
  size_t op_index = 0;  // the race line, from 0
  // The access that the race was armed for; nullopt if no access follows the line.
  std::optional<size_t> access_index;
  bool happened = false;
  // If it happened: what its operation resulted in. kPanic: the kernel stopped in it.
  Outcome outcome;
  uint64_t load_address = 0;  // if it happened at a load: the address that was loaded; else 0
  std::string why_not;        // if it did not happen: "only 2 checks happened in line 5"
};

// Returns a report for each race line, in order. `trace` is of a run of `scenario`, with an entry
// for each operation.
std::vector<RaceReport> ReportRaces(const Scenario& scenario, const Trace& trace);

// "CPU 1 in line 5: EFAULT", with the address of the load for a race at a load; for a race that did
// not happen, "never: only 2 checks happened in line 5".
std::string PrintRace(const Scenario& scenario, const RaceReport& report);

// "line 4" if the operation was parsed from text, else "operation 3", from 1.
std::string PrintLine(const Scenario& scenario, size_t op_index);

// Whether a line of `scenario` states an expectation. If so, a race that never happens needs `=>
// never` on its line.
bool StatesExpectations(const Scenario& scenario);

}  // namespace sim

#endif  // SIM_ORACLE_RACE_REPORT_H_
