// Checks on one CPU, and on two CPUs concurrently. The time of a row is the inverse of the total
// throughput of checks: two CPUs without contention halve it.
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "axptr/user_ptr.h"
#include "bench/row.h"
#include "bench/user_memory.h"
#include "sim/machine/check.h"

namespace bench {
namespace {

constexpr uint64_t kAreas = 256;
constexpr uint64_t kStringBytes = 4096;

// The process of both CPUs. The first CPU creates it before the loop begins.
struct Shared {
  HostMemory memory{kAreas * 2 * kPageBytes};
  Process process;
  SpinLocked locked{&process.address_space};
};
std::unique_ptr<Shared> g_shared;

template <typename Provider>
void Checks(benchmark::State& state, Provider provider) {
  const auto indices = std::make_unique<RandomIndices>(kAreas);
  for (auto _ : state) {
    const axptr::UserConstPtr<uint64_t> pointer(Process::AddressOfArea(indices->Next()));
    SIM_CHECK(pointer.get(provider).has_value());
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}

void OneProcessEach(benchmark::State& state) {
  Process process;
  process.MapApart(kAreas, sim::Backing::kEager);
  Checks(state, process.provider());
}

void OneProcessForAll(benchmark::State& state) {
  if (state.thread_index() == 0) {
    g_shared = std::make_unique<Shared>();
    g_shared->process.MapApart(kAreas, sim::Backing::kEager);
  }
  const auto indices = std::make_unique<RandomIndices>(kAreas);
  for (auto _ : state) {
    const axptr::UserConstPtr<uint64_t> pointer(Process::AddressOfArea(indices->Next()));
    SIM_CHECK(pointer.get(g_shared->locked).has_value());
  }
  if (state.thread_index() == 0) g_shared.reset();
}

void Strings(benchmark::State& state) {
  const uint64_t start = kUserStart + static_cast<uint64_t>(state.thread_index()) * 4 * kPageBytes;
  HostMemory memory(4 * kPageBytes, start);
  memset(memory.bytes(), 'x', kStringBytes);
  Process process;
  process.Map(start, 4 * kPageBytes);
  const axptr::UserConstPtr<char> pointer(start);
  for (auto _ : state) {
    SIM_CHECK(pointer.get_as_str(process.provider())->size() == kStringBytes);
  }
}

}  // namespace

void AddCpuRows() {
  for (const int cpus : {1, 2}) {
    const auto add = [&](const std::string& name, auto body) {
      const std::string full = absl::StrCat(name, "/", cpus);
      const std::string alone = absl::StrCat(name, "/1/real_time/threads:1");
      AddRow(full, cpus == 1 ? "load/one" : alone, body)->Threads(cpus)->UseRealTime();
    };
    add("cpus/check_own_process", OneProcessEach);
    add("cpus/check_shared_lock", OneProcessForAll);
    add("cpus/str_4096", Strings);
  }
}

}  // namespace bench
