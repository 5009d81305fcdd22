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
  std::string subject = "words";  // one of the image (replay/main.cc)
  ring0::Bug bug = ring0::Bug::kNone;
  uint32_t processors = 1;  // or 2
  // Violations that the simulation shows, too, do not count: scenarios that nobody wrote have some.
  bool is_random = false;
};

struct NamedScenario {
  std::string file;
  Scenario scenario;
};

struct Ring0Report {
  std::string inconclusive;      // "": the hardware did what it must; else what it did not
  bool reports_touches = false;  // the compiler of the image's subject reports loads and stores
  std::array<size_t, ring0::kStopCount> not_run = {};  // scenarios, by reason
  size_t scenarios = 0;                                // that were run to their end
  size_t operations = 0;                               // of those
  size_t equal = 0;                // operations that left the same as in the simulation
  size_t kernel_touches = 0;       // that differ, for a reason that is known (README.md)
  size_t differences = 0;          // others that differ
  size_t not_compared = 0;         // operations behind one that differs
  size_t not_simulated = 0;        // that the simulation of this build cannot race at loads
  size_t judged = 0;               // operations that the oracle judged
  size_t violations = 0;           // that no line of their scenario states
  size_t faults = 0;               // of the hardware, each judged
  size_t hardware = 0;             // violations of what only hardware says (hardware.h)
  size_t unmet = 0;                // lines of scenarios that do not hold
  size_t failures = 0;             // scenarios in which the image ended, or fell silent
  std::vector<std::string> lines;  // one for each of the last five

  bool IsGood() const {
    return inconclusive.empty() && differences + violations + hardware + unmet + failures == 0;
  }
};

// The subject of this program for one of the image's. Errors: NotFoundError.
absl::StatusOr<const axptr_subject*> FindImageSubject(const std::string& name);

// What it is to do with scenarios: run them; count the instructions of their calls, and record no
// event; or run the example kernel instead.
enum class ForImage { kRun, kCount, kExample };

// What the image is handed: `scenarios` scenarios, which `packed` holds one behind the other.
// Precondition: the image has the subject.
std::string MakeArchive(const Ring0Options& options, size_t scenarios, const std::string& packed,
                        ForImage what = ForImage::kRun);

// Why KVM is not used: the image is booted under it, executes stac and iretq to ring 3, and asks
// the hardware all that it asks before a run. "": all of it is as on a processor. That /dev/kvm is
// there says nothing.
absl::StatusOr<std::string> WhyNotKvm(const Ring0Options& options);

// Runs the example kernel of axptr/README.md in the image (testing/example.cc). Result: what it
// says of each situation, which has `WRONG` where a result is not as it must be, or where it does
// not come to its end.
absl::StatusOr<std::string> RunExampleInRing0(const Ring0Options& options);

// Errors: the emulator cannot be started; there is no such subject; no simulated machine can be
// made here.
absl::StatusOr<Ring0Report> RunInRing0(const std::vector<NamedScenario>& scenarios,
                                       const Ring0Options& options);

// Adds what another run has found.
void AddReport(const Ring0Report& more, Ring0Report* sum);

// A report, and what it is of.
struct Ring0Column {
  Ring0Options options;
  Ring0Report report;
};

// The same for each of `all`. Emulators run beside each other, and beside the judgement of others.
absl::StatusOr<std::vector<Ring0Column>> RunAllInRing0(const std::vector<NamedScenario>& scenarios,
                                                       const std::vector<Ring0Options>& all);

// The table, with a column for each.
std::string PrintRing0Table(std::span<const Ring0Column> columns);
std::string PrintRing0Report(const Ring0Report& report);

}  // namespace sim

#endif  // SIM_RING0_HOST_RING0_H_
