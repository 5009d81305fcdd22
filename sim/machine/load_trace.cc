#include "sim/machine/load_trace.h"

#include <cstdint>

#include "sim/machine/fault.h"
#include "sim/machine/machine.h"
#include "sim/machine/window.h"

namespace sim {

bool LoadsAreTraced() {
#if defined(SIM_TRACE_LOADS)
  return true;
#else
  return false;
#endif
}

bool StoresAreTraced() { return LoadsAreTraced(); }

}  // namespace sim

// Defined where the fuzzing engine has the functions below, and no load is reported to the machine.
#if !defined(SIM_WITHOUT_LOAD_HOOKS)

// Disables the vptr sanitizer: Machine has virtual functions, and the sanitizer would look up the
// type in a table at each load.
#if defined(__clang__)
#define SIM_WITHOUT_TYPE_CHECK __attribute__((no_sanitize("vptr")))
#else
#define SIM_WITHOUT_TYPE_CHECK
#endif

namespace {

SIM_WITHOUT_TYPE_CHECK void OnLoad(const void* pointer, uint64_t size) {
  const auto address = reinterpret_cast<uint64_t>(pointer);
  if (!sim::Window::Contains(address)) return;
  // Null on a kernel without faults, which does not use loads.
  sim::Machine* const machine = sim::t_thread.machine;
  if (machine != nullptr) machine->OnLoad(address, size);
}

SIM_WITHOUT_TYPE_CHECK void OnStore(const void* pointer, uint64_t size) {
  const auto address = reinterpret_cast<uint64_t>(pointer);
  if (!sim::Window::Contains(address)) return;
  sim::Machine* const machine = sim::t_thread.machine;
  if (machine != nullptr) machine->OnStore(address, size);
}

}  // namespace

// The compiler inserts calls of these functions before each load and each store of the instrumented
// files. NOLINTBEGIN(bugprone-reserved-identifier): their names are the compiler's.
extern "C" {
void __sanitizer_cov_load1(uint8_t* address) { OnLoad(address, 1); }
void __sanitizer_cov_load2(uint16_t* address) { OnLoad(address, 2); }
void __sanitizer_cov_load4(uint32_t* address) { OnLoad(address, 4); }
void __sanitizer_cov_load8(uint64_t* address) { OnLoad(address, 8); }
void __sanitizer_cov_load16(__uint128_t* address) { OnLoad(address, 16); }

void __sanitizer_cov_store1(uint8_t* address) { OnStore(address, 1); }
void __sanitizer_cov_store2(uint16_t* address) { OnStore(address, 2); }
void __sanitizer_cov_store4(uint32_t* address) { OnStore(address, 4); }
void __sanitizer_cov_store8(uint64_t* address) { OnStore(address, 8); }
void __sanitizer_cov_store16(__uint128_t* address) { OnStore(address, 16); }

// A shared object that is compiled for a fuzzer (fuzz/subject_flags.txt) calls these functions when
// it is loaded. Weak, because a fuzzing engine defines its own.
__attribute__((weak)) void __sanitizer_cov_8bit_counters_init(char*, char*) {}
__attribute__((weak)) void __sanitizer_cov_pcs_init(const uintptr_t*, const uintptr_t*) {}

#if defined(SIM_WITHOUT_COVERAGE)
// Such a shared object calls these functions at its function entries. Unused here.
void __sanitizer_cov_trace_pc_guard(uint32_t*) {}
void __sanitizer_cov_trace_pc_guard_init(uint32_t*, uint32_t*) {}
#endif
}
// NOLINTEND(bugprone-reserved-identifier)

#endif  // !defined(SIM_WITHOUT_LOAD_HOOKS)
