// Predicts what is observed while a script runs: an independent reference of the simulated kernel.
//
// Written from the documents (axptr/platform.h, docs/scenario.md, sim/subject/subject.h,
// sim/machine/event.h and the contracts of sim/machine's headers), not from the machine's code, of
// which it uses the types of events alone. Memory is that of the oracle's model. The reference has
// no signal, no jump and no recovery frame: what abandons code is a result that each caller passes
// on.
#ifndef SIM_SCRIPT_REFERENCE_H_
#define SIM_SCRIPT_REFERENCE_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "sim/machine/event.h"
#include "sim/oracle/model.h"
#include "sim/script/observation.h"
#include "sim/script/script.h"

namespace sim {

class Reference : private Model {
 public:
  // `hardware_closes`: the hardware notices each touch by a subject that opens user access itself
  // while user access is closed, also a touch that is not reported.
  explicit Reference(bool hardware_closes)
      : Model(MachineConfig()), hardware_closes_(hardware_closes) {}

  // What is observed of `script`. The result is valid until the next call.
  const std::vector<Observation>& Predict(const Script& script);

 private:
  struct Row;
  using What = Observation::What;

  // How a step ends.
  enum class Flow : uint8_t {
    kGoOn,
    kAbandoned,  // up to the attempt `abandoned_`, or the user's touch
    kPanic,
  };
  enum class By : uint8_t { kScript, kKernel, kUser };

  struct Cpu {
    bool flag = false;
    bool open = false;
  };
  // An attempt under way.
  struct Under {
    uint64_t serial = 0;
    uint64_t start = 0;
    uint64_t size = 0;
    uint8_t access = 0;
    Cpu before;                 // the flag and user access when it began
    uint64_t faults = 0;        // handled, since it began or another CPU interfered
    uint64_t end_of_loads = 0;  // 0: none
    uint64_t end_of_stores = 0;
    bool Holds(uint64_t address) const { return address >= start && address - start < size; }
  };
  // A store watch.
  struct Watch {
    bool is_active = false;
    uint64_t start = 0;
    uint64_t size = 0;
    uint64_t storable = 0;
    uint64_t kind = 0;
    bool is_stray = false;
    bool is_accessed = false;
    std::optional<uint64_t> torn_at;
    std::map<uint64_t, uint8_t> before;  // of each compared byte
  };

  void ResetAll(const MachineConfig& config);
  // Adds the failures that the model has injected to failures_.
  void CollectFailures();
  Flow DoSteps(size_t first, size_t end);
  Flow DoBody(size_t index) { return DoSteps(index + 1, ends_[index]); }
  bool Begins(size_t index);

  // One function for each action.
  Flow Machine(size_t index);
  Flow SetUp(size_t index);
  Flow Subject(size_t index);
  Flow Run(size_t index);
  Flow Nothing(size_t) { return Flow::kGoOn; }
  Flow SwitchCpu(size_t index);
  Flow Lock(size_t);
  Flow Unlock(size_t);
  Flow Check(size_t index);
  Flow PopulateArea(size_t index);
  Flow Attempt(size_t index);
  Flow Load(size_t index);
  Flow StoreBytesOf(size_t index);
  Flow Use(size_t index);
  Flow Flag(size_t index);
  Flow Open(size_t);
  Flow Restore(size_t index);
  Flow TouchAsUser(size_t index);
  Flow TouchAsKernel(size_t index);
  Flow Fingerprint(size_t index);
  Flow Other(size_t index);
  Flow Nested(size_t index);
  Flow SleepOf(size_t index);
  Flow Switch(size_t index);
  Flow Arm(size_t index);
  Flow ReachUse(size_t);
  Flow Interfere(size_t index);
  Flow Repeat(size_t index);
  Flow Abandon(size_t) { return Flow::kPanic; }
  Flow With(size_t index);
  Flow WatchStores(size_t index);
  Flow EndWatch(size_t);
  Flow Lend(size_t index);
  Flow StoreToBuffer(size_t index);
  Flow TakeBuffer(size_t);

  // Events.
  Event NewEvent(EventKind kind) const;
  void Record(const Event& event);
  void NoteMisuse(Misuse misuse, Event event);
  void NoteMisuse(Misuse misuse) { NoteMisuse(misuse, NewEvent(EventKind::kMisused)); }
  Flow Bug(Event event, KernelBug bug);
  Flow PanicAt(uint64_t address, bool write, KernelBug bug);

  // The lock, and questions.
  Flow CountStep();
  Flow TakeLockNow();
  void LetGo();
  Flow AfterRelease();
  void NoteOpenAtQuestion();
  bool AnswerCheck(uint64_t start, uint64_t size, uint8_t rights);
  Flow AfterCheck();
  int AnswerPopulation(uint64_t start, uint64_t size, uint8_t rights);

