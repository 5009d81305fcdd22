// Checking and population alone, on a kernel without memory. A run makes no system call, so there
// are thousands more runs a second than with page faults.
#include <cstddef>
#include <cstdint>

#include "fuzz/scenario_harness.h"
#include "sim/machine/pageless_kernel.h"
#include "sim/scenario/kernel_scenarios.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto* const harness =
      new sim::ScenarioHarness({.make_kernel = sim::PagelessKernel::Create});
  sim::Scenario& scenario = harness->Decode({data, size});
  sim::KeepWhatNeedsNoPages(&scenario);
  harness->Run(scenario);
  return 0;
}
