#include "sim/cli/story/story_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "sim/cli/bug/judge.h"
#include "sim/cli/story/emit_gtest.h"
#include "sim/cli/story/steps.h"
#include "sim/oracle/violation_text.h"
#include "sim/scenario/names.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

std::string Plain(Op op) {
  op.expect = {};
  return PrintOp(op);
}

// One comment for each operation: for a race line its result, otherwise empty.
std::vector<std::string> RaceComments(const Story& story) {
  std::vector<std::string> comments(story.scenario.ops.size());
  for (const RaceReport& report : story.races) {
    comments[report.op_index] = absl::StrCat("  # ", PrintRace(story.scenario, report));
  }
  return comments;
}

// The scenario with line numbers, and an arrow at the failing operation.
std::string PrintNumbered(const Story& story, const Colors& colors) {
  std::string text = absl::StrCat("     ", PrintMachine(story.scenario.machine), "\n");
  const std::vector<std::string> comments = RaceComments(story);
  for (size_t i = 0; i < story.scenario.ops.size(); ++i) {
    const bool fails = i == story.op_index;
    const std::string line = absl::StrFormat("%3s  %s%s", fails ? "-->" : "",
                                             PrintOp(story.scenario.ops[i]), comments[i]);
    absl::StrAppend(&text, fails ? colors.Bad(line) : line, "\n");
  }
  return text;
}

std::string Section(absl::string_view heading, absl::string_view body, const Colors& colors) {
  return absl::StrCat("\n", colors.Heading(std::string(heading)), "\n", body);
}

std::string Indented(absl::string_view text) {
  std::string result;
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    absl::StrAppend(&result, line.empty() ? "" : "  ", line, "\n");
  }
  return result;
}

}  // namespace

std::string Wanted(const Story& story) { return PrintWanted(story.scenario, story.violation); }

std::string Got(const Story& story) { return PrintGot(story.scenario, story.violation); }

std::string Sentence(const Story& story) {
  const Violation& violation = story.violation;
  std::string text = absl::StrCat(
      violation.name(), " is broken in `", Plain(story.op()), "` (operation ", story.op_index + 1,
      " of ", story.scenario.ops.size(), "): wanted ", Wanted(story), ", got ", Got(story));
  if (violation.address != 0 && violation.address != story.op().address) {
    absl::StrAppendFormat(&text, ", at %#x", violation.address);
  }
  return absl::StrCat(text, ".");
}

std::string Meaning(const Story& story) { return std::string(MeaningOf(story.violation.kind())); }

std::string PrintTest(const Story& story, const StoryFrame& frame) {
  const std::string name =
      TestNameOf(absl::StrCat(story.bug.violation, " in ", story.bug.operation));
  return EmitGtest(story.scenario, name, PrintIdentity(story.bug), frame.choice);
}

std::string StackTitle(const Story& story) {
  if (story.events.empty()) return "Stack: none, because no step was observed";
  if (story.events[story.stack_event].kind == EventKind::kFault) return "Stack of the fault";
  return absl::StrCat("The bug is not a fault; the stack of step ", story.stack_event + 1);
}

std::string PrintStack(const Story& story) {
  std::string text;
  for (size_t i = 0; i < story.stack.size(); ++i) {
    const StackFrame& frame = story.stack[i];
    absl::StrAppendFormat(&text, "%4d  %s\n", i,
                          frame.name.empty() ? absl::StrFormat("%#x", frame.address) : frame.name);
  }
  if (!text.empty()) return text;
  if (story.events.size() <= StackWatcher::kMaxStacks) return "  (none)\n";
  constexpr size_t kHalf = StackWatcher::kMaxStacks / 2;
  return absl::StrFormat("  (only those of the first %d and the last %d steps are kept)\n", kHalf,
                         kHalf);
}

std::string PrintStory(const Story& story, const StoryFrame& frame, const Colors& colors) {
  std::string text = absl::StrCat(colors.Bad(Sentence(story)), "\n", Meaning(story), "\n");
  const std::string by = ByContract();
  if (!by.empty()) absl::StrAppend(&text, "Judged", by, ".\n");
  absl::StrAppend(&text,
                  Section(absl::StrCat("Scenario (", frame.reduction, ")"),
                          PrintNumbered(story, colors), colors),
                  Section(absl::StrCat("Address space just before operation ", story.op_index + 1),
                          PrintPicture(story, colors), colors),
                  Section(absl::StrCat("Steps of operation ", story.op_index + 1, " on CPU ",
                                       story.op().cpu, " (F: flag set, L: lock held)"),
                          PrintSteps(story, colors), colors),
                  Section(StackTitle(story), PrintStack(story), colors),
                  Section(absl::StrCat("Under gdb, stopped just before operation ",
                                       frame.original_op_index + 1, " of ", frame.file),
                          Indented(frame.gdb), colors),
                  Section("A test that fails today", Indented(PrintTest(story, frame)), colors));
  return text;
}

}  // namespace sim
