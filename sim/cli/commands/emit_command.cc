// axsim emit: a scenario as the source of a test.
#include <cstdio>

#include "absl/strings/str_format.h"
#include "sim/cli/commands/commands.h"
#include "sim/cli/commands/reduce_input.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/input.h"
#include "sim/cli/story/emit_gtest.h"
#include "sim/cli/story/story.h"

namespace sim {

int EmitCommand(const Arguments& arguments) {
  if (!arguments.Has("gtest")) {
    return Fail(
        absl::InvalidArgumentError("emit: expected --gtest, the one kind of test there is"));
  }
  const std::string& file = arguments.files[0];
  const absl::StatusOr<ReducedInput> done = ReduceInput(file, arguments);
  if (!done.ok()) return Fail(done.status());
  const Reduced& reduced = done->reduced;
  const std::string name = TestNameOf(arguments.Get("name", file == "-" ? "scenario" : file));
  const SubjectChoice choice = ChoiceOf(arguments);
  // Without a bug, the test checks the outcomes that the lines state, so they are kept.
  const std::string source = reduced.bug
                                 ? EmitGtest(WithPrediction(reduced.scenario, reduced.op_index),
                                             name, PrintIdentity(reduced.bug->identity), choice)
                                 : EmitGtest(done->input.scenario, name, "", choice);
  const absl::Status written =
      WriteWhole(arguments.files.size() == 2 ? arguments.files[1] : "-", source);
  if (!written.ok()) return Fail(written);
  if (reduced.bug) return kAllAsExpected;
  const NoBug seen = LookAgain(done->input.scenario, done->required);
  if (seen.IsWhole()) return kAllAsExpected;
  absl::FPrintF(stderr, "%s%s", seen.not_judged, seen.facets);
  return kSomeNotJudged;
}

}  // namespace sim
