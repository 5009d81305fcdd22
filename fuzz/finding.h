// How a fuzz target says that it found something: for people the scenario and the verdict, for
// scripts a line `VIOLATION NAME op=N` for each violation, the one nearest to the cause first.
#ifndef FUZZ_FINDING_H_
#define FUZZ_FINDING_H_

#include "absl/strings/string_view.h"
#include "sim/oracle/oracle.h"
#include "sim/scenario/scenario.h"

namespace sim {

// Prints all of that to stderr and aborts, so that the engine keeps the input.
[[noreturn]] void ReportFindingAndAbort(const Scenario& scenario, const Verdict& verdict);

// The same of a promise that is not about the run of a scenario: `name` in place of a violation's,
// and what went wrong.
[[noreturn]] void ReportBrokenPromiseAndAbort(absl::string_view name, absl::string_view what);

// Prints why the target cannot do its work at all, and aborts.
[[noreturn]] void AbortUnusable(absl::string_view reason);

// Prints why the target cannot run as it was asked to, and ends it with status 2: no finding, and
// the engine keeps no input.
[[noreturn]] void EndUnusable(absl::string_view reason);

// Prints what the target was required to judge and did not, and ends it with status 3: no finding,
// and the engine keeps no input.
[[noreturn]] void EndNotJudged(absl::string_view what);

}  // namespace sim

#endif  // FUZZ_FINDING_H_
