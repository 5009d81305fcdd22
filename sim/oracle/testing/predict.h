// For tests of the model: scenario text whose `=>` are hand-made predictions.
#ifndef SIM_ORACLE_TESTING_PREDICT_H_
#define SIM_ORACLE_TESTING_PREDICT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "sim/oracle/expectation.h"
#include "sim/oracle/model.h"
#include "sim/scenario/op.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_text.h"

namespace sim {

// Parses `text`, in which the machine line is optional.
inline Scenario ScenarioOf(absl::string_view text) {
  absl::StatusOr<Scenario> scenario = ParseScenario(text, "test");
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  return scenario.ok() ? *std::move(scenario) : Scenario();
}

inline bool IsPredicted(const StatedExpectation& stated, const Outcome& outcome) {
  switch (stated.kind) {
    case StatedExpectation::Kind::kNone:
      return true;
    case StatedExpectation::Kind::kOk:
      return outcome.kind == Outcome::Kind::kOk &&
             outcome.length == stated.length.value_or(outcome.length) &&
             outcome.fingerprint == stated.fingerprint.value_or(outcome.fingerprint);
    case StatedExpectation::Kind::kError:
      return outcome.IsError(stated.error) &&
             outcome.length == stated.length.value_or(outcome.length);
    case StatedExpectation::Kind::kViolation:  // a panic: the only predictable violation
      return (stated.violation == ViolationKind::kFaultKernelBug ||
              stated.violation == ViolationKind::kAccessClosed) &&
             outcome.kind == Outcome::Kind::kPanic;
    case StatedExpectation::Kind::kNever:  // checked at the end of ExpectPredicted
      return true;
  }
  return false;
}

// Expects that the model predicts each `=>` in `text`. Returns the predictions of all lines.
inline std::vector<Expectation> ExpectPredicted(absl::string_view text) {
  const Scenario scenario = ScenarioOf(text);
  Model model(scenario.machine);
  std::vector<Expectation> expectations;
  for (const Op& op : scenario.ops) {
    expectations.push_back(model.Step(op));
    const Outcome& outcome = expectations.back().outcome;
    EXPECT_TRUE(IsPredicted(op.expect, outcome))
        << "line " << op.line << ": " << PrintOp(op) << "\n  predicted "
        << PrintOutcome(op.verb, outcome);
  }
  for (const size_t raced : model.raced_ops()) {
    EXPECT_NE(scenario.ops[raced].expect.kind, StatedExpectation::Kind::kNever)
        << PrintOp(scenario.ops[raced]);
  }
  if (expectations.empty()) expectations.emplace_back();
  return expectations;
}

}  // namespace sim

#endif  // SIM_ORACLE_TESTING_PREDICT_H_
