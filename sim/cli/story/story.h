// All data about one bug, recorded by running its scenario once more with an observer. The printers
// of this folder write it as text, JSON and HTML.
#ifndef SIM_CLI_STORY_STORY_H_
#define SIM_CLI_STORY_STORY_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/cli/bug/bug_identity.h"
#include "sim/cli/story/snapshot.h"
#include "sim/cli/story/stack_watcher.h"
#include "sim/machine/event.h"
#include "sim/oracle/race_report.h"
#include "sim/oracle/violation.h"
#include "sim/scenario/outcome.h"
#include "sim/scenario/scenario.h"

namespace sim {

struct Story {
  Scenario scenario;              // the failing operation states its expected outcome
  std::vector<Outcome> outcomes;  // one for each operation
  std::vector<RaceReport> races;  // one for each race line
  Violation violation;
  BugIdentity bug;
  size_t op_index = 0;  // the failing operation
  Snapshot before;      // the failing operation
  Snapshot after;
  std::vector<Event> events;      // of the failing operation
  std::optional<size_t> culprit;  // index in `events` of the event that shows the bug best, if any
  size_t stack_event = 0;         // of `events`: the culprit, or else the last
  std::vector<StackFrame> stack;  // of that event, innermost first
  AddressRun touched;             // the bytes that the failing operation accesses

  const Op& op() const { return scenario.ops[op_index]; }
};

// Runs `scenario`, which shows a bug. Precondition: this process has no Runner. Errors: there is no
// machine; NotFoundError if the scenario shows no bug.
absl::StatusOr<Story> TellStory(const Scenario& scenario);

// The bytes that `op` accesses. For memory up to a terminator the end is known from the events of
// the operation only; it is at most the room of the operation.
AddressRun TouchedBy(const Op& op, const std::vector<Event>& events);

// `scenario` with the expected outcome of operation `index` stated, if the text format can express
// it. A race line whose operation never happens according to the model states this, too, except for
// a race at a load: the library chooses its loads.
Scenario WithPrediction(Scenario scenario, size_t index);

}  // namespace sim

#endif  // SIM_CLI_STORY_STORY_H_
