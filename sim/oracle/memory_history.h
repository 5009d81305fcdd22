// The model's memory: not a table of areas, but the list of all changes of the address space
// ("coats", as of paint). The newest entry that covers a page determines the state of the page.
//
// The machine uses another algorithm (sorted areas that split and merge, a bitmap of pages, real
// memory). This list has no splits, merges or boundary arithmetic, so the two cannot share a bug of
// that kind. Each query walks the list once and also returns the end of the range with the same
// answer, so that callers process large ranges in runs. In a long list, a query walks the newest
// entries only; a tree finds the newest of the older entries (newest_cover.h).
#ifndef SIM_ORACLE_MEMORY_HISTORY_H_
#define SIM_ORACLE_MEMORY_HISTORY_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/oracle/newest_cover.h"
#include "sim/scenario/op.h"

namespace sim {

class MemoryHistory {
 public:
  struct PageState {
    bool mapped = false;
    bool present = false;   // populated
    bool shared = false;    // present in a shared frame; copied before a store
    bool past_end = false;  // after the last page of its file
    size_t file = 0;        // number of the mapped file, from 1; 0: none
    size_t mapping = 0;     // number of the call of Map or MapFile, from 1; 0: not mapped
    Perms perms = 0;
    AreaKind kind = AreaKind::kEager;
    // End of the range (bytes) with this state, a lower bound; at most kWindowEnd.
    uint64_t run_end = 0;
  };

  // Bytes that one fill has written, or that no fill has written.
  struct ByteRun {
    uint64_t fill_start = 0;
    uint64_t end = 0;                  // end of the bytes of this fill, a lower bound
    const uint8_t* pattern = nullptr;  // null: zeros. Valid until the next Write or Flip.
    uint64_t pattern_bytes = 0;

    bool RepeatsOneByte() const { return pattern == nullptr || pattern_bytes == 1; }

    // The byte at `address`, which lies in the run.
    uint8_t At(uint64_t address) const {
      if (pattern == nullptr) return 0;
      if (pattern_bytes == 1) return *pattern;
      return pattern[IndexOf(address)];
    }

    // The address of the first zero byte in [from, to), which lies in the run; `to`: there is none.
    uint64_t FindZero(uint64_t from, uint64_t to) const;

    // Appends the bytes [from, to), which lie in the run, to `*bytes`.
    void AppendTo(uint64_t from, uint64_t to, std::string* bytes) const;

    // The index in `pattern` of the byte at `address`. Precondition: `pattern` is not null.
    uint64_t IndexOf(uint64_t address) const {
      const uint64_t offset = address - fill_start;
      return offset < pattern_bytes ? offset : offset % pattern_bytes;
    }
  };

  struct PageCount {
    uint64_t present = 0;
    // Those among them that have no frame for themselves: shared ones, and pages of a file that are
    // present elsewhere, too.
    uint64_t shared = 0;
    uint64_t Own() const { return present - shared; }
  };

  // Default of `walked`: at least this many of the newest entries, and fewer than twice as many,
  // stay outside the trees, where a query walks them one by one. Most scenarios have fewer entries.
  static constexpr size_t kWalked = 128;

  // `walked`: the number of newest entries that stay outside the trees; at least 1.
  explicit MemoryHistory(size_t walked = kWalked) : walked_(walked) {}

  // Removes all entries: nothing is mapped. Keeps allocated memory.
  void Clear();

  // Ranges [start, end) lie in the window, and consist of whole pages except for Write.
  void Map(uint64_t start, uint64_t end, Perms perms, AreaKind kind, bool present);
  // Maps a new file from its first page on; `bytes` is the length of the file.
  void MapFile(uint64_t start, uint64_t end, Perms perms, AreaKind kind, uint64_t bytes);
  // Maps [start, end) to the bytes of the file that are mapped at `from`. [from, from + end -
  // start) belongs to one mapping of a file.
  void MapAgain(uint64_t start, uint64_t end, Perms perms, uint64_t from);
  void Unmap(uint64_t start, uint64_t end);
  // Sets the length of file number `file` (PageState::file) to `bytes`. Whatever lies after the old
  // end or after the new end becomes absent and zero. Returns the number of pages that were present
  // and are now absent.
  PageCount Truncate(size_t file, uint64_t bytes);
  void Protect(uint64_t start, uint64_t end, Perms perms);
  // Makes the pages absent, and those of files in each mapping of the file. Pages of files keep
  // their contents; all others become zeros. Returns what was present.
  PageCount Evict(uint64_t start, uint64_t end);
  // Marks the present, unshared pages of private user memory as shared. Returns their number.
  uint64_t Share(uint64_t start, uint64_t end);
  // Lets mapping number `mapping` (PageState::mapping) grow down, until it has `limit` bytes to its
  // end, as mapped.
  void LetGrow(size_t mapping, uint64_t limit);
  // Whether any mapping may grow down.
  bool HasGrowing() const {
    return std::any_of(mappings_.begin(), mappings_.end(),
                       [](const Mapping& mapping) { return mapping.limit != 0; });
  }
  // If the page of `address` is not mapped, and the mapping of the next mapped page above may grow
  // down to it: maps the pages between, absent, with the permissions and the kind of that page.
  void GrowDownTo(uint64_t address);
  // Makes the pages present in unshared frames, whether they were absent or shared.
  void MakePresent(uint64_t start, uint64_t end);
  // Fills the range with `pattern`, repeated; an empty `pattern` means zeros. What is written to a
  // file is written at each of its mappings. Does not populate.
  void Write(uint64_t start, uint64_t end, std::string_view pattern);
  // Inverts `bits` of the byte at `address`, as a store does. Does not populate.
  void Flip(uint64_t address, uint8_t bits);

