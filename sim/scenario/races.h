// The operations that `race` lines have armed, carried out at their points of the next access.
#ifndef SIM_SCENARIO_RACES_H_
#define SIM_SCENARIO_RACES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "sim/machine/machine.h"
#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"

namespace sim {

class Races : public Adversary {
 public:
  // `run_access` runs an access, which is the scenario's operation `index`, on the machine's
  // current CPU.
  Races(Machine* machine, std::function<Outcome(const Op&, size_t index)> run_access)
      : machine_(machine), run_access_(std::move(run_access)) {}

  // Arms `op`, which is the scenario's operation `index` and stays valid.
  void Arm(const Op& op, size_t index) { armed_.push_back({&op, index}); }

  // An access begins: its checks and faults count from 1.
  void BeginAccess();
  // It has ended: what has not happened never will.
  void EndAccess();

  void AfterCheck() override { Reach(RacePoint::kCheck, ++checks_); }
  void BeforeFaultHandling() override { Reach(RacePoint::kFault, ++faults_); }
  void BeforeLoad(uint64_t address) override;
  // How many accesses are interrupted by the one under way: so many calls of the library have not
  // come back.
  static constexpr int kMaxDepth = 1;
  int depth() const { return in_race_ ? 1 : 0; }
  // The library has said ok, and its result is about to be used.
  void BeforeUse() { Reach(RacePoint::kUse, 1); }

 private:
  struct ArmedOp {
    const Op* op;
    size_t index;
  };

  // Carries out what is armed for the `nth` time at `point`; whether that was anything.
  bool Reach(RacePoint point, uint32_t nth, uint64_t address = 0);
  bool CarryOut(const ArmedOp& armed, uint64_t address);
  // The same of an access, as another CPU's; adds its outcome to `event`.
  void RunAccess(const ArmedOp& armed, Event* event);

  Machine* const machine_;
  const std::function<Outcome(const Op&, size_t)> run_access_;
  std::vector<ArmedOp> armed_;
  uint32_t checks_ = 0;
  uint32_t faults_ = 0;
  uint32_t loads_ = 0;
  bool in_race_ = false;
};

}  // namespace sim

#endif  // SIM_SCENARIO_RACES_H_
