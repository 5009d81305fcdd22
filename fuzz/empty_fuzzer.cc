// Does nothing. Its speed is that of the engine alone; speeds of other targets are given as a share
// of it.
#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t*, size_t) { return 0; }
