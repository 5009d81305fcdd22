#include "sim/oracle/report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/oracle/violation_text.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

// "line 4: const.get u8 0x550000001000", without the `=>` of the line.
std::string PrintWhere(const Scenario& scenario, size_t op_index) {
  if (op_index >= scenario.ops.size()) return "at the end";
  Op op = scenario.ops[op_index];
  op.expect = StatedExpectation();
  return absl::StrCat(PrintPlace(scenario, op_index), ": ", PrintOp(op));
}

// Returns "" if `ops` is empty.
std::string PrintNotOffered(const Scenario& scenario, const std::vector<size_t>& ops) {
  if (ops.empty()) return "";
  const size_t others = ops.size() - 1;
  return absl::StrCat(
      "not judged: ", PrintWhere(scenario, ops.front()),
      others == 0 ? "" : absl::StrCat(", and ", others, others == 1 ? " other" : " others"),
      ": not offered by the subject",
      StatesExpectations(scenario) ? "; what the lines from there on state was not compared" : "",
      "\n");
}

}  // namespace

std::string PrintReason(const NotJudged& what) {
  switch (what.reason) {
    case NotJudgedReason::kEventsDropped:
      return absl::StrCat("the run left more than ", what.limit,
                          " events, and the others were not recorded");
    case NotJudgedReason::kStateDiffers:
      return "machine and model are in different states";
    case NotJudgedReason::kStateOpen:
      return "the contract leaves open which pages the operation before it populated";
    case NotJudgedReason::kRaceMisplaced:
      return "the contract leaves open the progress of the access at a race";
    case NotJudgedReason::kOutcomeOpen:
      return "the contract leaves open which bytes and pages the access reached";
    case NotJudgedReason::kInjectionOpen:
      return "the contract leaves open which step of the access an injected failure hit";
    case NotJudgedReason::kNested:
      return "a call was made inside an access, and by the contract calls do not nest";
    case NotJudgedReason::kOutsideWindow:
      return "the subject touched an address where the machine has no user memory, and that its "
             "user_start and user_end (subject.h) do not rule out";
    case NotJudgedReason::kNoMemory:
      return "the subject touches memory, and this kernel has none; the whole machine has";
  }
  return "?";
}

std::string PrintPlace(const Scenario& scenario, size_t op_index) {
  const int line = op_index < scenario.ops.size() ? scenario.ops[op_index].line : 0;
  if (line != 0) return absl::StrCat("line ", line);
  return absl::StrCat("op ", op_index);
}

std::string PrintViolation(const Scenario& scenario, const Violation& violation) {
  std::string text =
      absl::StrCat(PrintWhere(scenario, violation.op_index), ": ", violation.name(),
                   violation.provoked ? " (provoked)" : "", ": wanted ",
                   PrintWanted(scenario, violation), ", got ", PrintGot(scenario, violation));
  const bool has_place = violation.address != 0 && violation.op_index < scenario.ops.size() &&
                         violation.address != scenario.ops[violation.op_index].address;
  if (has_place) absl::StrAppendFormat(&text, ", at %#x", violation.address);
  return text;
}

std::string PrintNotJudged(const Scenario& scenario, const Verdict& verdict) {
  const std::string not_offered = PrintNotOffered(scenario, verdict.not_offered);
  if (!verdict.not_judged) return not_offered;
  const NotJudged& what = *verdict.not_judged;
  const size_t after = scenario.ops.size() - what.first_op - 1;
  return absl::StrCat("not judged: ", PrintWhere(scenario, what.first_op),
                      after == 0 ? "" : absl::StrCat(", and the ", after, " after it"), ": ",
                      PrintReason(what), "\n", not_offered);
}

std::string PrintFacetsNotJudged(const Verdict& verdict, FacetSet required) {
  FacetSet left_out;
  left_out.Add(Facet::kVerbs);
  left_out.Add(Facet::kElements);
  return PrintFacetGaps(verdict.facets_not_judged.Without(left_out.Without(required)),
                        verdict.subject, required);
}

std::string PrintExcused(const Scenario& scenario, const Verdict& verdict) {
  std::string text;
  for (const Excuse& excuse : verdict.excused) {
    absl::StrAppend(&text, "excused: ", PrintWhere(scenario, excuse.op_index), ": deviation ",
                    excuse.deviation, ": ", WordsOfDeviation(excuse.deviation), "\n");
  }
  return text;
}

std::string PrintVerdict(const Scenario& scenario, const Verdict& verdict, FacetSet required) {
  const std::string not_judged =
      absl::StrCat(PrintNotJudged(scenario, verdict), PrintFacetsNotJudged(verdict, required));
  if (verdict.violations.empty()) {
    return absl::StrCat("ok: ", verdict.judged_ops,
                        verdict.judged_ops == 1 ? " operation\n" : " operations\n", not_judged);
  }
  std::string text;
  for (const Violation& violation : ListedOf(verdict)) {
    absl::StrAppend(&text, PrintViolation(scenario, violation), "\n");
  }
  return absl::StrCat(text, PrintUnlisted(verdict), not_judged);
}

std::span<const Violation> ListedOf(const Verdict& verdict) {
  return std::span(verdict.violations)
      .first(std::min(verdict.violations.size(), kMaxListedViolations));
}

std::vector<UnlistedViolations> UnlistedOf(const Verdict& verdict) {
  std::vector<UnlistedViolations> unlisted;
  for (size_t i = kMaxListedViolations; i < verdict.violations.size(); ++i) {
    const Violation& violation = verdict.violations[i];
    const auto is_same = [&](const UnlistedViolations& one) {
      return one.kind == violation.kind() && one.provoked == violation.provoked;
    };
    auto found = std::find_if(unlisted.begin(), unlisted.end(), is_same);
    if (found == unlisted.end()) {
      found = unlisted.insert(found, {violation.kind(), violation.provoked, 0});
    }
    ++found->count;
  }
  return unlisted;
}

std::string PrintUnlisted(const Verdict& verdict) {
  std::string text;
  for (const UnlistedViolations& one : UnlistedOf(verdict)) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", one.count, " of ", ViolationName(one.kind),
                    one.provoked ? " (provoked)" : "");
  }
  if (text.empty()) return "";
  return absl::StrCat("and ", verdict.violations.size() - kMaxListedViolations,
                      " more violations: ", text, "\n");
}

std::string PrintRaces(const Scenario& scenario, const std::vector<RaceReport>& reports) {
  std::string text;
  for (const RaceReport& report : reports) {
    absl::StrAppend(&text, PrintWhere(scenario, report.op_index), ": ", PrintRace(scenario, report),
                    "\n");
  }
  return text;
}

std::string PrintUnmet(const Scenario& scenario, const std::vector<UnmetExpectation>& unmet) {
  std::string text;
  for (const UnmetExpectation& one : unmet) {
    absl::StrAppend(&text, PrintWhere(scenario, one.op_index), ": stated ", one.wanted, ", got ",
                    one.got, "\n");
  }
  return text;
}

}  // namespace sim
