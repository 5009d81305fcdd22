// Finds the newest of many ranges of the window that contains an address. The number of steps
// depends on the size of the window, not on the number of ranges.
//
// A binary tree over the addresses of the window. A range is stored at the largest nodes that lie
// completely in the range, at most two of each size. Ranges are never split or merged: the newest
// range over an address is the newest of those stored on the path from the root to the address.
#ifndef SIM_ORACLE_NEWEST_COVER_H_
#define SIM_ORACLE_NEWEST_COVER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sim {

class NewestCover {
 public:
  // Ranges of different layers do not hide each other; a range of kBase hides all older ranges.
  static constexpr size_t kBase = 0;
  static constexpr size_t kLayers = 3;

  struct Found {
    std::array<uint32_t, kLayers> newest = {};  // by layer; 0: none
    uint64_t end = 0;                           // end of the range with this answer, a lower bound
  };

  NewestCover() { Clear(); }

  // Removes all ranges. Keeps allocated memory.
  void Clear();

  // Adds the non-empty range [start, end) of the window under `number`, which must be larger than
  // all numbers before. layer < kLayers.
  void Add(uint64_t start, uint64_t end, size_t layer, uint32_t number);

  // Precondition: `address` is in the window.
  Found At(uint64_t address) const;

  // Number of nodes visited by Add and At since Clear.
  uint64_t steps() const { return steps_; }

 private:
  static constexpr uint32_t kRoot = 0;
  static constexpr uint32_t kNone = 0;  // the root has no parent

  struct Node {
    std::array<uint32_t, kLayers> newest = {};
    uint32_t children = kNone;  // lower half: nodes_[children]; upper half: the next
  };

  // The address range of one node.
  struct Span {
    uint64_t start;
    uint64_t bytes;
    Span Half(uint32_t which) const { return {start + which * (bytes / 2), bytes / 2}; }
  };
  static Span WholeWindow();

  void AddBelow(uint32_t node, Span span, uint64_t start, uint64_t end, size_t layer,
                uint32_t number);
  uint32_t NewChildren();
  void FreeChildren(uint32_t node);

  std::vector<Node> nodes_;
  std::vector<uint32_t> free_children_;
  mutable uint64_t steps_ = 0;
};

}  // namespace sim

#endif  // SIM_ORACLE_NEWEST_COVER_H_
