// The address space of the simulated kernel's one process: areas, which of their pages are
// populated, and the page-fault handler's decisions. An axptr::AddrSpace.
//
// It needs no real memory. With a Window, it keeps the hardware protection consistent with the
// areas; without a Window, it makes no system call and holds no contents. It does not depend on
// CPUs, flags or locks.
#ifndef SIM_MACHINE_ADDRESS_SPACE_H_
#define SIM_MACHINE_ADDRESS_SPACE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "axptr/virt_addr.h"
#include "sim/machine/aliases.h"
#include "sim/machine/area.h"
#include "sim/machine/area_list.h"
#include "sim/machine/frames.h"
#include "sim/machine/page_bits.h"
#include "sim/machine/window.h"

namespace sim {

// Storage for the contents of an address space that has no window.
class Contents {
 public:
  virtual ~Contents() = default;
  // Fills the `size` bytes at `start` with repetitions of `pattern`. The bytes lie in the address
  // range of the window.
  virtual void Write(uint64_t start, uint64_t size, std::span<const uint8_t> pattern) = 0;
  // Zeroes the `size` bytes at `start`.
  virtual void Forget(uint64_t start, uint64_t size) = 0;
};

class AddressSpace {
 public:
  // `frames` and `window` outlive this; `window` may be null.
  explicit AddressSpace(Frames* frames, Window* window = nullptr);

  // Sets the storage for later fills; null: contents are not stored. Precondition: no window.
  void set_contents(Contents* contents) { contents_ = contents; }

  // Set-up, like the system calls of these names. `start` and `size` in bytes. Errors: EINVAL if a
  // range is empty, not page-aligned, or not in the window. On an error, nothing is changed.

  // Creates an area. `backing` is not Backing::kFile. Errors: EEXIST if the range overlaps an area;
  // ENOMEM if the area is eager and too few frames are free. A cow area needs no frames: each page
  // is shared until its first write.
  axptr::LinuxResult<void> Map(uint64_t start, uint64_t size, axptr::MappingFlags flags,
                               Backing backing);
  // Creates an area over the first pages of a new file of `file_bytes` bytes. Pages after the last
  // page of the file are never populated. Errors: as Map.
  axptr::LinuxResult<void> MapFile(uint64_t start, uint64_t size, axptr::MappingFlags flags,
                                   uint64_t file_bytes);
  // Maps the file that is mapped at `from` once more, from the page of the file at `from` on, with
  // other permissions. All mappings of a file show the same bytes, and a page of the file has one
  // frame, which it holds as long as it is populated at one of them. Errors: as Map; EINVAL if the
  // `size` bytes at `from` are not whole pages of one mapping of a file; ENOMEM if more than
  // kMaxAliasPages were mapped so since the last Reset, including those of a hidden address space
  // (Exchange).
  axptr::LinuxResult<void> MapAgain(uint64_t start, uint64_t size, axptr::MappingFlags flags,
                                    uint64_t from);
  static constexpr uint64_t kMaxAliasPages = 1024;
  // Sets the length of the file that is mapped at `address` to `file_bytes` bytes. Pages after the
  // new end lose their frames and contents, and the bytes of the last page after the end become
  // zero. Errors: EINVAL if no file is mapped at `address`.
  axptr::LinuxResult<void> Truncate(uint64_t address, uint64_t file_bytes);
  // Unmaps the range. The range may have holes.
  axptr::LinuxResult<void> Unmap(uint64_t start, uint64_t size);
  // Sets the permissions of the range to `flags`; USER is not changed. Errors: ENOMEM if the range
  // has a hole.
  axptr::LinuxResult<void> Protect(uint64_t start, uint64_t size, axptr::MappingFlags flags);
  // Frees the frames of the range, as reclaim and MADV_DONTNEED do: its pages are absent
  // afterwards; those of files in all their mappings, as after reclaim. Pages of files keep their
  // contents; all other pages are zero when they are populated again. The range may have holes.
  axptr::LinuxResult<void> Evict(uint64_t start, uint64_t size);
  // Shares the populated pages of the range with another process, as fork does. The other process
  // owns the frames from then on; the first write to a page copies it, which needs a frame. Kernel
  // memory and pages of files are not shared. The range may have holes.
  axptr::LinuxResult<void> Share(uint64_t start, uint64_t size);
  // Lets the mapping at `address`, i.e. all parts that are left of one call of Map, grow down at
  // page faults, until it has `limit` bytes from its end, as created, to its start (Linux:
  // VM_GROWSDOWN and RLIMIT_STACK). 0: it does not grow, as after Map. ResolveFault states the
  // rules. Errors: EINVAL if no mapping of private user memory is at `address`.
  axptr::LinuxResult<void> Grow(uint64_t address, uint64_t limit);
  // Populates the pages of the `size` bytes at `start`, and fills the bytes with repetitions of
  // `pattern`, regardless of the permissions. Any `start` and `size`. Errors: ENOMEM if the range
  // has a hole or a page after the end of a file, or if no frame is free.
  axptr::LinuxResult<void> Fill(uint64_t start, uint64_t size, std::span<const uint8_t> pattern);

