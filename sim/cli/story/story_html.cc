#include "absl/strings/str_cat.h"
#include "sim/cli/story/steps.h"
#include "sim/cli/story/story_text.h"
#include "sim/cli/story/svg.h"
#include "sim/page/page.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

std::string Key(absl::string_view style, absl::string_view meaning) {
  return absl::StrCat("<span><i style=\"", style, "\"></i>", meaning, "</span>\n");
}

std::string MapKey() {
  return absl::StrCat(
      "<div class=\"key\">\n", Key("background:var(--full)", "populated"),
      Key("border-color:var(--full)", "not populated"),
      Key("background:var(--part)", "partly (several pages a cell)"),
      Key("background:var(--new)", "populated by the operation"),
      Key("background:var(--gone)", "removed meanwhile"),
      Key("border:1px dashed var(--muted)", "not mapped"),
      Key("border:2px solid var(--bad)", "the access"),
      "<span><b style=\"color:var(--bad)\">\u00d7</b>&nbsp; faulted</span>\n</div>\n");
}

std::string TimelineKey() {
  return absl::StrCat("<div class=\"key\">\n", Key("background:var(--flag)", "flag set"),
                      Key("background:var(--lock)", "lock held"), "</div>\n");
}

std::string Pre(absl::string_view text) {
  return absl::StrCat("<pre>", EscapeHtml(text), "</pre>\n");
}

std::string ScenarioHtml(const Story& story) {
  std::string html = absl::StrCat("<pre>", EscapeHtml(PrintMachine(story.scenario.machine)), "\n");
  for (size_t i = 0; i < story.scenario.ops.size(); ++i) {
    const std::string line = EscapeHtml(PrintOp(story.scenario.ops[i]));
    absl::StrAppend(
        &html, i == story.op_index ? absl::StrCat("<span class=\"bad\">", line, "</span>") : line,
        "\n");
  }
  return absl::StrCat(html, "</pre>\n");
}

std::string Facts(const Story& story, const StoryFrame& frame) {
  const auto fact = [](absl::string_view name, absl::string_view value) {
    return value.empty() ? ""
                         : absl::StrCat("<dt>", name, "</dt><dd>", EscapeHtml(value), "</dd>\n");
  };
  return absl::StrCat("<dl>\n", fact("file", frame.file), fact("bug", PrintIdentity(story.bug)),
                      fact("wanted", Wanted(story)), fact("got", Got(story)),
                      fact("scenario", frame.reduction), "</dl>\n");
}

}  // namespace

std::string PrintStoryHtml(const Story& story, const StoryFrame& frame) {
  return PrintPage(
      absl::StrCat(story.bug.violation, " in ", story.bug.operation),
      absl::StrCat(
          "<div class=\"verdict\"><p>", EscapeHtml(Sentence(story)), "</p>\n<p class=\"muted\">",
          EscapeHtml(Meaning(story)), "</p></div>\n", Facts(story, frame), "<h2>Scenario</h2>\n",
          ScenarioHtml(story), "<h2>Address space just before operation ", story.op_index + 1,
          "</h2>\n<figure>", AddressMapSvg(story), "</figure>\n", MapKey(),
          "<h2>What happened</h2>\n<figure>", TimelineSvg(story), "</figure>\n", TimelineKey(),
          "<h2>", EscapeHtml(StackTitle(story)), "</h2>\n", Pre(PrintStack(story)),
          "<h2>Under gdb, stopped just before operation ", frame.original_op_index + 1, " of ",
          EscapeHtml(frame.file), "</h2>\n", Pre(frame.gdb), "<h2>A test that fails today</h2>\n",
          Pre(PrintTest(story, frame))));
}

}  // namespace sim
