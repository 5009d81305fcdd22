// Null-terminated arrays and text against the model, without page faults: see string_harness.h.
#include <cstddef>
#include <cstdint>

#include "fuzz/string_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto* const harness = new sim::StringHarness();
  harness->Run({data, size});
  return 0;
}
