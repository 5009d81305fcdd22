// Carries out the operations that `race` lines have armed, at their points of the next access.
#ifndef SIM_SCENARIO_RACES_H_
#define SIM_SCENARIO_RACES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "sim/machine/machine.h"
#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"
#include "sim/scenario/trace.h"

namespace sim {

class Races : public Adversary {
 public:
  // An operation that is armed, or was armed for the access that has just ended.
  struct ArmedOp {
    const Op* op;
    size_t index;                           // in the scenario
    std::optional<RaceRecord> record = {};  // its result, if it happened
  };

  // `run_access` runs an access on the machine's current CPU.
  Races(Machine* machine, std::function<Outcome(const Op&, Effects*)> run_access)
      : machine_(machine), run_access_(std::move(run_access)) {}

  // Arms `op`, the scenario's operation `index`. `op` must stay valid until EndAccess().
  void Arm(const Op& op, size_t index) { armed_.push_back({&op, index, {}}); }

  // An access begins. Its checks, faults, loads and uses count from 1.
  void BeginAccess();
  // The access has ended. Armed operations that have not happened are dropped.
  void EndAccess();

  // The operations armed for the current access.
  std::span<const ArmedOp> armed() const { return armed_; }
  // How often the access reached each RacePoint; zeros if no operation is armed for the access.
  const std::array<uint32_t, kRacePointCount>& reached() const { return reached_; }

  void AfterCheck() override;
  void BeforeFaultHandling(uint64_t address) override { Reach(RacePoint::kFault, address); }
  void BeforeLoad(uint64_t address) override;
  // depth() is the number of accesses that the current access interrupts, which equals the number
  // of interrupted calls of the library. kMaxDepth is its maximum.
  static constexpr int kMaxDepth = 1;
  int depth() const { return in_race_ ? 1 : 0; }
  void BeforeUse() override;

 private:
  // The access has reached `point` once more. Carries out the operations armed for this n-th time,
  // and returns whether there were any. `address`: of the load or of the fault.
  bool Reach(RacePoint point, uint64_t address = 0);
  bool CarryOut(ArmedOp* armed, uint64_t address);
  // armed_[index] is a `sleep` at `here`: carries it out, and meanwhile the operations after it
  // that are armed for `here`, up to the next `sleep`. Returns the index of the first operation
  // after those.
  size_t Sleep(size_t index, const Race& here, uint64_t address);
  // Begin records that `armed` happens, at `address`, with the outcome panic. End replaces that
  // outcome by `outcome`. `event`: the result of Begin, which is still the last event of the log.
  Event Begin(ArmedOp* armed, uint64_t address);
  void End(ArmedOp* armed, Event event, const Outcome& outcome);
  // Runs an access in the middle of the current access: on another CPU, or by the caller itself.
  Outcome RunAccess(const Op& op, Effects* effects);

  Machine* const machine_;
  const std::function<Outcome(const Op&, Effects*)> run_access_;
  std::vector<ArmedOp> armed_;
  std::array<uint32_t, kRacePointCount> reached_ = {};
  bool in_race_ = false;
  bool is_asleep_ = false;  // the task of the access sleeps
};

}  // namespace sim

#endif  // SIM_SCENARIO_RACES_H_
