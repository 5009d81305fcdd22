#include "sim/cli/testing/scenario_holds.h"

#include <memory>

#include "sim/cli/bug/judge.h"
#include "sim/cli/replay.h"
#include "sim/oracle/oracle.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario_text.h"

namespace sim {

::testing::AssertionResult ScenarioHolds(absl::string_view text, const SubjectChoice& choice) {
  // Only one machine can exist, so all tests of the process share it.
  static auto* const runner = new absl::StatusOr<std::unique_ptr<Runner>>(Runner::Create());
  const auto failure = [](const absl::Status& status) {
    return ::testing::AssertionFailure() << status.message();
  };
  if (!runner->ok()) return failure(runner->status());
  const absl::Status usable = Use(choice);
  if (!usable.ok()) return failure(usable);
  const absl::StatusOr<FacetSet> required = RequiredBy(choice);
  if (!required.ok()) return failure(required.status());
  const absl::StatusOr<Scenario> scenario = ParseScenario(text, "scenario");
  if (!scenario.ok()) return failure(scenario.status());
  (**runner)->set_watch_fetches(true);
  (**runner)->set_subject(SelectedSubject());
  Oracle oracle(**SelectedContract());
  const Trace& trace = (**runner)->Run(*scenario);
  const Verdict& verdict = oracle.Judge(*scenario, trace);
  const Replay replay = {
      "scenario", *scenario, trace, verdict, CheckStated(*scenario, trace, verdict),
      nullptr,    *required};
  // Violations that the scenario itself provokes need not be stated.
  const bool is_whole = verdict.IsWhole() && verdict.facets_not_judged.And(*required).empty();
  if (verdict.ok() && is_whole && replay.unmet.empty()) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure() << PrintReplay(replay, /*quiet=*/false);
}

}  // namespace sim
