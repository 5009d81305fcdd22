// Of many ranges of the window, added one after the other: which is the newest over an address? In
// a number of steps that depends on the size of the window, not on how many ranges there are.
//
// A binary tree over the window's addresses. A range is kept at the largest nodes that lie wholly
// in it, at most two of each size. Nothing is ever cut in two or joined: the newest range over an
// address is the newest of those kept on the way from the root to the address.
#ifndef SIM_ORACLE_NEWEST_COVER_H_
#define SIM_ORACLE_NEWEST_COVER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sim {

class NewestCover {
 public:
  // Ranges of different layers do not hide each other, but those of kBase hide all older ones.
  static constexpr size_t kBase = 0;
  static constexpr size_t kLayers = 3;

  struct Found {
    std::array<uint32_t, kLayers> newest = {};  // by layer; 0: none
    uint64_t end = 0;                           // the same holds up to here (bytes), or further
  };

  NewestCover() { Clear(); }

  // Forgets all ranges. Keeps its memory.
  void Clear();

  // Adds the range [start, end), not empty and in the window, as `number`, which is larger than
  // that of every range before. layer < kLayers.
  void Add(uint64_t start, uint64_t end, size_t layer, uint32_t number);

  // Precondition: `address` is in the window.
  Found At(uint64_t address) const;

  // How many nodes were looked at since Clear, by both.
  uint64_t steps() const { return steps_; }

 private:
  static constexpr uint32_t kRoot = 0;
  static constexpr uint32_t kNone = 0;  // the root has no parent

  struct Node {
    std::array<uint32_t, kLayers> newest = {};
    uint32_t children = kNone;  // the lower half is nodes_[children], the upper one behind it
  };

  // The addresses of one node.
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
