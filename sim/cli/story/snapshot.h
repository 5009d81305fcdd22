// The simulated address space at one moment, as values.
#ifndef SIM_CLI_STORY_SNAPSHOT_H_
#define SIM_CLI_STORY_SNAPSHOT_H_

#include <cstdint>
#include <vector>

#include "sim/machine/machine.h"
#include "sim/scenario/op.h"

namespace sim {

// The addresses [start, end).
struct AddressRun {
  uint64_t start = 0;
  uint64_t end = 0;
};

struct AreaSnapshot {
  uint64_t start = 0;
  uint64_t end = 0;
  Perms perms = 0;
  AreaKind kind = AreaKind::kEager;
};

struct Snapshot {
  std::vector<AreaSnapshot> areas;    // ascending
  std::vector<AddressRun> populated;  // ascending, whole pages
  uint64_t frames_free = 0;

  bool IsPopulated(uint64_t address) const;
  // Populated pages in [start, end), which are whole pages.
  uint64_t CountPopulated(uint64_t start, uint64_t end) const;
};

Snapshot TakeSnapshot(Machine& machine);

}  // namespace sim

#endif  // SIM_CLI_STORY_SNAPSHOT_H_
