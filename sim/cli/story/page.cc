#include "sim/cli/story/page.h"

#include "absl/strings/str_cat.h"
#include "sim/cli/story/svg.h"

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
.cells { overflow-x: auto; } table { border-collapse: collapse; font-size: 13px; margin: 8px 0; }
th, td { border: 1px solid var(--line); padding: 3px 8px; text-align: right; white-space: nowrap; }
th { text-align: left; font-weight: normal; } thead th { text-align: right; }
td.passed { color: var(--new); } td.excused { color: var(--flag); } td.failed { background: var(--bad-soft); color: var(--bad);
  font-weight: bold; } td.open { color: var(--gone); } td.none { color: var(--muted); }
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

}  // namespace

std::string PrintPage(absl::string_view title, absl::string_view body) {
  const std::string escaped = EscapeHtml(title);
  return absl::StrCat(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
      escaped, "</title>\n<style>", kStyle, "</style>\n</head>\n<body>\n<h1>", escaped, "</h1>\n",
      body, "</body>\n</html>\n");
}

}  // namespace sim
