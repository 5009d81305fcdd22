// The bytes that operations copy to the user.
#ifndef SIM_SCENARIO_LETTERS_H_
#define SIM_SCENARIO_LETTERS_H_

#include <array>
#include <cstdint>
#include <string_view>

#include "sim/scenario/op.h"

namespace sim {

// The first `size` bytes of the buffer that `op` copies to the user, as FillCopiedOut makes them.
// They repeat after kCopiedOutPeriod bytes. Valid for the whole process. Precondition: size <=
// kMaxCopiedBytes.
inline std::string_view LettersOf(const Op& op, uint64_t size) {
  // Tables that are made once. The letters of an operation are a part of the first one. Where
  // their number wraps around to 0 in the first period, table n has those that wrap after n
  // letters.
  using Table = std::array<char, kMaxCopiedBytes + kCopiedOutPeriod>;
  static const auto* const tables = [] {
    auto* const made = new std::array<Table, kCopiedOutPeriod>;
    Op first;
    for (Table& table : *made) {
      FillCopiedOut(first, table);
      --first.address;
    }
    return made;
  }();
  const uint64_t number = op.address + 3 * op.length;  // of the first letter
  const uint64_t to_wrap = -number;
  const bool wraps = number != 0 && to_wrap < kCopiedOutPeriod;
  const Table& table = (*tables)[wraps ? to_wrap : 0];
  return std::string_view(table.data() + (wraps ? 0 : number % kCopiedOutPeriod), size);
}

}  // namespace sim

#endif  // SIM_SCENARIO_LETTERS_H_
