#include "sim/cli/explore/explore.h"

#include <algorithm>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "sim/cli/explore/adversaries.h"
#include "sim/cli/explore/race_places.h"
#include "sim/machine/load_trace.h"
#include "sim/oracle/oracle.h"
#include "sim/oracle/report.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

class Explorer {
 public:
  Explorer(const Scenario& scenario, const ExploreOptions& options, Judge& judge)
      : plain_(WithoutExpectations(scenario)), options_(options), judge_(judge) {
    // The scenario needs a second CPU.
    plain_.machine.cpus = std::max(plain_.machine.cpus, 2);
    deadline_ = absl::Now() + options.limit;
  }

  Explored Run(const Scenario& original) {
    for (size_t i = 0; i < plain_.ops.size() && result_.finished; ++i) {
      const Op& op = plain_.ops[i];
      if (!IsAccess(op.verb) || op.race) continue;
      if (options_.line != 0 && original.ops[i].line != options_.line) continue;
      ExploreAccess(i);
    }
    return std::move(result_);
  }

 private:
  void ExploreAccess(size_t index) {
    result_.accesses.push_back({.op_index = index, .outcomes = {}});
    const Outcome undisturbed = RunOnce(plain_, index, "");
    const std::vector<Op> adversaries =
        options_.adversaries.empty() ? StandardAdversaries(plain_, index, undisturbed,
                                                           &result_.accesses.back().pages_left_out)
                                     : options_.adversaries;
    for (const Op& adversary : adversaries) {
      const bool is_own = IsLibraryAccess(adversary.verb) && options_.adversaries.empty();
      if (is_own && !judge_.contract().nests) continue;
      TryAtAllPoints(index, std::span(&adversary, 1));
    }
    if (!options_.adversaries.empty()) return;
    for (uint64_t space = 0; space < kSpaces; ++space) {
      TryAtAllPoints(index, WhileItSleeps(plain_.ops[index], space));
    }
  }

  void TryAtAllPoints(size_t index, std::span<const Op> adversaries) {
    for (int point = 0; point < kRacePointCount && result_.finished; ++point) {
      TryEverywhere(index, adversaries, static_cast<RacePoint>(point));
    }
  }

  // Tries `adversaries` at the first, second, ... `point` of the access, up to the last.
  void TryEverywhere(size_t index, std::span<const Op> adversaries, RacePoint point) {
    if (point == RacePoint::kLoad && !judge_.runner().traces_loads()) return;
    if (options_.point.value_or(point) != point) return;
    sim::TryEverywhere(
        plain_, index, adversaries, point, options_.first, [&](const Scenario& raced) {
          const Op& race = raced.ops[index + adversaries.size() - 1];
          RunOnce(raced, index + adversaries.size(), PrintRaces(raced, index));
          if (!happened_) return false;
          size_t& points = result_.accesses.back().points[static_cast<size_t>(point)];
          points = std::max<size_t>(points, race.race->nth);
          if (absl::Now() > deadline_) result_.finished = false;
          return result_.finished;
        });
  }

  // The race lines of `raced` from `index` on, before the access.
  static std::string PrintRaces(const Scenario& raced, size_t index) {
    std::string text;
    for (; index + 1 < raced.ops.size(); ++index) {
      absl::StrAppend(&text, text.empty() ? "" : "; ", PrintOp(raced.ops[index]));
    }
    return text;
  }

  // Runs `scenario`; the access at `index` is raced by `race`, if that is not empty. Sets
  // happened_.
  Outcome RunOnce(const Scenario& scenario, size_t index, const std::string& race) {
    const Judge::Judged judged = judge_.Run(scenario);
    ++result_.runs;
    constexpr size_t kProgressEvery = 1024;
    if (options_.progress && result_.runs % kProgressEvery == 0) options_.progress(result_.runs);
    happened_ = HasRaced(judged.trace, index);
    if (happened_ || race.empty()) NoteOutcome(scenario.ops[index].verb, judged.trace, index, race);
    NoteWhatIsNotJudged(scenario, judged.verdict, race);
    const std::optional<BugIdentity> bug = IdentityOf(scenario, judged.verdict);
    if (bug) NoteBug(*bug, scenario);
    return judged.trace.ops[index].outcome;
  }

  void NoteWhatIsNotJudged(const Scenario& scenario, const Verdict& verdict,
                           const std::string& race) {
    result_.subject = verdict.subject;
    result_.facets_not_judged = result_.facets_not_judged.Or(verdict.facets_not_judged);
    result_.facets_judged =
        result_.facets_judged.Or(verdict.facets_judged).Without(result_.facets_not_judged);
    result_.required_not_judged = result_.facets_not_judged.And(options_.required);
    const bool was_cut_short =
        verdict.not_judged && verdict.not_judged->reason != NotJudgedReason::kStateDiffers;
    if (!was_cut_short && verdict.not_offered.empty()) return;
    if (++result_.not_explored.runs > 1) return;
    std::string& example = result_.not_explored.example;
    example = PrintNotJudged(scenario, verdict);
    example.pop_back();
    absl::StrAppend(&example, race.empty() ? "; undisturbed" : "; by ", race);
  }

  void NoteOutcome(Verb verb, const Trace& trace, size_t index, const std::string& race) {
    std::vector<ExploredOutcome>& outcomes = result_.accesses.back().outcomes;
    std::string text = PrintOutcome(verb, trace.ops[index].outcome);
    const auto found =
        std::find_if(outcomes.begin(), outcomes.end(),
                     [&](const ExploredOutcome& outcome) { return outcome.outcome == text; });
    if (found != outcomes.end()) {
      ++found->runs;
    } else {
      outcomes.push_back({std::move(text), 1, race});
    }
  }

  void NoteBug(const BugIdentity& identity, const Scenario& scenario) {
    const auto found =
        std::find_if(result_.bugs.begin(), result_.bugs.end(),
                     [&](const ExploredBug& bug) { return bug.identity == identity; });
    if (found != result_.bugs.end()) {
      ++found->runs;
    } else {
      result_.bugs.push_back({identity, 1, scenario});
    }
  }

  Scenario plain_;
  const ExploreOptions& options_;
  Judge& judge_;
  absl::Time deadline_;
  Explored result_;
  bool happened_ = false;  // of the last run
};

}  // namespace

Explored Explore(const Scenario& scenario, const ExploreOptions& options, Judge& judge) {
  return Explorer(scenario, options, judge).Run(scenario);
}

}  // namespace sim
