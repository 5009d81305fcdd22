// A reimplementation of the original's algorithms, so that both can be measured in one run: a
// linear walk over the areas, population page by page, and a scan element by element.
//
// The original keeps its areas in an ordered tree, and so does TreeWalk. ArrayWalk uses an array,
// which makes a linear walk as fast as possible.
#ifndef BENCH_BASELINE_H_
#define BENCH_BASELINE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "axptr/addr_space.h"
#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "axptr/virt_addr.h"
#include "sim/machine/area.h"
#include "sim/machine/area_list.h"

namespace bench {

// An axptr::AddrSpace over areas that lie in order in a container of sim::Area. It keeps the
// populated state of its pages itself, in one byte per page from `start` on.
template <typename Areas>
class LinearAddressSpace {
 public:
  LinearAddressSpace(uint64_t start, uint64_t pages) : start_(start), populated_(pages) {}

  // Must be called after each change of the areas.
  void SetAreas(Areas areas) { areas_ = std::move(areas); }

  bool check_region_access(axptr::VirtAddrRange range, axptr::MappingFlags flags) const {
    uint64_t next = range.start().as_usize();
    for (const auto& entry : areas_) {
      const sim::Area& area = *AreaOf(entry);
      if (area.end <= next) continue;
      if (area.start > next || !area.flags.contains(flags)) return false;
      next = area.end;
      if (next >= range.end().as_usize()) return true;
    }
    return false;
  }

  axptr::LinuxResult<void> populate_area(axptr::VirtAddrRange pages, axptr::MappingFlags) {
    const uint64_t end = pages.end().as_usize();
    for (uint64_t at = pages.start().as_usize(); at < end; at += axptr::kPageSize4K) {
      volatile uint8_t& is_populated = populated_[(at - start_) / axptr::kPageSize4K];
      if (is_populated == 0) is_populated = 1;
    }
    return {};
  }

 private:
  static const sim::Area* AreaOf(const sim::Area& area) { return &area; }
  static const sim::Area* AreaOf(const std::pair<const uint64_t, sim::Area>& entry) {
    return &entry.second;
  }

  Areas areas_;
  uint64_t start_;
  std::vector<uint8_t> populated_;
};

using ArrayWalk = LinearAddressSpace<std::vector<sim::Area>>;
using TreeWalk = LinearAddressSpace<std::map<uint64_t, sim::Area>>;

inline std::map<uint64_t, sim::Area> ToTree(const sim::AreaList& areas) {
  std::map<uint64_t, sim::Area> tree;
  for (const sim::Area& area : areas) tree.emplace_hint(tree.end(), area.start, area);
  return tree;
}

// The number of elements before the first that equals T{}: each element is loaded separately, and
// the address space is queried at each new page.
template <typename T, axptr::AddrSpace A>
std::optional<size_t> LengthElementByElement(A& aspace, uint64_t address) {
  uint64_t checked_end = 0;
  for (size_t length = 0;; ++length) {
    const uint64_t at = address + length * sizeof(T);
    if (at >= checked_end) {
      const axptr::VirtAddr page = axptr::VirtAddr(at).align_down_4k();
      const auto range = axptr::VirtAddrRange::from_start_size(page, axptr::kPageSize4K);
      if (!range || !aspace.check_region_access(*range, axptr::MappingFlags::READ)) return {};
      checked_end = range->end().as_usize();
    }
    if (*reinterpret_cast<const volatile T*>(at) == T{}) return length;
  }
}

}  // namespace bench

#endif  // BENCH_BASELINE_H_
