#include "absl/strings/str_cat.h"
#include "sim/cli/story/steps.h"
#include "sim/cli/story/story_text.h"
#include "sim/cli/story/svg.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

constexpr char kStyle[] = R"css(
:root { color-scheme: light dark;
  --page: #ffffff; --ink: #1b1f24; --muted: #59636e; --line: #d1d9e0; --soft: #f4f6f8;
  --bad: #b3261e; --bad-soft: #fdecea; --full: #5b8def; --new: #2da06f; --gone: #d9822b;
  --part: #a9c3f7; --flag: #e08a00; --lock: #7a52c7; }
@media (prefers-color-scheme: dark) { :root {
  --page: #14171b; --ink: #e4e8ec; --muted: #9aa5b1; --line: #39424c; --soft: #1e2329;
  --bad: #ff8a80; --bad-soft: #3a1f1d; --full: #4f7fdc; --new: #36b37e; --gone: #e39a4f;
  --part: #33507f; --flag: #f0a830; --lock: #a587ea; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px 20px 48px; max-width: 1000px; background: var(--page);
  color: var(--ink); font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; }
h1 { font-size: 22px; margin: 0 0 4px; } h2 { font-size: 16px; margin: 32px 0 8px; }
p { margin: 4px 0; } .muted { color: var(--muted); }
.verdict { border-left: 5px solid var(--bad); background: var(--bad-soft); padding: 12px 16px;
  margin: 16px 0; border-radius: 0 4px 4px 0; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 4px; padding: 12px;
  overflow-x: auto; font: 13px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; margin: 8px 0; }
pre .bad { color: var(--bad); font-weight: bold; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; margin: 8px 0; }
dt { color: var(--muted); } dd { margin: 0; overflow-wrap: anywhere; }
figure { margin: 8px 0; overflow-x: auto; } svg { width: 100%; min-width: 640px; height: auto; }
svg text { font: 13px system-ui, "DejaVu Sans", sans-serif; fill: var(--ink); }
svg .mono { font: 12.5px ui-monospace, "DejaVu Sans Mono", monospace; }
svg .muted { fill: var(--muted); } svg .bad { fill: var(--bad); font-weight: bold; }
.badge { fill: var(--soft); stroke: var(--line); }
.c-full { fill: var(--full); } .c-new { fill: var(--new); } .c-gone { fill: var(--gone); }
.c-part { fill: var(--part); } .c-empty { fill: var(--page); stroke: var(--full); }
.c-none { fill: none; stroke: var(--line); stroke-dasharray: 3 3; }
.m-touched { fill: none; stroke: var(--bad); stroke-width: 2.5; }
.m-fault { fill: none; stroke: var(--bad); stroke-width: 3; }
.lane { stroke: var(--line); stroke-width: 2; }
.dot { fill: var(--muted); } .dot-bad { fill: var(--bad); }
.bar-flag { fill: var(--flag); } .bar-lock { fill: var(--lock); }
.key { display: flex; flex-wrap: wrap; gap: 4px 20px; color: var(--muted); font-size: 13px; }
.key i { display: inline-block; width: 14px; height: 14px; margin-right: 6px; border-radius: 2px;
  vertical-align: -2px; border: 1px solid transparent; }
@media print {
  :root { --page: #fff; --ink: #000; --muted: #444; --line: #999; --soft: #fff; --bad: #a00;
    --bad-soft: #fff; --full: #5b8def; --part: #a9c3f7; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  body { padding: 0; max-width: none; font-size: 11pt; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; overflow: visible; font-size: 9pt; }
  figure { overflow: visible; } svg { min-width: 0; }
  h2 { break-after: avoid; } figure, .verdict, dl { break-inside: avoid; }
}
)css";

std::string Key(absl::string_view style, absl::string_view meaning) {
  return absl::StrCat("<span><i style=\"", style, "\"></i>", meaning, "</span>\n");
}

std::string MapKey() {
  return absl::StrCat(
      "<div class=\"key\">\n", Key("background:var(--full)", "populated"),
      Key("border-color:var(--full)", "not populated"),
      Key("background:var(--part)", "partly (several pages a cell)"),
      Key("background:var(--new)", "populated by the operation"),
      Key("background:var(--gone)", "taken away meanwhile"),
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
  const std::string title =
      EscapeHtml(absl::StrCat(story.bug.violation, " in ", story.bug.operation));
  return absl::StrCat(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
      title, "</title>\n<style>", kStyle, "</style>\n</head>\n<body>\n<h1>", title, "</h1>\n",
      "<div class=\"verdict\"><p>", EscapeHtml(Sentence(story)), "</p>\n<p class=\"muted\">",
      EscapeHtml(Meaning(story)), "</p></div>\n", Facts(story, frame), "<h2>Scenario</h2>\n",
      ScenarioHtml(story), "<h2>Address space just before operation ", story.op_index + 1,
      "</h2>\n<figure>", AddressMapSvg(story), "</figure>\n", MapKey(),
      "<h2>What happened</h2>\n<figure>", TimelineSvg(story), "</figure>\n", TimelineKey(), "<h2>",
      EscapeHtml(StackTitle(story)), "</h2>\n", Pre(PrintStack(story)),
      "<h2>Under gdb, stopped just before operation ", frame.original_op_index + 1, " of ",
      EscapeHtml(frame.file), "</h2>\n", Pre(frame.gdb), "<h2>A test that fails today</h2>\n",
      Pre(PrintTest(story, frame)), "</body>\n</html>\n");
}

}  // namespace sim
