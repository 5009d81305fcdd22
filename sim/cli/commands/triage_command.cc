// axsim triage: a folder of crash files, by bug.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "sim/cli/commands/commands.h"
#include "sim/cli/commands/reduce_input.h"
#include "sim/cli/contract_json.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/input.h"
#include "sim/cli/story/emit_gtest.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

namespace fs = std::filesystem;

struct Group {
  std::vector<std::string> files;
  Scenario smallest;  // of its scenarios, the one with the fewest operations
  std::string smallest_file;
  Reduced reduced;
};

struct Triage {
  std::map<BugIdentity, Group> groups;
  size_t files = 0;
  size_t without_bug = 0;             // of these, some may be not_judged
  size_t not_judged = 0;              // not judged at all, or judged in part
  std::set<std::string> facets;       // lines: missing facets, and what was not judged without them
  std::vector<std::string> unusable;  // the error of each
};

// The regular files of `folder`, by name.
absl::StatusOr<std::vector<std::string>> FilesIn(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> files;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code no_status;
    if (at->is_regular_file(no_status)) files.push_back(at->path().string());
  }
  if (error) {
    return absl::NotFoundError(
        absl::StrCat(folder, ": cannot read; expected a folder: ", error.message()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

absl::Status Take(const std::string& file, FacetSet required, Triage* triage) {
  ++triage->files;
  const absl::StatusOr<Input> input = LoadRunnable(file);
  if (!input.ok()) {
    triage->unusable.emplace_back(input.status().message());
    return absl::OkStatus();
  }
  const Scenario* const scenario = &input->scenario;
  const absl::StatusOr<std::optional<FoundBug>> found = FindBugInFreshProcess(*scenario);
  if (!found.ok()) return found.status();
  if (!*found) {
    ++triage->without_bug;
    const NoBug seen = LookAgain(*scenario, required);
    if (!seen.IsWhole()) ++triage->not_judged;
    for (const absl::string_view line : absl::StrSplit(seen.facets, '\n', absl::SkipEmpty())) {
      triage->facets.emplace(line);
    }
    return absl::OkStatus();
  }
  Group& group = triage->groups[(*found)->identity];
  if (group.files.empty() || scenario->ops.size() < group.smallest.ops.size()) {
    group.smallest = *scenario;
    group.smallest_file = file;
  }
  group.files.push_back(file);
  return absl::OkStatus();
}

std::string AsText(const Triage& triage) {
  std::string text = absl::StrFormat(
      "%d files, %d bugs%s; %d files without a violation%s, %d unusable\n", triage.files,
      triage.groups.size(), ByContract(), triage.without_bug,
      triage.not_judged == 0 ? "" : absl::StrCat(" (", triage.not_judged, " not judged in whole)"),
      triage.unusable.size());
  for (const std::string& line : triage.facets) absl::StrAppend(&text, line, "\n");
  if (!triage.groups.empty()) absl::StrAppend(&text, "\nfiles  operations  bug\n");
  for (const auto& [bug, group] : triage.groups) {
    absl::StrAppendFormat(&text, "%5d  %3d -> %-3d  %s\n%19s%s\n", group.files.size(),
                          group.smallest.ops.size(), group.reduced.scenario.ops.size(),
                          PrintIdentity(bug), "", group.smallest_file);
  }
  for (const auto& [bug, group] : triage.groups) {
    absl::StrAppend(&text, "\n", PrintReduced(group.reduced));
  }
  for (const std::string& message : triage.unusable) {
    absl::StrAppend(&text, "\nunusable: ", message);
  }
  return absl::StrCat(text, triage.unusable.empty() ? "" : "\n");
}

std::string AsJson(const Triage& triage) {
  nlohmann::ordered_json bugs = nlohmann::ordered_json::array();
  for (const auto& [bug, group] : triage.groups) {
    bugs.push_back({{"bug", PrintIdentity(bug)},
                    {"violation", bug.violation},
                    {"operation", bug.operation},
                    {"files", group.files},
                    {"smallest", group.smallest_file},
                    {"operations", group.reduced.scenario.ops.size()},
                    {"scenario", PrintReduced(group.reduced)}});
  }
  nlohmann::ordered_json json = {
      {"files", triage.files},           {"without_violation", triage.without_bug},
      {"not_judged", triage.not_judged}, {"facets_not_judged", triage.facets},
      {"unusable", triage.unusable},     {"bugs", std::move(bugs)}};
  AddContract(&json);
  return json.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

absl::Status WriteScenarios(const Triage& triage, const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return absl::UnavailableError(absl::StrCat(folder, ": ", error.message()));
  size_t number = 0;
  for (const auto& [bug, group] : triage.groups) {
    const std::string path =
        absl::StrCat(folder, "/", ++number, "_",
                     TestNameOf(absl::StrCat(bug.violation, " in ", bug.operation)), ".scn");
    const absl::Status written = WriteWhole(path, PrintReduced(group.reduced));
    if (!written.ok()) return written;
  }
  return absl::OkStatus();
}

}  // namespace

int TriageCommand(const Arguments& arguments) {
  const absl::Status subject = UseSubjectAndContractOf(arguments);
  if (!subject.ok()) return Fail(subject);
  const absl::StatusOr<ReduceOptions> options = ReduceOptionsOf(arguments);
  if (!options.ok()) return Fail(options.status());
  const absl::StatusOr<FacetSet> required = RequiredOf(arguments);
  if (!required.ok()) return Fail(required.status());
  const absl::StatusOr<std::vector<std::string>> files = FilesIn(arguments.files[0]);
  if (!files.ok()) return Fail(files.status());
  Triage triage;
  for (const std::string& file : *files) {
    const absl::Status taken = Take(file, *required, &triage);
    if (!taken.ok()) return Fail(taken);
  }
  for (auto& [bug, group] : triage.groups) {
    absl::StatusOr<Reduced> reduced = Reduce(group.smallest, *options);
    if (!reduced.ok()) return Fail(reduced.status());
    group.reduced = *std::move(reduced);
    // The scenario is listed under the bug that its first run showed, even if this run shows
    // another one.
    group.reduced.bug.emplace(FoundBug{bug, group.reduced.op_index});
  }
  const std::string text = arguments.IsJson() ? AsJson(triage) : AsText(triage);
  fwrite(text.data(), 1, text.size(), stdout);
  if (arguments.Has("output")) {
    const absl::Status written = WriteScenarios(triage, arguments.Get("output"));
    if (!written.ok()) return Fail(written);
  }
  if (!triage.groups.empty()) return kNotAsExpected;
  return triage.not_judged == 0 ? kAllAsExpected : kSomeNotJudged;
}

}  // namespace sim
