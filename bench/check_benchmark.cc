// One value checked and loaded, in address spaces of 1 to 65,536 areas.
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "axptr/user_ptr.h"
#include "bench/baseline.h"
#include "bench/measured_subject.h"
#include "bench/row.h"
#include "bench/user_memory.h"

namespace bench {
namespace {

constexpr uint64_t kMostAreas = 65536;

enum class Where { kMiddle, kRandom, kHole };
enum class Search { kOurs, kTreeWalk, kArrayWalk };

// The sequence of addresses that a row checks.
class Addresses {
 public:
  Addresses(Where where, uint64_t areas)
      : where_(where), middle_(Process::AddressOfArea(areas / 2)), random_(areas) {}

  uint64_t Next() {
    if (where_ == Where::kMiddle) return middle_;
    const uint64_t index = random_.Next();
    return where_ == Where::kHole ? Process::AddressOfHole(index) : Process::AddressOfArea(index);
  }

 private:
  const Where where_;
  const uint64_t middle_;
  RandomIndices random_;
};

template <typename Pointer, typename Provider>
void GetAndLoad(benchmark::State& state, Provider& provider, Addresses& addresses) {
  for (auto _ : state) {
    uint64_t address = addresses.Next();
    benchmark::DoNotOptimize(address);  // else the loop keeps what follows from a fixed one
    const auto value = Pointer(address).get(provider);
    if (value) benchmark::DoNotOptimize(*const_cast<const volatile uint64_t*>(*value));
    benchmark::DoNotOptimize(value.has_value());
  }
}

// The same by the chosen subject.
void SubjectGetAndLoad(benchmark::State& state, const AttachedSubject& subject, unsigned rights,
                       Addresses& addresses) {
  if (!Offers(state, subject->lend_value, kElement<uint64_t>)) return;
  axptr_lent lent = {};
  for (auto _ : state) {
    const int error = subject->lend_value(addresses.Next(), kElement<uint64_t>, rights, &lent);
    if (error == 0) {
      benchmark::DoNotOptimize(*reinterpret_cast<const volatile uint64_t*>(lent.start));
    }
    benchmark::DoNotOptimize(error);
  }
}

struct Shape {
  const char* name;
  sim::Backing backing = sim::Backing::kEager;
  bool is_mutable = false;
  bool lock = false;
  Search search = Search::kOurs;
};

void RunCheck(benchmark::State& state, const Shape& shape, Where where, uint64_t areas) {
  HostMemory memory(areas * 2 * kPageBytes);
  Process process;
  process.MapApart(areas, shape.backing);
  auto addresses = std::make_unique<Addresses>(where, areas);
  if (ChosenSubject() != nullptr && shape.search == Search::kOurs) {
    const AttachedSubject subject(&process.address_space, shape.lock);
    const unsigned rights = shape.is_mutable ? AXPTR_READ | AXPTR_WRITE : AXPTR_READ;
    return SubjectGetAndLoad(state, subject, rights, *addresses);
  }
  const auto get = [&](auto&& provider) {
    if (shape.is_mutable) {
      GetAndLoad<axptr::UserPtr<uint64_t>>(state, provider, *addresses);
    } else {
      GetAndLoad<axptr::UserConstPtr<uint64_t>>(state, provider, *addresses);
    }
  };
  if (shape.search == Search::kTreeWalk) {
    TreeWalk walk(kUserStart, areas * 2);
    walk.SetAreas(ToTree(process.address_space.areas()));
    get(axptr::NoLockNeeded(walk));
  } else if (shape.search == Search::kArrayWalk) {
    ArrayWalk walk(kUserStart, areas * 2);
    const sim::AreaList& list = process.address_space.areas();
    walk.SetAreas({list.begin(), list.end()});
    get(axptr::NoLockNeeded(walk));
  } else if (shape.lock) {
    SpinLocked locked(&process.address_space);
    get(locked);
  } else {
    get(process.provider());
  }
}

void AddShape(const Shape& shape, Where where, const char* where_name, uint64_t factor) {
  for (uint64_t areas = 1; areas <= kMostAreas; areas *= factor) {
    AddRow(absl::StrCat("check/", shape.name, "/", where_name, "/", areas), "load/one",
           [=](benchmark::State& state) { RunCheck(state, shape, where, areas); });
  }
}

void LoadOne(benchmark::State& state) {
  HostMemory memory(kPageBytes);
  const auto* const value = reinterpret_cast<const volatile uint64_t*>(memory.bytes());
  for (auto _ : state) benchmark::DoNotOptimize(*value);
}

// Only the loads of the random rows: the share of cache and TLB misses in their cost.
void LoadRandom(benchmark::State& state, uint64_t areas) {
  HostMemory memory(areas * 2 * kPageBytes);
  auto addresses = std::make_unique<Addresses>(Where::kRandom, areas);
  for (auto _ : state) {
    benchmark::DoNotOptimize(*reinterpret_cast<const volatile uint64_t*>(addresses->Next()));
  }
}

}  // namespace

void AddCheckRows() {
  AddRow("load/one", "", LoadOne);
  for (uint64_t areas = 1; areas <= kMostAreas; areas *= 16) {
    AddRow(absl::StrCat("load/random/", areas), "load/one",
           [=](benchmark::State& state) { LoadRandom(state, areas); });
  }
  const Shape eager = {.name = "eager_const"};
  const Shape tree = {.name = "tree_walk", .search = Search::kTreeWalk};
  const Shape array = {.name = "array_walk", .search = Search::kArrayWalk};
  const Shape lock = {.name = "eager_const_lock", .lock = true};
  AddShape(eager, Where::kRandom, "random", 4);
  AddShape(eager, Where::kMiddle, "middle", 4);
  AddShape(eager, Where::kHole, "hole", 4);
  AddShape(lock, Where::kRandom, "random", 4);
  for (const Shape& shape : {tree, array}) {
    AddShape(shape, Where::kRandom, "random", 4);
    AddShape(shape, Where::kMiddle, "middle", 16);
    AddShape(shape, Where::kHole, "hole", 16);
  }
  for (const Shape& shape :
       {Shape{.name = "eager_mut", .is_mutable = true},
        Shape{.name = "lazy_const", .backing = sim::Backing::kLazy},
        Shape{.name = "lazy_mut", .backing = sim::Backing::kLazy, .is_mutable = true}}) {
    AddShape(shape, Where::kRandom, "random", 16);
    AddShape(shape, Where::kHole, "hole", 16);
  }
}

}  // namespace bench
