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
#include "sim/machine/area_list.h"
#include "sim/machine/frames.h"
#include "sim/machine/page_bits.h"
#include "sim/machine/window.h"

namespace sim {

// Who keeps the contents of an address space that has no window.
class Contents {
 public:
  virtual ~Contents() = default;
  // `pattern`, again and again, is written to the `size` bytes at `start`, which lie in the
  // window's place.
  virtual void Write(uint64_t start, uint64_t size, std::span<const uint8_t> pattern) = 0;
  // The `size` bytes at `start` become zero.
  virtual void Forget(uint64_t start, uint64_t size) = 0;
};

class AddressSpace {
 public:
  // `frames` and `window` outlive this; `window` may be null.
  explicit AddressSpace(Frames* frames, Window* window = nullptr);

  // `contents` keeps the bytes of later fills; null: no bytes are kept. Precondition: no window.
  void set_contents(Contents* contents) { contents_ = contents; }

  // Set-up, as the system calls of these names. `start` and `size` in bytes. Errors: EINVAL if a
  // range is empty, not of whole pages, or not in the window; and nothing is changed by an error.

  // A new area, not of Backing::kFile. Errors: EEXIST over another area; ENOMEM if it is eager and
  // frames are too few. A cow area needs none: its pages are shared until each is written.
  axptr::LinuxResult<void> Map(uint64_t start, uint64_t size, axptr::MappingFlags flags,
                               Backing backing);
  // A new area over the first pages of a new file of `file_bytes` bytes. Pages behind the file's
  // last one are never populated. Errors: as Map.
  axptr::LinuxResult<void> MapFile(uint64_t start, uint64_t size, axptr::MappingFlags flags,
                                   uint64_t file_bytes);
  // Gives the file behind the page at `address` another length. Pages behind its end lose their
  // frames and contents, and what its last page holds behind the end becomes zero. Errors: EINVAL
  // if no file is mapped there.
  axptr::LinuxResult<void> Truncate(uint64_t address, uint64_t file_bytes);
  // Removes what is mapped in the range, which may have holes.
  axptr::LinuxResult<void> Unmap(uint64_t start, uint64_t size);
  // Gives the range the permissions of `flags`; USER stays as it is. Errors: ENOMEM over a hole.
  axptr::LinuxResult<void> Protect(uint64_t start, uint64_t size, axptr::MappingFlags flags);
  // Takes the frames of the range away, as reclaim and MADV_DONTNEED do: its pages are absent
  // afterwards. A file keeps its bytes; all other memory is zeros when it comes back. The range may
  // have holes.
  axptr::LinuxResult<void> Evict(uint64_t start, uint64_t size);
  // Shares the populated pages of the range with another process, as fork does: their frames are
  // that one's from then on, and each is copied at the first write, for which a frame is needed.
  // Neither kernel memory nor pages of files. The range may have holes.
  axptr::LinuxResult<void> Share(uint64_t start, uint64_t size);
  // Writes `pattern` again and again into the `size` bytes at `start`, whatever the permissions;
  // populates the pages. Any `start` and `size`. Errors: ENOMEM over a hole, behind the last page
  // of a file, or out of frames.
  axptr::LinuxResult<void> Fill(uint64_t start, uint64_t size, std::span<const uint8_t> pattern);

  // axptr::AddrSpace. A page of `pages` that is in no area gives EFAULT, as does one behind the end
  // of its file, once those before it are populated. With WRITE in `flags`, shared pages are
  // copied. Both are short here, for a range within one area whose pages are populated, and go on
  // in the .cc file for all others.
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

  // The page-fault handler: makes an access with `access` to `address` possible, and returns true;
  // or returns false where it is not permitted or there is no frame.
  bool ResolveFault(uint64_t address, axptr::MappingFlags access);

  // Whether an access with `access` to `address` needs no page-fault handler: the page is
  // populated, and a processor without lag lets it through.
  bool LetsThrough(uint64_t address, axptr::MappingFlags access) const;

  // Whether the access would go through but for the window lagging behind; then brings the page in
  // line. The simulated kernel never sees such a fault: its hardware has no lag.
  bool CatchUp(uint64_t address, axptr::MappingFlags access);

  // Takes from the window what it lets through too much. To be called before user memory is
  // touched.
  void SettleWindow();
  // Also gives it what the bytes at `start`, which are about to be touched, still miss: the system
  // calls are the same as by and by, but the faults on the way there are saved. Any range.
  void SettleWindowFor(uint64_t start, uint64_t size);

  // Brings the processor's view wholly in line, as on hardware without our laziness: it lets
  // through what the areas allow for the populated pages, and to the bus errors behind the ends of
  // files, no less and no more. Returns false if the host cannot show so many areas at a time: then
  // the view is in line for some of the pages only. What is touched then is not bounded, unlike
  // what the functions above make accessible: the caller bounds it.
  bool SynchroniseWindow();

  // Whether the page that holds `address` is populated.
  bool IsPopulated(uint64_t address) const;
  // The same of 64 pages from there: bit i is the i-th. Precondition: `address` is in the window.
  uint64_t PopulatedNext64(uint64_t address) const {
    return populated_.Next64(Window::PageOf(address));
  }
  // Window::ContentsAt; null without a window. Precondition: `address` is in the window.
  const uint8_t* ContentsAt(uint64_t address) const {
    return window_ == nullptr ? nullptr : window_->ContentsAt(address);
  }
  uint64_t populated_pages() const { return populated_pages_; }
  // How many of them are shared, so that no frame of ours is in them.
  uint64_t shared_pages() const { return shared_pages_; }
  const AreaList& areas() const { return areas_; }

  // Removes every area and gives its frames back.
  void Reset();

