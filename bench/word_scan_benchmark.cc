// The inner loops of the scans, compiled without vector registers as in a kernel, and with them,
// both without an address space.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/row.h"
#include "sim/machine/check.h"

// The same headers included again in a separate namespace, compiled as without SSE2.
#pragma push_macro("__SSE2__")
#undef __SSE2__
#define axptr axptr_words
#include "axptr/scan.h"
#include "axptr/utf8.h"
#undef axptr
#undef AXPTR_SCAN_H_
#undef AXPTR_UTF8_H_
#pragma pop_macro("__SSE2__")
#include "axptr/scan.h"
#include "axptr/utf8.h"

namespace bench {
namespace {

constexpr uint64_t kMostBytes = uint64_t{1} << 20;

// Adds a row whose `scan(bytes, count)` is timed over `size` bytes of `unit` and a terminator.
template <typename Scan>
void AddScan(const std::string& name, uint64_t size, const std::string& unit, Scan scan) {
  AddRow(absl::StrCat("scan/", name, "/", size), absl::StrCat("strlen/", size),
         [=](benchmark::State& state) {
           std::vector<std::byte> bytes(size + 64);
           for (uint64_t at = 0; at < size; at += unit.size()) {
             memcpy(bytes.data() + at, unit.data(), unit.size());
           }
           for (auto _ : state) {
             const void* first = bytes.data();
             benchmark::DoNotOptimize(first);
             benchmark::DoNotOptimize(scan(first, size));
           }
           state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * size));
         });
}

}  // namespace

void AddWordScanRows() {
  for (uint64_t size = 256; size <= kMostBytes; size *= 16) {
    AddScan("words_u8", size, "x", [](const void* first, uint64_t count) {
      return axptr_words::internal::find_zero_lane<uint8_t>(first, count + 1);
    });
    AddScan("vectors_u8", size, "x", [](const void* first, uint64_t count) {
      return axptr::internal::find_zero_lane<uint8_t>(first, count + 1);
    });
    for (const bool is_ascii : {true, false}) {
      const std::string name = is_ascii ? "ascii" : "two_bytes";
      const std::string unit = is_ascii ? "x" : "\xc3\xa9";
      AddScan("words_utf8_" + name, size, unit,
              [](const void* first, uint64_t count) { return axptr_words::is_utf8(first, count); });
      AddScan("vectors_utf8_" + name, size, unit,
              [](const void* first, uint64_t count) { return axptr::is_utf8(first, count); });
    }
  }
}

}  // namespace bench
