#include "sim/cli/story/svg.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/cli/story/address_map.h"
#include "sim/cli/story/picture.h"
#include "sim/cli/story/steps.h"
#include "sim/page/page.h"
#include "sim/scenario/names.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

// All in units of the view box, which are pixels on a wide screen.
constexpr int kSvgWidth = 940;
constexpr int kRowHeight = 30;
constexpr int kMarkHeight = 24;
constexpr int kCellsLeft = 290;
constexpr int kCellsWidth = 460;
constexpr int kMaxCellWidth = 26;
constexpr int kCellHeight = 20;
constexpr int kTextDrop = 15;  // from the top of a row to the base line of its text

// More operations or events than these are left out in the middle.
constexpr size_t kMaxTimelineRows = 60;
constexpr int kLaneWidth = 26;
constexpr int kTimelineRow = 24;
constexpr size_t kMaxLabel = 104;

const char* CellClass(const MapCell& cell) {
  switch (cell.state) {
    case MapCell::State::kUnpopulated:
      return "c-empty";
    case MapCell::State::kPopulated:
      return "c-full";
    case MapCell::State::kPartly:
      return "c-part";
    case MapCell::State::kPopulatedByOp:
      return "c-new";
    case MapCell::State::kTakenAway:
      return "c-gone";
    case MapCell::State::kNothing:
      return "c-none";
  }
  return "c-none";
}

std::string Text(int x, int y, absl::string_view css, absl::string_view text) {
  return absl::StrFormat("<text x=\"%d\" y=\"%d\" class=\"%s\">%s</text>\n", x, y, css,
                         EscapeHtml(text));
}

std::string Rect(int x, int y, int width, int height, absl::string_view css) {
  return absl::StrFormat(
      "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"2\" class=\"%s\"/>\n", x, y, width,
      height, css);
}

std::string Svg(int height, absl::string_view title, absl::string_view body) {
  return absl::StrFormat(
      "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\" "
      "xmlns=\"http://www.w3.org/2000/svg\">\n%s</svg>\n",
      kSvgWidth, height, EscapeHtml(title), body);
}

std::string Cells(const MapRow& row, int top, int cell_width) {
  std::string svg;
  int x = kCellsLeft;
  for (const MapCell& cell : row.cells) {
    absl::StrAppend(&svg, Rect(x, top, cell_width - 2, kCellHeight, CellClass(cell)));
    if (cell.touched) {
      absl::StrAppend(&svg, Rect(x - 1, top - 1, cell_width, kCellHeight + 2, "m-touched"));
    }
    if (cell.faulted) {
      absl::StrAppendFormat(&svg, "<path d=\"M%d %d l10 10 m0 -10 l-10 10\" class=\"m-fault\"/>\n",
                            x + cell_width / 2 - 6, top + 5);
    }
    x += cell_width;
  }
  return svg;
}

std::string MapRowSvg(const MapRow& row, int top) {
  const int base = top + kTextDrop;
  if (row.kind == MapRow::Kind::kLeftOut) {
    return Text(0, base, "muted",
                absl::StrCat("... ", row.rows_left_out, " areas and holes that are far away ..."));
  }
  if (row.kind == MapRow::Kind::kOutside) {
    return absl::StrCat(
        Text(0, base, "mono", row.start == 0 ? "below the window" : "above the window"),
        Text(170, base, "muted", "never mapped"), Cells(row, top, kMaxCellWidth));
  }
  std::string svg = Text(0, base, "mono", absl::StrFormat("%#x", row.start));
  if (row.kind == MapRow::Kind::kArea) {
    absl::StrAppend(&svg, Rect(128, top, 40, kCellHeight, "badge"),
                    Text(135, base, "mono", PermsName(row.area.perms)),
                    Text(182, base, row.area.kind == AreaKind::kKernel ? "bad" : "muted",
                         AreaKindName(row.area.kind)));
  } else {
    absl::StrAppend(&svg, Text(182, base, "muted", "hole"));
  }
  const int cells = static_cast<int>(row.cells.size());
  const int cell_width = std::min(kMaxCellWidth, kCellsWidth / std::max(cells, 1));
  std::string size = PageCount(row.end - row.start);
  if (row.pages_per_cell > 1) absl::StrAppend(&size, ", ", row.pages_per_cell, " a cell");
  return absl::StrCat(svg, Cells(row, top, cell_width),
                      Text(kCellsLeft + cells * cell_width + 10, base, "muted", size));
}

std::string Shortened(std::string text) {
  if (text.size() > kMaxLabel) text = absl::StrCat(text.substr(0, kMaxLabel - 3), "...");
  return text;
}

// One line of the timeline.
struct Moment {
  uint8_t cpu = 0;
  bool is_event = false;
  bool flag = false;
  bool lock = false;
  std::string css;
  std::string text;
  std::string outcome;
};

