#include "sim/cli/story/snapshot.h"

#include <algorithm>

#include "sim/scenario/scenario.h"

namespace sim {
namespace {

using axptr::MappingFlags;

AreaKind KindOf(Backing backing) {
  switch (backing) {
    case Backing::kEager:
      return AreaKind::kEager;
    case Backing::kLazy:
      return AreaKind::kLazy;
    case Backing::kCow:
      return AreaKind::kCow;
    case Backing::kFile:
      return AreaKind::kFile;
  }
  return AreaKind::kEager;
}

AreaSnapshot SnapshotOf(const Area& area) {
  constexpr Perms kAllPerms = kPermRead | kPermWrite | kPermExecute;
  const bool is_user = area.flags.contains(MappingFlags::USER);
  return {area.start, area.end, static_cast<Perms>(area.flags.bits() & kAllPerms),
          is_user ? KindOf(area.backing) : AreaKind::kKernel};
}

}  // namespace

bool Snapshot::IsPopulated(uint64_t address) const {
  return std::any_of(populated.begin(), populated.end(), [address](const AddressRun& run) {
    return run.start <= address && address < run.end;
  });
}

uint64_t Snapshot::CountPopulated(uint64_t start, uint64_t end) const {
  uint64_t bytes = 0;
  for (const AddressRun& run : populated) {
    const uint64_t from = std::max(start, run.start);
    const uint64_t to = std::min(end, run.end);
    if (from < to) bytes += to - from;
  }
  return bytes / kPageBytes;
}

Snapshot TakeSnapshot(Machine& machine) {
  const AddressSpace& space = machine.address_space();
  Snapshot snapshot;
  snapshot.frames_free = machine.frames().free();
  uint64_t left = space.populated_pages();
  for (const Area& area : space.areas()) {
    snapshot.areas.push_back(SnapshotOf(area));
    // An area may be as large as the window, but no more pages than frames are populated.
    for (uint64_t page = area.start; page < area.end && left > 0; page += kPageBytes) {
      if (!space.IsPopulated(page)) continue;
      --left;
      std::vector<AddressRun>& runs = snapshot.populated;
      if (!runs.empty() && runs.back().end == page) {
        runs.back().end += kPageBytes;
      } else {
        runs.push_back({page, page + kPageBytes});
      }
    }
  }
  return snapshot;
}

}  // namespace sim
