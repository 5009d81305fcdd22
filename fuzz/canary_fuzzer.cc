// The canary: check_fuzzer over an address space that looks at the first page of a range only. It
// must find that soon; where it does not, silence of the other targets means nothing.
#include <cstddef>
#include <cstdint>

#include "fuzz/check_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto* const harness = new sim::CheckHarness(sim::CheckHarness::Flaw::kFirstPageOnly);
  harness->Run({data, size});
  return 0;
}
