// axsim ring0: scenarios in ring 0 of an emulated machine.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "sim/cli/commands/commands.h"
#include "sim/cli/commands/reduce_input.h"
#include "sim/cli/commands/ring0_modes.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/input.h"
#include "sim/ring0/host/ring0.h"

namespace sim {
namespace {

// Indexed by ring0::Bug.
constexpr absl::string_view kBugNames[] = {"none",
                                           "not-opened",
                                           "closed-for-good",
                                           "handler-stays-open",
                                           "write-protect-off",
                                           "handler-keeps-flag",
                                           "hangs",
                                           "triple-faults",
                                           "no-shootdown",
                                           "no-local-flush",
                                           "abandon-leaves-ac",
                                           "flag-not-saved"};
static_assert(std::size(kBugNames) == ring0::kBugCount);

absl::StatusOr<ring0::Bug> BugOf(const std::string& name) {
  const auto* const found = std::find(std::begin(kBugNames), std::end(kBugNames), name);
  if (found != std::end(kBugNames)) return static_cast<ring0::Bug>(found - std::begin(kBugNames));
  std::string names;
  for (const absl::string_view known : kBugNames) {
    absl::StrAppend(&names, names.empty() ? "" : ", ", known);
  }
  return absl::InvalidArgumentError(absl::StrCat("--bug=", name, ": expected one of ", names));
}

// The options of the runs of one image, with one subject and one number of processors.
absl::StatusOr<Ring0Options> Ring0OptionsOf(const Arguments& arguments, const std::string& image,
                                            const std::string& subject, const std::string& cpus) {
  Ring0Options options;
  options.subject = subject;
  options.emulator.image = image;
  if (!std::filesystem::exists(options.emulator.image)) {
    return absl::NotFoundError(
        absl::StrCat(options.emulator.image, ": no such image; ninja ring0_images builds it"));
  }
  if (cpus != "1" && cpus != "2") {
    return absl::InvalidArgumentError(absl::StrCat("--cpus=", cpus, ": expected 1 or 2"));
  }
  options.processors = cpus == "2" ? 2 : 1;
  options.emulator.cpu = arguments.Get("cpu", options.emulator.cpu);
  const absl::StatusOr<absl::Duration> seconds = SecondsOf(arguments, "120");
  if (!seconds.ok()) return seconds.status();
  options.emulator.seconds = static_cast<int>(absl::ToInt64Seconds(*seconds));
  const absl::StatusOr<ring0::Bug> bug = BugOf(arguments.Get("bug", "none"));
  if (!bug.ok()) return bug.status();
  options.bug = *bug;
  return options;
}

// One element for each combination of the listed subjects, images and numbers of processors.
absl::StatusOr<std::vector<Ring0Options>> AllOptionsOf(const Arguments& arguments) {
  const auto named = [&](const char* option, const char* otherwise) -> std::vector<std::string> {
    return absl::StrSplit(arguments.Get(option, otherwise), ',');
  };
  std::vector<Ring0Options> all;
  for (const std::string& image : named("image", AXPTR_RING0_IMAGE)) {
    for (const std::string& subject : named("subject", "words")) {
      for (const std::string& cpus : named("cpus", "1")) {
        absl::StatusOr<Ring0Options> one = Ring0OptionsOf(arguments, image, subject, cpus);
        if (!one.ok()) return one.status();
        all.push_back(*std::move(one));
      }
    }
  }
  return all;
}

// The named files, and the files in the named folders, in order.
std::vector<std::string> ScenariosOf(const Arguments& arguments) {
  std::vector<std::string> files;
  for (const std::string& file : arguments.files) {
    if (!std::filesystem::is_directory(file)) {
      files.push_back(file);
      continue;
    }
    std::vector<std::string> inside;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(file)) {
      if (entry.path().extension() == ".scn") inside.push_back(entry.path().string());
    }
    std::sort(inside.begin(), inside.end());
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

}  // namespace

int Ring0Status(const Ring0Report& report) {
  if (!report.inconclusive.empty()) return kSomeNotJudged;
  if (!report.IsGood()) return kNotAsExpected;
  size_t not_run = 0;
  for (const size_t scenarios : report.not_run) not_run += scenarios;
  const size_t not_compared = report.not_compared + report.not_simulated + report.kernel_touches;
  return not_run + not_compared == 0 ? kAllAsExpected : kSomeNotJudged;
}

namespace {

int Ring0ExampleCommand(const Arguments& /*arguments*/, const Ring0Options& options) {
  const absl::StatusOr<std::string> text = RunExampleInRing0(options);
  if (!text.ok()) return Fail(text.status());
  absl::PrintF("%s", *text);
  return text->find("WRONG") == std::string::npos ? kAllAsExpected : kNotAsExpected;
}

using Mode = int (*)(const Arguments& arguments, const Ring0Options& options);

// Returns nullopt for the default: running the scenarios of files.
std::optional<Mode> ModeOf(const Arguments& arguments) {
  if (arguments.Has("example")) return Ring0ExampleCommand;
  if (arguments.Has("random")) return Ring0RandomCommand;
  if (arguments.Has("costs")) return Ring0CostsCommand;
  return std::nullopt;
}

int WorstOf(const std::vector<Ring0Column>& columns) {
  int worst = kAllAsExpected;
  for (const Ring0Column& column : columns) worst = WorseStatus(worst, Ring0Status(column.report));
  return worst;
}

}  // namespace

int Ring0Command(const Arguments& arguments) {
  absl::StatusOr<std::vector<Ring0Options>> all = AllOptionsOf(arguments);
  if (!all.ok()) return Fail(all.status());
  const std::string accelerator = arguments.Get("accel", "tcg");
  if (accelerator != "tcg") {
    const absl::StatusOr<std::string> why_not = WhyNotKvm(all->front());
    if (!why_not.ok()) return Fail(why_not.status());
    if (why_not->empty()) {
      for (Ring0Options& options : *all) options.emulator.accelerator = "kvm";
    } else {
      absl::PrintF("KVM is not used: %s\n", *why_not);
      if (accelerator == "kvm") return kSomeNotJudged;
    }
  }
  if (const std::optional<Mode> mode = ModeOf(arguments)) {
    int worst = kAllAsExpected;
    for (const Ring0Options& options : *all) {
      absl::PrintF("== %s: %s, processors: %d\n", options.emulator.image, options.subject,
                   options.processors);
      worst = WorseStatus(worst, (*mode)(arguments, options));
    }
    return worst;
  }
  if (arguments.files.empty()) {
    return Fail(absl::InvalidArgumentError("ring0: expected FILE|FOLDER..., or --random=N"));
  }
  std::vector<NamedScenario> scenarios;
  for (const std::string& file : ScenariosOf(arguments)) {
    absl::StatusOr<Scenario> scenario = LoadScenario(file);
    if (!scenario.ok()) return Fail(scenario.status());
    scenarios.push_back({file, *std::move(scenario)});
  }
  const absl::StatusOr<std::vector<Ring0Column>> columns = RunAllInRing0(scenarios, *all);
  if (!columns.ok()) return Fail(columns.status());
  const std::string text = PrintRing0Table(*columns);
  fwrite(text.data(), 1, text.size(), stdout);
  return WorstOf(*columns);
}

}  // namespace sim
