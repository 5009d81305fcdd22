// Ranges of addresses of the window, as pages.
#ifndef SIM_MACHINE_PAGE_RANGES_H_
#define SIM_MACHINE_PAGE_RANGES_H_

#include <cstdint>

#include "sim/machine/window.h"

namespace sim {

// Whether [start, start + size) are whole pages of the window, and not empty.
inline bool IsWholePages(uint64_t start, uint64_t size) {
  return size != 0 && start % Window::kPageBytes == 0 && size % Window::kPageBytes == 0 &&
         Window::ContainsRange(start, size);
}

// The page after the one that holds the last byte before `end`. Precondition: `end` lies in the
// window or is its end.
inline uint64_t PageEnd(uint64_t end) { return Window::PageOf(end - 1) + 1; }

}  // namespace sim

#endif  // SIM_MACHINE_PAGE_RANGES_H_