  // Touches.
  void JudgeTouch(uint64_t address, uint64_t size, bool write, bool is_use);
  void NoteLoadedAgain(uint64_t address, uint64_t size);
  Flow TouchOneByte(uint64_t address, bool write, By by);
  void NoteClosedTouch(uint64_t address, bool write);
  Flow Fault(uint64_t address, bool write, By by);
  // In the handler, with the fault `event`; `holder`: the index of the attempt, or none.
  Flow Handle(Event event, bool write, By by, std::optional<size_t> holder);
  Flow HandleUnderLock(Event event, bool write, By by, std::optional<size_t> holder);
  Flow Unresolved(Event event, By by, std::optional<size_t> holder);
  bool Resolve(uint64_t address, bool write);
  bool IsPastEndAndPermitted(uint64_t address, bool write);
  uint8_t ByteAt(uint64_t address) const;
  void Put(uint64_t address, uint8_t value);
  // A store of kernel code other than the subject: no stray store of the watched call.
  void PutAsKernel(uint64_t address, uint8_t value);

  // What happens in between.
  Flow ReachPoint(RacePoint point);
  Flow SwitchAway(size_t index, bool with_body);
  void NoteSwitchedAway();
  void BeginInterference();
  void EndInterference();
  void CountAnew();
  uint64_t StepsToTheEnd() const;

  // Watches of stores.
  Watch& watch() { return watches_[interrupted() ? 1 : 0]; }
  void Look(Watch& watch);
  void Retake(Watch& watch);
  bool MayStoreTo(const Watch& watch, uint64_t address) const;
  void NoteReported(uint64_t address, uint64_t size, bool write);

  void Note(What what, uint64_t value, uint64_t at = 0);
  void Answer(int value) { Note(What::kAnswer, static_cast<uint64_t>(value)); }
  void NoteState(bool with_bytes);
  void NotePage(uint64_t page, bool with_bytes);
  uint64_t TotalPresent() const { return pages_.present + other_space_.pages.present; }

  const sim::Step& step(size_t index) const { return script_->steps[index]; }
  uint64_t argument(size_t index, size_t number) const { return step(index).arguments[number]; }
  Cpu& cpu() { return cpus_[current_cpu_]; }
  const Cpu& cpu() const { return cpus_[current_cpu_]; }
  bool interrupted() const { return situation_.interrupted > 0; }
  bool opens() const { return subject_ != SubjectKind::kNone; }
  bool IsLockMine() const { return lock_holder_ == current_cpu_; }
  // Makes the memory that of the current CPU.
  void Enter() { EnterSpace(space_of_cpu_[current_cpu_]); }

  const Script* script_ = nullptr;
  std::vector<size_t> ends_;
  std::vector<Observation> observations_;
  Situation situation_;
  size_t at_ = 0;
  uint64_t happened_ = 0;
  bool is_stopped_ = false;

  SubjectKind subject_ = SubjectKind::kNone;
  std::array<Cpu, kMaxCpus> cpus_ = {};
  uint64_t current_cpu_ = 0;
  uint64_t lock_holder_ = Observation::kNoCpu;
  std::vector<Under> attempts_;  // of the current task, the innermost last
  uint64_t serials_ = 0;
  uint64_t abandoned_ = 0;      // the serial of the attempt that is abandoned; 0: a user's touch
  uint64_t faults_of_run_ = 0;  // handled outside attempts
  uint64_t steps_of_run_ = 0;
  uint64_t max_steps_of_run_ = UINT64_MAX;
  uint64_t checks_to_tell_ = 0;  // of the other CPUs, when the lock is free
  uint32_t misuses_ = 0;
  bool by_other_ = false;
  bool was_open_ = false;            // at the start of the nested call under way
  Cpu* interrupted_task_ = nullptr;  // while its fault is handled
  uint64_t failures_ = 0;
  std::array<std::vector<size_t>, kRacePointCount> armed_;
  std::array<size_t, kRacePointCount> reached_ = {};
  // Loaded bytes of the attempt and of the run, and those loaded again.
  std::set<uint64_t> loaded_in_attempt_;
  std::set<uint64_t> loaded_;
  Observation again_in_attempt_;
  Observation again_;
  std::array<Watch, 2> watches_;
  bool is_lent_ = false;  // the kernel's buffer, to the access under way
  std::map<int64_t, uint8_t> written_;

  const bool hardware_closes_;
};

}  // namespace sim

#endif  // SIM_SCRIPT_REFERENCE_H_