  // Implements axptr::AddrSpace. check_region_access of an empty range: whether its first byte is
  // permitted. populate_area fails with EFAULT, and populates nothing, if a page is in no area;
  // otherwise it populates the pages in order, and fails with EFAULT at the first page after the
  // end of its file, or with ENOMEM where no frame is free. An empty range is populated. With WRITE
  // in `flags`, shared pages are copied. The inline code is the fast path of both functions: a
  // range within one area whose pages are populated. The .cc file has the slow paths.
  bool check_region_access(axptr::VirtAddrRange range, axptr::MappingFlags flags) const {
    const uint64_t start = range.start().as_usize();
    const Neighbourhood& found = LookUp(start);
    if (start < found.area_start || !found.flags.contains(flags)) return false;
    return range.end().as_usize() <= found.area_end || CheckBehind(range, flags);
  }
  axptr::LinuxResult<void> populate_area(axptr::VirtAddrRange pages, axptr::MappingFlags flags) {
    // A populated page is in an area. With a window, the processor's view may lag behind.
    if (window_ == nullptr && IsAllPopulated(pages) &&
        (shared_pages_ == 0 || !flags.contains(axptr::MappingFlags::WRITE))) {
      return {};
    }
    return PopulateArea(pages, flags);
  }

  // The distance that an area keeps, as it grows, from an accessible area below it (Linux:
  // stack_guard_gap, whose default is 256 pages).
  static constexpr uint64_t kGuardGapBytes = Window::kPageBytes;

  // The page-fault handler: makes an access with `access` to `address` possible and returns true.
  // Returns false if the access is not permitted or no frame is free.
  //
  // At an address in no area, the next area above grows down to the page of the address, if its
  // mapping may have so many bytes. The area below must be kGuardGapBytes away, unless it permits
  // no access or grows itself (Linux: expand_downwards). The area grows before the access is judged
  // (Linux: lock_mm_and_find_vma), so it stays grown after an access that is refused. Only faults
  // let an area grow: check_region_access, populate_area and Fill find the areas as they are
  // (Linux: get_user_pages since 6.5).
  bool ResolveFault(uint64_t address, axptr::MappingFlags access);

  // Whether an access with `access` to `address` needs no page-fault handler: the page is
  // populated, and hardware whose protection is always up to date permits the access.
  bool LetsThrough(uint64_t address, axptr::MappingFlags access) const;

  // Whether a fault for `access` at `address` is spurious, i.e. due only to a deferred update of
  // the window; if so, updates the protection of the page. The simulated kernel never sees a
  // spurious fault.
  bool CatchUp(uint64_t address, axptr::MappingFlags access);

