#include "axptr/testing/load_recorder.h"

#include <cstdlib>

namespace axptr::testing {
namespace {

// An array, not a container: functions of a container may be instrumented, and report loads.
constexpr std::size_t kMostLoads = 8192;
Load recorded[kMostLoads];
std::size_t recorded_count = 0;
std::uintptr_t range_start = 0;
std::uintptr_t range_end = 0;

void add(const void* pointer, std::size_t size_bytes) {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  if (address + size_bytes <= range_start || address >= range_end) return;
  if (recorded_count == kMostLoads) std::abort();
  recorded[recorded_count++] = {address, size_bytes};
}

}  // namespace

void begin_recording(const void* first, std::size_t size_bytes) {
  recorded_count = 0;
  range_start = reinterpret_cast<std::uintptr_t>(first);
  range_end = range_start + size_bytes;
}

std::span<const Load> end_recording() {
  range_start = range_end = 0;
  return {recorded, recorded_count};
}

}  // namespace axptr::testing

// The instrumented file calls these functions before each load.
// NOLINTBEGIN(bugprone-reserved-identifier): the compiler defines the names.
extern "C" {
void __sanitizer_cov_load1(std::uint8_t* address) { axptr::testing::add(address, 1); }
void __sanitizer_cov_load2(std::uint16_t* address) { axptr::testing::add(address, 2); }
void __sanitizer_cov_load4(std::uint32_t* address) { axptr::testing::add(address, 4); }
void __sanitizer_cov_load8(std::uint64_t* address) { axptr::testing::add(address, 8); }
void __sanitizer_cov_load16(__uint128_t* address) { axptr::testing::add(address, 16); }

// The calls before each store. Stores are not recorded.
void __sanitizer_cov_store1(std::uint8_t*) {}
void __sanitizer_cov_store2(std::uint16_t*) {}
void __sanitizer_cov_store4(std::uint32_t*) {}
void __sanitizer_cov_store8(std::uint64_t*) {}
void __sanitizer_cov_store16(__uint128_t*) {}

#ifndef AXPTR_WITH_COVERAGE
// The calls at the start of each function, which are not used.
void __sanitizer_cov_trace_pc_guard(std::uint32_t*) {}
void __sanitizer_cov_trace_pc_guard_init(std::uint32_t*, std::uint32_t*) {}
#endif
}
// NOLINTEND(bugprone-reserved-identifier)
