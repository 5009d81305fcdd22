#include "fuzz/finding.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_format.h"
#include "sim/oracle/report.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

// The same values as axsim's (sim/cli/exit_status.h).
constexpr int kUnusable = 2;
constexpr int kNotJudged = 3;

[[noreturn]] void End(int status) {
  fflush(nullptr);
  _Exit(status);  // libFuzzer reports a call of exit() as a crash
}

}  // namespace

void ReportFindingAndAbort(const Scenario& scenario, const Verdict& verdict) {
  absl::FPrintF(stderr, "\nSCENARIO\n%s\nVERDICT\n%s\n", PrintScenario(scenario),
                PrintVerdict(scenario, verdict));
  for (const Violation& violation : verdict.violations) {
    if (violation.provoked) continue;
    absl::FPrintF(stderr, "VIOLATION %s op=%d\n", violation.name(), violation.op_index);
  }
  fflush(stderr);
  abort();
}

void ReportBrokenPromiseAndAbort(absl::string_view name, absl::string_view what) {
  absl::FPrintF(stderr, "\n%s\n\nVIOLATION %s op=0\n", what, name);
  fflush(stderr);
  abort();
}

void AbortUnusable(absl::string_view reason) {
  absl::FPrintF(stderr, "This target cannot do its work here: %s\n", reason);
  fflush(stderr);
  abort();
}

void EndUnusable(absl::string_view reason) {
  absl::FPrintF(stderr, "This target cannot run so: %s\n", reason);
  End(kUnusable);
}

void EndNotJudged(absl::string_view what) {
  absl::FPrintF(stderr, "%s", what);
  End(kNotJudged);
}

}  // namespace sim