  // The state of the page that contains `address`. Outside the window: not mapped, run_end 0. The
  // reference is valid until the next call and until the next change.
  const PageState& StateAt(uint64_t address) const {
    for (size_t i = 0; i < known_count_; ++i) {
      if (known_[i].from <= address && address < known_[i].state.run_end) return known_[i].state;
    }
    return Look(address);
  }

  // The contents at `address`, under the assumption that every mapped page is present.
  ByteRun BytesAt(uint64_t address) const;

  // Properties of [start, end), which may reach outside the window.
  bool IsAnyMapped(uint64_t start, uint64_t end) const;
  bool AreAllMapped(uint64_t start, uint64_t end) const;
  bool IsAnyPastEnd(uint64_t start, uint64_t end) const;

  // Counts the present pages of [start, end), which consists of whole pages.
  PageCount CountPages(uint64_t start, uint64_t end) const;
  // The number of frames that MakePresent of [start, end) takes once the pages [before, start) are
  // present; of absent pages only, unless `store`.
  uint64_t FramesFor(uint64_t start, uint64_t end, bool store, uint64_t before = UINT64_MAX) const;
  // Whether the file has been mapped more than once.
  bool IsMappedAgain(size_t file) const {
    return file != 0 && files_[file - 1].mappings.size() > 1;
  }
  // Whether a byte of a file is at two addresses of [start, end).
  bool IsAnyTwiceIn(uint64_t start, uint64_t end) const;

  // Number of entries and tree nodes visited since Clear.
  uint64_t steps() const { return steps_ + coat_tree_.steps() + ink_tree_.steps(); }

 private:
  struct Coat {
    enum class Kind : uint8_t { kArea, kHole, kPerms, kPresence, kAbsence, kSharing };
    uint64_t start = 0;
    uint64_t end = 0;
    Kind kind = Kind::kHole;
    Perms perms = 0;                        // of kArea, kPerms
    AreaKind area_kind = AreaKind::kEager;  // of kArea
    bool present = false;                   // of kArea
    size_t file = 0;                        // of kArea: from 1; 0: none
    size_t mapping = 0;                     // of kArea: from 1
  };
  struct Mapping {
    uint64_t start = 0;  // of what was mapped
    uint64_t end = 0;
    uint64_t limit = 0;  // the number of bytes to which it may grow; 0: it does not grow
    uint64_t base =
        0;  // of a file: the address that its first byte has, or would have, modulo 2^64
  };
  struct File {
    uint64_t bytes = 0;
    std::vector<size_t> mappings;  // numbers
  };
  struct Ink {
    uint64_t start = 0;
    uint64_t end = 0;
    size_t pattern_start = 0;  // in patterns_
    size_t pattern_bytes = 0;  // 0: zeros
  };

  // The end of the last page of the mapping that holds a byte of its file of `bytes` bytes; at
  // least the start, at most the end of the mapping.
  static uint64_t PagesEnd(const Mapping& mapping, uint64_t bytes);
  // Calls `visit(address)` for each other address at which the byte at `address`, whose page has
  // the state `state`, is mapped.
  template <typename Visit>
  void EachOtherPlace(const PageState& state, uint64_t address, Visit visit) const;
  // Whether the file's page at `page` is present at an address outside [start, end).
  bool IsPresentOutside(const PageState& state, uint64_t page, uint64_t start, uint64_t end) const;
  // Truncate at one mapping: makes what is after the first `kept` bytes of the file absent and
  // zero.
  void TruncateMapping(size_t mapping, uint64_t kept, PageCount* gone);
  void AddAbsence(uint64_t start, uint64_t end);
  // Write to [start, end) alone, of `pattern` without its first `skipped` bytes.
  void AddPatternInk(uint64_t start, uint64_t end, std::string_view pattern, uint64_t skipped);
  // The same at each other place of [start, end), which has the state `state`.
  void WriteOtherPlaces(const PageState& state, uint64_t start, uint64_t end,
                        std::string_view pattern, uint64_t skipped);

  // What the entries visited so far, newest first, say about one page.
  struct Looked {
    PageState* state;
    bool perms_known = false;
    bool presence_known = false;
  };

  // Applies the next older entry that covers the page of `address`. Returns whether older entries
  // are irrelevant.
  bool TakeCoat(const Coat& coat, uint64_t address, Looked* look) const;
  // StateAt for an address that is not in the cache. Adds the answer to the cache.
  const PageState& Look(uint64_t address) const;
  // Invalidates the cache after a change.
  void ForgetKnown() { known_count_ = 0; }
  void AddCoat(const Coat& coat);
  void AddInk(const Ink& ink);
  ByteRun RunOf(const Ink& ink, uint64_t end) const;

  size_t walked_;
  std::vector<Coat> coats_;  // oldest first
  std::vector<Ink> inks_;    // oldest first
  // The number of oldest entries that are in the trees, where each has its number from 1. The
  // newest entry is never in a tree.
  size_t coats_in_tree_ = 0;
  size_t inks_in_tree_ = 0;
  NewestCover coat_tree_;
  NewestCover ink_tree_;
  mutable uint64_t steps_ = 0;
  // Cache of answers since the last change: each is valid from `from` up to its run_end. One access
  // queries the same pages repeatedly.
  struct Known {
    uint64_t from = 0;
    PageState state;
  };
  mutable std::array<Known, 4> known_;
  mutable size_t known_count_ = 0;
  std::vector<uint8_t> patterns_;
  std::vector<Mapping> mappings_;
  std::vector<File> files_;
};

}  // namespace sim

#endif  // SIM_ORACLE_MEMORY_HISTORY_H_
