#include "sim/cli/commands/reduce_input.h"

#include <unistd.h>

#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "sim/cli/bug/judge.h"
#include "sim/cli/commands/commands.h"
#include "sim/cli/facet_json.h"
#include "sim/cli/race_json.h"
#include "sim/cli/story/story.h"
#include "sim/oracle/race_report.h"
#include "sim/oracle/report.h"
#include "sim/scenario/scenario_text.h"

namespace sim {

absl::StatusOr<absl::Duration> SecondsOf(const Arguments& arguments, absl::string_view otherwise) {
  constexpr int kMaxSeconds = 3600;
  int seconds = 0;
  const std::string text = arguments.Get("seconds", otherwise);
  if (!absl::SimpleAtoi(text, &seconds) || seconds < 1 || seconds > kMaxSeconds) {
    return absl::InvalidArgumentError(
        absl::StrCat("--seconds=", text, ": expected a number from 1 to ", kMaxSeconds));
  }
  return absl::Seconds(seconds);
}

absl::StatusOr<ReduceOptions> ReduceOptionsOf(const Arguments& arguments) {
  const absl::StatusOr<absl::Duration> limit = SecondsOf(arguments, "10");
  if (!limit.ok()) return limit.status();
  return ReduceOptions{
      .as_is = arguments.Has("as-is"), .limit = *limit, .progress = isatty(STDERR_FILENO) != 0};
}

absl::StatusOr<ReducedInput> ReduceInput(const std::string& path, const Arguments& arguments) {
  const absl::StatusOr<ReduceOptions> options = ReduceOptionsOf(arguments);
  if (!options.ok()) return options.status();
  const absl::Status subject = UseSubjectAndContractOf(arguments);
  if (!subject.ok()) return subject;
  const absl::StatusOr<FacetSet> required = RequiredOf(arguments);
  if (!required.ok()) return required.status();
  absl::StatusOr<Input> input = LoadRunnable(path);
  if (!input.ok()) return input.status();
  absl::StatusOr<Reduced> reduced = Reduce(input->scenario, *options);
  if (!reduced.ok()) return reduced.status();
  return ReducedInput{*std::move(input), *std::move(reduced), *required};
}

std::string PrintReduced(const Reduced& reduced) {
  return absl::StrCat("# ", PrintIdentity(reduced.bug->identity), ByContract(), "\n",
                      PrintScenario(WithPrediction(reduced.scenario, reduced.op_index)));
}

std::string PrintReduction(const ReducedInput& done) {
  const Reduced& reduced = done.reduced;
  const size_t before = done.input.scenario.ops.size();
  if (!reduced.note.empty()) return reduced.note;
  if (!reduced.changed) return absl::StrCat("it was minimal: ", before, " operations");
  return absl::StrCat("minimised: ", before, " -> ", reduced.scenario.ops.size(), " operations");
}

NoBug LookAgain(const Scenario& scenario, FacetSet required) {
  static constexpr char kSeparator = '\0';
  constexpr size_t kParts = 8;
  const absl::StatusOr<std::string> said = InFreshProcess([&]() -> std::string {
    absl::StatusOr<Judge> judge = Judge::Create();
    if (!judge.ok()) return std::string(judge.status().message());
    const Judge::Judged judged = judge->Run(scenario);
    const std::string unmet =
        PrintUnmet(scenario, CheckStated(scenario, judged.trace, judged.verdict));
    std::string provoked;
    for (const Violation& violation : ListedOf(judged.verdict)) {
      absl::StrAppend(&provoked, PrintViolation(scenario, violation), "\n");
    }
    absl::StrAppend(&provoked, PrintUnlisted(judged.verdict));
    const std::vector<RaceReport> races = ReportRaces(scenario, judged.trace);
    return absl::StrJoin({unmet, provoked, PrintNotJudged(scenario, judged.verdict),
                          PrintFacetsNotJudged(judged.verdict, required),
                          PrintRaces(scenario, races), RacesJson(scenario, races).dump(),
                          FacetsJson(judged.verdict.facets_judged, judged.verdict.facets_not_judged,
                                     judged.verdict.subject, required)
                              .dump(),
                          PrintFacetNames(judged.verdict.facets_not_judged.And(required))},
                         absl::string_view(&kSeparator, 1));
  });
  const std::string text = said.ok() ? *said : std::string(said.status().message());
  const std::vector<std::string> parts = absl::StrSplit(text, kSeparator);
  if (parts.size() != kParts) {
    NoBug failed;
    failed.not_judged = absl::StrCat("not judged: the run in a fresh process failed: ", text, "\n");
    failed.races_json = "[]";
    failed.facets_json = "{}";
    return failed;
  }
  return {parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6], parts[7]};
}

}  // namespace sim