  // Carries out the deferred mprotect flush: removes all permissions from the window that the areas
  // no longer allow. To be called before user memory is touched.
  void SettleWindow();
  // Also raises the permissions of the `size` bytes at `start`, which are about to be touched. That
  // takes the same system calls as raising them on demand, but saves the spurious faults. Any
  // range.
  void SettleWindowFor(uint64_t start, uint64_t size);

  // Makes the hardware protection equal to the areas, as on hardware without deferred updates: it
  // permits exactly what the areas allow for populated pages, and accesses to pages after the end
  // of a file reach their bus error. Returns false if the host does not support that many mappings
  // at a time: then only some of the pages are up to date. Unlike the functions above, this
  // function does not bound the host memory that later touches use: the caller bounds it.
  bool SynchroniseWindow();

  // Whether the page that holds `address` is populated.
  bool IsPopulated(uint64_t address) const;
  // Whether each of the 64 pages from the page that holds `address` is populated: bit i for the
  // page at index i. Precondition: `address` is in the window.
  uint64_t PopulatedNext64(uint64_t address) const {
    return populated_.Next64(Window::PageOf(address));
  }
  // Window::ContentsAt; null without a window. Precondition: `address` is in the window.
  const uint8_t* ContentsAt(uint64_t address) const {
    return window_ == nullptr ? nullptr : window_->ContentsAt(HomeOf(address));
  }
  // Calls `visit(other)` for each other address at which the byte at `address` is mapped.
  // Precondition: `address` is in the window.
  template <typename Visit>
  void EachOtherPlace(uint64_t address, Visit visit) const {
    if (aliases_.empty()) return;
    const uint64_t page = Window::PageOf(address);
    aliases_.EachPlace(page, [&](uint64_t place) {
      if (place != page) visit(address + (place - page) * Window::kPageBytes);
    });
  }
  uint64_t populated_pages() const { return populated_pages_; }
  // The number of populated pages that hold no frame of this process for themselves: they are
  // shared with another process, or are pages of a file that is populated at another place, too.
  uint64_t shared_pages() const { return shared_pages_; }
  const AreaList& areas() const { return areas_; }

  // Removes every area and gives its frames back.
  void Reset();

  // Exchanges all areas, pages, files, their mappings and growth with `other`, which has the same
  // frames and window. `other` is hidden: the window shows this one, before and afterwards. Only
  // Exchange and HasAreas may be called of a hidden one. populated_pages and shared_pages count the
  // pages of both, and kMaxAliasPages is the limit of both together.
  void Exchange(AddressSpace* other);
  bool HasAreas() const { return mappings_made_ != 0; }
  Window* window() const { return window_; }

 private:
  // The result of a lookup: a hole of addresses [hole_start, area_start), which may be empty,
  // followed by the area [area_start, area_end) at `position`.
  struct Neighbourhood {
    uint64_t hole_start = 0;
    uint64_t area_start = 0;
    uint64_t area_end = 0;
    axptr::MappingFlags flags;
    AreaList::Position position;

    bool Holds(uint64_t address) const { return address - hole_start < area_end - hole_start; }
  };

  // The slow paths are not inlined: otherwise the fast paths would have to save registers for them.

  // The neighbourhood that holds `address`; usually the cached one of the last lookup. Valid until
  // the next lookup or change of the areas.
  const Neighbourhood& LookUp(uint64_t address) const {
    return last_found_.Holds(address) ? last_found_ : LookUpAnew(address);
  }
  [[gnu::noinline]] const Neighbourhood& LookUpAnew(uint64_t address) const;

  // The slow path of check_region_access: the first area of the range allows `flags`, and the range
  // extends past that area.
  [[gnu::noinline]] bool CheckBehind(axptr::VirtAddrRange range, axptr::MappingFlags flags) const;

