// Everything there is to say about one bug, found out by running its scenario once more with
// somebody who looks on. The printers of this folder make text, JSON and a page of it.
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
  Scenario scenario;              // the failing operation states what it should come to
  std::vector<Outcome> outcomes;  // one for each operation
  std::vector<RaceReport> races;  // one for each race line
  Violation violation;
  BugIdentity bug;
  size_t op_index = 0;  // the failing operation
  Snapshot before;      // the failing operation
  Snapshot after;
  std::vector<Event> events;      // of the failing operation
  std::optional<size_t> culprit;  // of `events`: the one that shows it best, if one does
  size_t stack_event = 0;         // of `events`: the culprit, or else the last
  std::vector<StackFrame> stack;  // of that event, innermost first
  AddressRun touched;             // the bytes that the failing operation is about

  const Op& op() const { return scenario.ops[op_index]; }
};

// Runs `scenario`, which shows a bug. Precondition: this process has no Runner. Errors: there is no
// machine; NotFoundError if the scenario shows no bug.
absl::StatusOr<Story> TellStory(const Scenario& scenario);

// The bytes that `op` is about. How far memory up to a terminator was looked at is in the events of
// the operation only; never further than the operation has room for.
AddressRun TouchedBy(const Op& op, const std::vector<Event>& events);

// `scenario` with what operation `index` should come to stated as its expectation, if a text can
// say that. A race line of which the model says that its operation never happens states that, too;
// not so a race at a load: where loads are is for the library to decide.
Scenario WithPrediction(Scenario scenario, size_t index);

}  // namespace sim

#endif  // SIM_CLI_STORY_STORY_H_
