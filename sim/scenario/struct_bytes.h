// The bytes of the struct that write_versioned writes.
#ifndef SIM_SCENARIO_STRUCT_BYTES_H_
#define SIM_SCENARIO_STRUCT_BYTES_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "sim/scenario/letters.h"
#include "sim/scenario/op.h"

namespace sim {

// Fills `room` with ByteOfStruct of each index. Precondition: room.size() is ElementSize(op.type).
inline void FillStruct(const Op& op, std::span<char> room) {
  if (op.address + 3 * op.length >= UINT64_MAX - room.size()) {  // the letters may wrap around
    for (size_t i = 0; i < room.size(); ++i) room[i] = static_cast<char>(ByteOfStruct(op, i));
    return;
  }
  const std::string_view letters = LettersOf(op, room.size());
  std::copy(letters.begin(), letters.end(), room.begin());
  if (op.length >= room.size()) return;
  // Of the bytes for which the user's struct has no room, all but the first and the last are alike.
  const std::span<char> tail = room.subspan(op.length);
  const bool is_zero = tail.size() > 2 && ByteOfStruct(op, op.length + 1) == 0;
  if (is_zero) std::fill(tail.begin(), tail.end(), '\0');
  tail.front() = static_cast<char>(ByteOfStruct(op, op.length));
  tail.back() = static_cast<char>(ByteOfStruct(op, room.size() - 1));
}

}  // namespace sim

#endif  // SIM_SCENARIO_STRUCT_BYTES_H_
