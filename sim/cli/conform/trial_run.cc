#include "sim/cli/conform/trial_run.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "sim/cli/bug/child.h"
#include "sim/cli/bug/fresh_process.h"
#include "sim/cli/bug/judge.h"
#include "sim/cli/explore/race_places.h"
#include "sim/machine/check.h"
#include "sim/machine/host_limit.h"
#include "sim/oracle/oracle.h"

namespace sim {
namespace {

// The number of processes of a cell that may end early.
constexpr size_t kMaxEndings = 32;

// The interval between reads of a child's records. A wake-up for each record took a quarter of the
// total time.
constexpr absl::Duration kPause = absl::Microseconds(300);

// Special values of an index.
constexpr uint32_t kSayingAllDone = UINT32_MAX;
constexpr uint32_t kSayingHostLimit = UINT32_MAX - 1;
constexpr uint32_t kSayingNoMachine = UINT32_MAX - 2;
constexpr uint32_t kSayingUnbounded = UINT32_MAX - 3;  // the machine had to end the trial before it

int g_answers = -1;  // the pipe to which the child writes

void Say(uint32_t index) {
  const TrialRecord record = {.index = index};
  WriteAll(g_answers, reinterpret_cast<const char*>(&record), sizeof(record));
}

// Judges trials by every contract, in a child.
class TrialJudge {
 public:
  TrialJudge(Judge judge, FacetSet required) : judge_(std::move(judge)), required_(required) {
    SIM_CHECK(AllContracts().size() <= kMaxContracts);
    for (const Contract* const contract : AllContracts()) {
      oracles_.push_back(std::make_unique<Oracle>(*contract));
      // Deviations that only other contracts excuse are not reported.
      oracles_.back()->set_names_excuses(contract == *SelectedContract());
    }
  }

  TrialRecord Run(const Trial& trial, uint32_t index) {
    TrialRecord record = {.index = index};
    // Not judge_.Run: it also judges, by a contract that is one of those below.
    const Trace& trace = judge_.runner().Run(trial.scenario);
    record.happened = HasRaced(trace, trial.call) ? 1 : 0;
    const bool has_race = trial.call > 0 && trial.scenario.ops[trial.call - 1].race.has_value();
    if (has_race && record.happened == 0) return record;
    is_unbounded_ = is_unbounded_ || IsUnbounded(trace);
    bool is_blamed_later = false;
    std::array<bool, kMaxContracts> later = {};
    for (size_t i = 0; i < oracles_.size(); ++i) {
      const Verdict& verdict = oracles_[i]->Judge(trial.scenario, trace);
      record.states[i] = StateOf(verdict, trial.call);
      for (const Excuse& excuse : verdict.excused) {
        record.excused |= DeviationSet{1} << excuse.deviation;
      }
      later[i] = !verdict.ok() && verdict.FirstFinding()->op_index > trial.call;
      is_blamed_later = is_blamed_later || later[i];
    }
    if (is_blamed_later) AcquitWhereTheReaderIsWrong(trial, later, &record);
    return record;
  }

  // Whether the machine had to end a call, which took as long as a thousand other calls.
  bool is_unbounded() const { return is_unbounded_; }

 private:
  // time.unbounded can also mean more events than one of the contracts allows, which cost no time.
  static bool IsUnbounded(const Trace& trace) {
    return std::ranges::any_of(trace.ops, [&](const OpRecord& record) {
      return record.outcome.kind == Outcome::Kind::kPanic &&
             std::ranges::any_of(trace.EventsOf(record), [](const Event& event) {
               return event.kind == EventKind::kFault && event.bug == KernelBug::kEndless;
             });
    });
  }

  TrialState StateOf(const Verdict& verdict, size_t call) const {
    if (!verdict.ok()) return TrialState::kFailed;
    for (const size_t op : verdict.not_offered) {
      if (op == call) return TrialState::kNotOffered;
    }
    const bool is_seen = verdict.facets_not_judged.And(required_).empty();
    return verdict.IsWhole() && is_seen ? TrialState::kPassed : TrialState::kNotJudged;
  }

  // Another function reads what the call wrote. If that function fails without the call, too, the
  // call cannot be judged.
  void AcquitWhereTheReaderIsWrong(const Trial& trial, std::span<const bool> later,
                                   TrialRecord* record) {
    Scenario without = trial.scenario;
    without.ops.erase(without.ops.begin() + static_cast<ptrdiff_t>(trial.call));
    const Trace& trace = judge_.runner().Run(without);
    for (size_t i = 0; i < oracles_.size(); ++i) {
      if (later[i] && !oracles_[i]->Judge(without, trace).ok()) {
        record->states[i] = TrialState::kNotJudged;
      }
    }
  }

