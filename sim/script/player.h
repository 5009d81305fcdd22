// Plays a script on a Machine, and records what is observed. Judges nothing.
#ifndef SIM_SCRIPT_PLAYER_H_
#define SIM_SCRIPT_PLAYER_H_

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/machine/event_log.h"
#include "sim/machine/fetch_log.h"
#include "sim/machine/kernel_buffer.h"
#include "sim/machine/machine.h"
#include "sim/script/observation.h"
#include "sim/script/script.h"

namespace sim {

class Player : private Adversary, private EventWatcher {
 public:
  // Errors: those of Machine::Create.
  static absl::StatusOr<std::unique_ptr<Player>> Create();
  ~Player() override;

  // Plays `script` from a reset machine on. The result is valid until the next call.
  const std::vector<Observation>& Play(const Script& script);
  const std::vector<Observation>& observations() const { return observations_; }

 private:
  struct Row;
  using What = Observation::What;

  explicit Player(std::unique_ptr<Machine> machine);

  // Carries out the steps [first, end). Calls itself for bodies; may be abandoned at any point by
  // a jump, so it owns nothing.
  void DoSteps(size_t first, size_t end);
  void Do(size_t index);
  // Counts the step and returns whether it happens.
  bool Begins(size_t index);
  void DoBody(size_t index) { DoSteps(index + 1, ends_[index]); }

  // One function for each action.
  void Reset(size_t index);
  void SetUp(size_t index);
  void Subject(size_t index);
  void Run(size_t index);
  void Nothing(size_t) {}
  void Cpu(size_t index);
  void Lock(size_t);
  void Unlock(size_t);
  void Check(size_t index);
  void Populate(size_t index);
  void Attempt(size_t index);
  void Load(size_t index);
  void Store(size_t index);
  void Use(size_t index);
  void Flag(size_t index);
  void Open(size_t);
  void Restore(size_t index);
  void TouchAsUser(size_t index);
  void TouchAsKernel(size_t index);
  void Fingerprint(size_t index);
  void Other(size_t index);
  void Nested(size_t index);
  void Sleep(size_t index);
  void Switch(size_t index);
  void Arm(size_t index);
  void ReachUse(size_t);
  void Interfere(size_t index);
  void Repeat(size_t index);
  void Panic(size_t);
  void With(size_t index);
  void Watch(size_t index);
  void EndWatch(size_t);
  void Lend(size_t index);
  void StoreToBuffer(size_t index);
  void TakeBuffer(size_t);

  // What the machine calls.
  void AfterCheck() override { Reach(RacePoint::kCheck); }
  void BeforeFaultHandling(uint64_t address) override;
  void BeforeLoad(uint64_t address) override;
  void BeforeUse() override { Reach(RacePoint::kUse); }
  void OnEvent(const Event& event) override;
  // Carries out the first body that is armed for `point`.
  void Reach(RacePoint point);

  // Allocates nothing: also called in the signal handler.
  void Note(What what, uint64_t value, uint64_t at = 0);
  void Answer(int value) { Note(What::kAnswer, static_cast<uint64_t>(value)); }
  void NoteState(bool with_bytes);
  void NotePage(uint64_t page, bool with_bytes);
  const Step& step(size_t index) const { return script_->steps[index]; }
  uint64_t argument(size_t index, size_t number) const { return step(index).arguments[number]; }
  int current_lock_holder() const;
  const axptr_machine& services() const { return Kernel::services(); }

  std::unique_ptr<Machine> machine_;
  FetchLog fetch_log_;
  KernelBuffer buffer_;
  std::span<char> room_;  // that the buffer has lent
  size_t lent_at_ = 0;    // the step that lent it
  const Script* script_ = nullptr;
  std::vector<size_t> ends_;
  std::vector<Observation> observations_;
  MachineConfig config_;
  Situation situation_;
  size_t at_ = 0;  // the index of the step under way
  uint64_t happened_ = 0;
  bool is_stopped_ = false;  // by a panic, until the next reset
  uint64_t failures_before_ = 0;
  // Of armed bodies, by point: the steps, and how many of them have been reached.
  std::array<std::vector<size_t>, kRacePointCount> armed_;
  std::array<size_t, kRacePointCount> reached_ = {};
};

}  // namespace sim

#endif  // SIM_SCRIPT_PLAYER_H_
