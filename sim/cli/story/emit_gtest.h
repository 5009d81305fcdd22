// A scenario as the source of a GoogleTest.
#ifndef SIM_CLI_STORY_EMIT_GTEST_H_
#define SIM_CLI_STORY_EMIT_GTEST_H_

#include <string>

#include "absl/strings/string_view.h"
#include "sim/cli/subject_choice.h"
#include "sim/scenario/scenario.h"

namespace sim {

// Source of a test that runs `scenario` and fails if the run shows a bug or if a line does not have
// its stated outcome. The test links to the libraries sim_testing and gtest_main.
//
// Arguments: `name`: of the test, see TestNameOf; `reason`: one line for a comment, or empty;
// `choice`: what the test runs and how it judges it, a relative path made absolute.
std::string EmitGtest(const Scenario& scenario, absl::string_view name, absl::string_view reason,
                      const SubjectChoice& choice = {});

// "LengthWraps" for "a/length_wraps.scn". The result is a valid C++ name for any argument.
std::string TestNameOf(absl::string_view file_or_words);

}  // namespace sim

#endif  // SIM_CLI_STORY_EMIT_GTEST_H_
