// The printers of a conformance: a table of text, JSON, a page; and the files of failing scenarios.
#ifndef SIM_CLI_CONFORM_CONFORM_REPORT_H_
#define SIM_CLI_CONFORM_CONFORM_REPORT_H_

#include <string>

#include "absl/status/status.h"
#include "sim/cli/conform/conform.h"

namespace sim {

// `subject`: its name on the command line; "" for the default one.
struct ConformFrame {
  std::string subject;
};

// A table of situations and functions, at most 100 columns wide; then the failures, the scenarios
// that were not judged with the reason, and the contracts that hold.
std::string PrintConformText(const Conformance& conformance, const ConformFrame& frame);

// The same as one JSON object on one line.
std::string PrintConformJson(const Conformance& conformance, const ConformFrame& frame);

// The same as a self-contained HTML page.
std::string PrintConformHtml(const Conformance& conformance, const ConformFrame& frame);

// The scenario of a failing cell as a file: a comment that names the cell, and the scenario with
// the outcome that the contract requires. Precondition: cell.failing.
std::string PrintFailing(const ConformFunction& function, const ConformCell& cell,
                         const ConformFrame& frame);

// Writes FOLDER/FUNCTION-SITUATION.scn for each failing cell, whole or not at all, and sets
// ConformCell::file. Removes that of a cell that passed, which an earlier run has left. Errors:
// those of WriteWhole.
absl::Status WriteFailing(const std::string& folder, const ConformFrame& frame,
                          Conformance* conformance);

// "3 of 40 scenarios failed: access.result in copy_in, in its first page: ..."; why a cell that is
// not judged is not; "excused: 5, 17". Empty for other cells.
std::string PrintCellNote(const ConformCell& cell);

// "2 cells passed, 1 failed, 0 not judged in whole"; after the first, the excused ones, if any.
std::string PrintCellCounts(const Conformance& conformance);

// "not offered: const.get, mut.get": functions that the subject does not have; empty where it has
// all.
std::string PrintNotOffered(const Conformance& conformance);

// "broken: 3 of 40 scenarios fail", "holds: 40 passed, 3 not judged".
std::string PrintHolds(const ContractHolds& holds);

// "linux"; "none".
std::string PrintStrongest(const Conformance& conformance);

}  // namespace sim

#endif  // SIM_CLI_CONFORM_CONFORM_REPORT_H_