  Judge judge_;
  const FacetSet required_;
  std::vector<std::unique_ptr<Oracle>> oracles_;
  bool is_unbounded_ = false;
};

// Runs the trials that `known` does not have, and writes a record of each.
void BeChild(const Situation& situation, Verb verb, FacetSet required,
             std::span<const TrialRecord> known) {
  SetHostLimitNotice([] { Say(kSayingHostLimit); });
  absl::StatusOr<Judge> created = Judge::Create();
  if (!created.ok()) return Say(kSayingNoMachine);
  TrialJudge judge(*std::move(created), required);
  uint32_t index = 0;
  situation.make(situation, verb, [&](const Trial& trial) {
    if (judge.is_unbounded()) return false;
    const uint32_t now = index++;
    if (now < known.size()) return known[now].happened != 0;
    const TrialRecord record = judge.Run(trial, now);
    WriteAll(g_answers, reinterpret_cast<const char*>(&record), sizeof(record));
    return record.happened != 0;
  });
  Say(judge.is_unbounded() ? kSayingUnbounded : kSayingAllDone);
}

// The ways in which a process ends.
enum class End { kDone, kHost, kNoMachine, kEarly, kGarbled, kHung, kUnbounded, kStopped };

// The text for reports. Precondition: the process ended early, hung, or wrote an invalid record.
std::string NameOf(End end, const Child::Ending& ending, int seconds) {
  if (end == End::kHung) return absl::StrCat("no end within ", seconds, " s");
  if (end == End::kGarbled) return "wrote over the reports of its process";
  return ending.Name();
}

// Whether `record` is valid as the next record of a child.
bool IsNext(const TrialRecord& record, size_t index) {
  for (const TrialState state : record.states) {
    if (state > TrialState::kNotOffered) return false;
  }
  for (size_t number = 0; number < 8 * sizeof(record.excused); ++number) {
    const bool is_known = std::ranges::find(AllDeviations(), static_cast<int>(number),
                                            &Deviation::number) != AllDeviations().end();
    if ((record.excused >> number & 1) != 0 && !is_known) return false;
  }
  return record.index == index;
}

// Reads the records of `child` until it sends no more.
End TakeRecords(Child& child, const ConformOptions& options, std::vector<TrialRecord>* records) {
  std::string bytes;
  char buffer[4096];
  while (true) {
    size_t count = 0;
    const absl::Time deadline = absl::Now() + absl::Seconds(options.seconds);
    switch (child.Read(buffer, sizeof(buffer), deadline, options.stop_file, &count)) {
      case Child::Got::kEnd:
        return End::kEarly;
      case Child::Got::kLate:
        return End::kHung;
      case Child::Got::kStopped:
        return End::kStopped;
      case Child::Got::kBytes:
        break;
    }
    bytes.append(buffer, count);
    if (count < sizeof(buffer)) absl::SleepFor(kPause);
    size_t at = 0;
    for (; at + sizeof(TrialRecord) <= bytes.size(); at += sizeof(TrialRecord)) {
      TrialRecord record;
      std::memcpy(&record, bytes.data() + at, sizeof(record));
      if (record.index == kSayingAllDone) return End::kDone;
      if (record.index == kSayingHostLimit) return End::kHost;
      if (record.index == kSayingNoMachine) return End::kNoMachine;
      if (record.index == kSayingUnbounded) return End::kUnbounded;
      if (!IsNext(record, records->size())) return End::kGarbled;
      records->push_back(record);
    }
    bytes.erase(0, at);
  }
}

// Whether the process of trial `index` was ended by the function that reads the memory after the
// call: if so, the trial without the call ends its process, too.
bool IsReadersEnding(const Situation& situation, Verb verb, size_t index,
                     std::span<const TrialRecord> known, int seconds) {
  std::optional<Scenario> without;
  size_t at = 0;
  situation.make(situation, verb, [&](const Trial& trial) {
    const bool is_read = trial.call + 1 < trial.scenario.ops.size();
    if (at == index && is_read) {
      without = trial.scenario;
      without->ops.erase(without->ops.begin() + static_cast<ptrdiff_t>(trial.call));
    }
    const size_t now = at++;
    return now < known.size() && known[now].happened != 0;
  });
  if (!without) return false;
  const absl::StatusOr<std::optional<FoundBug>> found = FindBugInFreshProcess(*without, seconds);
  return found.ok() && *found && (*found)->identity.violation == kCrash;
}

// The trial that ends its process fails by every contract, or is not judged.
void NoteEnding(std::string name, TrialState state, CellRun* run) {
  TrialRecord& record = run->records.emplace_back();
  record.index = static_cast<uint32_t>(run->records.size() - 1);
  record.states.fill(state);
  ++run->endings;
  if (state == TrialState::kFailed && run->ending.empty()) run->ending = std::move(name);
}

}  // namespace

absl::StatusOr<CellRun> RunCell(const Situation& situation, Verb verb,
                                const ConformOptions& options) {
  CellRun run;
  while (run.endings < kMaxEndings && !run.has_hung) {
    absl::StatusOr<Child> child = Child::Start([&](int file) {
      g_answers = file;
      close(options.stop_file);  // the subject must not have it
      BeChild(situation, verb, options.required, run.records);
    });
    if (!child.ok()) return child.status();
    const End end = TakeRecords(*child, options, &run.records);
    const Child::Ending ending = child->End(/*late=*/end != End::kEarly);
    switch (end) {
      case End::kDone:
        run.is_finished = true;
        return run;
      case End::kStopped:
        run.is_stopped = true;
        return run;
      case End::kUnbounded:  // its trial has failed already
        run.has_hung = true;
        return run;
      case End::kHost:
        return absl::ResourceExhaustedError("the host gave a run too little; its message is above");
      case End::kNoMachine:
        return absl::UnavailableError("there is no simulated machine in a child process");
      case End::kHung:
        run.has_hung = true;
        break;
      case End::kGarbled:
      case End::kEarly:
        break;
    }
    const bool is_readers =
        IsReadersEnding(situation, verb, run.records.size(), run.records, options.seconds);
    NoteEnding(NameOf(end, ending, options.seconds),
               is_readers ? TrialState::kNotJudged : TrialState::kFailed, &run);
  }
  return run;
}

}  // namespace sim
