// Scenarios on a kernel, which is mostly the whole machine with real page faults, judged by the
// oracle: what the targets of scenarios share.
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
// (FindSubject), or with AXPTR_SUBJECT=each, one of those that are linked in: which one, follows
// from the input. Without the variable it is the target's own. It is judged by the contract that
// AXPTR_CONTRACT names (FindContract); without the variable, by the one that the subject names.
//
// AXPTR_REQUIRE names facets (sim/oracle/facet.h, with commas between them): a run that depends on
// one of them and does not see it ends the target with status 3.
class ScenarioHarness {
 public:
  struct Options {
    std::string subject = "vectors";  // the target's own: as a value of AXPTR_SUBJECT
    bool watch_fetches = false;       // double fetches are found too, where loads are traced
    // Makes the kernel; null: the whole machine. What the scenarios of another one may hold,
    // Runner::Create says.
    std::function<absl::StatusOr<std::unique_ptr<Kernel>>()> make_kernel = nullptr;
  };

  // To be made at the first input and not in LLVMFuzzerInitialize: libFuzzer would replace the
  // fault handlers that are installed there. Aborts where the kernel cannot be had. Ends the
  // target with status 2 where the subject is not usable, there is no such contract or facet, or
  // the kernel has no page faults and the contract lets a library do without asking the address
  // space, or the kernel has no memory and the subject touches it without attempts. Says on
  // standard error which verbs are not judged, and what is not for want of a facet.
  explicit ScenarioHarness(const Options& options);

  // The scenario that `input` stands for, valid until the next call. Chooses the subject.
  Scenario& Decode(std::span<const uint8_t> input);

  // Runs `scenario`. With a violation reports it (finding.h) and aborts. Aborts as unusable where
  // operations were not judged for other reasons than the room that the contract leaves or a kernel
  // without memory: no scenario of the binary form leaves so many events.
  void Run(const Scenario& scenario);

  // Run, on each of the subjects.
  void RunOnEach(const Scenario& scenario);

  // Operations that were not judged so far, because their subject does not offer them.
  uint64_t not_offered() const { return not_offered_; }

  // Runs so far whose end was not judged, because the contract leaves its result open.
  uint64_t left_open() const { return left_open_; }

  // Runs so far whose end was not judged, because the subject touches memory and the kernel has
  // none. The first of them is reported on standard error.
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
