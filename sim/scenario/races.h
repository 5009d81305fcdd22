// The operations that `race` lines have armed, carried out at their points of the next access.
#ifndef SIM_SCENARIO_RACES_H_
#define SIM_SCENARIO_RACES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/machine/machine.h"
#include "sim/scenario/op.h"

namespace sim {

class Races : public Adversary {
 public:
  explicit Races(Machine* machine) : machine_(machine) {}

  // Arms `op`, which is the scenario's operation `index` and stays valid.
  void Arm(const Op& op, size_t index) { armed_.push_back({&op, index}); }

  // An access begins: its checks and faults count from 1.
  void BeginAccess();
  // It has ended: what has not happened never will.
  void EndAccess();

  void AfterCheck() override { Reach(RacePoint::kCheck, ++checks_); }
  void BeforeFaultHandling() override { Reach(RacePoint::kFault, ++faults_); }
  // The library has said ok, and its result is about to be used.
  void BeforeUse() { Reach(RacePoint::kUse, 1); }

 private:
  struct ArmedOp {
    const Op* op;
    size_t index;
  };

  void Reach(RacePoint point, uint32_t nth);

  Machine* const machine_;
  std::vector<ArmedOp> armed_;
  uint32_t checks_ = 0;
  uint32_t faults_ = 0;
};

}  // namespace sim

#endif  // SIM_SCENARIO_RACES_H_
