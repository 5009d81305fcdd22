// Runs scenarios on the simulated machine, or on a Kernel that observes less. The trace of a
// scenario is deterministic and does not depend on earlier runs.
#ifndef SIM_SCENARIO_RUNNER_H_
#define SIM_SCENARIO_RUNNER_H_

#include <array>
#include <cstddef>
#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "sim/machine/kernel.h"
#include "sim/machine/kernel_buffer.h"
#include "sim/machine/load_trace.h"
#include "sim/machine/machine.h"
#include "sim/scenario/races.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/subject_facts.h"
#include "sim/scenario/trace.h"
#include "sim/subject/subject.h"

namespace sim {

// Sets the subject of runners that are created later, for the whole process (option `--subject`).
// Default: the first of LinkedSubjects.
void SelectSubject(const axptr_subject& subject);
const axptr_subject& SelectedSubject();
// Whether races at loads can happen with SelectedSubject(): the build traces loads, and the subject
// reports its loads.
bool CanRaceAtLoads();

// Whether `op` is armed for a load. It happens only if loads are traced (CanRaceAtLoads).
inline bool IsRaceAtLoad(const Op& op) { return op.race && op.race->point == RacePoint::kLoad; }

// Observes the whole machine between the operations of a run.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  // Called before operation `index` of the scenario, from 0. Not called for an operation that is
  // not run.
  virtual void BeforeOperation(size_t index, Machine& machine) = 0;
  // The operation has ended with `outcome`.
  virtual void AfterOperation(size_t index, Machine& machine, const Outcome& outcome) = 0;
};

// What a run in this build can observe of `subject`. `watched`: whether the run looks for repeated
// loads.
SubjectFacts FactsOf(const axptr_subject& subject, bool watched);

class Runner {
 public:
  // A runner for the calling thread, on the whole machine. At most one such runner exists in the
  // process. Errors: those of Machine::Create.
  static absl::StatusOr<std::unique_ptr<Runner>> Create();
  // A runner on `kernel`, which is not a Machine. The runner runs set-up verbs, and the accesses of
  // the library that `kernel` supports (kernel_scenarios.h). There are no races and no observers.
  static std::unique_ptr<Runner> Create(std::unique_ptr<Kernel> kernel);
  ~Runner();

  // Sets the code under test, from the next run on, and attaches it to the machine. Default: the
  // subject of the process (SelectSubject).
  void set_subject(const axptr_subject& subject);
  const axptr_subject& subject() const { return *subject_; }
  // What runs can observe of the subject, from the next run on.
  const SubjectFacts& facts() const { return facts_; }

  // Runs `scenario`. Precondition: its values are valid, as ParseScenario and DecodeScenario make
  // them. The trace stays valid until the next call. An operation that the subject does not offer
  // is skipped, also on a race line, as if the scenario did not have the operation; armed races
  // stay armed.
  const Trace& Run(const Scenario& scenario);

  // Whether races at loads can happen: the build traces loads, and the subject reports its loads.
  bool traces_loads() const { return LoadsAreTraced() && subject_->reports_loads; }

  // Whether every store that the compiler emits for the subject is checked. If not, stores are
  // judged only by the bytes near an access.
  bool traces_stores() const { return StoresAreTraced() && subject_->reports_stores; }

  // Whether traces record the bytes that the library loads more than once, from the next run on.
  // Has an effect only in builds that trace loads (sim/machine/load_trace.h).
  void set_watch_fetches(bool watch) { facts_.loads_are_watched = watch; }

  // Sets the most events of a run (EventLog::set_max_events). Operations that exceed the limit are
  // not judged.
  void set_max_events(size_t max_events) { kernel_->event_log().set_max_events(max_events); }

  // Calls `observer` from now on; null: none. The observer must not change the machine.
  void set_observer(RunObserver* observer) { observer_ = observer; }

 private:
  Runner(std::unique_ptr<Kernel> kernel, Machine* machine);

  void RunOp(const Op& op, size_t index, OpRecord* record);
  void RunAccess(const Op& op, OpRecord* record);
  // Runs `access` on the machine, with races and with loads recorded. Returns whether `access`
  // ended without a panic.
  bool RunOnMachine(absl::FunctionRef<void()> access, OpRecord* record);
  Outcome Access(const Op& op, Effects* effects);
  // The buffer of the call that begins.
  KernelBuffer& BufferOfCall();
  void RecordState(const Op& op, OpRecord* record);

  std::unique_ptr<Kernel> kernel_;
  Machine* const machine_;  // kernel_ if it is a Machine; else null
  Races races_;
  std::array<KernelBuffer, 1 + Races::kMaxDepth> buffers_;  // for calls at each depth
  Trace trace_;
  FetchLog fetch_log_;
  const axptr_subject* subject_ = nullptr;
  SubjectFacts facts_ = {.loads_are_watched = false};
  RunObserver* observer_ = nullptr;
};

}  // namespace sim

#endif  // SIM_SCENARIO_RUNNER_H_
