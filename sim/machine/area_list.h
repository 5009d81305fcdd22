// The areas of an address space, in ascending order and not overlapping.
//
// In chunks of limited size: a change moves the areas of one chunk, however many there are in all,
// and a search goes through the ends of the chunks, then through the ends of one chunk's areas.
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
  // Of one area, or of the end of the list. Valid until the next change.
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

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Iterator begin() const { return {this, {}}; }
  Iterator end() const { return {this, End()}; }

  Position End() const { return {chunks_.size() - 1, chunks_.back().areas.size()}; }

  // The area that holds `address`, or the first one behind it, or End().
  Position Seek(uint64_t address) const;

  // Precondition of both: `at` is not End().
  const Area& At(Position at) const { return chunks_[at.chunk].areas[at.index]; }
  Position Next(Position at) const {
    const bool stays =
        at.index + 1 < chunks_[at.chunk].areas.size() || at.chunk + 1 == chunks_.size();
    return stays ? Position{at.chunk, at.index + 1} : Position{at.chunk + 1, 0};
  }
  // The one before `at`, which may be End(); `at` itself if it is the first one.
  Position Previous(Position at) const;

  // Where the area before `at` ends; 0 if there is none.
  uint64_t EndBefore(Position at) const {
    if (at.index > 0) return chunks_[at.chunk].ends[at.index - 1];
    return at.chunk > 0 ? bounds_[at.chunk - 1] : 0;
  }

  // Puts `areas` in the place of those from `first` up to `last`, without it. The result has to be
  // in order.
  void Replace(Position first, Position last, std::span<const Area> areas);

  // Removes all. Keeps some memory.
  void Clear();

  // How many areas were moved or written by changes so far.
  uint64_t moved() const { return moved_; }

 private:
  struct Chunk {
    std::vector<Area> areas;
    std::vector<uint64_t> ends;  // theirs, in a row: all that a search has to look at
  };

  // Puts `areas` in the place of [first, last) in `chunk`.
  void ReplaceIn(Chunk& chunk, size_t first, size_t last, std::span<const Area> areas);
  // Cuts a chunk that has too many areas, removes one that has none. Returns whether it did.
  bool Tidy(size_t chunk);

  // Never none. Only a chunk that is alone may be empty.
  std::vector<Chunk> chunks_;
  std::vector<uint64_t> bounds_;  // where each chunk but the last one ends
  size_t size_ = 0;
  uint64_t moved_ = 0;
};

}  // namespace sim

#endif  // SIM_MACHINE_AREA_LIST_H_
