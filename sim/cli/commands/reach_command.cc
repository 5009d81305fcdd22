// axsim reach: the least and the largest value of each quantity in files, the powers of two between
// them that are missing, and those for which the value before, at or after them is missing.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/cli/commands/commands.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/input.h"
#include "sim/scenario/reach.h"

namespace sim {
namespace {

namespace fs = std::filesystem;

// The file `path`, or all files below the folder `path`, sorted by name. Errors: those of the
// system for the folder.
absl::StatusOr<std::vector<std::string>> FilesBelow(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> files;
  auto entry = fs::recursive_directory_iterator(path, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (entry->is_regular_file(error)) files.push_back(entry->path().string());
  }
  if (error) return absl::UnavailableError(absl::StrCat(path, ": ", error.message()));
  std::sort(files.begin(), files.end());
  return files;
}

std::string AsText(const Reach& reach, size_t unreadable) {
  std::string text =
      absl::StrFormat("%-38s%10s%12s%22s  %s; %s\n", "quantity", "values", "least", "most",
                      "powers of two without a value", "powers of two without a neighbour");
  for (int i = 0; i < kQuantityCount; ++i) {
    const auto quantity = static_cast<Quantity>(i);
    const ReachedValues& values = reach.of(quantity);
    if (values.count() == 0) {
      absl::StrAppendFormat(&text, "%-38s%10d\n", NameOf(quantity), 0);
      continue;
    }
    absl::StrAppendFormat(&text, "%-38s%10d%12d%22d  %s; %s\n", NameOf(quantity), values.count(),
                          values.least(), values.most(), values.Gaps(), values.OneSided());
  }
  absl::StrAppendFormat(&text, "%d scenarios, %d files without one\n", reach.scenarios(),
                        unreadable);
  return text;
}

std::string AsJson(const Reach& reach, size_t unreadable) {
  nlohmann::ordered_json quantities = nlohmann::ordered_json::array();
  for (int i = 0; i < kQuantityCount; ++i) {
    const auto quantity = static_cast<Quantity>(i);
    const ReachedValues& values = reach.of(quantity);
    nlohmann::ordered_json row = {{"quantity", NameOf(quantity)}, {"values", values.count()}};
    if (values.count() != 0) {
      row["least"] = values.least();
      row["most"] = values.most();
      row["powers"] = nlohmann::ordered_json::array();
      for (int power = 0; power < 64; ++power) {
        if (values.Has(power)) row["powers"].push_back(power);
      }
      row["gaps"] = values.Gaps();
      row["one_sided"] = values.OneSided();
    }
    quantities.push_back(row);
  }
  const nlohmann::ordered_json json = {{"scenarios", reach.scenarios()},
                                       {"files_without_one", unreadable},
                                       {"quantities", quantities}};
  return json.dump() + "\n";
}

}  // namespace

int ReachCommand(const Arguments& arguments) {
  Reach reach;
  size_t unreadable = 0;
  for (const std::string& path : arguments.files) {
    const absl::StatusOr<std::vector<std::string>> files = FilesBelow(path);
    if (!files.ok()) return Fail(files.status());
    const bool is_named = files->size() == 1 && files->front() == path;
    for (const std::string& file : *files) {
      const absl::StatusOr<Input> input = LoadInput(file);
      if (input.ok()) {
        reach.Add(input->scenario);
      } else if (is_named) {
        return Fail(input.status());
      } else {
        ++unreadable;
      }
    }
  }
  const std::string text =
      arguments.IsJson() ? AsJson(reach, unreadable) : AsText(reach, unreadable);
  fwrite(text.data(), 1, text.size(), stdout);
  return kAllAsExpected;
}

}  // namespace sim
