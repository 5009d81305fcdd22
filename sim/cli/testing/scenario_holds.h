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

namespace sim {

// Runs the scenario `text` on the simulated machine, which the whole process shares. Success if the
// oracle finds nothing but what the scenario itself provokes, and every `=>` holds; else the
// failure says which line came to what.
::testing::AssertionResult ScenarioHolds(absl::string_view text);

}  // namespace sim

#endif  // SIM_CLI_TESTING_SCENARIO_HOLDS_H_
