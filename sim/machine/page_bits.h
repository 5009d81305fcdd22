// One bit for each page of the window, with operations on ranges that go a word at a time.
#ifndef SIM_MACHINE_PAGE_BITS_H_
#define SIM_MACHINE_PAGE_BITS_H_

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "sim/machine/check.h"

namespace sim {

class PageBits {
 public:
  explicit PageBits(uint64_t pages)
      : word_count_(pages / 64 + 1),
        words_(NewWords(word_count_)),
        blocks_(NewWords(pages / kBlockPages / 64 + 1)) {}

  bool Test(uint64_t page) const { return (words_.get()[page / 64] >> (page % 64)) & 1; }

  // The bits of the 64 pages from `first`, the lowest first; 0 for those past the end.
  uint64_t Next64(uint64_t first) const {
    const uint64_t index = first / 64;
    const uint64_t low = words_.get()[index] >> (first % 64);
    if (first % 64 == 0 || index + 1 == word_count_) return low;
    return low | words_.get()[index + 1] << (64 - first % 64);
  }

  // Sets, clears the bits of pages [first, end).
  void Set(uint64_t first, uint64_t end) {
    ForEachWord(first, end, [this](uint64_t index, uint64_t mask) {
      words_.get()[index] |= mask;
      blocks_.get()[index / 64 / 64] |= uint64_t{1} << (index / 64 % 64);
    });
  }
  void Clear(uint64_t first, uint64_t end) {
    ForEachWordInUse(first, end,
                     [this](uint64_t index, uint64_t mask) { words_.get()[index] &= ~mask; });
  }

  // How many bits of [first, end) are set.
  uint64_t Count(uint64_t first, uint64_t end) const {
    uint64_t count = 0;
    ForEachWordInUse(first, end, [&](uint64_t index, uint64_t mask) {
      count += static_cast<uint64_t>(std::popcount(words_.get()[index] & mask));
    });
    return count;
  }

  // The first page of [first, end) whose bit is set (clear); `end` if there is none.
  uint64_t FindSet(uint64_t first, uint64_t end) const {
    while (first < end) {
      if (!IsBlockInUse(first)) {
        first = EndOfBlock(first);
        continue;
      }
      const uint64_t found = Find(first, std::min(end, EndOfBlock(first)), 0);
      if (found < EndOfBlock(first)) return std::min(found, end);
      first = found;
    }
    return end;
  }
  uint64_t FindClear(uint64_t first, uint64_t end) const { return Find(first, end, ~uint64_t{0}); }

 private:
  struct Free {
    void operator()(uint64_t* words) const { std::free(words); }
  };
  using Words = std::unique_ptr<uint64_t, Free>;

  // The window has so many pages that even a bit for each is too much to walk through for every
  // scenario that maps all of it. Blocks of pages whose bits were never set are skipped.
  static constexpr uint64_t kBlockPages = 64 * 64;

  // calloc, so that words nobody touches cost no memory.
  static Words NewWords(uint64_t count) {
    Words words(static_cast<uint64_t*>(std::calloc(count, sizeof(uint64_t))));
    SIM_CHECK(words != nullptr);
    return words;
  }

  // Whether a bit was ever set in the block of `page`. Never goes back to false: what is used once
  // is used again.
  bool IsBlockInUse(uint64_t page) const {
    const uint64_t block = page / kBlockPages;
    return (blocks_.get()[block / 64] >> (block % 64)) & 1;
  }
  static uint64_t EndOfBlock(uint64_t page) { return (page / kBlockPages + 1) * kBlockPages; }

  // Calls `visit(index of a word, mask of its bits that belong to [first, end))`.
  template <typename Visit>
  static void ForEachWord(uint64_t first, uint64_t end, Visit visit) {
    while (first < end) {
      const uint64_t bit = first % 64;
      const uint64_t bits = std::min(64 - bit, end - first);
      const uint64_t mask = (bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1) << bit;
      visit(first / 64, mask);
      first += bits;
    }
  }

  // The same without the blocks where no bit is set.
  template <typename Visit>
  void ForEachWordInUse(uint64_t first, uint64_t end, Visit visit) const {
    while (first < end) {
      const uint64_t block_end = std::min(end, EndOfBlock(first));
      if (IsBlockInUse(first)) ForEachWord(first, block_end, visit);
      first = block_end;
    }
  }

  uint64_t Find(uint64_t first, uint64_t end, uint64_t flip) const {
    while (first < end) {
      const uint64_t rest = (words_.get()[first / 64] ^ flip) >> (first % 64);
      if (rest != 0) return std::min(end, first + static_cast<uint64_t>(std::countr_zero(rest)));
      first = (first / 64 + 1) * 64;
    }
    return end;
  }

  uint64_t word_count_;
  Words words_;
  Words blocks_;
};

}  // namespace sim

#endif  // SIM_MACHINE_PAGE_BITS_H_
