// The user half of the simulated machine as real memory: one reservation at a fixed address whose
// pages the processor refuses until they are raised. The only caller of mmap and mprotect on it.
//
// The memory is a file in memory, mapped twice: at kStart, with protections page by page, and
// somewhere else readable and writable, which is the kernel's direct map.
//
// Protections follow the address space lazily. What the address space takes away is only noted
// (NoteTakenAway), and carried out by Settle before anything touches user memory; where the same
// right was given back meanwhile, as by the next run of a similar scenario, no system call is made.
//
// The window bounds what it takes of the host. A host has a limit on mappings (Linux:
// vm.max_map_count, 65530), and every change of protection can make two more of them. Reading a
// page that was never written takes a page of the host's memory. When either becomes too much, the
// window closes: no page lets anything through until it is raised again, and pages that hold zeros
// give their memory back. So a caller that raises pages must be ready to raise them again when a
// touch of them faults.
#ifndef SIM_MACHINE_WINDOW_H_
#define SIM_MACHINE_WINDOW_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/machine/page_bits.h"

namespace sim {

// What the processor lets through. Larger ones include smaller ones: x86 has no write-only pages.
enum class HardwareAccess : uint8_t { kNone = 0, kRead = 1, kReadWrite = 2 };

class Window {
 public:
  static constexpr uint64_t kStart = 0x550000000000;
  static constexpr uint64_t kBytes = uint64_t{64} << 30;
  static constexpr uint64_t kEnd = kStart + kBytes;
  static constexpr uint64_t kPageBytes = 4096;
  static constexpr uint64_t kPages = kBytes / kPageBytes;
  // So many mappings of the host at most: half of what Linux allows to a process by default.
  static constexpr uint64_t kMaxMappings = 32768;
  // The pages (64 MiB) that may hold memory of the host without holding anything but zeros.
  static constexpr uint64_t kSparePages = 16384;

  // Reserves the window; at most one can exist at a time. Errors: the address is taken, or the
  // system gives no memory file; the message says which.
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

  // What the processor lets through to `page` now.
  HardwareAccess Now(uint64_t page) const;

  // Gives pages [first, end), none of which is behind the end of a file, at least `access`. May
  // close the window first.
  void Raise(uint64_t first, uint64_t end, HardwareAccess access);

  // Makes pages [first, end), which are behind the end of a file, such that a touch that `access`
  // lets through is a bus error, and any other touch a segmentation fault. Returns false if all of
  // them were raised already. May close the window first.
  bool RaisePastEndOfFile(uint64_t first, uint64_t end, HardwareAccess access);

  // Notes that pages [first, end) are no longer behind the end of a file. To be called before they
  // are given to Raise. Those that RaisePastEndOfFile changed let nothing through afterwards.
  void NoteNotPastEndOfFile(uint64_t first, uint64_t end);

  // Closes the window if the memory that it may have of the host has grown by kSparePages since it
  // last gave memory back. The caller of Raise calls this first if the pages will be touched; at
  // most kSparePages are to be raised between two calls.
  void BoundMemory();

  // Lets nothing through until it is raised again. Contents stay.
  void Close();

  // How often the window was closed so far.
  uint64_t closings() const { return closings_; }

  // Notes that pages [first, end) may now let through more than they should.
  void NoteTakenAway(uint64_t first, uint64_t end);

  // Carries out what was noted. `allowed(page, end)` returns {what `page` should let through, the
  // page up to which that holds, at most `end`}.
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

  // Gives memory back to the system if a lot of it is in use. Precondition: every page is
  // forgotten.
  void GiveMemoryBack();

  // The bytes at `address` in the direct map, which no protection concerns. Writing through it is
  // announced by NoteWritten.
  uint8_t* DirectMap(uint64_t address) { return direct_map_ + (address - kStart); }
  void NoteWritten(uint64_t first, uint64_t end);
  // The bytes at `address`, up to the end of its page; null: they are zeros, and were never
  // anything else since the page was forgotten.
  const uint8_t* ContentsAt(uint64_t address) const {
    const uint64_t page = PageOf(address);
    return writable_.Test(page) || written_.Test(page) ? direct_map_ + (address - kStart) : nullptr;
  }

  // The memory that the host has behind the window now, in bytes.
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
  // Maps [first, end) of `file` there.
  void MapFile(int file, uint64_t first, uint64_t end, HardwareAccess access);
  // To be called before a system call that changes some pages only. Closes the window if that could
  // make a mapping too many.
  void CountMappings();
  // What is writable now counts as written from now on.
  void NoteWritableAsWritten(uint64_t first, uint64_t end);
  // Gives the memory of pages that hold zeros back to the host. Precondition: the window is closed.
  void DropZeros();
  void Drop(uint64_t first, uint64_t end);

  const int file_;
  const int empty_file_;  // mapped where a page is to be past the end of a file
  uint8_t* const direct_map_;
  PageBits readable_;       // raised to kRead or kReadWrite
  PageBits writable_;       // raised to kReadWrite
  PageBits written_;        // may hold other bytes than zero, besides those that are writable_
  PageBits backed_;         // may hold memory of the host
  PageBits at_empty_file_;  // mapped from empty_file_
  uint64_t backed_pages_ = 0;
  uint64_t backed_limit_ = kSparePages;  // BoundMemory closes the window at so many
  uint64_t most_mappings_ = 0;           // the window has at most so many of the host
  uint64_t closings_ = 0;
  std::vector<Pages> taken_away_;
};

}  // namespace sim

#endif  // SIM_MACHINE_WINDOW_H_
