// Nothing: the speed of the engine itself, which the speeds of other targets are a share of.
#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t*, size_t) { return 0; }
