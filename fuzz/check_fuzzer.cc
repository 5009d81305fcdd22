// Checking and population against the model, without memory: see check_harness.h.
#include <cstddef>
#include <cstdint>

#include "fuzz/check_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto* const harness = new sim::CheckHarness();
  harness->Run({data, size});
  return 0;
}
