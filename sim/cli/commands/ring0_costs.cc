#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "sim/cli/commands/commands.h"
#include "sim/cli/commands/ring0_modes.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/input.h"
#include "sim/ring0/host/costs.h"

namespace sim {
namespace {

// {"g++ 12.2.0": {"words": {"get of 8 bytes": [library, all]}}}
using Json = nlohmann::ordered_json;

constexpr uint64_t kMaxGrowthPercent = 10;

// The name of each operation: the comment in the line above it.
std::vector<std::string> NamesOf(const std::string& file, const Scenario& scenario) {
  std::vector<std::string> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::vector<std::string> names;
  for (const Op& op : scenario.ops) {
    const bool has_one = op.line >= 2 && static_cast<size_t>(op.line) <= lines.size();
    const std::string above = has_one ? lines[static_cast<size_t>(op.line) - 2] : "";
    names.emplace_back(absl::StripPrefix(above, "# "));
  }
  return names;
}

bool HasGrown(uint64_t measured, uint64_t expected) {
  return measured * 100 > expected * (100 + kMaxGrowthPercent);
}

// Prints a line for each row. Result: the number of rows that differ from `expected`, which may be
// null.
size_t Compare(const Costs& costs, const Json& expected) {
  size_t mistakes = 0;
  for (const CostRow& row : costs.rows) {
    std::string verdict;
    if (!expected.is_null() && !expected.contains(row.name)) {
      verdict = "  IS NOT EXPECTED";
    } else if (!expected.is_null()) {
      const auto library = expected[row.name][0].get<uint64_t>();
      const auto all = expected[row.name][1].get<uint64_t>();
      if (HasGrown(row.library, library) || HasGrown(row.all, all)) {
        verdict = absl::StrFormat("  GREW from %d and %d", library, all);
      }
    }
    if (!verdict.empty()) ++mistakes;
    absl::PrintF("%-48s %7d %7d%s\n", row.name, row.library, row.all, verdict);
  }
  for (const auto& [name, counts] : expected.items()) {
    const bool is_there = std::any_of(costs.rows.begin(), costs.rows.end(),
                                      [&](const CostRow& row) { return row.name == name; });
    if (is_there) continue;
    ++mistakes;
    absl::PrintF("%-48s IS MISSING\n", name);
  }
  return mistakes;
}

// Prints JSON with one row in each line.
std::string Print(const Json& known) {
  std::string text = "{";
  const char* between_compilers = "\n";
  for (const auto& [compiler, subjects] : known.items()) {
    absl::StrAppend(&text, between_compilers, Json(compiler).dump(), ": {");
    between_compilers = ",\n";
    const char* between_subjects = "\n";
    for (const auto& [subject, rows] : subjects.items()) {
      absl::StrAppend(&text, between_subjects, " ", Json(subject).dump(), ": {");
      between_subjects = ",\n";
      const char* between_rows = "\n";
      for (const auto& [name, counts] : rows.items()) {
        absl::StrAppend(&text, between_rows, "  ", Json(name).dump(), ": ", counts.dump());
        between_rows = ",\n";
      }
      absl::StrAppend(&text, "}");
    }
    absl::StrAppend(&text, "}");
  }
  return absl::StrCat(text, "}\n");
}

int Update(const std::string& file, const Costs& costs, const std::string& subject, Json known) {
  Json& rows = known[costs.compiler][subject];
  rows = Json::object();
  for (const CostRow& row : costs.rows) rows[row.name] = {row.library, row.all};
  std::ofstream(file) << Print(known);
  return kAllAsExpected;
}

}  // namespace

int Ring0CostsCommand(const Arguments& arguments, const Ring0Options& options) {
  const std::string file = arguments.Get("costs");
  if (arguments.files.size() != 1) {
    return Fail(absl::InvalidArgumentError("--costs takes one scenario"));
  }
  const absl::StatusOr<Scenario> scenario = LoadScenario(arguments.files[0]);
  if (!scenario.ok()) return Fail(scenario.status());
  const absl::StatusOr<Costs> costs =
      CountInRing0(*scenario, NamesOf(arguments.files[0], *scenario), options);
  if (!costs.ok()) return Fail(costs.status());
  if (options.emulator.accelerator != "tcg") {
    absl::PrintF("%s, %s: cycles of one call, the first\n", costs->compiler, options.subject);
    Compare(*costs, Json());
    absl::PrintF("NOT JUDGED: cycles differ from one run to the next\n");
    return kSomeNotJudged;
  }
  Json known = Json::parse(std::ifstream(file), nullptr, /*allow_exceptions=*/false);
  if (known.is_discarded()) {
    if (!arguments.Has("update")) {
      return Fail(absl::NotFoundError(absl::StrCat(file, ": no counts of instructions")));
    }
    known = Json::object();
  }
  if (arguments.Has("update")) return Update(file, *costs, options.subject, std::move(known));
  absl::PrintF("%s, %s: instructions of the library, and with the platform\n", costs->compiler,
               options.subject);
  const bool is_known =
      known.contains(costs->compiler) && known[costs->compiler].contains(options.subject);
  const size_t mistakes =
      Compare(*costs, is_known ? known[costs->compiler][options.subject] : Json());
  if (!is_known) {
    absl::PrintF("NOT JUDGED: %s has no counts of %s by %s\n", file, options.subject,
                 costs->compiler);
    return kSomeNotJudged;
  }
  absl::PrintF("%d rows, %d of them not as expected: no row may grow by more than %d %%\n",
               costs->rows.size(), mistakes, kMaxGrowthPercent);
  return mistakes == 0 ? kAllAsExpected : kNotAsExpected;
}

}  // namespace sim
