// The operations that `race` lines have armed, carried out at their points of the next access.
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
  // An operation that is armed, or was in the access that has just ended.
  struct ArmedOp {
    const Op* op;
    size_t index;                           // in the scenario
    std::optional<RaceRecord> record = {};  // what became of it
  };

  // `run_access` runs an access on the machine's current CPU.
  Races(Machine* machine, std::function<Outcome(const Op&, Effects*)> run_access)
      : machine_(machine), run_access_(std::move(run_access)) {}

  // Arms `op`, which is the scenario's operation `index` and stays valid.
  void Arm(const Op& op, size_t index) { armed_.push_back({&op, index, {}}); }

  // An access begins: its checks and faults count from 1.
  void BeginAccess();
  // It has ended: what has not happened never will, and nothing is armed any more.
  void EndAccess();

  // What is armed for the access under way.
  std::span<const ArmedOp> armed() const { return armed_; }
  // How often the access reached each RacePoint; zeros if nothing is armed for it.
  const std::array<uint32_t, kRacePointCount>& reached() const { return reached_; }

  void AfterCheck() override;
  void BeforeFaultHandling(uint64_t address) override { Reach(RacePoint::kFault, address); }
  void BeforeLoad(uint64_t address) override;
  // How many accesses are interrupted by the one under way: so many calls of the library have not
  // come back.
  static constexpr int kMaxDepth = 1;
  int depth() const { return in_race_ ? 1 : 0; }
  void BeforeUse() override;

 private:
  // The access has reached `point` once more: carries out what is armed for this time; whether that
  // was anything. `address`: of the load, or of the fault.
  bool Reach(RacePoint point, uint64_t address = 0);
  bool CarryOut(ArmedOp* armed, uint64_t address);
  // Runs an access in the middle of the one under way: as another CPU's, or as the caller's own.
  Outcome RunAccess(const Op& op, Effects* effects);

  Machine* const machine_;
  const std::function<Outcome(const Op&, Effects*)> run_access_;
  std::vector<ArmedOp> armed_;
  std::array<uint32_t, kRacePointCount> reached_ = {};
  bool in_race_ = false;
};

}  // namespace sim

#endif  // SIM_SCENARIO_RACES_H_