  // Whether `pages` lie in the window and each is populated.
  bool IsAllPopulated(axptr::VirtAddrRange pages) const {
    const uint64_t start = pages.start().as_usize();
    if (!Window::ContainsRange(start, pages.size())) return false;
    const uint64_t first = Window::PageOf(start);
    const uint64_t end = first + pages.size() / Window::kPageBytes;
    return end - first == 1 ? populated_.Test(first) : populated_.FindClear(first, end) == end;
  }
  // The slow path of populate_area.
  [[gnu::noinline]] axptr::LinuxResult<void> PopulateArea(axptr::VirtAddrRange pages,
                                                          axptr::MappingFlags flags);

  // The area that holds `address`, or null.
  const Area* Find(uint64_t address) const;
  // The area that has grown down to `address`, or null if none may. Precondition: no area holds
  // `address`.
  const Area* GrowDownTo(uint64_t address);
  // Whether areas cover [start, end) without a hole.
  bool Covers(uint64_t start, uint64_t end) const;
  // AreaList::Replace on areas_; invalidates the cached lookup.
  void Replace(AreaList::Position first, AreaList::Position last, std::span<const Area> areas);
  // Gives a frame to each page of [first, end) that has none, in order, until no frame is free.
  // Returns whether there were enough frames. A shared page needs a frame only if `for_writing`.
  bool Populate(uint64_t first, uint64_t end, bool for_writing);
  // The number of frames that Populate with the same arguments takes.
  uint64_t FramesNeeded(uint64_t first, uint64_t end, bool for_writing) const;
  // Populates pages [first, end) with frames of another process. Precondition: no page of the range
  // is populated.
  void PopulateShared(uint64_t first, uint64_t end);
  // Marks the pages of [first, end) that hold a frame of this process as shared.
  void SharePages(uint64_t first, uint64_t end);
  // Makes pages [first, end) absent, and their contents zero.
  void Unpopulate(uint64_t first, uint64_t end);
  // Makes the contents of pages [first, end) zero. `was_populated`: a page of them was.
  void ForgetContents(uint64_t first, uint64_t end, bool was_populated);
  // Writes [start, start + size) of the direct map with repetitions of `pattern`, without the first
  // `skipped` bytes of them.
  void WriteMemory(uint64_t start, uint64_t size, std::span<const uint8_t> pattern,
                   uint64_t skipped);
  // Makes pages [first, end) absent. Their contents stay. Returns how many were populated.
  uint64_t TakeFrames(uint64_t first, uint64_t end);
  // Resets all state of pages [first, end) to that of pages that were never mapped.
  void Release(uint64_t first, uint64_t end);
  // A mapping for which Grow was called.
  struct Growth {
    uint32_t mapping = 0;
    uint64_t limit = 0;  // in bytes
  };
  // The first of growths_ whose mapping is not less than `mapping`.
  std::vector<Growth>::const_iterator FirstGrowth(uint32_t mapping) const;
  // How many bytes the mapping of `area` may have as it grows; 0: it does not grow.
  uint64_t GrowthLimitOf(const Area& area) const;
  // A mapping of a file.
  struct File {
    uint32_t mapping = 0;
    uint64_t start = 0;       // the address at which its first byte is, was, or would be mapped
    uint64_t area_start = 0;  // the area that MapFile or MapAgain made
    uint64_t area_end = 0;
    uint64_t bytes = 0;
    size_t next = 0;  // in files_: the next mapping of the same file, in a circle

    // Of the pages [first, end) of the mapping, the first that lies wholly after the end of the
    // file, or `end`.
    uint64_t PagesEnd(uint64_t first, uint64_t end) const;
  };
  // The mapping of a file that `area` is a part of, as an index of files_.
  size_t FileOf(const Area& area) const;
  // Makes what is after the end of the file absent and zero at one of its mappings. `kept`: the
  // number of bytes that the file keeps.
  void TruncateMapping(const File& file, uint64_t kept);

