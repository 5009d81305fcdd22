#include "absl/strings/str_cat.h"
#include "sim/cli/conform/conform_report.h"
#include "sim/oracle/deviation.h"
#include "sim/page/page.h"
#include "sim/scenario/names.h"
#include "sim/scenario/runner.h"

namespace sim {
namespace {

absl::string_view ClassOf(CellState state) {
  switch (state) {
    case CellState::kPassed:
      return "passed";
    case CellState::kExcused:
      return "excused";
    case CellState::kFailed:
      return "failed";
    case CellState::kNotJudged:
      return "open";
    case CellState::kNotOffered:
    case CellState::kNotApplicable:
      break;
  }
  return "none";
}

// The HTML anchor of a cell's scenario.
std::string AnchorOf(const ConformFunction& function, const ConformCell& cell) {
  return absl::StrCat(VerbName(function.verb), "-", cell.situation->name);
}

std::string CellHtml(const ConformFunction& function, const ConformCell& cell) {
  const ConformCounts& counts = cell.counts;
  std::string text = absl::StrCat(counts.passed + counts.failed);
  if (counts.failed != 0) {
    text = absl::StrCat("<a href=\"#", EscapeHtml(AnchorOf(function, cell)), "\">", counts.failed,
                        "/", text, "</a>");
  }
  if (counts.not_judged != 0) absl::StrAppend(&text, " ?", counts.not_judged);
  if (cell.excused != 0) absl::StrAppend(&text, " excused: ", PrintDeviations(cell.excused));
  if (counts.All() == 0 && !cell.not_judged.empty()) text.assign(1, '?');
  if (cell.cut_short) absl::StrAppend(&text, "+");
  const CellState state = cell.State();
  if (state == CellState::kNotOffered || state == CellState::kNotApplicable) {
    text = EscapeHtml(CellStateName(state));
  }
  return absl::StrCat("<td class=\"", ClassOf(state), "\" title=\"",
                      EscapeHtml(PrintCellNote(cell)), "\">", text, "</td>");
}

// Rows are the functions that the subject has; columns are situations.
std::string TableHtml(const Conformance& conformance) {
  std::string html = "<div class=\"cells\"><table>\n<thead><tr><th></th>";
  for (const Situation& situation : AllSituations()) {
    absl::StrAppend(&html, "<th title=\"", EscapeHtml(situation.meaning), "\">",
                    EscapeHtml(situation.name), "</th>");
  }
  absl::StrAppend(&html, "</tr></thead>\n<tbody>\n");
  for (const ConformFunction& function : conformance.functions) {
    if (!function.is_offered) continue;
    absl::StrAppend(&html, "<tr><th>", EscapeHtml(VerbName(function.verb)), "</th>");
    for (size_t i = 0; i < AllSituations().size(); ++i) {
      absl::StrAppend(&html, i < function.cells.size() ? CellHtml(function, function.cells[i])
                                                       : "<td class=\"none\">not run</td>");
    }
    absl::StrAppend(&html, "</tr>\n");
  }
  return absl::StrCat(html, "</tbody></table></div>\n<p>", EscapeHtml(PrintNotOffered(conformance)),
                      "</p>\n");
}

std::string FailingHtml(const Conformance& conformance, const ConformFrame& frame) {
  std::string html;
  for (const ConformFunction& function : conformance.functions) {
    for (const ConformCell& cell : function.cells) {
      if (!cell.failing) continue;
      absl::StrAppend(&html, "<h2 id=\"", EscapeHtml(AnchorOf(function, cell)), "\">",
                      EscapeHtml(VerbName(function.verb)), ", ", EscapeHtml(cell.situation->name),
                      "</h2>\n<p>", EscapeHtml(PrintCellNote(cell)), "</p>\n<pre>",
                      EscapeHtml(PrintFailing(function, cell, frame)), "</pre>\n");
    }
  }
  return html;
}

std::string SituationsHtml() {
  std::string html = "<h2>Situations</h2>\n<dl>\n";
  for (const Situation& situation : AllSituations()) {
    absl::StrAppend(&html, "<dt>", EscapeHtml(situation.name), "</dt><dd>",
                    EscapeHtml(situation.meaning), "</dd>\n");
  }
  return absl::StrCat(html, "</dl>\n");
}

std::string ContractsHtml(const Conformance& conformance) {
  std::string html = "<h2>Contracts</h2>\n<dl>\n";
  for (const ContractHolds& holds : conformance.contracts) {
    absl::StrAppend(&html, "<dt>", EscapeHtml(holds.contract->name), "</dt><dd>",
                    EscapeHtml(PrintHolds(holds)), "</dd>\n");
  }
  return absl::StrCat(html, "</dl>\n<p>The strongest contract that holds: ",
                      EscapeHtml(PrintStrongest(conformance)), "</p>\n");
}

std::string ExcusedHtml(const Conformance& conformance) {
  std::string html;
  for (const Deviation& deviation : AllDeviations()) {
    if ((conformance.Excused() >> deviation.number & 1) == 0) continue;
    absl::StrAppend(&html, "<dt>deviation ", deviation.number, "</dt><dd>",
                    EscapeHtml(deviation.words), "</dd>\n");
  }
  return html.empty() ? "" : absl::StrCat("<h2>Excused</h2>\n<dl>\n", html, "</dl>\n");
}

std::string NotJudgedHtml(const Conformance& conformance) {
  std::string html;
  for (const ConformFunction& function : conformance.functions) {
    for (const ConformCell& cell : function.cells) {
      if (cell.not_judged.empty()) continue;
      absl::StrAppend(&html, "<dt>", EscapeHtml(VerbName(function.verb)), ", ",
                      EscapeHtml(cell.situation->name), "</dt><dd>", cell.counts.not_judged,
                      " scenarios: ", EscapeHtml(cell.not_judged), "</dd>\n");
    }
  }
  if (!html.empty()) html = absl::StrCat("<dl>\n", html, "</dl>\n");
  if (!conformance.facets.empty()) {
    absl::StrAppend(&html, "<pre>", EscapeHtml(conformance.facets), "</pre>\n");
  }
  return html.empty() ? "" : absl::StrCat("<h2>Not judged</h2>\n", html);
}

}  // namespace

std::string PrintConformHtml(const Conformance& conformance, const ConformFrame& frame) {
  return PrintPage(
      absl::StrCat("Conformance of ", SelectedSubject().name, " by the contract ",
                   conformance.contract->name),
      absl::StrCat("<p>", EscapeHtml(PrintCellCounts(conformance)), "; ",
                   conformance.Counts().All(), " scenarios",
                   conformance.finished ? "" : "; stopped before all was run", ".</p>\n",
                   TableHtml(conformance),
                   "<p class=\"muted\">A cell has the number of scenarios that were judged; of "
                   "failing cells, first how many failed; after a question mark, how many were "
                   "not judged; a plus: more were not run.</p>\n",
                   ContractsHtml(conformance), ExcusedHtml(conformance), NotJudgedHtml(conformance),
                   FailingHtml(conformance, frame), SituationsHtml()));
}

}  // namespace sim
