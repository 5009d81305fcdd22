#include "sim/oracle/race_report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/scenario/names.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

// The reason why the race of `report` did not happen.
std::string WhyNot(const Scenario& scenario, const Trace& trace, const RaceReport& report) {
  const Op& op = scenario.ops[report.op_index];
  if (trace.ops[report.op_index].outcome.kind == Outcome::Kind::kNotRun) {
    return "the kernel had stopped before";
  }
  if (trace.ops[report.op_index].outcome.kind == Outcome::Kind::kNotOffered) {
    return "the subject does not offer its operation";
  }
  if (!report.access_index) return "no access comes after it";
  const std::string where = PrintLine(scenario, *report.access_index);
  const uint32_t reached =
      trace.ops[*report.access_index].reached[static_cast<size_t>(op.race->point)];
  const absl::string_view point = RacePointName(op.race->point);
  if (reached == 0) return absl::StrCat("no ", point, " happened in ", where);
  if (reached < op.race->nth) {
    return absl::StrCat("only ", reached, " ", point, reached == 1 ? "" : "s", " happened in ",
                        where);
  }
  return absl::StrCat("CPU ", op.cpu, " makes the access in ", where, " itself");
}

}  // namespace

std::vector<RaceReport> ReportRaces(const Scenario& scenario, const Trace& trace) {
  std::vector<RaceReport> reports;
  std::optional<size_t> next_access;
  for (size_t i = std::min(scenario.ops.size(), trace.ops.size()); i-- > 0;) {
    const Op& op = scenario.ops[i];
    if (!op.race) {
      const bool is_left_out = trace.ops[i].outcome.kind == Outcome::Kind::kNotOffered;
      if (IsAccess(op.verb) && !is_left_out) next_access = i;
      continue;
    }
    const std::optional<RaceRecord>& record = trace.ops[i].race;
    RaceReport& report = reports.emplace_back();
    report.op_index = i;
    report.access_index = next_access;
    report.happened = record.has_value();
    if (!record) {
      report.why_not = WhyNot(scenario, trace, report);
      continue;
    }
    report.outcome = record->outcome;
    report.load_address = record->load_address;
  }
  std::reverse(reports.begin(), reports.end());
  return reports;
}

std::string PrintRace(const Scenario& scenario, const RaceReport& report) {
  if (!report.happened) return absl::StrCat("never: ", report.why_not);
  const Op& op = scenario.ops[report.op_index];
  std::string text = absl::StrCat(op.verb == Verb::kSleep ? "to CPU " : "CPU ", op.cpu, " in ",
                                  PrintLine(scenario, report.access_index.value_or(0)));
  if (report.load_address != 0) {
    absl::StrAppendFormat(&text, ", before the load of %#x", report.load_address);
  }
  return absl::StrCat(text, ": ", PrintOutcome(op.verb, report.outcome));
}

std::string PrintLine(const Scenario& scenario, size_t op_index) {
  const int line = op_index < scenario.ops.size() ? scenario.ops[op_index].line : 0;
  if (line != 0) return absl::StrCat("line ", line);
  return absl::StrCat("operation ", op_index + 1);
}

bool StatesExpectations(const Scenario& scenario) {
  return std::any_of(scenario.ops.begin(), scenario.ops.end(),
                     [](const Op& op) { return op.expect.kind != StatedExpectation::Kind::kNone; });
}

}  // namespace sim
