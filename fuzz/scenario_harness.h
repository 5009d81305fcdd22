// The common part of all targets that run scenarios: the subject, a kernel (usually the whole
// machine with real page faults), the runner, and the oracle that judges each run.
#ifndef FUZZ_SCENARIO_HARNESS_H_
#define FUZZ_SCENARIO_HARNESS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/machine/kernel.h"
#include "sim/oracle/oracle.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario.h"
#include "sim/subject/subject.h"

namespace sim {

// The code under test is the subject that the environment variable AXPTR_SUBJECT names
// (FindSubject). With AXPTR_SUBJECT=each it is one of the linked subjects, selected by a digest of
// the input. Without the variable it is Options::subject. Runs are judged by the contract that
// AXPTR_CONTRACT names (FindContract); without this variable, by the contract that the subject
// names.
//
// AXPTR_REQUIRE names facets (sim/oracle/facet.h), separated by commas. A run whose verdict depends
// on a required facet that the kernel does not observe ends the target with status 3.
class ScenarioHarness {
 public:
  struct Options {
    std::string subject = "vectors";  // the target's own: as a value of AXPTR_SUBJECT
    bool watch_fetches = false;       // also find double fetches; effective where loads are traced
    // Makes the kernel; null: the whole machine. Runner::Create says which scenarios other kernels
    // accept.
    std::function<absl::StatusOr<std::unique_ptr<Kernel>>()> make_kernel = nullptr;
  };

  // Construct the harness at the first input, not in LLVMFuzzerInitialize: libFuzzer would replace
  // the fault handlers that are installed there. Aborts if the kernel cannot be created. Ends the
  // target with status 2 if
  // - the subject is not usable, or the contract or a facet does not exist;
  // - the kernel has no page faults, and the contract allows access without a check of the address
  //   space;
  // - the kernel has no memory, and the subject accesses memory by instructions with fixups.
  // Prints to standard error which verbs are not judged, and what is not judged because the kernel
  // does not observe a facet.
  explicit ScenarioHarness(const Options& options);

  // Decodes `input` and selects the subject. The scenario is valid until the next call.
  Scenario& Decode(std::span<const uint8_t> input);

  // Runs and judges `scenario`. Reports a violation (finding.h) and aborts. Operations may stay
  // unjudged because the contract leaves a result open, or because the kernel has no memory. Any
  // other reason is a defect of the target (a scenario of the binary form does not exceed the
  // limits of the trace): aborts as unusable.
  void Run(const Scenario& scenario);

  // Calls Run for each of the subjects.
  void RunOnEach(const Scenario& scenario);

  // Number of operations that were not judged because the subject does not offer them.
  uint64_t not_offered() const { return not_offered_; }

  // Number of runs whose end was not judged because the contract leaves a result open.
  uint64_t left_open() const { return left_open_; }

  // Number of runs whose end was not judged because the subject accesses memory and the kernel has
  // none. The first such run is reported on standard error.
  uint64_t needed_memory() const { return needed_memory_; }

 private:
  const std::string subject_name_;
  const std::vector<const axptr_subject*> subjects_;
  std::unique_ptr<Runner> runner_;
  Oracle oracle_;
  FacetSet required_;
  Scenario scenario_;
  uint64_t not_offered_ = 0;
  uint64_t left_open_ = 0;
  uint64_t needed_memory_ = 0;
};

}  // namespace sim

#endif  // FUZZ_SCENARIO_HARNESS_H_
