#include "sim/cli/explore/race_places.h"

#include <algorithm>
#include <span>

#include "sim/cli/explore/adversaries.h"

namespace sim {

void TryEverywhere(const Scenario& scenario, size_t index, std::span<const Op> adversaries,
                   RacePoint point, uint32_t first,
                   absl::FunctionRef<bool(const Scenario& raced)> run) {
  Scenario raced = scenario;
  raced.ops.insert(raced.ops.begin() + static_cast<ptrdiff_t>(index), adversaries.begin(),
                   adversaries.end());
  const std::span<Op> races(&raced.ops[index], adversaries.size());
  const Op& access = raced.ops[index + races.size()];
  for (Op& race : races) race.race = Race{point, first};
  Op& last = races.back();
  const bool sleeps = races.front().verb == Verb::kSleep;
  if (IsAccess(last.verb) && !sleeps && last.cpu == access.cpu && !MayBeTheCallers(last)) {
    last.cpu = AdversaryCpu(access);
  }
  // Drop the operations after the access: they take time, and show little about the access.
  raced.ops.resize(index + races.size() + 1);
  for (uint32_t nth = first;; ++nth) {
    for (Op& race : races) race.race = Race{point, nth};
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