  // The address whose memory `address` shows.
  uint64_t HomeOf(uint64_t address) const {
    if (aliases_.empty()) return address;
    const uint64_t page = Window::PageOf(address);
    return address + (aliases_.HomeOf(page) - page) * Window::kPageBytes;
  }
  // Whether the file's page at `page` is populated at another place outside [first, end).
  bool IsPopulatedOutside(uint64_t page, uint64_t first, uint64_t end) const;
  // Whether the file's page at `page` has a frame without `page`, once the pages [first, page) are
  // populated.
  bool HasFrameAtOtherPlace(uint64_t page, uint64_t first) const;
  // Populates `page`, which is absent and has other places. Returns whether there was a frame.
  bool PopulatePlace(uint64_t page);
  // Notes that the memory of `page`, which has other places, may hold bytes even if `page` is
  // absent.
  void KeepHome(uint64_t page);
  // Removes pages [first, end) from the places of files' pages. Bytes that others show move there.
  void RemovePlaces(uint64_t first, uint64_t end);
  void MoveHome(uint64_t from, uint64_t to);

  // Updates past_end_ for pages [first, end), which lie in the mapping of `file`.
  void PlaceEnd(const File& file, uint64_t first, uint64_t end);
  void SetPastEnd(uint64_t first, uint64_t end, bool past_end);
  bool IsPastEnd(uint64_t page) const { return !files_.empty() && past_end_.Test(page); }
  // The first page of [first, end) that is past the end of its file, or `end`.
  uint64_t FindPastEnd(uint64_t first, uint64_t end) const {
    return files_.empty() ? end : past_end_.FindSet(first, end);
  }
  // Zeroes the bytes from `address` to the end of its page, if the page is populated.
  void ZeroTail(uint64_t address);

  // What the hardware permits for `page`. Precondition: `page` is in `area`, and populated or past
  // the end of its file.
  HardwareAccess HardwareOf(const Area& area, uint64_t page) const;
  // What the hardware permits for `page`, and the end (at most `end`) of the run of pages in the
  // same area with the same permission. A populated page outside all areas is a bug of this kernel:
  // it gets no access, and the oracle detects the bug by the number of populated pages.
  Window::Allowed AllowedTo(uint64_t page, uint64_t end) const;
  // The end (at most `end`) of the run of pages that equal `page` in population and sharing.
  uint64_t EndOfRun(uint64_t page, uint64_t end) const;
  // Raises the hardware permissions of the populated pages of [first, end), and of the populated
  // pages that directly follow, to what the areas allow. In a large range, only the first pages are
  // raised; the others are raised when a touch of them faults (CatchUp).
  void RaiseWindow(uint64_t first, uint64_t end);
  // Raises the hardware permissions of all pages of `area` to what the area allows.
  void RaiseAll(const Area& area);

  Frames* const frames_;
  Window* const window_;
  Contents* contents_ = nullptr;
  AreaList areas_;
  mutable Neighbourhood last_found_;  // empty: no cached lookup
  PageBits populated_;
  PageBits shared_;              // of the populated pages
  PageBits past_end_;            // of the other pages: those after the end of their file
  PageBits kept_;                // pages evicted from files, and homes: their contents stay
  Aliases aliases_;              // of pages of files
  uint64_t alias_pages_ = 0;     // mapped by MapAgain since the last Reset, in both
  std::vector<Growth> growths_;  // by mapping, ascending
  std::vector<File> files_;      // by mapping, ascending
  std::vector<Area> scratch_;    // temporary of one function at a time; reused to avoid allocation
  std::unique_ptr<Window::Memory> memory_;  // of a hidden one with a window
  uint64_t touched_end_ = 0;                // the page up to which SettleWindowFor expects touches
  uint64_t populated_pages_ = 0;
  uint64_t shared_pages_ = 0;
  uint32_t mappings_made_ = 0;
};

}  // namespace sim

#endif  // SIM_MACHINE_ADDRESS_SPACE_H_
