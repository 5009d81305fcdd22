// Null-terminated arrays, text and copies of strings, in memory without page faults. Each input
// runs on both linked subjects, which differ in their loops over such memory, and the same oracle
// judges both runs. AXPTR_SUBJECT selects one subject instead.
#include <cstddef>
#include <cstdint>

#include "fuzz/scenario_harness.h"
#include "sim/machine/flat_kernel.h"
#include "sim/scenario/kernel_scenarios.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto* const harness =
      new sim::ScenarioHarness({.subject = "each", .make_kernel = sim::FlatKernel::Create});
  sim::Scenario& scenario = harness->Decode({data, size});
  sim::KeepStringsOnFlatMemory(&scenario);
  harness->RunOnEach(scenario);
  return 0;
}
