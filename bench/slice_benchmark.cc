// Slices of 1 to 4096 populated pages, in one area and across many.
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "axptr/user_ptr.h"
#include "bench/baseline.h"
#include "bench/row.h"
#include "bench/user_memory.h"

namespace bench {
namespace {

constexpr uint64_t kMostPages = 4096;

template <typename Provider>
void Slice(benchmark::State& state, Provider provider, uint64_t pages) {
  const axptr::UserConstPtr<uint64_t> pointer(kUserStart);
  size_t length = pages * kPageBytes / sizeof(uint64_t);
  for (auto _ : state) {
    benchmark::DoNotOptimize(length);
    benchmark::DoNotOptimize(pointer.get_as_slice(provider, length).has_value());
  }
}

void RunSlice(benchmark::State& state, uint64_t pages, bool many_areas, bool linear) {
  Process process;
  const uint64_t area_pages = many_areas ? 1 : pages;
  for (uint64_t page = 0; page < pages; page += area_pages) {
    process.Map(kUserStart + page * kPageBytes, area_pages * kPageBytes);
  }
  if (linear) {
    TreeWalk address_space(kUserStart, pages);
    address_space.SetAreas(ToTree(process.address_space.areas()));
    Slice(state, axptr::NoLockNeeded(address_space), pages);
  } else {
    Slice(state, process.provider(), pages);
  }
}

}  // namespace

void AddSliceRows() {
  for (const bool many_areas : {false, true}) {
    const char* const areas = many_areas ? "many_areas" : "one_area";
    for (uint64_t pages = 1; pages <= kMostPages; pages *= 4) {
      const std::string walk = absl::StrCat("slice/tree_walk_", areas, "/", pages);
      AddRow(absl::StrCat("slice/", areas, "/", pages), walk,
             [=](benchmark::State& state) { RunSlice(state, pages, many_areas, false); });
      AddRow(walk, "load/one",
             [=](benchmark::State& state) { RunSlice(state, pages, many_areas, true); });
    }
  }
}

}  // namespace bench
