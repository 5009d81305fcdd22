// A scenario: a machine, and the operations that happen on it, in order. See docs/scenario.md.
#ifndef SIM_SCENARIO_SCENARIO_H_
#define SIM_SCENARIO_SCENARIO_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/scenario/op.h"

namespace sim {

// The machine's one window of user addresses, and its memory.
inline constexpr uint64_t kWindowStart = 0x550000000000;
inline constexpr uint64_t kWindowBytes = uint64_t{64} << 30;
inline constexpr uint64_t kWindowEnd = kWindowStart + kWindowBytes;
constexpr bool IsInWindow(uint64_t address) {
  return address >= kWindowStart && address < kWindowEnd;
}
inline constexpr uint64_t kPageBytes = 4096;
// All the frames that the machine has (1 GiB): `frames=max`, and the most that `frames N` can set.
inline constexpr uint64_t kMachineFrames = uint64_t{1} << 18;
inline constexpr int kMaxCpus = 8;

// A trace records the population of kReachPages pages one by one. The first is the page before the
// page of the operation's address, or the window's first page. FirstPageInReach returns 0, and the
// trace records no page, if the address is not in the window.
inline constexpr int kReachPages = 64;
constexpr uint64_t FirstPageInReach(const Op& op) {
  if (!IsInWindow(op.address)) return 0;
  const uint64_t page = op.address & ~(kPageBytes - 1);
  return page == kWindowStart ? page : page - kPageBytes;
}

struct MachineConfig {
  int cpus = 1;  // 1..kMaxCpus
  std::optional<uint64_t> frames =
      {};            // free frames at the start; nothing: `frames=max`, all frames
  bool lock = true;  // whether the address space has a lock
  // Whether kernel code that touches user memory while user access is closed faults, as with SMAP.
  bool smap = false;
  friend bool operator==(const MachineConfig&, const MachineConfig&) = default;
};

// The free frames of the machine at the start.
constexpr uint64_t FramesOf(const MachineConfig& machine) {
  return std::min(machine.frames.value_or(kMachineFrames), kMachineFrames);
}

// For the verb `frames`: the number of frames to be free, which may exceed the machine's frames.
constexpr uint64_t FramesOf(const Op& op) { return op.is_max ? kMachineFrames : op.length; }

struct Scenario {
  MachineConfig machine;
  std::vector<Op> ops;
  friend bool operator==(const Scenario&, const Scenario&) = default;
};

}  // namespace sim

#endif  // SIM_SCENARIO_SCENARIO_H_
