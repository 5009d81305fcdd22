// axsim emit: a scenario as the source of a test.
#include "absl/strings/str_cat.h"
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
  // Without a bug all that a line states is kept: it is what the test is about.
  const std::string source = reduced.bug
                                 ? EmitGtest(WithPrediction(reduced.scenario, reduced.op_index),
                                             name, PrintIdentity(reduced.bug->identity))
                                 : EmitGtest(done->input.scenario, name, "");
  const absl::Status written =
      WriteWhole(arguments.files.size() == 2 ? arguments.files[1] : "-", source);
  return written.ok() ? kAllAsExpected : Fail(written);
}

}  // namespace sim
