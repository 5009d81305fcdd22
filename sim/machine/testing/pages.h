// Pages at the start of the user window, and permissions, for tests of the machine.
#ifndef SIM_MACHINE_TESTING_PAGES_H_
#define SIM_MACHINE_TESTING_PAGES_H_

#include <cstdint>

#include "axptr/mapping_flags.h"
#include "axptr/virt_addr.h"
#include "sim/machine/window.h"

namespace sim {

inline constexpr uint64_t kBase = Window::kStart;
inline constexpr uint64_t kPage = Window::kPageBytes;
inline constexpr axptr::MappingFlags kR = axptr::MappingFlags::READ | axptr::MappingFlags::USER;
inline constexpr axptr::MappingFlags kW = axptr::MappingFlags::WRITE | axptr::MappingFlags::USER;
inline constexpr axptr::MappingFlags kRW = kR | kW;

// [start, start + size). Precondition: it does not wrap around.
inline axptr::VirtAddrRange Range(uint64_t start, uint64_t size) {
  return *axptr::VirtAddrRange::from_start_size(axptr::VirtAddr(start), size);
}

}  // namespace sim

#endif  // SIM_MACHINE_TESTING_PAGES_H_
