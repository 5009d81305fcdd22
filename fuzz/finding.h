// How a fuzz target reports a finding. People read the scenario and the verdict. Scripts read one
// line `VIOLATION NAME op=N` for each violation; the violation nearest to the cause comes first.
#ifndef FUZZ_FINDING_H_
#define FUZZ_FINDING_H_

#include "absl/strings/string_view.h"
#include "sim/oracle/oracle.h"
#include "sim/scenario/scenario.h"

namespace sim {

// Prints the scenario, the verdict and the VIOLATION lines to stderr, then aborts: an engine keeps
// an input that aborts.
[[noreturn]] void ReportFindingAndAbort(const Scenario& scenario, const Verdict& verdict);

// Reports a broken property of a target that runs no scenario: prints `what`, and a VIOLATION line
// with `name` and op=0; then aborts.
[[noreturn]] void ReportBrokenPromiseAndAbort(absl::string_view name, absl::string_view what);

// Prints that the target cannot do its work, and `reason`; then aborts.
[[noreturn]] void AbortUnusable(absl::string_view reason);

// Prints that the target cannot run with these settings, and `reason`; then ends the process with
// status 2. This is not a finding: the engine keeps no input.
[[noreturn]] void EndUnusable(absl::string_view reason);

// Prints `what`: what the target was required to judge and did not judge. Then ends the process
// with status 3. This is not a finding: the engine keeps no input.
[[noreturn]] void EndNotJudged(absl::string_view what);

}  // namespace sim

#endif  // FUZZ_FINDING_H_
