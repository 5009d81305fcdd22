// axsim explore: one thing done by another CPU, at every point of every access.
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "sim/cli/bug/reduce.h"
#include "sim/cli/commands/commands.h"
#include "sim/cli/commands/reduce_input.h"
#include "sim/cli/contract_json.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/explore/explore.h"
#include "sim/cli/facet_json.h"
#include "sim/cli/input.h"
#include "sim/cli/process.h"
#include "sim/scenario/names.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

constexpr absl::Duration kReduceLimit = absl::Seconds(10);

absl::StatusOr<ExploreOptions> ExploreOptionsOf(const Arguments& arguments) {
  ExploreOptions options;
  const absl::StatusOr<absl::Duration> limit = SecondsOf(arguments, "60");
  if (!limit.ok()) return limit.status();
  options.limit = *limit;
  const absl::StatusOr<FacetSet> required = RequiredOf(arguments);
  if (!required.ok()) return required.status();
  options.required = *required;
  const std::string line = arguments.Get("line", "0");
  if (!absl::SimpleAtoi(line, &options.line) || (arguments.Has("line") && options.line < 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--line=", line, ": expected the number of a line of the text"));
  }
  if (arguments.Has("with")) {
    const absl::StatusOr<Scenario> parsed = ParseScenario(
        absl::StrCat("machine cpus=", kMaxCpus, "\n", arguments.Get("with")), "--with");
    if (!parsed.ok()) {
      // The line before it is ours.
      return absl::InvalidArgumentError(
          absl::StrReplaceAll(parsed.status().message(), {{"--with:2:", "--with:1:"}}));
    }
    if (parsed->ops.size() != 1 || parsed->ops[0].race ||
        parsed->ops[0].expect.kind != StatedExpectation::Kind::kNone) {
      return absl::InvalidArgumentError("--with: expected one operation without race and =>");
    }
    options.adversaries = parsed->ops;
  }
  const std::string from = arguments.Get("from", "1");
  if (!absl::SimpleAtoi(from, &options.first) || options.first < 1) {
    return absl::InvalidArgumentError(absl::StrCat("--from=", from, ": expected a number from 1"));
  }
  for (int i = 0; i < kRacePointCount; ++i) {
    const auto point = static_cast<RacePoint>(i);
    if (arguments.Get("point") == RacePointName(point)) options.point = point;
  }
  if (options.point == RacePoint::kLoad && !CanRaceAtLoads()) {
    return absl::InvalidArgumentError(
        "--point=load: expected a build that traces loads, as clang's do, and a subject that "
        "reports its own");
  }
  if (isatty(STDERR_FILENO) != 0) {
    options.progress = [](size_t runs) { absl::FPrintF(stderr, "\rexploring: %d runs ", runs); };
  }
  return options;
}

// The number of tested places of each point.
std::string PointsText(const ExploredAccess& access, std::optional<RacePoint> only) {
  std::string text;
  for (int i = 0; i < kRacePointCount; ++i) {
    const auto point = static_cast<RacePoint>(i);
    if (only.value_or(point) != point) continue;
    const size_t count = access.points[static_cast<size_t>(i)];
    const bool untraced = point == RacePoint::kLoad && !CanRaceAtLoads();
    absl::StrAppend(&text, text.empty() ? "" : ", ", RacePointName(point), " ",
                    untraced ? "not traced" : absl::StrCat(count));
  }
  return text;
}

// The end of the exploration, in a few words.
std::string EndText(const Explored& explored) {
  if (!explored.finished) return "the time was over";
  return explored.IsWhole() ? "explored" : "explored in part";
}

std::string AsText(const std::string& file, const Scenario& scenario, const Explored& explored,
                   const std::vector<Reduced>& bugs, std::optional<RacePoint> only) {
  std::string text = absl::StrCat(file, "\n");
  for (const ExploredAccess& access : explored.accesses) {
    const Op& op = scenario.ops[access.op_index];
    absl::StrAppend(&text, op.line != 0 ? absl::StrCat("line ", op.line) : "operation", ": ",
                    PrintOp(op), "\n  points: ", PointsText(access, only), "\n");
    if (access.pages_left_out > 0) {
      absl::StrAppendFormat(&text,
                            "  %d pages in the middle of the range: attacked with all others only, "
                            "not one by one (--with does that)\n",
                            access.pages_left_out);
    }
    for (const ExploredOutcome& outcome : access.outcomes) {
      absl::StrAppendFormat(&text, "  %7d  %-40s %s\n", outcome.runs, outcome.outcome,
                            outcome.example.empty() ? "undisturbed" : outcome.example);
    }
  }
  for (size_t i = 0; i < bugs.size(); ++i) {
    absl::StrAppendFormat(&text, "\nviolation in %d runs:\n", explored.bugs[i].runs);
    absl::StrAppend(&text, PrintReduced(bugs[i]));
  }
  if (explored.not_explored.runs > 0) {
    absl::StrAppendFormat(
        &text,
        "\n%d runs were not judged in whole, and what comes after their races was "
        "not tried; the first:\n%s\n",
        explored.not_explored.runs, explored.not_explored.example);
  }
  absl::StrAppend(&text, PrintFacetGaps(explored.facets_not_judged, explored.subject,
                                        explored.required_not_judged));
  absl::StrAppendFormat(&text, "%s: %d accesses, %d runs, %d violations%s\n", EndText(explored),
                        explored.accesses.size(), explored.runs, explored.bugs.size(),
                        ByContract());
  return text;
}

std::string AsJson(const std::string& file, const Scenario& scenario, const Explored& explored,
                   const std::vector<Reduced>& bugs) {
  nlohmann::ordered_json json = {
      {"file", file},
      {"runs", explored.runs},
      {"finished", explored.finished},
      {"runs_not_judged", explored.not_explored.runs},
      {"first_not_judged", explored.not_explored.example},
      {"loads_traced", CanRaceAtLoads()},
      {"facets", FacetsJson(explored.facets_judged, explored.facets_not_judged, explored.subject,
                            explored.required_not_judged)},
      {"accesses", nlohmann::ordered_json::array()},
      {"violations", nlohmann::ordered_json::array()}};
  AddContract(&json);
  for (const ExploredAccess& access : explored.accesses) {
    nlohmann::ordered_json entry = {{"operation", PrintOp(scenario.ops[access.op_index])},
                                    {"line", scenario.ops[access.op_index].line},
                                    {"points", nlohmann::ordered_json::object()},
                                    {"pages_left_out", access.pages_left_out},
                                    {"outcomes", nlohmann::ordered_json::array()}};
    for (int i = 0; i < kRacePointCount; ++i) {
      entry["points"][std::string(RacePointName(static_cast<RacePoint>(i)))] =
          access.points[static_cast<size_t>(i)];
    }
    for (const ExploredOutcome& outcome : access.outcomes) {
      entry["outcomes"].push_back(
          {{"outcome", outcome.outcome}, {"runs", outcome.runs}, {"example", outcome.example}});
    }
    json["accesses"].push_back(std::move(entry));
  }
  for (size_t i = 0; i < bugs.size(); ++i) {
    json["violations"].push_back({{"bug", PrintIdentity(explored.bugs[i].identity)},
                                  {"runs", explored.bugs[i].runs},
                                  {"scenario", PrintReduced(bugs[i])}});
  }
  return json.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

// Each bug's first scenario, made small.
absl::StatusOr<std::vector<Reduced>> ReduceAll(const Explored& explored, bool progress) {
  std::vector<Reduced> all;
  for (const ExploredBug& bug : explored.bugs) {
    absl::StatusOr<Reduced> reduced =
        Reduce(bug.scenario, {.limit = kReduceLimit, .progress = progress});
    if (!reduced.ok()) return reduced.status();
    if (!reduced->bug) {
      // It shows only after other runs, which is a bug of the simulator.
      return absl::InternalError(absl::StrCat("not the same alone: ", PrintIdentity(bug.identity),
                                              "\n", PrintScenario(bug.scenario)));
    }
    all.push_back(*std::move(reduced));
  }
  return all;
}

absl::StatusOr<Explored> ExploreHere(const Scenario& scenario, const ExploreOptions& options,
                                     size_t max_events) {
  // Destroyed at return, because the next steps need fresh processes.
  absl::StatusOr<Judge> judge = Judge::Create();
  if (!judge.ok()) return judge.status();
  judge->runner().set_max_events(max_events);
  const UnderTest under_test;
  return Explore(scenario, options, *judge);
}

}  // namespace

int ExploreCommand(const Arguments& arguments) {
  const absl::Status subject = UseSubjectAndContractOf(arguments);
  if (!subject.ok()) return Fail(subject);
  const absl::StatusOr<ExploreOptions> options = ExploreOptionsOf(arguments);
  if (!options.ok()) return Fail(options.status());
  const absl::StatusOr<size_t> max_events = MaxEventsOf(arguments);
  if (!max_events.ok()) return Fail(max_events.status());
  const std::string& file = arguments.files[0];
  const absl::StatusOr<Input> input = LoadRunnable(file);
  if (!input.ok()) return Fail(input.status());
  const absl::StatusOr<Explored> explored = ExploreHere(input->scenario, *options, *max_events);
  if (!explored.ok()) return Fail(explored.status());
  const bool progress = static_cast<bool>(options->progress);
  if (progress) fputs("\r\033[K", stderr);
  if (explored->accesses.empty()) {
    return Fail(absl::InvalidArgumentError(
        absl::StrCat(file, ": no access to explore",
                     options->line != 0 ? absl::StrCat(" on line ", options->line) : "")));
  }
  const absl::StatusOr<std::vector<Reduced>> bugs = ReduceAll(*explored, progress);
  if (!bugs.ok()) return Fail(bugs.status());
  const std::string text = arguments.IsJson()
                               ? AsJson(file, input->scenario, *explored, *bugs)
                               : AsText(file, input->scenario, *explored, *bugs, options->point);
  fwrite(text.data(), 1, text.size(), stdout);
  if (!bugs->empty()) return kNotAsExpected;
  return explored->IsWhole() ? kAllAsExpected : kSomeNotJudged;
}

}  // namespace sim
