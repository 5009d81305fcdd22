// For tests of scenarios, such as `axsim emit --gtest` writes:
//
//   TEST(Scenario, StringEndsWithThePage) {
//     EXPECT_TRUE(sim::ScenarioHolds(R"scn(
//   map 0x550000000000 0x1000 rw- eager
//   const.cstr u8 0x550000000fff => ok len=0
//   )scn"));
//   }
#ifndef SIM_CLI_TESTING_SCENARIO_HOLDS_H_
#define SIM_CLI_TESTING_SCENARIO_HOLDS_H_

#include <gtest/gtest.h>

#include "absl/strings/string_view.h"
#include "sim/cli/subject_choice.h"

namespace sim {

// Runs the scenario `text` on the simulated machine, which the whole process shares, and on the
// subject of `choice`. Success if the oracle finds nothing but what the scenario itself provokes,
// judges every operation and what `choice` requires, and every `=>` holds; else the failure says
// which line resulted in what, or why `choice` is not usable.
::testing::AssertionResult ScenarioHolds(absl::string_view text, const SubjectChoice& choice = {});

}  // namespace sim

#endif  // SIM_CLI_TESTING_SCENARIO_HOLDS_H_
