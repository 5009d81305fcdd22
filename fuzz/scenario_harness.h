// Scenarios on the whole machine, with real page faults, judged by the whole oracle: what the
// targets that do so share.
#ifndef FUZZ_SCENARIO_HARNESS_H_
#define FUZZ_SCENARIO_HARNESS_H_

#include <cstdint>
#include <memory>
#include <span>

#include "sim/oracle/oracle.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario.h"

namespace sim {

class ScenarioHarness {
 public:
  // To be made at the first input and not in LLVMFuzzerInitialize: libFuzzer would replace the
  // fault handlers that are installed there. `watch_fetches`: double fetches are found too, where
  // loads are traced. Aborts where the machine cannot be had.
  explicit ScenarioHarness(bool watch_fetches = false);

  // The scenario that `input` stands for, valid until the next call.
  Scenario& Decode(std::span<const uint8_t> input);

  // Runs `scenario`. With a violation reports it (finding.h) and aborts. Aborts as unusable where
  // operations were not judged: no scenario of the binary form leaves so many events.
  void Run(const Scenario& scenario);

 private:
  std::unique_ptr<Runner> runner_;
  Oracle oracle_;
  Scenario scenario_;
};

}  // namespace sim

#endif  // FUZZ_SCENARIO_HARNESS_H_
