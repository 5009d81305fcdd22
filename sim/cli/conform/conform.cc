#include "sim/cli/conform/conform.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "sim/cli/bug/fresh_process.h"
#include "sim/cli/bug/judge.h"
#include "sim/cli/conform/trial_run.h"
#include "sim/cli/facet_json.h"
#include "sim/oracle/deviation.h"
#include "sim/oracle/oracle.h"
#include "sim/oracle/report.h"
#include "sim/scenario/library_call.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

// The number of situations of a function that may hang; after that the others are not tried.
constexpr int kMaxHangs = 2;
constexpr char kHangs[] = "the function did not end in other situations";
// The reason why no race happened in a cell of races.
constexpr char kNoStep[] = "no step of the call is seen, at which another CPU could act";
// The number of shortest scenarios of a failing cell that are tried alone. The first that fails
// alone is shown for the cell.
constexpr size_t kCandidates = 3;

void Count(TrialState state, ConformCounts* counts) {
  switch (state) {
    case TrialState::kNotTried:
      break;
    case TrialState::kPassed:
      ++counts->passed;
      break;
    case TrialState::kFailed:
      ++counts->failed;
      break;
    case TrialState::kNotJudged:
      ++counts->not_judged;
      break;
    case TrialState::kNotOffered:
      ++counts->not_offered;
      break;
  }
}

// Whether the subject has the function for elements of at least one type. Does not call the
// subject, because such a call could crash or hang.
bool HasFunction(Verb verb, axptr_subject subject) {
  subject.takes_element = nullptr;
  Op op;
  op.verb = verb;
  Op single = op;
  single.is_single = true;
  return IsOffered(op, subject) || IsOffered(single, subject);
}

// ---- The scenario that is shown for a failing cell.

struct Candidate {
  Scenario scenario;
  size_t call = 0;
  std::string text;
};

// Whether `a` is easier to read than `b`: fewer operations, then a shorter text.
bool IsShorter(const Candidate& a, const Candidate& b) {
  const auto key = [](const Candidate& one) {
    return std::pair(one.scenario.ops.size(), one.text.size());
  };
  return key(a) < key(b);
}

// Calls `use` with each trial of the cell whose state in `run` is `state`.
template <typename Use>
void ForEachIn(TrialState state, size_t contract, const Situation& situation, Verb verb,
               const CellRun& run, Use use) {
  size_t index = 0;
  situation.make(situation, verb, [&](const Trial& trial) {
    if (index >= run.records.size()) return false;
    const TrialRecord& record = run.records[index++];
    if (record.states[contract] == state) use(trial);
    return record.happened != 0;
  });
}

std::vector<Candidate> ShortestFailing(const Situation& situation, Verb verb, const CellRun& run,
                                       size_t contract) {
  std::vector<Candidate> shortest;
  ForEachIn(TrialState::kFailed, contract, situation, verb, run, [&](const Trial& trial) {
    Candidate candidate = {trial.scenario, trial.call, ""};
    if (shortest.size() == kCandidates &&
        candidate.scenario.ops.size() > shortest.back().scenario.ops.size()) {
      return;
    }
    candidate.text = PrintScenario(candidate.scenario);
    const auto place = std::upper_bound(shortest.begin(), shortest.end(), candidate, IsShorter);
    shortest.insert(place, std::move(candidate));
    if (shortest.size() > kCandidates) shortest.pop_back();
  });
  return shortest;
}

// A scenario whose only known property is that its call fails.
FailingScenario FailingAs(const char* violation, Candidate candidate, bool alone) {
  BugIdentity bug;
  bug.violation = violation;
  bug.operation = OperationName(candidate.scenario.ops[candidate.call]);
  return {std::move(candidate.scenario), std::move(bug), candidate.call, alone};
}

absl::StatusOr<FailingScenario> FailingOf(const Situation& situation, Verb verb, const CellRun& run,
                                          size_t contract, int seconds) {
  std::vector<Candidate> candidates = ShortestFailing(situation, verb, run, contract);
  if (run.has_hung) candidates.resize(1);  // each hanging run takes the whole time limit
  for (Candidate& candidate : candidates) {
    absl::StatusOr<std::optional<FoundBug>> found =
        FindBugInFreshProcess(candidate.scenario, seconds);
    // There is a machine, so that the subject wrote into the answer.
    if (absl::IsFailedPrecondition(found.status())) {
      return FailingAs(kCrash, std::move(candidate), /*alone=*/true);
    }
    if (!found.ok()) return found.status();
    if (!*found) continue;
    return FailingScenario{std::move(candidate.scenario), (*found)->identity, (*found)->op_index,
                           /*alone=*/true};
  }
  return FailingAs(run.ending.empty() ? "some violation" : kCrash, std::move(candidates.front()),
                   /*alone=*/false);
}

