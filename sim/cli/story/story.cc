#include "sim/cli/story/story.h"

#include <algorithm>
#include <utility>

#include "sim/cli/bug/judge.h"
#include "sim/oracle/model.h"
#include "sim/scenario/named_bytes.h"
#include "sim/scenario/scenario_bytes.h"

namespace sim {
namespace {

// Observes the run of the scenario.
class Witness : public RunObserver {
 public:
  explicit Witness(size_t op_index) : op_index_(op_index) {}

  void BeforeOperation(size_t index, Machine& machine) override {
    if (index != op_index_) return;
    before = TakeSnapshot(machine);
    stacks.Clear();
    machine.event_log().set_watcher(&stacks);
  }
  void AfterOperation(size_t index, Machine& machine, const Outcome& /*outcome*/) override {
    if (index != op_index_) return;
    machine.event_log().set_watcher(nullptr);
    after = TakeSnapshot(machine);
  }

  Snapshot before;
  Snapshot after;
  StackWatcher stacks;

 private:
  const size_t op_index_;
};

// The weight of `event` as an explanation of a violation without an event. From high to low:
// a population, if pages are wrong; a kernel bug; an unresolved fault; other events (0). A fault at
// the address of the violation counts one more.
int Weight(const Event& event, const Violation& violation) {
  const bool is_of_pages = violation.kind() == ViolationKind::kPopulationPages;
  if (is_of_pages && event.kind == EventKind::kPopulated) return 8;
  if (event.kind != EventKind::kFault || event.disposition == FaultDisposition::kResolved) return 0;
  const int weight = event.disposition == FaultDisposition::kKernelBug ? 4 : 1;
  return violation.address != 0 && event.address == violation.address ? weight + 1 : weight;
}

std::optional<size_t> CulpritOf(const std::vector<Event>& events, const Violation& violation) {
  if (violation.event && *violation.event < events.size()) return violation.event;
  std::optional<size_t> culprit;
  int most = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    const int weight = Weight(events[i], violation);
    if (weight <= most) continue;
    most = weight;
    culprit = i;
  }
  return culprit;
}

uint64_t EndAfter(uint64_t start, NamedBytes::Wide bytes) {
  return static_cast<uint64_t>(std::min<NamedBytes::Wide>(start + bytes, UINT64_MAX));
}

}  // namespace

AddressRun TouchedBy(const Op& op, const std::vector<Event>& events) {
  const std::optional<NamedBytes> named = BytesNamedBy(op);
  if (!named) return {};
  const uint64_t most = EndAfter(named->start, named->MostBytes());
  AddressRun run{named->start, EndAfter(named->start, named->LeastBytes())};
  for (const Event& event : events) {
    const bool is_about_memory = event.kind == EventKind::kAttemptBegun ||
                                 event.kind == EventKind::kChecked ||
                                 event.kind == EventKind::kPopulated;
    if (!is_about_memory) continue;
    run.end = std::max(run.end, std::min(most, EndAfter(event.address, event.size)));
  }
  return run;
}

namespace {

void StateRacesThatNeverHappen(const std::vector<size_t>& raced_ops, Scenario* scenario) {
  for (size_t i = 0; i < scenario->ops.size(); ++i) {
    Op& op = scenario->ops[i];
    if (!op.race || op.race->point == RacePoint::kLoad) continue;
    if (std::find(raced_ops.begin(), raced_ops.end(), i) != raced_ops.end()) continue;
    op.expect.kind = StatedExpectation::Kind::kNever;
  }
}

}  // namespace

Scenario WithPrediction(Scenario scenario, size_t index) {
  if (index >= scenario.ops.size() || scenario.ops[index].race) return scenario;
  const Contract& contract = **SelectedContract();
  // If the number of checks is the library's choice, the model cannot determine where races happen.
  const bool has_race = std::any_of(scenario.ops.begin(), scenario.ops.end(),
                                    [](const Op& op) { return op.race.has_value(); });
  if (has_race && contract.counts != Contract::Counts::kExact) return scenario;
  Model model(scenario.machine, contract);
  Expectation expected;
  for (size_t i = 0; i < scenario.ops.size(); ++i) {
    const Expectation& step = model.Step(scenario.ops[i]);
    if (i == index) expected = step;
  }
  StateRacesThatNeverHappen(model.raced_ops(), &scenario);
  Op& op = scenario.ops[index];
  const Outcome& outcome = expected.outcome;
  if (outcome.kind == Outcome::Kind::kError) {
    op.expect.kind = StatedExpectation::Kind::kError;
    op.expect.error = outcome.error;
    if (ReportsDone(op.verb)) op.expect.length = outcome.length;
  } else if (outcome.kind == Outcome::Kind::kOk) {
    op.expect.kind = StatedExpectation::Kind::kOk;
    if (IsLibraryAccess(op.verb)) op.expect.length = outcome.length;
    if (IsLibraryAccess(op.verb)) op.expect.fingerprint = outcome.fingerprint;
  } else if (outcome.kind == Outcome::Kind::kPanic) {
    // The model predicts a panic only if the scenario itself provokes it.
    op.expect.kind = StatedExpectation::Kind::kViolation;
    op.expect.violation = ViolationKind::kFaultKernelBug;
  }
  return scenario;
}

absl::StatusOr<Story> TellStory(const Scenario& scenario) {
  absl::StatusOr<Judge> judge = Judge::Create();
  if (!judge.ok()) return judge.status();
  const Violation* finding = judge->Run(scenario).verdict.FirstFinding();
  if (finding == nullptr) return absl::NotFoundError("no violation");
  Witness witness(finding->op_index);
  judge->runner().set_observer(&witness);
  const Judge::Judged judged = judge->Run(scenario);
  judge->runner().set_observer(nullptr);
  finding = judged.verdict.FirstFinding();
  if (finding == nullptr) return absl::NotFoundError("no violation when it ran once more");

  Story story;
  story.violation = *finding;
  story.op_index = finding->op_index;
  story.bug = IdentityOf(scenario, *finding);
  story.scenario = WithPrediction(WithoutExpectations(scenario), story.op_index);
  for (const OpRecord& record : judged.trace.ops) story.outcomes.push_back(record.outcome);
  story.races = ReportRaces(story.scenario, judged.trace);
  story.before = std::move(witness.before);
  story.after = std::move(witness.after);
  const std::span<const Event> events = judged.trace.EventsOf(story.op_index);
  story.events.assign(events.begin(), events.end());
  story.culprit = CulpritOf(story.events, story.violation);
  if (!story.events.empty()) {
    story.stack_event = story.culprit.value_or(story.events.size() - 1);
    story.stack = witness.stacks.StackOf(story.stack_event);
  }
  story.touched = TouchedBy(story.op(), story.events);
  return story;
}

}  // namespace sim
