#include "sim/cli/testing/scenario_holds.h"

#include <memory>

#include "sim/cli/bug/judge.h"
#include "sim/cli/replay.h"
#include "sim/scenario/scenario_text.h"

namespace sim {

::testing::AssertionResult ScenarioHolds(absl::string_view text) {
  // There can be only one machine, and it is not torn down between tests.
  static absl::StatusOr<Judge>* const judge = new absl::StatusOr<Judge>(Judge::Create());
  const auto failure = [](const absl::Status& status) {
    return ::testing::AssertionFailure() << status.message();
  };
  if (!judge->ok()) return failure(judge->status());
  const absl::StatusOr<Scenario> scenario = ParseScenario(text, "scenario");
  if (!scenario.ok()) return failure(scenario.status());
  const Judge::Judged judged = (*judge)->Run(*scenario);
  const Replay replay = {"scenario", *scenario, judged.trace, judged.verdict,
                         CheckStated(*scenario, judged.trace, judged.verdict)};
  // What the scenario itself provokes need not be stated.
  const bool is_whole = judged.verdict.IsWhole();
  if (judged.verdict.ok() && is_whole && replay.unmet.empty()) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure() << PrintReplay(replay, /*quiet=*/false);
}

}  // namespace sim