// The reason why the first scenario without a judgement was not judged; one line.
std::string ReasonOf(const Situation& situation, Verb verb, const CellRun& run, size_t contract,
                     const ConformOptions& options) {
  std::optional<Scenario> first;
  ForEachIn(TrialState::kNotJudged, contract, situation, verb, run, [&](const Trial& trial) {
    if (!first) first = trial.scenario;
  });
  const absl::StatusOr<std::string> said = InFreshProcess(
      [&]() -> std::string {
        absl::StatusOr<Judge> judge = Judge::Create();
        if (!judge.ok()) return std::string(judge.status().message());
        const Verdict& verdict = judge->Run(*first).verdict;
        return absl::StrCat(PrintNotJudged(*first, verdict),
                            PrintFacetsNotJudged(verdict, options.required));
      },
      options.seconds);
  const std::string text = said.ok() ? *said : std::string(said.status().message());
  std::string line = std::vector<std::string>(absl::StrSplit(text, '\n')).front();
  constexpr absl::string_view kPrefix = "not judged: ";
  if (absl::string_view(line).substr(0, kPrefix.size()) == kPrefix) line.erase(0, kPrefix.size());
  return line;
}

// ---- Cells and functions.

class Conformer {
 public:
  Conformer(const ConformOptions& options, const Contract& contract) : options_(options) {
    result_.contract = &contract;
    for (const Contract* const known : AllContracts()) {
      if (known == &contract) index_ = result_.contracts.size();
      result_.contracts.push_back({.contract = known, .counts = {}});
    }
  }

  absl::StatusOr<Conformance> Run() {
    const absl::Status seen = LookAtFacets();
    if (!seen.ok()) return seen;
    for (const VerbInfo& info : AllVerbs()) {
      if (!IsLibraryAccess(info.verb) || options_.only.value_or(info.verb) != info.verb) continue;
      ConformFunction& function = result_.functions.emplace_back();
      function.verb = info.verb;
      function.is_offered = HasFunction(info.verb, SelectedSubject());
      if (!function.is_offered || !result_.finished) continue;
      const absl::Status done = TryFunction(&function);
      if (!done.ok()) return done;
    }
    return std::move(result_);
  }

 private:
  absl::Status TryFunction(ConformFunction* function) {
    int hangs = 0;
    for (const Situation& situation : AllSituations()) {
      ConformCell& cell = function->cells.emplace_back();
      cell.situation = &situation;
      cell.cut_short = hangs >= kMaxHangs || !result_.finished;
      if (hangs >= kMaxHangs) cell.not_judged = kHangs;
      if (cell.cut_short) continue;
      if (options_.progress) options_.progress(function->verb, situation, scenarios_);
      const absl::StatusOr<CellRun> run = RunCell(situation, function->verb, options_);
      if (!run.ok()) return run.status();
      if (run->has_hung) ++hangs;
      if (run->is_stopped) result_.finished = false;
      const absl::Status noted = NoteCell(*run, function->verb, &cell);
      if (!noted.ok()) return noted;
    }
    return absl::OkStatus();
  }

  absl::Status NoteCell(const CellRun& run, Verb verb, ConformCell* cell) {
    for (const TrialRecord& record : run.records) {
      for (size_t i = 0; i < result_.contracts.size(); ++i) {
        Count(record.states[i], &result_.contracts[i].counts);
      }
      Count(record.states[index_], &cell->counts);
      cell->excused |= record.excused;
    }
    scenarios_ += cell->counts.All();
    cell->cut_short = !run.is_finished;
    cell->ending = run.ending;
    if (cell->counts.failed != 0) {
      absl::StatusOr<FailingScenario> failing =
          FailingOf(*cell->situation, verb, run, index_, options_.seconds);
      if (!failing.ok()) return failing.status();
      cell->failing = *std::move(failing);
    }
    // A race needs a point that is observed, and this subject has none.
    if (!run.records.empty() && cell->counts.All() == 0) cell->not_judged = kNoStep;
    if (cell->counts.not_judged != 0) {
      cell->not_judged = ReasonOf(*cell->situation, verb, run, index_, options_);
    }
    return absl::OkStatus();
  }

