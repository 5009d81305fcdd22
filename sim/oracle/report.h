// Prints a verdict for people. The caller prints the scenario itself.
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

// "line 4" if the operation was parsed from text, else "op 2" (from 0).
std::string PrintPlace(const Scenario& scenario, size_t op_index);

// One line, without a newline, such as
//   line 4: const.get u8 0x550000001000: access.result: wanted EFAULT, got ok len=1 fnv=...
// with " (provoked)" after the name of a violation that the scenario provoked.
std::string PrintViolation(const Scenario& scenario, const Violation& violation);

// Why operations were not judged, without an operation and without a newline, such as "machine and
// model are in different states".
std::string PrintReason(const NotJudged& what);

// The operations that were not judged, and the reason: a line with a newline for each reason. Empty
// if all operations were judged.
std::string PrintNotJudged(const Scenario& scenario, const Verdict& verdict);

// What was not judged since the run did not observe it of the subject (facet.h): a line with a
// newline for each facet, facets of `required` marked; empty if no facet is missing. PrintNotJudged
// lists skipped operations; this function lists them only if their facet is required.
std::string PrintFacetsNotJudged(const Verdict& verdict, FacetSet required = {});

// The excused defects, a line with a newline for each:
//   excused: line 4: const.cstr u8 0x550000000000: deviation 5: the lock is held while ...
std::string PrintExcused(const Scenario& scenario, const Verdict& verdict);

// The most violations of a verdict that are listed one by one, in text and in JSON. Further
// violations are only counted.
inline constexpr size_t kMaxListedViolations = 100;

// The listed violations: the first kMaxListedViolations of `verdict`.
std::span<const Violation> ListedOf(const Verdict& verdict);

// The number of unlisted violations of one kind.
struct UnlistedViolations {
  ViolationKind kind;
  bool provoked = false;
  size_t count = 0;
};
std::vector<UnlistedViolations> UnlistedOf(const Verdict& verdict);

// One line with a newline; empty if all violations are listed:
//   and 200 more violations: 150 of access.result, 50 of fault.kernel_bug (provoked)
std::string PrintUnlisted(const Verdict& verdict);

// A line for each listed violation and PrintUnlisted, or "ok: N operations" with a newline if there
// is no violation; then PrintNotJudged and PrintFacetsNotJudged.
std::string PrintVerdict(const Scenario& scenario, const Verdict& verdict, FacetSet required = {});

// A line with a newline for each report about a race line of `scenario`:
//   line 4: race check 3 unmap 0x550000000000 0x1000: never: only 2 checks happened in line 5
std::string PrintRaces(const Scenario& scenario, const std::vector<RaceReport>& reports);

// A line for each unmet expectation.
std::string PrintUnmet(const Scenario& scenario, const std::vector<UnmetExpectation>& unmet);

}  // namespace sim

#endif  // SIM_ORACLE_REPORT_H_
