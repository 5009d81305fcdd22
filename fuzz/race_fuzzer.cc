// Races on the whole machine, with at least two CPUs. After the first access, each set-up operation
// happens on another CPU during the next access: at each race point in turn, or at the point of the
// input's race line.
#include <cstddef>
#include <cstdint>

#include "fuzz/scenario_harness.h"

namespace sim {
namespace {

// After the first access, changes each set-up operation of `scenario` to a race line for the next
// access: the first such operation at check 1, the second at fault 1, then use 1, load 1, check 2,
// ... Operations that are race lines already stay unchanged.
void MakeRaces(Scenario* scenario) {
  if (scenario->machine.cpus < 2) scenario->machine.cpus = 2;
  bool accessed = false;
  uint32_t waiting = 0;  // race lines made for the next access
  for (Op& op : scenario->ops) {
    if (op.race) continue;
    if (IsAccess(op.verb)) {
      accessed = true;
      waiting = 0;
    } else if (accessed) {
      const auto point = static_cast<RacePoint>(waiting % kRacePointCount);
      const uint32_t nth = point == RacePoint::kUse ? 1 : 1 + waiting / kRacePointCount;
      op.race = Race{.point = point, .nth = nth};
      if (op.cpu == 0) op.cpu = 1;
      ++waiting;
    }
  }
}

}  // namespace
}  // namespace sim

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto* const harness =
      new sim::ScenarioHarness({.subject = "words", .watch_fetches = true});
  sim::Scenario& scenario = harness->Decode({data, size});
  sim::MakeRaces(&scenario);
  harness->Run(scenario);
  return 0;
}
