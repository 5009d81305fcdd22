// Scenarios in ring 0 of an emulated machine, judged by the oracle and compared, operation by
// operation, with the simulation.
#ifndef SIM_RING0_HOST_RING0_H_
#define SIM_RING0_HOST_RING0_H_

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/oracle/contract.h"
#include "sim/ring0/host/emulator.h"
#include "sim/ring0/host/pack.h"
#include "sim/ring0/replay/packed.h"
#include "sim/scenario/scenario.h"
#include "sim/subject/subject.h"

namespace sim {

struct Ring0Options {
  Emulator emulator;
  std::string subject = "words";  // a subject of the image (replay/main.cc)
  ring0::Bug bug = ring0::Bug::kNone;
  uint32_t processors = 1;  // or 2
  // Whether violations that also occur in the simulation are ignored: random scenarios may have
  // such violations.
  bool is_random = false;
};

struct NamedScenario {
  std::string file;
  Scenario scenario;
};

struct Ring0Report {
  std::string inconclusive;      // "": all hardware probes passed; else the probe that failed
  bool reports_touches = false;  // the compiler of the image's subject reports loads and stores
  std::array<size_t, ring0::kStopCount> not_run = {};  // scenarios, by Stop
  size_t scenarios = 0;                                // scenarios that ran to their end
  size_t operations = 0;                               // operations of these scenarios
  size_t equal = 0;                // operations with the same result as in the simulation
  size_t kernel_touches = 0;       // operations with the known difference (README.md)
  size_t differences = 0;          // operations with another difference
  size_t not_compared = 0;         // operations after one that differs
  size_t not_simulated = 0;        // operations with races at loads that this build cannot simulate
  size_t judged = 0;               // operations judged by the oracle
  size_t violations = 0;           // violations not stated by a line of the scenario
  size_t faults = 0;               // faults of the hardware, all judged
  size_t hardware = 0;             // violations of rules about hardware (hardware.h)
  size_t unmet = 0;                // lines of scenarios whose expectation is not met
  size_t failures = 0;             // scenarios in which the image ended or sent no more records
  std::vector<std::string> lines;  // texts, one for each finding

  bool IsGood() const {
    return inconclusive.empty() && differences + violations + hardware + unmet + failures == 0;
  }
};

// The subject of this program that corresponds to the image's subject `name`. Errors:
// NotFoundError.
absl::StatusOr<const axptr_subject*> FindImageSubject(const std::string& name);

// What the image does: run scenarios; count the instructions of their calls, without recording
// events; or run the example kernel instead.
enum class ForImage { kRun, kCount, kExample };

// The archive for the image. `packed`: the `scenarios` packed scenarios, concatenated.
// Precondition: the image has the subject.
std::string MakeArchive(const Ring0Options& options, size_t scenarios, const std::string& packed,
                        ForImage what = ForImage::kRun);

// Boots the image under KVM, executes stac and iretq to ring 3, and runs all hardware probes.
// Result: the reason why KVM cannot be used; "" if everything behaves as on a processor. The
// existence of /dev/kvm is not sufficient, because KVM may itself be emulated.
absl::StatusOr<std::string> WhyNotKvm(const Ring0Options& options);

// Runs the example kernel of axptr/README.md in the image (testing/example.cc). Result: the text of
// each situation; contains `WRONG` if a result is wrong or the run does not end.
absl::StatusOr<std::string> RunExampleInRing0(const Ring0Options& options);

// Errors: the emulator cannot be started; there is no such subject; no simulated machine can be
// made here.
absl::StatusOr<Ring0Report> RunInRing0(const std::vector<NamedScenario>& scenarios,
                                       const Ring0Options& options);

// Adds the report of another run to `*sum`.
void AddReport(const Ring0Report& more, Ring0Report* sum);

// A report and its options.
struct Ring0Column {
  Ring0Options options;
  Ring0Report report;
};

// RunInRing0 for each element of `all`. Emulators run in parallel with each other and with the
// judging of other runs.
absl::StatusOr<std::vector<Ring0Column>> RunAllInRing0(const std::vector<NamedScenario>& scenarios,
                                                       const std::vector<Ring0Options>& all);

// A table with a column for each report.
std::string PrintRing0Table(std::span<const Ring0Column> columns);
std::string PrintRing0Report(const Ring0Report& report);

}  // namespace sim

#endif  // SIM_RING0_HOST_RING0_H_
