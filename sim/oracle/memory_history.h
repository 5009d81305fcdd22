// The model's memory: not a table of areas, but the list of everything that was ever done to the
// address space, like coats of paint. A page is what the newest coat over it says.
//
// That is another algorithm than the machine's (sorted areas that split and merge, a bitmap of
// pages, real memory), and has nothing that could split, merge or be off by one in the same way.
// Each question walks the list once and also tells how far the same answer holds, so that large
// ranges are asked about in runs. Of a long list it walks the newest coats only; a tree knows which
// of the older ones is on top (newest_cover.h).
#ifndef SIM_ORACLE_MEMORY_HISTORY_H_
#define SIM_ORACLE_MEMORY_HISTORY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/oracle/newest_cover.h"
#include "sim/scenario/op.h"

namespace sim {

class MemoryHistory {
 public:
  struct PageState {
    bool mapped = false;
    bool present = false;   // populated
    bool shared = false;    // present in a frame of somebody else's, to be copied before a store
    bool past_end = false;  // behind the last page of its file
    size_t file = 0;        // which one is behind it, from 1; 0: none
    Perms perms = 0;
    AreaKind kind = AreaKind::kEager;
    // The same state holds up to here (bytes), or further; at most kWindowEnd.
    uint64_t run_end = 0;
  };

  // Bytes that come from one fill, or from none.
  struct ByteRun {
    uint64_t fill_start = 0;
    uint64_t end = 0;                  // the same fill holds up to here, or further
    const uint8_t* pattern = nullptr;  // null: zeros. Valid until the next Write or Flip.
    uint64_t pattern_bytes = 0;

    bool RepeatsOneByte() const { return pattern == nullptr || pattern_bytes == 1; }

    // The byte at `address`, which lies in the run.
    uint8_t At(uint64_t address) const {
      if (pattern == nullptr) return 0;
      if (pattern_bytes == 1) return *pattern;
      const uint64_t offset = address - fill_start;
      return pattern[offset < pattern_bytes ? offset : offset % pattern_bytes];
    }
  };

  // So many coats are walked before a tree is asked, or twice as many. Most scenarios have fewer.
  static constexpr size_t kWalked = 128;

  // `walked`: at least 1.
  explicit MemoryHistory(size_t walked = kWalked) : walked_(walked) {}

  // Forgets everything: nothing is mapped. Keeps its memory.
  void Clear();

  // Ranges [start, end) in the window, of whole pages but for Write.
  void Map(uint64_t start, uint64_t end, Perms perms, AreaKind kind, bool present);
  // The pages of a new file, from its first on; `bytes` is the file's length.
  void MapFile(uint64_t start, uint64_t end, Perms perms, AreaKind kind, uint64_t bytes);
  void Unmap(uint64_t start, uint64_t end);
  // The file with number PageState::file has this length from now on. What was behind either end,
  // the old one or the new one, is absent and zero. Returns how many pages that were present are
  // so no longer.
  uint64_t Truncate(size_t file, uint64_t bytes);
  void Protect(uint64_t start, uint64_t end, Perms perms);
  // Absent. Those of files keep their contents; all others are zeros.
  void Evict(uint64_t start, uint64_t end);
  // Pages of private user memory that are in frames of their own are shared from now on. Returns
  // how many those are.
  uint64_t Share(uint64_t start, uint64_t end);
  // In frames of their own, whether they were absent or shared.
  void MakePresent(uint64_t start, uint64_t end);
  // `pattern` again and again; empty: zeros. Does not populate.
  void Write(uint64_t start, uint64_t end, const std::string& pattern);
  // A store to the byte at `address`, which inverts `bits` of it. Does not populate.
  void Flip(uint64_t address, uint8_t bits);

  // The state of the page that holds `address`. Outside the window: not mapped, run_end 0. Valid
  // until the next call, and until the next change.
  const PageState& StateAt(uint64_t address) const {
    for (size_t i = 0; i < known_count_; ++i) {
      if (known_[i].from <= address && address < known_[i].state.run_end) return known_[i].state;
    }
    return Look(address);
  }

  // The contents at `address`, as if every page that is mapped were present.
  ByteRun BytesAt(uint64_t address) const;

  // Over [start, end), which need not be in the window for the first three.
  bool IsAnyMapped(uint64_t start, uint64_t end) const;
  bool AreAllMapped(uint64_t start, uint64_t end) const;
  bool IsAnyPastEnd(uint64_t start, uint64_t end) const;

  // Of the whole pages of [start, end).
  struct PageCount {
    uint64_t present = 0;
    uint64_t shared = 0;  // of those
    uint64_t Own() const { return present - shared; }
  };
  PageCount CountPages(uint64_t start, uint64_t end) const;

  // How many coats, and nodes of trees, were looked at since Clear.
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
  };
  // A file, and where it was mapped as a whole.
  struct File {
    uint64_t start = 0;
    uint64_t end = 0;
    uint64_t bytes = 0;

    // The end of the last page that holds a byte of it.
    uint64_t PagesEnd() const;
  };
  struct Ink {
    uint64_t start = 0;
    uint64_t end = 0;
    size_t pattern_start = 0;  // in patterns_
    size_t pattern_bytes = 0;  // 0: zeros
  };

  // What the coats that were looked at so far, newest first, say about one page.
  struct Looked {
    PageState* state;
    bool perms_known = false;
    bool presence_known = false;
  };

  // Takes the next older coat over the page of `address`; returns whether it is the last that
  // matters.
  bool TakeCoat(const Coat& coat, uint64_t address, Looked* look) const;
  // StateAt, by looking.
  const PageState& Look(uint64_t address) const;
  // The state of every page may be another one from now on.
  void ForgetKnown() { known_count_ = 0; }
  void AddCoat(const Coat& coat);
  void AddInk(const Ink& ink);
  ByteRun RunOf(const Ink& ink, uint64_t end) const;

  size_t walked_;
  std::vector<Coat> coats_;  // oldest first
  std::vector<Ink> inks_;    // oldest first
  // So many of the oldest ones are in the trees, by their number from 1. The newest never is.
  size_t coats_in_tree_ = 0;
  size_t inks_in_tree_ = 0;
  NewestCover coat_tree_;
  NewestCover ink_tree_;
  mutable uint64_t steps_ = 0;
  // Earlier answers since the last change: each holds from `from` up to its run_end. One access
  // asks about the same pages again and again.
  struct Known {
    uint64_t from = 0;
    PageState state;
  };
  mutable std::array<Known, 4> known_;
  mutable size_t known_count_ = 0;
  std::vector<uint8_t> patterns_;
  std::vector<File> files_;
};

}  // namespace sim

#endif  // SIM_ORACLE_MEMORY_HISTORY_H_
