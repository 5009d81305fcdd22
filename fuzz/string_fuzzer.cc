// Null-terminated arrays, text and copies of strings, over memory that needs no page fault. Each
// input runs on both of our subjects, whose loops over such memory are what they differ in, and
// the same oracle judges both. AXPTR_SUBJECT: on that one alone.
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
