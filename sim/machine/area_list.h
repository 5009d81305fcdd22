// The areas of an address space, in ascending order and not overlapping.
//
// The areas are stored in chunks of limited size. A change moves the areas of one chunk only,
// independent of the total number; a search scans the ends of the chunks, and then the ends of the
// areas of one chunk.
#ifndef SIM_MACHINE_AREA_LIST_H_
#define SIM_MACHINE_AREA_LIST_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <vector>

#include "sim/machine/area.h"

namespace sim {

class AreaList {
 public:
  // The position of an area, or the end of the list. Valid until the next change.
  struct Position {
    size_t chunk = 0;
    size_t index = 0;  // in the chunk
    friend bool operator==(const Position&, const Position&) = default;
  };

  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Area;
    using difference_type = ptrdiff_t;
    using pointer = const Area*;
    using reference = const Area&;

    Iterator() = default;
    Iterator(const AreaList* list, Position at) : list_(list), at_(at) {}
    reference operator*() const { return list_->At(at_); }
    pointer operator->() const { return &list_->At(at_); }
    Iterator& operator++() {
      at_ = list_->Next(at_);
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

   private:
    const AreaList* list_ = nullptr;
    Position at_;
  };

  AreaList() : chunks_(1) {}

  bool empty() const { return chunks_.front().areas.empty(); }
  Iterator begin() const { return {this, {}}; }
  Iterator end() const { return {this, End()}; }

  Position End() const { return {chunks_.size() - 1, chunks_.back().areas.size()}; }

  // The area that holds `address`; else the first area after `address`; else End().
  Position Seek(uint64_t address) const;

  // Precondition of both: `at` is not End().
  const Area& At(Position at) const { return chunks_[at.chunk].areas[at.index]; }
  Position Next(Position at) const {
    const bool stays =
        at.index + 1 < chunks_[at.chunk].areas.size() || at.chunk + 1 == chunks_.size();
    return stays ? Position{at.chunk, at.index + 1} : Position{at.chunk + 1, 0};
  }
  // The position before `at`, or `at` itself if it is the first position. `at` may be End().
  Position Previous(Position at) const;

  // The end of the area before `at`; 0 if there is none.
  uint64_t EndBefore(Position at) const {
    if (at.index > 0) return chunks_[at.chunk].ends[at.index - 1];
    return at.chunk > 0 ? bounds_[at.chunk - 1] : 0;
  }

  // Replaces the areas of [first, last) by `areas`. Precondition: the resulting list is in order.
  void Replace(Position first, Position last, std::span<const Area> areas);

  // Removes all areas. Keeps some memory for reuse.
  void Clear();

  // The number of areas that changes have moved or written so far.
  uint64_t moved() const { return moved_; }

 private:
  struct Chunk {
    std::vector<Area> areas;
    std::vector<uint64_t> ends;  // the ends of the areas, contiguous: a search reads only these
  };

  // Replaces the areas of [first, last) in `chunk` by `areas`.
  void ReplaceIn(Chunk& chunk, size_t first, size_t last, std::span<const Area> areas);
  // Splits the chunk if it has too many areas, removes it if it is empty. Returns whether it did
  // either.
  bool Tidy(size_t chunk);

  // At least one chunk. A chunk may be empty only if it is the only one.
  std::vector<Chunk> chunks_;
  std::vector<uint64_t> bounds_;  // the end of each chunk except the last
  uint64_t moved_ = 0;
};

}  // namespace sim

#endif  // SIM_MACHINE_AREA_LIST_H_
