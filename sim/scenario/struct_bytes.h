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
  const DroppedBytes dropped = DroppedBytesOf(op);
  if (dropped.are_letters) return;
  const std::span<char> tail = room.subspan(op.length);
  std::fill(tail.begin(), tail.end(), '\0');
  if (dropped.letter < room.size()) room[dropped.letter] = letters[dropped.letter];
}

}  // namespace sim

#endif  // SIM_SCENARIO_STRUCT_BYTES_H_
