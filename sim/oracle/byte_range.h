// A range of user addresses, used in checks and in violations.
#ifndef SIM_ORACLE_BYTE_RANGE_H_
#define SIM_ORACLE_BYTE_RANGE_H_

#include <cstdint>

#include "sim/scenario/scenario.h"

namespace sim {

// The addresses [start, end). The range of an event that would wrap ends at the last address.
struct ByteRange {
  uint64_t start = 0;
  uint64_t end = 0;

  static constexpr ByteRange Of(uint64_t address, uint64_t size) {
    return {address, size > UINT64_MAX - address ? UINT64_MAX : address + size};
  }
  constexpr bool Contains(ByteRange other) const {
    return start <= other.start && other.end <= end;
  }
  constexpr bool Contains(uint64_t address) const { return start <= address && address < end; }
  // The range extended to whole pages.
  constexpr ByteRange Pages() const {
    const uint64_t past = end % kPageBytes == 0 ? 0 : kPageBytes - end % kPageBytes;
    return {start - start % kPageBytes, past > UINT64_MAX - end ? UINT64_MAX : end + past};
  }
  friend constexpr bool operator==(const ByteRange&, const ByteRange&) = default;
};

}  // namespace sim

#endif  // SIM_ORACLE_BYTE_RANGE_H_
