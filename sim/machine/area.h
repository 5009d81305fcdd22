// A piece of an address space in which every page has the same permissions (Linux: a VMA).
#ifndef SIM_MACHINE_AREA_H_
#define SIM_MACHINE_AREA_H_

#include <cstdint>

#include "axptr/mapping_flags.h"

namespace sim {

enum class Backing : uint8_t {
  kEager,  // populated when it is mapped
  kLazy,   // populated on demand
  kCow,    // populated with read-only frames of another process, copied on the first write
  kFile,   // populated on demand, up to the end of a file
};

struct Area {
  uint64_t start = 0;  // bytes, on a page
  uint64_t end = 0;
  axptr::MappingFlags flags;
  Backing backing = Backing::kEager;
  // The number of its Map or MapFile call: parts of one mapping may be merged.
  uint32_t mapping = 0;
  uint64_t mapping_end = 0;  // the end of the area that this call made
};

}  // namespace sim

#endif  // SIM_MACHINE_AREA_H_
