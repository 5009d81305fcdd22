// The user half of the simulated machine as real memory: one reservation at a fixed address. Pages
// are inaccessible until Raise. This class alone calls mmap and mprotect on the reservation.
//
// The memory is a memory file that is mapped twice: at kStart with a protection per page, and at
// another address readable and writable, as the kernel's direct map.
//
// Protections follow the address space lazily. NoteTakenAway only records a range whose permissions
// were removed; Settle carries out the deferred mprotect flush, before user memory is touched. If
// the permissions were granted again in between, as by the next run of a similar scenario, no
// system call is made.
//
// The window bounds its use of two host resources. First, a host limits the number of mappings
// (Linux: vm.max_map_count, 65530), and every change of protection can add two. Second, reading a
// page that was never written allocates a page of host memory. When either bound is reached, the
// window closes: every page becomes inaccessible until it is raised again, and the memory of pages
// that hold zeros is freed. Therefore a caller must be ready to raise a page again when a touch of
// the page faults.
#ifndef SIM_MACHINE_WINDOW_H_
#define SIM_MACHINE_WINDOW_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/machine/page_bits.h"

namespace sim {

// The accesses that the hardware permits. A larger value includes the smaller ones: x86 has no
// write-only pages.
enum class HardwareAccess : uint8_t { kNone = 0, kRead = 1, kReadWrite = 2 };

class Window {
 public:
  static constexpr uint64_t kStart = 0x550000000000;
  static constexpr uint64_t kBytes = uint64_t{64} << 30;
  static constexpr uint64_t kEnd = kStart + kBytes;
  static constexpr uint64_t kPageBytes = 4096;
  static constexpr uint64_t kPages = kBytes / kPageBytes;
  // The most mappings of the host that the window uses: half of what Linux allows to a process by
  // default.
  static constexpr uint64_t kMaxMappings = 32768;
  // The most pages (64 MiB) that may hold host memory while all their bytes are zero.
  static constexpr uint64_t kSparePages = 16384;

  // Reserves the window; at most one can exist at a time. Errors: the address range is in use, or
  // the system provides no memory file; the message says which.
  static absl::StatusOr<std::unique_ptr<Window>> Reserve();
  ~Window();
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  static constexpr bool Contains(uint64_t address) { return address - kStart < kBytes; }
  // Whether all of [start, start + size) lies in the window.
  static constexpr bool ContainsRange(uint64_t start, uint64_t size) {
    return Contains(start) && size <= kEnd - start;
  }
  static constexpr uint64_t PageOf(uint64_t address) { return (address - kStart) / kPageBytes; }

  // What the hardware permits for `page` at present.
  HardwareAccess Now(uint64_t page) const;

  // Gives pages [first, end) at least `access`. May close the window first. Precondition: no page
  // of the range is after the end of a file.
  void Raise(uint64_t first, uint64_t end, HardwareAccess access);

  // Sets up pages [first, end), which are after the end of a file: a touch that `access` permits
  // raises a bus error, and any other touch a segmentation fault. Returns false if all pages were
  // set up already. May close the window first.
  bool RaisePastEndOfFile(uint64_t first, uint64_t end, HardwareAccess access);

  // Notes that pages [first, end) are no longer after the end of a file. To be called before Raise
  // on these pages. The pages that RaisePastEndOfFile set up are inaccessible afterwards.
  void NoteNotPastEndOfFile(uint64_t first, uint64_t end);

  // Lets `page` show the memory of page `home` from now on; `home` may be `page` itself. `page` is
  // inaccessible afterwards. Each page that others show is to be noted as written (NoteWritten).
  void Show(uint64_t page, uint64_t home);

  // Closes the window if the host memory that it may hold has grown by kSparePages since the window
  // last freed memory. To be called before Raise if the pages will be touched; at most kSparePages
  // pages may be raised between two calls.
  void BoundMemory();

  // Makes all pages inaccessible until they are raised again. Contents stay.
  void Close();

  // The memory of an address space: a file, its direct map, and what is known of its pages,
  // including which page shows the memory of which (Show).
  class Memory {
   public:
    // Ends the program if the host has no room for it.
    Memory();
    ~Memory();
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;

