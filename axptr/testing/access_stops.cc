#include "axptr/testing/access_stops.h"

#include <cstdlib>

#include "axptr/testing/fake_platform.h"
#include "axptr/virt_addr.h"

namespace axptr::testing {
namespace {

// Not a standard container: its functions could be linked from the instrumented file, and would
// then be recorded.
constexpr std::size_t kMostAccesses = 8192;
Access recorded[kMostAccesses];
std::size_t recorded_count = 0;
std::uintptr_t range_start = 0;
std::uintptr_t range_end = 0;
std::size_t stop = 0;

void add(const void* pointer, std::size_t size_bytes, bool is_store) {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  if (address + size_bytes <= range_start || address >= range_end) return;
  if (recorded_count == kMostAccesses) std::abort();
  recorded[recorded_count++] = {address, size_bytes, is_store};
  if (recorded_count == stop) fault_at(VirtAddr(address));
}

}  // namespace

void stop_at_access(std::uintptr_t first, std::size_t size_bytes, std::size_t nth) {
  recorded_count = 0;
  range_start = first;
  range_end = first + size_bytes;
  stop = nth;
}

std::span<const Access> accesses() {
  range_start = range_end = 0;
  return {recorded, recorded_count};
}

}  // namespace axptr::testing

// What the compiler calls before each access of the instrumented file.
// NOLINTBEGIN(bugprone-reserved-identifier): their names are the compiler's.
extern "C" {
void __sanitizer_cov_load1(std::uint8_t* at) { axptr::testing::add(at, 1, false); }
void __sanitizer_cov_load2(std::uint16_t* at) { axptr::testing::add(at, 2, false); }
void __sanitizer_cov_load4(std::uint32_t* at) { axptr::testing::add(at, 4, false); }
void __sanitizer_cov_load8(std::uint64_t* at) { axptr::testing::add(at, 8, false); }
void __sanitizer_cov_load16(__uint128_t* at) { axptr::testing::add(at, 16, false); }
void __sanitizer_cov_store1(std::uint8_t* at) { axptr::testing::add(at, 1, true); }
void __sanitizer_cov_store2(std::uint16_t* at) { axptr::testing::add(at, 2, true); }
void __sanitizer_cov_store4(std::uint32_t* at) { axptr::testing::add(at, 4, true); }
void __sanitizer_cov_store8(std::uint64_t* at) { axptr::testing::add(at, 8, true); }
void __sanitizer_cov_store16(__uint128_t* at) { axptr::testing::add(at, 16, true); }

#ifndef AXPTR_WITH_COVERAGE
// The compiler also calls this at the start of each function, which this test ignores.
void __sanitizer_cov_trace_pc_guard(std::uint32_t*) {}
void __sanitizer_cov_trace_pc_guard_init(std::uint32_t*, std::uint32_t*) {}
#endif
}
// NOLINTEND(bugprone-reserved-identifier)
