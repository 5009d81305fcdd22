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

// Prints why the target cannot do its work at all, and aborts.
[[noreturn]] void AbortUnusable(absl::string_view reason);

}  // namespace sim

#endif  // FUZZ_FINDING_H_
