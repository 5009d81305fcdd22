#include "sim/cli/bug/reduce.h"

#include <unistd.h>

#include <cstdio>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "sim/cli/bug/judge.h"
#include "sim/cli/bug/minimize.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

// The time limit for a candidate that hangs.
constexpr int kCandidateSeconds = 2;

MinimizeOptions OptionsFor(const ReduceOptions& options) {
  MinimizeOptions result{.limit = options.limit, .progress = {}};
  if (options.progress) {
    result.progress = [](size_t runs, size_t ops) {
      absl::FPrintF(stderr, "\rminimising: %d runs, %d operations left ", runs, ops);
      fflush(stderr);
    };
  }
  return result;
}

// "RUNS FINISHED", then the scenario's text.
std::string Serialize(const Minimized& minimized) {
  return absl::StrCat(minimized.runs, " ", minimized.finished ? 1 : 0, "\n",
                      PrintScenario(minimized.scenario));
}

// Precondition: Serialize made `text`.
Minimized Deserialize(const std::string& text, const Scenario& original) {
  const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits('\n', 1));
  const std::vector<std::string> numbers = absl::StrSplit(parts[0], ' ');
  Minimized minimized;
  absl::StatusOr<Scenario> scenario = ParseScenario(parts.back(), "minimised");
  if (numbers.size() != 2 || !scenario.ok()) return {original};
  static_cast<void>(absl::SimpleAtoi(numbers[0], &minimized.runs));
  minimized.finished = numbers[1] == "1";
  minimized.scenario = WithoutExpectations(*std::move(scenario));
  minimized.changed = !(minimized.scenario == WithoutExpectations(original));
  return minimized;
}

absl::StatusOr<Minimized> MinimizeApart(const Scenario& scenario, const BugIdentity& bug,
                                        const ReduceOptions& options) {
  if (bug.violation == kCrash) {
    // Every candidate may kill its process, so each runs in its own child: hundreds of children
    // make this slow.
    return Minimize(
        scenario, bug,
        [](const Scenario& candidate) -> std::optional<BugIdentity> {
          const absl::StatusOr<std::optional<FoundBug>> found =
              FindBugInFreshProcess(candidate, kCandidateSeconds);
          if (!found.ok() || !found->has_value()) return std::nullopt;
          return (*found)->identity;
        },
        OptionsFor(options));
  }
  const auto seconds = static_cast<int>(absl::ToInt64Seconds(options.limit));
  const absl::StatusOr<std::string> answer = InFreshProcess(
      [&]() -> std::string {
        absl::StatusOr<Judge> judge = Judge::Create();
        if (!judge.ok()) return "";
        return Serialize(Minimize(
            scenario, bug, [&](const Scenario& candidate) { return judge->FindBug(candidate); },
            OptionsFor(options)));
      },
      seconds + kFreshProcessSeconds);
  if (!answer.ok()) return answer.status();
  return Deserialize(*answer, scenario);
}

}  // namespace

absl::StatusOr<Reduced> Reduce(const Scenario& scenario, const ReduceOptions& options) {
  const absl::StatusOr<std::optional<FoundBug>> found = FindBugInFreshProcess(scenario);
  if (!found.ok()) return found.status();
  Reduced reduced{.bug = *found, .scenario = scenario, .note = ""};
  if (!reduced.bug) return reduced;
  const BugIdentity& bug = reduced.bug->identity;
  reduced.scenario = WithoutExpectations(scenario);
  reduced.op_index = reduced.bug->op_index;
  if (options.as_is) {
    reduced.note = "as it was given";
    return reduced;
  }
  const absl::StatusOr<Minimized> minimized = MinimizeApart(scenario, bug, options);
  if (options.progress) fputs("\r\033[K", stderr);
  if (!minimized.ok()) {
    reduced.note =
        absl::StrCat("not minimised: a candidate's run was ", minimized.status().message());
    return reduced;
  }
  reduced.runs = minimized->runs;
  const absl::StatusOr<std::optional<FoundBug>> again = FindBugInFreshProcess(minimized->scenario);
  if (!again.ok()) return again.status();
  if (!*again || (*again)->identity != bug) {
    reduced.note = "not minimised: the bug shows only after other runs";
    return reduced;
  }
  reduced.scenario = minimized->scenario;
  reduced.op_index = (*again)->op_index;
  reduced.changed = minimized->changed;
  if (!minimized->finished) reduced.note = "the time was over before it was minimal";
  return reduced;
}

}  // namespace sim
