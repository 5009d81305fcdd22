#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/cli/bug/fresh_process.h"
#include "sim/cli/bug/judge.h"
#include "sim/cli/conform/conform_report.h"
#include "sim/cli/input.h"
#include "sim/cli/story/story.h"
#include "sim/oracle/deviation.h"
#include "sim/scenario/names.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

constexpr size_t kTextWidth = 100;  // columns
constexpr char kLegend[] =
    "N: so many scenarios passed; FAIL F/N: F of N that were judged failed; ?M: M were not "
    "judged;\n"
    "?: nothing was judged; +: more were not run; -: does not apply to the function.\n";

std::string CellText(const ConformCell& cell) {
  const ConformCounts& counts = cell.counts;
  const size_t judged = counts.passed + counts.failed;
  std::string text;
  if (counts.failed != 0) {
    text = absl::StrCat("FAIL ", counts.failed, "/", judged);
  } else if (judged != 0) {
    text = absl::StrCat(judged);
  }
  if (counts.not_judged != 0) {
    absl::StrAppend(&text, text.empty() ? "" : " ", "?", counts.not_judged);
  }
  if (cell.excused != 0) absl::StrAppend(&text, " excused: ", PrintDeviations(cell.excused));
  if (text.empty() && counts.not_offered != 0) text = "not offered";
  if (text.empty() && !cell.not_judged.empty()) text = "?";
  if (cell.cut_short) text += "+";
  return text.empty() ? "-" : text;
}

// Columns of one block of the table: functions as far as they fit.
std::string Block(const std::vector<const ConformFunction*>& functions, size_t* next) {
  size_t first_width = 0;
  for (const Situation& situation : AllSituations()) {
    first_width = std::max(first_width, situation.name.size());
  }
  std::vector<size_t> widths;
  size_t width = first_width;
  const size_t first = *next;
  for (; *next < functions.size(); ++*next) {
    const ConformFunction& function = *functions[*next];
    size_t column = VerbName(function.verb).size();
    for (const ConformCell& cell : function.cells) {
      column = std::max(column, CellText(cell).size());
    }
    if (!widths.empty() && width + 2 + column > kTextWidth) break;
    widths.push_back(column);
    width += 2 + column;
  }
  std::string text = absl::StrFormat("%-*s", first_width, "");
  for (size_t i = 0; i < widths.size(); ++i) {
    absl::StrAppendFormat(&text, "  %*s", widths[i], VerbName(functions[first + i]->verb));
  }
  absl::StrAppend(&text, "\n");
  for (size_t row = 0; row < AllSituations().size(); ++row) {
    absl::StrAppendFormat(&text, "%-*s", first_width, AllSituations()[row].name);
    for (size_t i = 0; i < widths.size(); ++i) {
      const std::vector<ConformCell>& cells = functions[first + i]->cells;
      absl::StrAppendFormat(&text, "  %*s", widths[i],
                            row < cells.size() ? CellText(cells[row]) : "+");
    }
    absl::StrAppend(&text, "\n");
  }
  return text;
}

std::string CellName(const ConformFunction& function, const ConformCell& cell) {
  return absl::StrCat("  ", VerbName(function.verb), ", ", cell.situation->name, ": ");
}

// A line for each failing cell, and one for its file.
std::string FailedNotes(const Conformance& conformance) {
  std::string text;
  for (const ConformFunction& function : conformance.functions) {
    for (const ConformCell& cell : function.cells) {
      if (!cell.failing) continue;
      absl::StrAppend(&text, CellName(function, cell), PrintCellNote(cell), "\n");
      if (!cell.file.empty()) absl::StrAppend(&text, "    ", cell.file, "\n");
    }
  }
  return text;
}

// A line for each cell that was judged in part. Cells of a function that were not judged at all,
// for the same reason, share one line.
std::string NotJudgedNotes(const Conformance& conformance) {
  std::string text;
  for (const ConformFunction& function : conformance.functions) {
    std::map<std::string, size_t> reasons;
    for (const ConformCell& cell : function.cells) {
      if (cell.counts.not_judged != 0) {
        absl::StrAppend(&text, CellName(function, cell), cell.counts.not_judged,
                        " scenarios: ", cell.not_judged, "\n");
      } else if (!cell.not_judged.empty()) {
        ++reasons[cell.not_judged];
      }
    }
    for (const auto& [reason, cells] : reasons) {
      absl::StrAppend(&text, "  ", VerbName(function.verb), ", ", cells, " situations: ", reason,
                      "\n");
    }
  }
  return text;
}

// A line for each deviation that is excused in at least one cell.
std::string ExcusedNotes(const Conformance& conformance) {
  const DeviationSet excused = conformance.Excused();
  std::string text;
  for (const Deviation& deviation : AllDeviations()) {
    if ((excused >> deviation.number & 1) == 0) continue;
    absl::StrAppend(&text, "  deviation ", deviation.number, ": ", deviation.words, "\n");
  }
  return text;
}

}  // namespace

std::string PrintNotOffered(const Conformance& conformance) {
  std::string text;
  for (const ConformFunction& function : conformance.functions) {
    if (function.is_offered) continue;
    absl::StrAppend(&text, text.empty() ? "not offered: " : ", ", VerbName(function.verb));
  }
  return text;
}

std::string PrintCellNote(const ConformCell& cell) {
  if (cell.State() == CellState::kExcused) {
    return absl::StrCat("excused: ", PrintDeviations(cell.excused));
  }
  if (!cell.failing) return cell.not_judged;
  const ConformCounts& counts = cell.counts;
  // For a crash, the way in which the process ended is enough.
  const bool is_crash = cell.failing->bug.violation == kCrash;
  std::string what = cell.ending;
  if (what.empty() || !is_crash) {
    absl::StrAppend(&what, what.empty() ? "" : "; ", PrintIdentity(cell.failing->bug));
  }
  return absl::StrCat(counts.failed, " of ", counts.passed + counts.failed,
                      " scenarios failed: ", what,
                      cell.failing->alone ? "" : ", only after other scenarios");
}

