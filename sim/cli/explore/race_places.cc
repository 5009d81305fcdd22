#include "sim/cli/explore/race_places.h"

#include <algorithm>
#include <span>

#include "sim/cli/explore/adversaries.h"

namespace sim {

void TryEverywhere(const Scenario& scenario, size_t index, const Op& adversary, RacePoint point,
                   uint32_t first, absl::FunctionRef<bool(const Scenario& raced)> run) {
  Scenario raced = scenario;
  raced.ops.insert(raced.ops.begin() + static_cast<ptrdiff_t>(index), adversary);
  Op& race = raced.ops[index];
  race.race = Race{point, first};
  if (IsAccess(race.verb) && race.cpu == raced.ops[index + 1].cpu && !MayBeTheCallers(race)) {
    race.cpu = AdversaryCpu(raced.ops[index + 1]);
  }
  // Drop the operations after the access: they take time, and show little about the access.
  raced.ops.resize(index + 2);
  for (uint32_t nth = first;; ++nth) {
    race.race = Race{point, nth};
    if (!run(raced)) return;
  }
}

bool HasRaced(const Trace& trace, size_t index) {
  const std::span<const Event> events = trace.EventsOf(index);
  return std::any_of(events.begin(), events.end(), [&](const Event& event) {
    return event.kind == EventKind::kRaced && event.index + 1 == index;
  });
}

}  // namespace sim