std::vector<Moment> MomentsOf(const Story& story) {
  std::vector<Moment> moments;
  for (size_t i = 0; i < story.scenario.ops.size(); ++i) {
    Op op = story.scenario.ops[i];
    op.expect = {};
    const bool fails = i == story.op_index;
    moments.push_back({.cpu = op.cpu,
                       .css = fails ? "bad" : "",
                       .text = absl::StrCat(i + 1, "  ", PrintOp(op)),
                       .outcome = PrintOutcome(op.verb, story.outcomes[i])});
    if (!fails) continue;
    for (size_t j = 0; j < story.events.size(); ++j) {
      const Event& event = story.events[j];
      const bool raced = event.kind == EventKind::kRaced && event.index < story.scenario.ops.size();
      moments.push_back({.cpu = raced ? story.scenario.ops[event.index].cpu : event.cpu,
                         .is_event = true,
                         .flag = event.flag,
                         .lock = event.lock_held,
                         .css = story.culprit == j ? "bad" : "",
                         .text = PrintEvent(event, story.scenario),
                         .outcome = ""});
    }
  }
  if (moments.size() <= kMaxTimelineRows) return moments;
  const auto half = static_cast<ptrdiff_t>(kMaxTimelineRows / 2);
  const size_t left_out = moments.size() - kMaxTimelineRows;
  moments.erase(moments.begin() + half, moments.end() - half);
  moments.insert(
      moments.begin() + half,
      {.css = "muted", .text = absl::StrCat("... ", left_out, " more ..."), .outcome = ""});
  return moments;
}

std::string MomentSvg(const Moment& moment, int top, int lanes) {
  const int x = moment.cpu * kLaneWidth + kLaneWidth / 2;
  const int middle = top + kTimelineRow / 2;
  const int bars = lanes * kLaneWidth + 4;
  std::string svg;
  if (moment.flag) absl::StrAppend(&svg, Rect(bars, top, 6, kTimelineRow, "bar-flag"));
  if (moment.lock) absl::StrAppend(&svg, Rect(bars + 9, top, 6, kTimelineRow, "bar-lock"));
  const bool is_bad = moment.css == "bad";
  absl::StrAppendFormat(&svg, "<circle cx=\"%d\" cy=\"%d\" r=\"%d\" class=\"%s\"/>\n", x, middle,
                        moment.is_event ? 3 : 6, is_bad ? "dot-bad" : "dot");
  const int left = bars + 26 + (moment.is_event ? 24 : 0);
  absl::StrAppend(
      &svg, Text(left, middle + 4, absl::StrCat("mono ", moment.css), Shortened(moment.text)));
  if (!moment.outcome.empty()) {
    absl::StrAppendFormat(
        &svg, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" class=\"mono %s\">%s</text>\n",
        kSvgWidth, middle + 4, is_bad ? "bad" : "muted", EscapeHtml(moment.outcome));
  }
  return svg;
}

}  // namespace

std::string AddressMapSvg(const Story& story) {
  std::string body;
  int top = 4;
  bool said = false;
  for (const MapRow& row : DrawMap(story)) {
    absl::StrAppend(&body, MapRowSvg(row, top));
    top += kRowHeight;
    if (!row.IsTouched() || said) continue;
    said = true;
    absl::StrAppend(&body, Text(kCellsLeft, top + 10, "mono bad",
                                absl::StrCat("the access: ", PrintTouched(story))));
    top += kMarkHeight;
  }
  if (top == 4) {
    body = Text(0, top + kTextDrop, "muted", "Nothing is mapped.");
    top += kRowHeight;
  }
  return Svg(top, "The address space before the failing operation", body);
}

std::string TimelineSvg(const Story& story) {
  const int lanes = story.scenario.machine.cpus;
  const std::vector<Moment> moments = MomentsOf(story);
  const int head = kTimelineRow;
  const int height = head + static_cast<int>(moments.size()) * kTimelineRow + 4;
  std::string body;
  for (int cpu = 0; cpu < lanes; ++cpu) {
    const int x = cpu * kLaneWidth + kLaneWidth / 2;
    absl::StrAppendFormat(&body, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" class=\"lane\"/>\n",
                          x, head - 4, x, height);
    absl::StrAppend(&body, Text(x - 4, head - 10, "muted", absl::StrCat(cpu)));
  }
  absl::StrAppend(&body, Text(lanes * kLaneWidth + 30, head - 10, "muted",
                              lanes == 1 ? "CPU 0" : "CPUs, from 0"));
  int top = head;
  for (const Moment& moment : moments) {
    absl::StrAppend(&body, MomentSvg(moment, top, lanes));
    top += kTimelineRow;
  }
  return Svg(height, "Timeline of CPUs, operations and events", body);
}

}  // namespace sim
