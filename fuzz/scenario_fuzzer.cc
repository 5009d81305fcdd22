// Runs scenarios on the whole machine, unchanged: see scenario_harness.h.
#include <cstddef>
#include <cstdint>

#include "fuzz/scenario_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto* const harness = new sim::ScenarioHarness({.subject = "vectors"});
  harness->Run(harness->Decode({data, size}));
  return 0;
}
