// One bit for each page of the window, with operations on ranges that go a word at a time.
#ifndef SIM_MACHINE_PAGE_BITS_H_
#define SIM_MACHINE_PAGE_BITS_H_

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "sim/machine/host_limit.h"

namespace sim {

class PageBits {
 public:
  explicit PageBits(uint64_t pages)
      : word_count_(pages / 64 + 1),
        words_(NewWords(word_count_)),
        used_words_(NewWords(word_count_ / 64 + 1)),
        used_groups_(NewWords(word_count_ / 64 / 64 + 1)) {}

  bool Test(uint64_t page) const { return (words_.get()[page / 64] >> (page % 64)) & 1; }

  // The bits of the 64 pages from `first`, the lowest first; 0 for those past the end.
  uint64_t Next64(uint64_t first) const {
    const uint64_t index = first / 64;
    const uint64_t low = words_.get()[index] >> (first % 64);
    if (first % 64 == 0 || index + 1 == word_count_) return low;
    return low | words_.get()[index + 1] << (64 - first % 64);
  }

  // Set and clear the bits of pages [first, end).
  void Set(uint64_t first, uint64_t end) {
    while (first < end) {
      const uint64_t index = first / 64;
      words_.get()[index] |= MaskOf(index, first, end);
      used_words_.get()[index / 64] |= Bit(index);
      used_groups_.get()[index / 64 / 64] |= Bit(index / 64);
      first = (index + 1) * 64;
    }
  }
  void Clear(uint64_t first, uint64_t end) {
    ForEachWordInUse(first, end, [this](uint64_t index, uint64_t mask) {
      uint64_t& word = words_.get()[index];
      word &= ~mask;
      if (word != 0) return;
      uint64_t& used = used_words_.get()[index / 64];
      used &= ~Bit(index);
      if (used != 0) return;
      used_groups_.get()[index / 64 / 64] &= ~Bit(index / 64);
    });
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
    if (first >= end) return end;
    const uint64_t rest = words_.get()[first / 64] >> (first % 64);
    if (rest != 0) return std::min(end, first + FirstBit(rest));
    const uint64_t index = NextWordInUse(first / 64 + 1, (end - 1) / 64);
    if (index == kNoWord) return end;
    return std::min(end, index * 64 + FirstBit(words_.get()[index]));
  }
  uint64_t FindClear(uint64_t first, uint64_t end) const {
    while (first < end) {
      const uint64_t rest = ~words_.get()[first / 64] >> (first % 64);
      if (rest != 0) return std::min(end, first + FirstBit(rest));
      first = (first / 64 + 1) * 64;
    }
    return end;
  }

 private:
  struct Free {
    void operator()(uint64_t* words) const { std::free(words); }
  };
  using Words = std::unique_ptr<uint64_t, Free>;

  static constexpr uint64_t kNoWord = UINT64_MAX;

  // calloc: words that are never written occupy no memory.
  static Words NewWords(uint64_t count) {
    Words words(static_cast<uint64_t*>(std::calloc(count, sizeof(uint64_t))));
    if (words == nullptr) StopForHost("memory for a bit a page", "2 MiB more");
    return words;
  }

  static constexpr uint64_t Bit(uint64_t index) { return uint64_t{1} << (index % 64); }
  static constexpr uint64_t FirstBit(uint64_t word) {
    return static_cast<uint64_t>(std::countr_zero(word));
  }

  // The bits of the word at `index` that belong to [first, end). Precondition: there is at least
  // one.
  static constexpr uint64_t MaskOf(uint64_t index, uint64_t first, uint64_t end) {
    uint64_t mask = ~uint64_t{0};
    if (first > index * 64) mask <<= first % 64;
    if (end < (index + 1) * 64) mask &= (uint64_t{1} << (end % 64)) - 1;
    return mask;
  }

  // Calls `visit(index of the word, mask of its bits that belong to [first, end))` for each word of
  // the range that is not 0.
  template <typename Visit>
  void ForEachWordInUse(uint64_t first, uint64_t end, Visit visit) const {
    if (first >= end) return;
    const uint64_t last = (end - 1) / 64;
    for (uint64_t index = NextWordInUse(first / 64, last); index <= last;
         index = NextWordInUse(index + 1, last)) {
      visit(index, MaskOf(index, first, end));
    }
  }

  // The index of the first word from `index` on that is not 0, or kNoWord. The search ends once no
  // such word up to `last` is possible: kNoWord says nothing about the words after `last`, but an
  // index after `last` is a correct result.
  uint64_t NextWordInUse(uint64_t index, uint64_t last) const {
    if (index > last) return kNoWord;
    uint64_t group = index / 64;
    const uint64_t rest = used_words_.get()[group] >> (index % 64);
    if (rest != 0) return index + FirstBit(rest);
    const uint64_t last_group = last / 64;
    for (++group; group <= last_group; group = (group / 64 + 1) * 64) {
      const uint64_t used = used_groups_.get()[group / 64] >> (group % 64);
      if (used == 0) continue;
      group += FirstBit(used);
      return group * 64 + FirstBit(used_words_.get()[group]);
    }
    return kNoWord;
  }

  uint64_t word_count_;
  Words words_;
  // Summary bits: one for each word that is not 0, and one for each 64 words of used_words_.
  // Without them, every scenario that maps the whole window would scan one bit per page of the
  // window.
  Words used_words_;
  Words used_groups_;
};

}  // namespace sim

#endif  // SIM_MACHINE_PAGE_BITS_H_
