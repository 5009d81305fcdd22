// The user half of the simulated machine as real memory: one reservation at a fixed address whose
// pages the processor refuses until they are raised. The only caller of mmap and mprotect on it.
//
// The memory is a file in memory, mapped twice: at kStart, with protections page by page, and
// somewhere else readable and writable, which is the kernel's direct map.
//
// Protections follow the address space lazily. What the address space takes away is only noted
// (NoteTakenAway), and carried out by Settle before anything touches user memory; where the same
// right was given back meanwhile, as by the next run of a similar scenario, no system call is made.
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

  // Gives pages [first, end) at least `access`.
  void Raise(uint64_t first, uint64_t end, HardwareAccess access);

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

  // Says whether pages [first, end) lie behind the end of a file, where the processor reports a bus
  // error for whatever their protection lets through. They let nothing through afterwards.
  // Precondition: they are forgotten.
  void SetPastEndOfFile(uint64_t first, uint64_t end, bool past_end);

  // Makes the contents of pages [first, end) zero.
  void Forget(uint64_t first, uint64_t end);

  // Gives memory back to the system if a lot of it is in use. Precondition: every page is
  // forgotten.
  void GiveMemoryBack();

  // The bytes at `address` in the direct map, which no protection concerns. Writing through it is
  // announced by NoteWritten.
  uint8_t* DirectMap(uint64_t address) { return direct_map_ + (address - kStart); }
  void NoteWritten(uint64_t first, uint64_t end);

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

  const int file_;
  const int empty_file_;  // mapped where a page is to be past the end of a file
  uint8_t* const direct_map_;
  PageBits readable_;  // raised to kRead or kReadWrite
  PageBits writable_;  // raised to kReadWrite
  PageBits written_;   // may hold other bytes than zero, besides those that are writable_
  PageBits backed_;    // may hold memory of the system
  uint64_t backed_pages_ = 0;
  std::vector<Pages> taken_away_;
};

}  // namespace sim

#endif  // SIM_MACHINE_WINDOW_H_
