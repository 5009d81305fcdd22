// bench_report RESULTS.json: the goals, met or missed by how much; what changed since another run;
// a page with plots. Exit status: 0; 2 if a file cannot be read or written.
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_format.h"
#include "bench/goals.h"
#include "bench/page.h"
#include "bench/results.h"

ABSL_FLAG(std::string, compare, "", "results of an earlier run: print what changed beyond noise");
ABSL_FLAG(std::string, html, "", "write the report page to this file");
ABSL_FLAG(std::string, json, "", "write the results, with peers and ratios, to this file");

namespace bench {
namespace {

constexpr int kUnusable = 2;

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "bench_report: %s\n", std::string(status.message()).c_str());
  return kUnusable;
}

void PrintGoals(const std::vector<GoalResult>& goals) {
  absl::PrintF("%-47s %-30s %-52s %s\n", "goal", "wanted", "measured", "");
  for (const GoalResult& goal : goals) {
    std::string verdict = "not measured";
    if (goal.state == GoalResult::State::kMet) verdict = "met";
    if (goal.state == GoalResult::State::kMissed) verdict = "MISSED by " + goal.missed_by;
    absl::PrintF("%-47s %-30s %-52s %s\n", goal.what, goal.wanted, goal.measured, verdict);
  }
}

void PrintTraces(const Results& results) {
  absl::PrintF("\n%-14s %12s %12s %8s %14s\n", "trace", "access, ns", "check, ns", "share",
               "tree walk, ns");
  for (const Row& row : results.rows) {
    constexpr char kPrefix[] = "trace/access/";
    if (row.name.rfind(kPrefix, 0) != 0) continue;
    const std::string program = row.name.substr(sizeof(kPrefix) - 1);
    const Row* const check = results.Find("trace/check/" + program);
    const Row* const walk = results.Find("trace/tree_walk/" + program);
    if (check == nullptr || walk == nullptr) continue;
    absl::PrintF("%-14s %12.1f %12.1f %6.0f %% %14.1f\n", program, row.ns, check->ns,
                 check->ns / row.ns * 100, walk->ns);
  }
}

void PrintChanges(const std::vector<Change>& changes) {
  absl::PrintF("\nChanges beyond noise, in loads of the same run:\n");
  for (const Change& change : changes) {
    absl::PrintF("  %-44s %10.2f -> %10.2f  (%+.0f %%, noise %.0f %%)\n", change.name,
                 change.before, change.after, (change.after / change.before - 1) * 100,
                 change.noise * 100);
  }
  if (changes.empty()) absl::PrintF("  none\n");
}

int Report(const std::string& path) {
  const absl::StatusOr<Results> results = ReadResults(path);
  if (!results.ok()) return Fail(results.status());
  const std::vector<GoalResult> goals = EvaluateGoals(*results);
  const std::vector<std::string> noise = NoiseOf(*results);
  PrintGoals(goals);
  PrintTraces(*results);
  if (const std::string old_path = absl::GetFlag(FLAGS_compare); !old_path.empty()) {
    const absl::StatusOr<Results> old = ReadResults(old_path);
    if (!old.ok()) return Fail(old.status());
    PrintChanges(ChangesBeyondNoise(*old, *results));
  }
  for (const std::string& row : results->not_measured) absl::PrintF("NOT MEASURED: %s\n", row);
  for (const std::string& reason : noise) absl::PrintF("\nNOISY: %s\n", reason);
  if (const std::string html = absl::GetFlag(FLAGS_html); !html.empty()) {
    std::ofstream file(html, std::ios::binary);
    file << MakePage(*results, goals, noise);
    if (!file.flush()) return Fail(absl::UnavailableError(html + ": cannot be written"));
  }
  if (const std::string json = absl::GetFlag(FLAGS_json); !json.empty()) {
    const absl::Status written = WriteWithRatios(path, *results, json);
    if (!written.ok()) return Fail(written);
  }
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "bench_report RESULTS.json [--compare=OLD.json] [--html=FILE] [--json=FILE]");
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  if (arguments.size() != 2) {
    std::fprintf(stderr, "usage: %s\n", std::string(absl::ProgramUsageMessage()).c_str());
    return bench::kUnusable;
  }
  return bench::Report(arguments[1]);
}
