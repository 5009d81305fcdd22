// Carries out the operations that races have armed, at their points of the next access. Equivalent
// to sim/scenario/races.h.
#ifndef SIM_RING0_REPLAY_RACES_H_
#define SIM_RING0_REPLAY_RACES_H_

#include <cstdint>

#include "sim/ring0/replay/packed.h"

namespace ring0 {

class Races {
 public:
  // Arms operation `index`, with its bytes, for the next access.
  void Arm(const PackedOp& op, const void* bytes, std::uint32_t index);
  // The access has ended. Armed operations that have not happened are dropped.
  void End(PackedResult* result);

 private:
  struct Armed {
    const PackedOp* op = nullptr;
    const void* bytes = nullptr;
    std::uint32_t index = 0;
  };
  static constexpr std::uint32_t kMax = 256;

  static void OnPoint(Point point, std::uint64_t address);
  void Reach(Point point, std::uint64_t address);
  void CarryOut(const Armed& armed, std::uint64_t address);
  // Makes an access and sends its record.
  void RunAccess(const Armed& armed);

  Armed armed_[kMax] = {};
  std::uint32_t count_ = 0;
  std::uint32_t reached_[kPoints] = {};
  bool in_race_ = false;
};
extern Races g_races;

}  // namespace ring0

#endif  // SIM_RING0_REPLAY_RACES_H_
