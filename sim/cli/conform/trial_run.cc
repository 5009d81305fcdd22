#include "sim/cli/conform/trial_run.h"

#include <cstring>
#include <memory>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "sim/cli/bug/child.h"
#include "sim/cli/bug/judge.h"
#include "sim/cli/explore/race_places.h"
#include "sim/machine/check.h"
#include "sim/machine/host_limit.h"
#include "sim/oracle/oracle.h"

namespace sim {
namespace {

// So many processes of a cell may end early.
constexpr size_t kMaxEndings = 3;

// An index that says something else.
constexpr uint32_t kAllDone = UINT32_MAX;
constexpr uint32_t kHostLimit = UINT32_MAX - 1;
constexpr uint32_t kNoMachine = UINT32_MAX - 2;

int g_answers = -1;  // of the child

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
    }
  }

  TrialRecord Run(const Trial& trial, uint32_t index) {
    TrialRecord record = {.index = index};
    const Judge::Judged judged = judge_.Run(trial.scenario);
    record.happened = HasRaced(judged.trace, trial.call) ? 1 : 0;
    const bool has_race = trial.call > 0 && trial.scenario.ops[trial.call - 1].race.has_value();
    if (has_race && record.happened == 0) return record;
    bool is_blamed_later = false;
    std::array<bool, kMaxContracts> later = {};
    for (size_t i = 0; i < oracles_.size(); ++i) {
      const Verdict& verdict = oracles_[i]->Judge(trial.scenario, judged.trace);
      record.states[i] = StateOf(verdict, trial.call);
      later[i] = !verdict.ok() && verdict.FirstFinding()->op_index > trial.call;
      is_blamed_later = is_blamed_later || later[i];
    }
    if (is_blamed_later) AcquitWhereTheReaderIsWrong(trial, later, &record);
    return record;
  }

 private:
  TrialState StateOf(const Verdict& verdict, size_t call) const {
    if (!verdict.ok()) return TrialState::kFailed;
    for (const size_t op : verdict.not_offered) {
      if (op == call) return TrialState::kNotOffered;
    }
    const bool is_seen = verdict.facets_not_judged.And(required_).empty();
    return verdict.IsWhole() && is_seen ? TrialState::kPassed : TrialState::kNotJudged;
  }

  // What a call wrote is read by another function. If that one fails without the call, too, nothing
  // is known of the call.
  void AcquitWhereTheReaderIsWrong(const Trial& trial, std::span<const bool> later,
                                   TrialRecord* record) {
    Scenario without = trial.scenario;
    without.ops.erase(without.ops.begin() + static_cast<ptrdiff_t>(trial.call));
    const Trace& trace = judge_.Run(without).trace;
    for (size_t i = 0; i < oracles_.size(); ++i) {
      if (later[i] && !oracles_[i]->Judge(without, trace).ok()) {
        record->states[i] = TrialState::kNotJudged;
      }
    }
  }

  Judge judge_;
  const FacetSet required_;
  std::vector<std::unique_ptr<Oracle>> oracles_;
};

// Runs the trials that `known` does not have, and writes a record of each.
void BeChild(const Situation& situation, Verb verb, FacetSet required,
             std::span<const TrialRecord> known) {
  SetHostLimitNotice([] { Say(kHostLimit); });
  absl::StatusOr<Judge> created = Judge::Create();
  if (!created.ok()) return Say(kNoMachine);
  TrialJudge judge(*std::move(created), required);
  uint32_t index = 0;
  situation.make(situation, verb, [&](const Trial& trial) {
    const uint32_t now = index++;
    if (now < known.size()) return known[now].happened != 0;
    const TrialRecord record = judge.Run(trial, now);
    WriteAll(g_answers, reinterpret_cast<const char*>(&record), sizeof(record));
    return record.happened != 0;
  });
  Say(kAllDone);
}

// How a process came to its end.
enum class End { kDone, kHost, kNoMachine, kEarly, kGarbled, kHung, kStopped };

// Whether `record` is the next one that a child of ours writes.
bool IsNext(const TrialRecord& record, size_t index) {
  for (const TrialState state : record.states) {
    if (state > TrialState::kNotOffered) return false;
  }
  return record.index == index;
}

// Takes the records of `child`, until there is none any more.
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
    size_t at = 0;
    for (; at + sizeof(TrialRecord) <= bytes.size(); at += sizeof(TrialRecord)) {
      TrialRecord record;
      std::memcpy(&record, bytes.data() + at, sizeof(record));
      if (record.index == kAllDone) return End::kDone;
      if (record.index == kHostLimit) return End::kHost;
      if (record.index == kNoMachine) return End::kNoMachine;
      if (!IsNext(record, records->size())) return End::kGarbled;
      records->push_back(record);
    }
    bytes.erase(0, at);
  }
}

// The trial that ends its process fails by every contract.
void NoteEnding(std::string name, bool has_hung, CellRun* run) {
  TrialRecord& record = run->records.emplace_back();
  record.index = static_cast<uint32_t>(run->records.size() - 1);
  record.states.fill(TrialState::kFailed);
  run->endings.push_back(std::move(name));
  run->has_hung = has_hung;
}

}  // namespace

absl::StatusOr<CellRun> RunCell(const Situation& situation, Verb verb,
                                const ConformOptions& options) {
  CellRun run;
  while (run.endings.size() < kMaxEndings && !run.has_hung) {
    absl::StatusOr<Child> child = Child::Start([&](int file) {
      g_answers = file;
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
      case End::kHost:
        return absl::ResourceExhaustedError(
            "the host gave a run too little; its message is above");
      case End::kNoMachine:
        return absl::UnavailableError("there is no simulated machine in a child process");
      case End::kHung:
        NoteEnding(absl::StrCat("no end within ", options.seconds, " s"), true, &run);
        break;
      case End::kGarbled:
        NoteEnding("wrote over the simulator's memory", false, &run);
        break;
      case End::kEarly:
        NoteEnding(ending.Name(), false, &run);
        break;
    }
  }
  return run;
}

}  // namespace sim
