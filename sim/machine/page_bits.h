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
      // calloc, so that words nobody touches cost no memory.
      : words_(static_cast<uint64_t*>(std::calloc(pages / 64 + 1, sizeof(uint64_t)))) {
    SIM_CHECK(words_ != nullptr);
  }

  bool Test(uint64_t page) const { return (words_.get()[page / 64] >> (page % 64)) & 1; }

  // Sets, clears the bits of pages [first, end).
  void Set(uint64_t first, uint64_t end) {
    ForEachWord(first, end, [](uint64_t& word, uint64_t mask) { word |= mask; });
  }
  void Clear(uint64_t first, uint64_t end) {
    ForEachWord(first, end, [](uint64_t& word, uint64_t mask) { word &= ~mask; });
  }

  // How many bits of [first, end) are set.
  uint64_t Count(uint64_t first, uint64_t end) const {
    uint64_t count = 0;
    ForEachWord(first, end, [&](const uint64_t& word, uint64_t mask) {
      count += static_cast<uint64_t>(std::popcount(word & mask));
    });
    return count;
  }

  // The first page of [first, end) whose bit is set (clear); `end` if there is none.
  uint64_t FindSet(uint64_t first, uint64_t end) const { return Find(first, end, 0); }
  uint64_t FindClear(uint64_t first, uint64_t end) const { return Find(first, end, ~uint64_t{0}); }

 private:
  struct Free {
    void operator()(uint64_t* words) const { std::free(words); }
  };

  // Calls `visit(word, mask of the bits that belong to [first, end))`.
  template <typename Visit>
  void ForEachWord(uint64_t first, uint64_t end, Visit visit) const {
    while (first < end) {
      const uint64_t bit = first % 64;
      const uint64_t bits = std::min(64 - bit, end - first);
      const uint64_t mask = (bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1) << bit;
      visit(words_.get()[first / 64], mask);
      first += bits;
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

  std::unique_ptr<uint64_t, Free> words_;
};

}  // namespace sim

#endif  // SIM_MACHINE_PAGE_BITS_H_
