// The address space of the simulated kernel's one process: areas, which of their pages are
// populated, and the page-fault handler's decisions. An axptr::AddrSpace.
//
// It needs no real memory: with a Window it keeps the processor's view in line, without one it
// makes no system call and holds no contents. It knows nothing of CPUs, flags and locks.
#ifndef SIM_MACHINE_ADDRESS_SPACE_H_
#define SIM_MACHINE_ADDRESS_SPACE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "axptr/virt_addr.h"
#include "sim/machine/area.h"
#include "sim/machine/frames.h"
#include "sim/machine/page_bits.h"
#include "sim/machine/window.h"

namespace sim {

class AddressSpace {
 public:
  // `frames` and `window` outlive this; `window` may be null.
  explicit AddressSpace(Frames* frames, Window* window = nullptr);

  // Set-up, as the system calls of these names. `start` and `size` in bytes. Errors: EINVAL if a
  // range is empty, not of whole pages, or not in the window; and nothing is changed by an error.

  // A new area. Errors: EEXIST over another area; ENOMEM if it is eager and frames are too few.
  axptr::LinuxResult<void> Map(uint64_t start, uint64_t size, axptr::MappingFlags flags,
                               Backing backing);
  // Removes what is mapped in the range, which may have holes.
  axptr::LinuxResult<void> Unmap(uint64_t start, uint64_t size);
  // Gives the range the permissions of `flags`; USER stays as it is. Errors: ENOMEM over a hole.
  axptr::LinuxResult<void> Protect(uint64_t start, uint64_t size, axptr::MappingFlags flags);
  // Writes `pattern` again and again into the `size` bytes at `start`, whatever the permissions;
  // populates the pages. Any `start` and `size`. Errors: ENOMEM over a hole or out of frames.
  axptr::LinuxResult<void> Fill(uint64_t start, uint64_t size, std::span<const uint8_t> pattern);

  // axptr::AddrSpace. A page of `pages` that is in no area gives EFAULT.
  bool check_region_access(axptr::VirtAddrRange range, axptr::MappingFlags flags) const;
  axptr::LinuxResult<void> populate_area(axptr::VirtAddrRange pages, axptr::MappingFlags flags);

  // The page-fault handler: makes an access with `access` to `address` possible, and returns true;
  // or returns false where it is not permitted or there is no frame.
  bool ResolveFault(uint64_t address, axptr::MappingFlags access);

  // Whether the access would go through but for the window lagging behind; then brings the page in
  // line. The simulated kernel never sees such a fault: its hardware has no lag.
  bool CatchUp(uint64_t address, axptr::MappingFlags access);

  // Takes from the window what it lets through too much. To be called before user memory is touched.
  void SettleWindow();

  // Whether the page that holds `address` is populated.
  bool IsPopulated(uint64_t address) const;
  uint64_t populated_pages() const { return populated_pages_; }
  // In ascending order, not overlapping.
  std::span<const Area> areas() const { return areas_; }

  // Removes every area and gives its frames back.
  void Reset();

 private:
  // The index of the area that holds `address`, or of the first one behind it.
  size_t FindFrom(uint64_t address) const;
  // The same area, or null.
  const Area* Find(uint64_t address) const;
  // Whether areas cover [start, end) without a hole.
  bool Covers(uint64_t start, uint64_t end) const;
  // Cuts the area that holds `address` in two there, if it begins before.
  void SplitAt(uint64_t address);
  // Joins neighbours in [first, last] that are parts of one mapping and alike again.
  void MergeAround(size_t first, size_t last);
  // Populates the unpopulated pages of [first, end), in order, until frames run out; returns
  // whether they sufficed.
  bool Populate(uint64_t first, uint64_t end);
  void Unpopulate(uint64_t first, uint64_t end);
  // Gives the processor what the areas allow for the populated pages of [first, end).
  void RaiseWindow(uint64_t first, uint64_t end);

  Frames* const frames_;
  Window* const window_;
  std::vector<Area> areas_;
  PageBits populated_;
  uint64_t populated_pages_ = 0;
  uint32_t mappings_made_ = 0;
  mutable size_t last_found_ = 0;
};

}  // namespace sim

#endif  // SIM_MACHINE_ADDRESS_SPACE_H_
