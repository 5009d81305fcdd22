#include "sim/ring0/machine/touches.h"

#include "sim/ring0/image/report.h"
#include "sim/ring0/machine/kernel.h"

namespace ring0 {
namespace {

constexpr std::uint64_t kMaxRuns = 1024;
PackedTouches g_runs[kMaxRuns];
std::uint64_t g_run_count = 0;

void Add(const PackedTouches& run) {
  if (g_run_count == kMaxRuns) SendTouches();
  g_runs[g_run_count++] = run;
}

void Note(PackedTouches::Kind kind, std::uint64_t address, std::uint64_t size) {
  const auto depth = static_cast<std::uint16_t>(g_kernel.depth);
  PackedTouches* const last = g_run_count == 0 ? nullptr : &g_runs[g_run_count - 1];
  if (last != nullptr && last->kind == kind && last->depth == depth && last->size == size &&
      last->address + last->size * last->count == address) {
    ++last->count;
    return;
  }
  Add({.kind = kind,
       .depth = depth,
       .size = static_cast<std::uint32_t>(size),
       .address = address,
       .count = 1});
}

void OnLoad(const void* pointer, std::uint64_t size) {
  const auto address = reinterpret_cast<std::uint64_t>(pointer);
  if (!IsInWindow(address)) return;
  Note(PackedTouches::Kind::kLoads, address, size);
  JudgeTouch(address, size, /*write=*/false);
  ReachPoint(Point::kLoad, address);
}

void OnStore(const void* pointer, std::uint64_t size) {
  const auto address = reinterpret_cast<std::uint64_t>(pointer);
  if (!IsInWindow(address)) return;
  Note(PackedTouches::Kind::kStores, address, size);
  JudgeTouch(address, size, /*write=*/true);
}

}  // namespace

void NoteTouchMark(PackedTouches::Kind kind) {
  if (!g_kernel.subject->reports_loads) return;
  Add({.kind = kind, .depth = static_cast<std::uint16_t>(g_kernel.depth)});
}

void SendTouches() {
  if (g_run_count != 0) Send(RecordTag::kTouches, g_runs, g_run_count * sizeof(g_runs[0]));
  g_run_count = 0;
}

void ForgetTouches() { g_run_count = 0; }

}  // namespace ring0

// The functions that compiled code of the subject calls before each load and each store, and at the
// start of each function. The compiler reports loads and stores only together with function starts.
// NOLINTBEGIN(bugprone-reserved-identifier): the names are the compiler's.
extern "C" {
void __sanitizer_cov_trace_pc() {}

void __sanitizer_cov_load1(std::uint8_t* address) { ring0::OnLoad(address, 1); }
void __sanitizer_cov_load2(std::uint16_t* address) { ring0::OnLoad(address, 2); }
void __sanitizer_cov_load4(std::uint32_t* address) { ring0::OnLoad(address, 4); }
void __sanitizer_cov_load8(std::uint64_t* address) { ring0::OnLoad(address, 8); }
void __sanitizer_cov_load16(void* address) { ring0::OnLoad(address, 16); }

void __sanitizer_cov_store1(std::uint8_t* address) { ring0::OnStore(address, 1); }
void __sanitizer_cov_store2(std::uint16_t* address) { ring0::OnStore(address, 2); }
void __sanitizer_cov_store4(std::uint32_t* address) { ring0::OnStore(address, 4); }
void __sanitizer_cov_store8(std::uint64_t* address) { ring0::OnStore(address, 8); }
void __sanitizer_cov_store16(void* address) { ring0::OnStore(address, 16); }
}
// NOLINTEND(bugprone-reserved-identifier)
