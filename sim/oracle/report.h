// A verdict as text for people. The caller prints the scenario itself.
#ifndef SIM_ORACLE_REPORT_H_
#define SIM_ORACLE_REPORT_H_

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "sim/oracle/oracle.h"
#include "sim/oracle/race_report.h"
#include "sim/scenario/scenario.h"

namespace sim {

// "line 4" where the operation came from a text, else "op 2" (from 0).
std::string PrintPlace(const Scenario& scenario, size_t op_index);

// One line, without a newline, such as
//   line 4: const.get u8 0x550000001000: access.result: wanted EFAULT, got ok len=1 fnv=...
// with " (provoked)" behind the name of a violation that the scenario asked for.
std::string PrintViolation(const Scenario& scenario, const Violation& violation);

// Which operations were not judged, and why, a line with a newline for each reason; empty if all
// were.
std::string PrintNotJudged(const Scenario& scenario, const Verdict& verdict);

// What was not judged because the run did not see it of the subject (facet.h), a line with a
// newline for each facet; empty if none is missing. Facets of `required` are marked. Operations
// that were left out are told by PrintNotJudged, and here only if that is required.
std::string PrintFacetsNotJudged(const Verdict& verdict, FacetSet required = {});

// What the contract excuses, a line with a newline for each:
//   excused: line 4: const.cstr u8 0x550000000000: deviation 5: the lock is held while ...
std::string PrintExcused(const Scenario& scenario, const Verdict& verdict);

// So many violations of a verdict are listed one by one, in text and in JSON. The others are
// counted.
inline constexpr size_t kMaxListedViolations = 100;

// The first ones of `verdict`.
std::span<const Violation> ListedOf(const Verdict& verdict);

// How many of a kind are not among those.
struct UnlistedViolations {
  ViolationKind kind;
  bool provoked = false;
  size_t count = 0;
};
std::vector<UnlistedViolations> UnlistedOf(const Verdict& verdict);

// In one line with a newline; empty if all are listed:
//   and 200 more violations: 150 of access.result, 50 of fault.kernel_bug (provoked)
std::string PrintUnlisted(const Verdict& verdict);

// A line for each violation that is listed, PrintUnlisted, or "ok: N operations" with a newline if
// there is none; then PrintNotJudged and PrintFacetsNotJudged.
std::string PrintVerdict(const Scenario& scenario, const Verdict& verdict, FacetSet required = {});

// A line for each report about a race line of `scenario`:
//   line 4: race check 3 unmap 0x550000000000 0x1000: never: only 2 checks happened in line 5
std::string PrintRaces(const Scenario& scenario, const std::vector<RaceReport>& reports);

// A line for each.
std::string PrintUnmet(const Scenario& scenario, const std::vector<UnmetExpectation>& unmet);

}  // namespace sim

#endif  // SIM_ORACLE_REPORT_H_