std::string PrintCellCounts(const Conformance& conformance) {
  const size_t excused = conformance.Cells(CellState::kExcused);
  return absl::StrCat(conformance.Cells(CellState::kPassed), " cells passed, ",
                      excused == 0 ? "" : absl::StrCat(excused, " excused, "),
                      conformance.Cells(CellState::kFailed), " failed, ",
                      conformance.Cells(CellState::kNotJudged), " not judged in whole");
}

std::string PrintHolds(const ContractHolds& holds) {
  const ConformCounts& counts = holds.counts;
  if (counts.failed != 0) {
    return absl::StrCat("broken: ", counts.failed, " of ", counts.failed + counts.passed,
                        " scenarios fail");
  }
  return absl::StrCat(holds.Holds() ? "holds" : "not known", ": ", counts.passed, " passed, ",
                      counts.not_judged, " not judged");
}

std::string PrintStrongest(const Conformance& conformance) {
  const Contract* const strongest = conformance.Strongest();
  return strongest == nullptr ? "none" : strongest->name;
}

std::string PrintConformText(const Conformance& conformance, const ConformFrame& frame) {
  std::vector<const ConformFunction*> offered;
  for (const ConformFunction& function : conformance.functions) {
    if (function.is_offered) offered.push_back(&function);
  }
  std::string text = absl::StrCat("subject ", SelectedSubject().name, " by the contract ",
                                  conformance.contract->name, ": ", offered.size(), " functions, ",
                                  AllSituations().size(), " situations, ",
                                  conformance.Counts().All(), " scenarios\n\n");
  for (size_t next = 0; next < offered.size();) {
    absl::StrAppend(&text, Block(offered, &next), "\n");
  }
  if (!offered.empty()) absl::StrAppend(&text, kLegend);
  const std::string failed = FailedNotes(conformance);
  if (!failed.empty()) absl::StrAppend(&text, "\nfailed:\n", failed);
  const std::string not_judged = NotJudgedNotes(conformance);
  if (!not_judged.empty()) absl::StrAppend(&text, "\nnot judged:\n", not_judged);
  const std::string excused = ExcusedNotes(conformance);
  if (!excused.empty()) {
    absl::StrAppend(&text, "\nexcused by the contract (docs/semantics.md):\n", excused);
  }
  const std::string missing = PrintNotOffered(conformance);
  absl::StrAppend(&text, "\n", missing, missing.empty() ? "" : "\n", conformance.facets,
                  "contracts:\n");
  for (const ContractHolds& holds : conformance.contracts) {
    absl::StrAppendFormat(&text, "  %-9s %s\n", holds.contract->name, PrintHolds(holds));
  }
  absl::StrAppend(&text, "strongest contract that holds: ", PrintStrongest(conformance), "\n");
  if (!conformance.finished) absl::StrAppend(&text, "stopped: not all was run\n");
  const bool has_files = std::ranges::any_of(conformance.functions, [](const auto& function) {
    return std::ranges::any_of(function.cells, [](const auto& cell) { return !cell.file.empty(); });
  });
  if (!failed.empty()) {
    const std::string subject =
        frame.subject.empty() ? "" : absl::StrCat("--subject=", frame.subject, " ");
    absl::StrAppend(
        &text, has_files ? absl::StrCat("the story of a failing scenario: axsim explain ", subject,
                                        "--contract=", conformance.contract->name, " FILE\n")
                         : "--output=FOLDER writes the shortest failing scenario of each\n");
  }
  return absl::StrCat(text, "verdict: ", PrintCellCounts(conformance), "\n");
}

std::string PrintFailing(const ConformFunction& function, const ConformCell& cell,
                         const ConformFrame& frame) {
  const FailingScenario& failing = *cell.failing;
  std::string text = absl::StrCat("# ", VerbName(function.verb), ", ", cell.situation->name, ": ",
                                  cell.situation->meaning, ".\n# ", PrintIdentity(failing.bug),
                                  ByContract(), "\n");
  if (!cell.ending.empty()) absl::StrAppend(&text, "# ", cell.ending, "\n");
  if (!failing.alone) absl::StrAppend(&text, "# Only after other scenarios of the situation.\n");
  if (!frame.subject.empty()) absl::StrAppend(&text, "# --subject=", frame.subject, "\n");
  const bool is_crash = failing.bug.violation == kCrash;
  return absl::StrCat(text,
                      PrintScenario(is_crash ? failing.scenario
                                             : WithPrediction(failing.scenario, failing.op_index)));
}

absl::Status WriteFailing(const std::string& folder, const ConformFrame& frame,
                          Conformance* conformance) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return absl::UnavailableError(absl::StrCat(folder, ": ", error.message()));
  for (ConformFunction& function : conformance->functions) {
    for (ConformCell& cell : function.cells) {
      const std::string path =
          absl::StrCat(folder, "/", VerbName(function.verb), "-", cell.situation->name, ".scn");
      const CellState state = cell.State();
      if (state == CellState::kPassed || state == CellState::kExcused) {
        std::filesystem::remove(path, error);
        if (error) return absl::UnavailableError(absl::StrCat(path, ": ", error.message()));
      }
      if (!cell.failing) continue;
      const absl::Status written = WriteWhole(path, PrintFailing(function, cell, frame));
      if (!written.ok()) return written;
      cell.file = path;
    }
  }
  return absl::OkStatus();
}

}  // namespace sim
