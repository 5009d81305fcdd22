// The address space of the scenario's process: areas and real page tables. Counts frames and pages
// by the contract of sim/machine/address_space.h, and shares no code with it.
#ifndef SIM_RING0_MACHINE_ADDRESS_SPACE_H_
#define SIM_RING0_MACHINE_ADDRESS_SPACE_H_

#include <cstdint>

#include "sim/ring0/machine/frames.h"
#include "sim/ring0/replay/packed.h"

namespace ring0 {

inline constexpr std::uint64_t kWindowStart = 0x5500'0000'0000;
inline constexpr std::uint64_t kWindowBytes = std::uint64_t{64} << 30;

constexpr bool IsInWindow(std::uint64_t address) { return address - kWindowStart < kWindowBytes; }
constexpr bool IsInWindow(std::uint64_t start, std::uint64_t size) {
  const std::uint64_t offset = start - kWindowStart;
  return offset <= kWindowBytes && size <= kWindowBytes - offset;
}

// Rights, in bits as AXPTR_READ, AXPTR_WRITE and AXPTR_USER.
inline constexpr unsigned kRead = 1;
inline constexpr unsigned kWrite = 2;
inline constexpr unsigned kExecute = 4;
inline constexpr unsigned kUser = 8;

class AddressSpace {
 public:
  // Drops all mappings and frees all physical pages.
  void Reset();
  // Unmaps everything.
  void UnmapAll() { Unmap(kWindowStart, kWindowBytes); }

  // Set-up verbs. Result: 0, or a negative errno number. `file_bytes`: the length of the file of
  // Backing::kFile. No page after the file's last page is ever present.
  int Map(std::uint64_t start, std::uint64_t size, unsigned rights, Backing backing,
          std::uint64_t file_bytes);
  // Maps the pages that are mapped at `from`, a part of one mapping of a file, at `start`, too.
  int MapAgain(std::uint64_t start, std::uint64_t size, unsigned rights, std::uint64_t from);
  int Truncate(std::uint64_t address, std::uint64_t file_bytes);
  int Unmap(std::uint64_t start, std::uint64_t size);
  int Protect(std::uint64_t start, std::uint64_t size, unsigned rights);
  int Evict(std::uint64_t start, std::uint64_t size);
  int Share(std::uint64_t start, std::uint64_t size);
  // Lets the mapping at `address` grow down at page faults, up to `limit` bytes; 0: it does not
  // grow.
  int Grow(std::uint64_t address, std::uint64_t limit);
  int Fill(std::uint64_t start, std::uint64_t size, const void* pattern, std::uint64_t period);

  // The queries of the library.
  bool Check(std::uint64_t start, std::uint64_t size, unsigned rights) const;
  int Populate(std::uint64_t start, std::uint64_t size, unsigned rights);
  // For the page-fault handler. Result: whether the fault is resolved, so that the access is
  // possible.
  bool ResolveFault(std::uint64_t address, bool write);

  // Whether a permitted touch is a bus error, because the page is after the end of its file.
  bool IsBusError(std::uint64_t address, bool write) const;

  // Whether the hardware permits the user's access with the current page tables.
  bool LetsThrough(std::uint64_t address, bool write) const;
  // Whether the page is present in the page tables.
  bool IsPresent(std::uint64_t address) const;
  std::uint64_t PopulatedNext64(std::uint64_t start) const;
  std::uint64_t populated() const { return populated_; }
  std::uint64_t shared() const { return shared_; }

  Frames frames;
  Injector injector;

 private:
  struct Area {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    unsigned rights = 0;
    std::uint32_t file = kNoFile;   // index into files_
    std::uint64_t mapping = 0;      // the number of the call of Map, from 1
    std::uint64_t mapping_end = 0;  // the end of what that call mapped
    std::uint64_t limit = 0;        // the most bytes of the mapping as it grows; 0: it does not
    std::uint64_t base = 0;         // of a file: the address that its first byte has, or would have
  };
  struct File {
    std::uint64_t bytes = 0;
    bool is_mapped_again = false;
  };
  static constexpr std::uint64_t kMaxAliasPages = 1024;  // of all calls of MapAgain
  static constexpr std::uint64_t kMaxAreas = 4096;
  static constexpr std::uint32_t kMaxFiles = 1024;
  static constexpr std::uint32_t kNoFile = kMaxFiles;
  using Entry = std::uint64_t;

  // Index of the first area that ends after `address`; area_count_: none.
  std::uint64_t Seek(std::uint64_t address) const;
  const Area* Find(std::uint64_t address) const;
  bool Covers(std::uint64_t start, std::uint64_t end) const;
  // Lets the area above `address`, which no area contains, grow down to its page, if it may.
  void GrowDownTo(std::uint64_t address);
  // Splits the area that contains `address`, if any, so that an area begins at `address`.
  void SplitAt(std::uint64_t address);
  void InsertAt(std::uint64_t index, const Area& area);

  // The entry of the page; null: no table has an entry for it. `make`: makes missing tables, and is
  // never null.
  Entry* EntryOf(std::uint64_t address, bool make) const;
  // EachEntry calls `visit(address, entry)` for each page of [start, end) that has an entry in a
  // table; the entry may be 0. EachPopulated does so for each populated page.
  template <typename Visit>
  void EachEntry(std::uint64_t start, std::uint64_t end, Visit visit) const;
  template <typename Visit>
  void EachPopulated(std::uint64_t start, std::uint64_t end, Visit visit) const;
  std::uint64_t FramesNeeded(std::uint64_t start, std::uint64_t end, bool for_writing) const;
  // Result: 0; -12: no frame; -14: a page is after the end of its file.
  int PopulatePages(std::uint64_t start, std::uint64_t end, bool for_writing);
  // Whether the whole page is after the end of its file. Precondition: the page is in `area`.
  bool IsPastEnd(const Area& area, std::uint64_t page) const;
  // Calls `visit(address, entry)` for each other address at which the file's page at `page` is
  // mapped; the entry may be null.
  template <typename Visit>
  void EachOtherPlace(std::uint64_t page, Visit visit) const;
  // Whether the file's page at `page` is populated at another address.
  bool IsPopulatedElsewhere(std::uint64_t page) const;
  // Lets the entry of `page` go, and its page of memory, unless that is a file's and another
  // address has it, or gets it. [start, page) is forgotten already.
  void DropMemory(std::uint64_t start, std::uint64_t page, Entry* entry);
  // Makes pages absent. `keep`: their contents are kept and reappear when they are populated again.
  void TakeFrames(std::uint64_t start, std::uint64_t end, bool keep);
  // Drops the pages and their contents.
  void Forget(std::uint64_t start, std::uint64_t end);
  // Sets the page-table entry to the page and to what `rights` allow.
  void SetEntry(std::uint64_t address, Entry* entry, std::uint64_t page, unsigned rights,
                bool shared);

  Area areas_[kMaxAreas] = {};
  std::uint64_t area_count_ = 0;
  std::uint64_t mapping_count_ = 0;
  File files_[kMaxFiles] = {};
  std::uint32_t file_count_ = 0;
  std::uint64_t alias_pages_ = 0;
  std::uint64_t populated_ = 0;
  std::uint64_t shared_ = 0;
  std::uint64_t zero_page_ = 0;  // backs shared pages that were never written
};

}  // namespace ring0

#endif  // SIM_RING0_MACHINE_ADDRESS_SPACE_H_
