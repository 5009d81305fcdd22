// Races on the whole machine. Two CPUs at least; and what another CPU changes once there was an
// access, it changes in the middle of the next one: at each point in turn, or where a race line of
// the input says.
#include <cstddef>
#include <cstdint>

#include "fuzz/scenario_harness.h"

namespace sim {
namespace {

// From its first access on, each set-up operation of `scenario` becomes a race line for the next
// access: the first of them at check 1, the second at fault 1, then use 1, load 1, check 2, ...
// A scenario of race lines stays as it is.
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
