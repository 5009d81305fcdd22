// Runs scenarios on the simulated machine, or on a kernel that sees less. The same scenario always
// leaves the same trace, whatever ran before it.
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

// The subject of runners that are created from now on: `subject`; at first the first of
// LinkedSubjects. Of the whole process: what `--subject` chooses.
void SelectSubject(const axptr_subject& subject);
const axptr_subject& SelectedSubject();
// Whether races at loads can happen with it: the build traces loads, and the subject reports them.
bool CanRaceAtLoads();

// Observes the whole machine between the operations of a run.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  // Operation `index` of the scenario, from 0, comes next. Not called for what is not run.
  virtual void BeforeOperation(size_t index, Machine& machine) = 0;
  // The operation has ended with `outcome`.
  virtual void AfterOperation(size_t index, Machine& machine, const Outcome& outcome) = 0;
};

// What a run in this build can see of `subject`. `watched`: whether it looks for loads that are
// repeated.
SubjectFacts FactsOf(const axptr_subject& subject, bool watched);

class Runner {
 public:
  // A runner for the calling thread, on the whole machine; at most one exists in the process.
  // Errors: those of Machine::Create.
  static absl::StatusOr<std::unique_ptr<Runner>> Create();
  // A runner on `kernel`, which is no Machine: it runs set-up verbs, and of the accesses of the
  // library those that `kernel` can (kernel_scenarios.h). There are no races and no observers.
  static std::unique_ptr<Runner> Create(std::unique_ptr<Kernel> kernel);
  ~Runner();

  // The code under test, from the next run on; at first the subject of the process
  // (SelectSubject). It is attached to the machine.
  void set_subject(const axptr_subject& subject);
  const axptr_subject& subject() const { return *subject_; }
  // What runs see of it, from the next one on.
  const SubjectFacts& facts() const { return facts_; }

  // Runs `scenario`, whose values are valid (as Parse and Decode make them). The trace stays valid
  // until the next call. An operation that the subject does not offer, also one of a race line, is
  // left out, as if the scenario did not have it: races that are armed stay so.
  const Trace& Run(const Scenario& scenario);

  // Whether races at loads can happen: the build traces loads, and the subject reports them.
  bool traces_loads() const { return LoadsAreTraced() && subject_->reports_loads; }

  // Whether every store of the subject that the compiler makes is looked at. If not, stores are
  // judged by the bytes near an access alone.
  bool traces_stores() const { return StoresAreTraced() && subject_->reports_stores; }

  // From now on traces say which bytes the library loaded more than once, in builds that trace
  // loads (sim/machine/load_trace.h).
  void set_watch_fetches(bool watch) { facts_.loads_are_watched = watch; }

  // The most events that a run may leave (EventLog::set_max_events). Operations that leave more are
  // not judged.
  void set_max_events(size_t max_events) { kernel_->event_log().set_max_events(max_events); }

  // `observer` is called from now on, and changes nothing; null: none.
  void set_observer(RunObserver* observer) { observer_ = observer; }

 private:
  Runner(std::unique_ptr<Kernel> kernel, Machine* machine);

  void RunOp(const Op& op, size_t index, OpRecord* record);
  void RunAccess(const Op& op, OpRecord* record);
  // Runs `access` on the machine: races happen, and loads are noted. Returns whether it survived.
  bool RunOnMachine(absl::FunctionRef<void()> access, OpRecord* record);
  Outcome Access(const Op& op, Effects* effects);
  // That of the call that begins.
  KernelBuffer& BufferOfCall();
  void RecordState(const Op& op, OpRecord* record);

  std::unique_ptr<Kernel> kernel_;
  Machine* const machine_;  // kernel_; null: that is no Machine
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
