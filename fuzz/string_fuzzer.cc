// Null-terminated arrays, text and copies of strings, over memory that needs no page fault.
#include <cstddef>
#include <cstdint>

#include "fuzz/scenario_harness.h"
#include "sim/machine/flat_kernel.h"
#include "sim/scenario/kernel_scenarios.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto* const harness = new sim::ScenarioHarness({.make_kernel = sim::FlatKernel::Create});
  sim::Scenario& scenario = harness->Decode({data, size});
  sim::KeepStringsOnFlatMemory(&scenario);
  harness->Run(scenario);
  return 0;
}
