// axsim explain: from a crash file to understanding.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/cli/breakpoint.h"
#include "sim/cli/bug/judge.h"
#include "sim/cli/commands/commands.h"
#include "sim/cli/commands/reduce_input.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/input.h"
#include "sim/cli/story/emit_gtest.h"
#include "sim/cli/story/story.h"
#include "sim/cli/story/story_text.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

bool WantsColor(const Arguments& arguments) {
  const std::string color = arguments.Get("color", "auto");
  if (color != "auto") return color == "always";
  const char* const terminal = getenv("TERM");
  return isatty(STDOUT_FILENO) != 0 && getenv("NO_COLOR") == nullptr && terminal != nullptr &&
         absl::string_view(terminal) != "dumb";
}

int ExplainNoBug(const std::string& file, const ReducedInput& done, const Arguments& arguments) {
  const NoBug seen = LookAgain(done.input.scenario, done.required);
  if (arguments.IsJson()) {
    const bool as_expected = seen.unmet.empty() && seen.IsWhole();
    const std::string by = ByContract();
    const std::string contract =
        by.empty() ? "" : absl::StrCat(",\"contract\":\"", (*SelectedContract())->name, "\"");
    absl::PrintF(
        "{\"bug\":null,\"as_expected\":%s,\"not_judged\":%s%s,\"races\":%s,\"facets\":%s}\n",
        as_expected ? "true" : "false", seen.IsWhole() ? "false" : "true", contract,
        seen.races_json, seen.facets_json);
  } else {
    absl::PrintF("%s: no violation in %d operations%s.\n", file, done.input.scenario.ops.size(),
                 ByContract());
    if (!seen.provoked.empty())
      absl::PrintF("Violations that the scenario provokes on purpose:\n%s", seen.provoked);
    if (!seen.races.empty()) absl::PrintF("Its races:\n%s", seen.races);
    if (!seen.unmet.empty()) absl::PrintF("Not as the scenario says:\n%s", seen.unmet);
    absl::PrintF("%s%s", seen.not_judged, seen.facets);
  }
  if (!seen.unmet.empty()) return kNotAsExpected;
  return seen.IsWhole() ? kAllAsExpected : kSomeNotJudged;
}

// For a run that ends the process: the data that is known without an observed run.
int ExplainCrash(const Reduced& reduced, const StoryFrame& frame) {
  absl::PrintF("%s.\nThis is no violation of an invariant: the program itself ended. ",
               PrintIdentity(reduced.bug->identity));
  absl::PrintF("The library went astray\noutside of user memory, or the simulator has a bug.\n\n");
  absl::PrintF("Scenario (%s)\n%s\n", frame.reduction, PrintScenario(reduced.scenario));
  absl::PrintF("Under gdb, stopped just before operation %d of %s\n%s\n\n",
               frame.original_op_index + 1, frame.file, frame.gdb);
  absl::PrintF(
      "A test that fails today\n%s",
      EmitGtest(reduced.scenario, "Crash", PrintIdentity(reduced.bug->identity), frame.choice));
  return kNotAsExpected;
}

}  // namespace

int ExplainCommand(const Arguments& arguments) {
  const std::string& file = arguments.files[0];
  const absl::StatusOr<ReducedInput> done = ReduceInput(file, arguments);
  if (!done.ok()) return Fail(done.status());
  const Reduced& reduced = done->reduced;
  if (!reduced.bug) return ExplainNoBug(file, *done, arguments);
  const StoryFrame frame = {.file = file == "-" ? "standard input" : file,
                            .original_ops = done->input.scenario.ops.size(),
                            .original_op_index = reduced.bug->op_index,
                            .gdb = GdbCommand(file == "-" ? "FILE" : file, reduced.bug->op_index,
                                              arguments.Get("subject")),
                            .reduction = PrintReduction(*done),
                            .choice = ChoiceOf(arguments)};
  if (reduced.bug->identity.violation == kCrash) return ExplainCrash(reduced, frame);
  const absl::StatusOr<Story> story = TellStory(reduced.scenario);
  if (!story.ok()) return Fail(story.status());
  const std::string page = arguments.Get("html");
  if (!page.empty()) {
    const absl::Status written = WriteWhole(page, PrintStoryHtml(*story, frame));
    if (!written.ok()) return Fail(written);
    if (page != "-") absl::PrintF("%s\nThe page: %s\n", Sentence(*story), page);
    return kNotAsExpected;
  }
  const std::string text = arguments.IsJson()
                               ? PrintStoryJson(*story, frame)
                               : PrintStory(*story, frame, Colors(WantsColor(arguments)));
  fwrite(text.data(), 1, text.size(), stdout);
  return kNotAsExpected;
}

}  // namespace sim