   private:
    friend class Window;
    int file_;
    uint8_t* direct_map_;
    PageBits written_;
    PageBits backed_;
    std::map<uint64_t, uint64_t> shown_;
    uint64_t backed_pages_ = 0;
    uint64_t backed_limit_ = kSparePages;
  };
  // Puts `memory` in the place of the window's, which is in `memory` afterwards. Closes the window.
  void Exchange(Memory* memory);

  // The number of times that the window was closed.
  uint64_t closings() const { return closings_; }

  // Records that the hardware may permit more for pages [first, end) than the address space allows.
  void NoteTakenAway(uint64_t first, uint64_t end);

  // Carries out the deferred mprotect flush of the recorded ranges. `allowed(page, end)` returns
  // the access that `page` should have, and the end (at most `end`) of the run of pages with the
  // same access.
  struct Allowed {
    HardwareAccess access;
    uint64_t end;
  };
  template <typename AllowedAt>
  void Settle(AllowedAt allowed_at) {
    for (const Pages& pages : taken_away_) SettlePages(pages, allowed_at);
    taken_away_.clear();
  }
  bool settled() const { return taken_away_.empty(); }

  // Makes the contents of pages [first, end) zero.
  void Forget(uint64_t first, uint64_t end);

  // Frees host memory if much of it is in use. Precondition: Forget was called for every page.
  void GiveMemoryBack();

  // The bytes at `address` in the direct map, to which no protection applies. To be followed by
  // NoteWritten if they are written.
  uint8_t* DirectMap(uint64_t address) { return direct_map_ + (address - kStart); }
  void NoteWritten(uint64_t first, uint64_t end);
  // The bytes from `address` to the end of its page; null: all of them are zero, and have been
  // since the last Forget of the page.
  const uint8_t* ContentsAt(uint64_t address) const {
    const uint64_t page = PageOf(address);
    return writable_.Test(page) || written_.Test(page) ? direct_map_ + (address - kStart) : nullptr;
  }

  // The host memory in use by the window, in bytes.
  uint64_t HostMemoryBytes() const;

 private:
  struct Pages {
    uint64_t first;
    uint64_t end;
  };

  Window(int file, int empty_file, uint8_t* direct_map);

  template <typename AllowedAt>
  void SettlePages(Pages pages, AllowedAt allowed_at) {
    uint64_t page = readable_.FindSet(pages.first, pages.end);
    while (page < pages.end) {
      const Allowed allowed = allowed_at(page, pages.end);
      LowerTo(page, allowed.end, allowed.access);
      page = readable_.FindSet(allowed.end, pages.end);
    }
  }
  void LowerTo(uint64_t first, uint64_t end, HardwareAccess access);
  void Protect(uint64_t first, uint64_t end, HardwareAccess access);
  // Maps pages [first, end) of the window to pages of `file`, from its page `file_first` on.
  void MapFile(int file, uint64_t file_first, uint64_t first, uint64_t end, HardwareAccess access);
  // Maps each page of [first, end) to the memory that it shows, inaccessible.
  void MapMemory(uint64_t first, uint64_t end);
  // The same for all pages. Precondition: no page is accessible.
  void MapAllMemory();
  // To be called before a system call that changes a part of the window. Closes the window if the
  // call could exceed kMaxMappings.
  void CountMappings();
  // Marks the writable pages of [first, end) as written.
  void NoteWritableAsWritten(uint64_t first, uint64_t end);
  // Frees the host memory of pages that hold zeros. Precondition: the window is closed.
  void DropZeros();
  void Drop(uint64_t first, uint64_t end);

  int file_;
  const int empty_file_;  // mapped at pages past the end of a file
  uint8_t* direct_map_;
  PageBits readable_;       // raised to kRead or kReadWrite
  PageBits writable_;       // raised to kReadWrite
  PageBits written_;        // may hold nonzero bytes, in addition to the pages of writable_
  PageBits backed_;         // may hold host memory
  PageBits at_empty_file_;  // mapped from empty_file_
  std::map<uint64_t, uint64_t> shown_;  // by page: the other page whose memory it shows
  uint64_t backed_pages_ = 0;
  uint64_t backed_limit_ = kSparePages;  // BoundMemory closes the window at this many backed_pages_
  uint64_t most_mappings_ = 0;           // upper bound on the present number of mappings
  uint64_t closings_ = 0;
  std::vector<Pages> taken_away_;
};

}  // namespace sim

#endif  // SIM_MACHINE_WINDOW_H_