  // Determines the observed facets of the subject in a separate process. If the subject ends that
  // process, facets are not reported; the cells are judged anyway.
  absl::Status LookAtFacets() {
    const absl::StatusOr<std::string> said = InFreshProcess(
        [&]() -> std::string {
          absl::StatusOr<Judge> judge = Judge::Create();
          if (!judge.ok()) return std::string(judge.status().message());
          FacetSet needed;
          for (const VerbInfo& info : AllVerbs()) {
            for (int i = 0; i < kElementTypeCount; ++i) {
              Op op;
              op.verb = info.verb;
              op.type = static_cast<ElementType>(i);
              if (IsOffered(op, SelectedSubject())) needed = needed.Or(FacetsNeededBy(op));
            }
          }
          const SubjectFacts& facts = judge->runner().facts();
          const FacetSet gaps = needed.And(FacetsNotSeen(facts));
          return absl::StrCat(
              FacetsJson(needed.Without(gaps), gaps, facts, gaps.And(options_.required)).dump(),
              "\n", PrintFacetGaps(gaps, facts, options_.required));
        },
        options_.seconds);
    if (absl::IsAborted(said.status())) {
      result_.facets = absl::StrCat("not judged: what is seen of the subject, which ",
                                    said.status().message(), " before it was called\n");
      result_.facets_json = "{}";
      return absl::OkStatus();
    }
    if (!said.ok()) return said.status();
    const std::vector<std::string> parts = absl::StrSplit(*said, absl::MaxSplits('\n', 1));
    if (parts.size() != 2) return absl::UnavailableError(*said);
    result_.facets_json = parts[0];
    result_.facets = parts[1];
    return absl::OkStatus();
  }

  const ConformOptions& options_;
  size_t index_ = 0;  // of the contract, in AllContracts
  size_t scenarios_ = 0;
  Conformance result_;
};

}  // namespace

void ConformCounts::Add(const ConformCounts& other) {
  passed += other.passed;
  failed += other.failed;
  not_judged += other.not_judged;
  not_offered += other.not_offered;
}

CellState ConformCell::State() const {
  if (counts.failed != 0) return CellState::kFailed;
  if (!not_judged.empty() || counts.not_judged != 0 || cut_short) return CellState::kNotJudged;
  if (excused != 0) return CellState::kExcused;
  if (counts.passed != 0) return CellState::kPassed;
  return counts.not_offered != 0 ? CellState::kNotOffered : CellState::kNotApplicable;
}

size_t Conformance::Cells(CellState state) const {
  size_t count = 0;
  for (const ConformFunction& function : functions) {
    for (const ConformCell& cell : function.cells) count += cell.State() == state ? 1 : 0;
  }
  return count;
}

ConformCounts Conformance::Counts() const {
  ConformCounts counts;
  for (const ConformFunction& function : functions) {
    for (const ConformCell& cell : function.cells) counts.Add(cell.counts);
  }
  return counts;
}

DeviationSet Conformance::Excused() const {
  DeviationSet excused = 0;
  for (const ConformFunction& function : functions) {
    for (const ConformCell& cell : function.cells) excused |= cell.excused;
  }
  return excused;
}

const Contract* Conformance::Strongest() const {
  const auto found = std::ranges::find_if(contracts, &ContractHolds::Holds);
  return found == contracts.end() ? nullptr : found->contract;
}

std::string PrintDeviations(DeviationSet deviations) {
  std::string text;
  for (const Deviation& deviation : AllDeviations()) {
    if ((deviations >> deviation.number & 1) == 0) continue;
    absl::StrAppend(&text, text.empty() ? "" : ", ", deviation.number);
  }
  return text;
}

absl::string_view CellStateName(CellState state) {
  switch (state) {
    case CellState::kPassed:
      return "passed";
    case CellState::kExcused:
      return "excused";
    case CellState::kFailed:
      return "failed";
    case CellState::kNotJudged:
      return "not judged";
    case CellState::kNotOffered:
      return "not offered";
    case CellState::kNotApplicable:
      return "-";
  }
  return "";
}

absl::StatusOr<Conformance> Conform(const ConformOptions& options) {
  const absl::StatusOr<const Contract*> contract = SelectedContract();
  if (!contract.ok()) return contract.status();
  return Conformer(options, **contract).Run();
}

}  // namespace sim