 private:
  // What the areas say about the addresses from the end of one area to the end of the next: first a
  // hole, then, from area_start on, the area at that position.
  struct Neighbourhood {
    uint64_t hole_start = 0;
    uint64_t area_start = 0;
    uint64_t area_end = 0;
    axptr::MappingFlags flags;
    AreaList::Position position;

    bool Holds(uint64_t address) const { return address - hole_start < area_end - hole_start; }
  };

  // Those that go on where the short ways end are not inlined, or the short ways would have to save
  // registers for them.

  // The neighbourhood that holds `address`: mostly that of the lookup before. Valid until the next
  // lookup or change of the areas.
  const Neighbourhood& LookUp(uint64_t address) const {
    return last_found_.Holds(address) ? last_found_ : LookUpAnew(address);
  }
  [[gnu::noinline]] const Neighbourhood& LookUpAnew(uint64_t address) const;

  // The rest of check_region_access: the first area of the range lets it through, and is not all.
  [[gnu::noinline]] bool CheckBehind(axptr::VirtAddrRange range, axptr::MappingFlags flags) const;

  // Whether `pages` lie in the window and each is populated.
  bool IsAllPopulated(axptr::VirtAddrRange pages) const {
    const uint64_t start = pages.start().as_usize();
    if (!Window::ContainsRange(start, pages.size())) return false;
    const uint64_t first = Window::PageOf(start);
    const uint64_t end = first + pages.size() / Window::kPageBytes;
    return end - first == 1 ? populated_.Test(first) : populated_.FindClear(first, end) == end;
  }
  // The rest of populate_area.
  [[gnu::noinline]] axptr::LinuxResult<void> PopulateArea(axptr::VirtAddrRange pages,
                                                          axptr::MappingFlags flags);

  // The area that holds `address`, or null.
  const Area* Find(uint64_t address) const;
  // Whether areas cover [start, end) without a hole.
  bool Covers(uint64_t start, uint64_t end) const;
  // Changes areas_, as AreaList::Replace.
  void Replace(AreaList::Position first, AreaList::Position last, std::span<const Area> areas);
  // Gives a frame to each page of [first, end) that has none, in order, until frames run out;
  // returns whether they sufficed. Shared pages count as having one unless they are `for_writing`.
  bool Populate(uint64_t first, uint64_t end, bool for_writing);
  // How many frames that takes.
  uint64_t FramesNeeded(uint64_t first, uint64_t end, bool for_writing) const;
  // Populates pages [first, end), none of which is, with frames of another process.
  void PopulateShared(uint64_t first, uint64_t end);
  // Those of them that have a frame of their own are shared.
  void SharePages(uint64_t first, uint64_t end);
  // Makes pages [first, end) absent, and their contents zero.
  void Unpopulate(uint64_t first, uint64_t end);
  // Makes them absent. Contents stay. Returns how many were populated.
  uint64_t TakeFrames(uint64_t first, uint64_t end);
  // As if nothing had ever been mapped there.
  void Release(uint64_t first, uint64_t end);
  // The file of a mapping.
  struct File {
    uint32_t mapping = 0;
    uint64_t start = 0;     // where its first byte is, or was, mapped
    uint64_t area_end = 0;  // where the area ended that MapFile made
    uint64_t bytes = 0;

    // The first page that is wholly behind its end, if it is before `end`; else `end`.
    uint64_t PagesEnd(uint64_t end) const;
  };

  // Brings past_end_ in line with `file` over the pages of [first, end), which lie in its mapping.
  void PlaceEnd(const File& file, uint64_t first, uint64_t end);
  void SetPastEnd(uint64_t first, uint64_t end, bool past_end);
  bool IsPastEnd(uint64_t page) const { return !files_.empty() && past_end_.Test(page); }
  // The first page of [first, end) that is past the end of its file, or `end`.
  uint64_t FindPastEnd(uint64_t first, uint64_t end) const {
    return files_.empty() ? end : past_end_.FindSet(first, end);
  }
  // Makes the bytes from `address` to the end of its page zero, if it is populated.
  void ZeroTail(uint64_t address);

  // What the processor lets through to `page`, which is in `area` and populated or past the end.
  HardwareAccess HardwareOf(const Area& area, uint64_t page) const;
  // What the processor lets through to `page`, and the end, at most `end`, of the run of pages in
  // its area for which the same holds. A populated page without an area is a bug of this kernel:
  // the page lets nothing through, and the oracle finds it by the number of pages.
  Window::Allowed AllowedTo(uint64_t page, uint64_t end) const;
  // The end of the run of pages like `page` in population and sharing, at most `end`.
  uint64_t EndOfRun(uint64_t page, uint64_t end) const;
  // Gives the processor what the areas allow for the populated pages of [first, end), and for those
  // that lie behind them in a row. Of a large range, for the first pages only; the others follow
  // when they are touched (CatchUp).
  void RaiseWindow(uint64_t first, uint64_t end);
  // Gives it all that `area` allows.
  void RaiseAll(const Area& area);

  Frames* const frames_;
  Window* const window_;
  Contents* contents_ = nullptr;
  AreaList areas_;
  mutable Neighbourhood last_found_;  // empty: nothing is known
  PageBits populated_;
  PageBits shared_;            // of the populated ones
  PageBits past_end_;          // of the others: those behind the end of their file
  PageBits kept_;              // those evicted from files, whose contents stayed
  std::vector<File> files_;    // by mapping, ascending
  std::vector<Area> scratch_;  // of one function at a time, so that it keeps its memory
  uint64_t touched_end_ = 0;   // the page up to which SettleWindowFor expects touches
  uint64_t populated_pages_ = 0;
  uint64_t shared_pages_ = 0;
  uint32_t mappings_made_ = 0;
};

}  // namespace sim

#endif  // SIM_MACHINE_ADDRESS_SPACE_H_
