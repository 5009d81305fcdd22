// The model of a table of io vectors.
#ifndef SIM_ORACLE_MODEL_IO_VEC_H_
#define SIM_ORACLE_MODEL_IO_VEC_H_

#include <cstdint>

namespace sim::model_internal {

// A non-empty segment: its start address in user memory, and the positions [first, end) of its
// bytes among the bytes of all segments.
struct Segment {
  uint64_t start = 0;
  uint64_t first = 0;  // position of its first byte
  uint64_t end = 0;    // position after its last byte
};

}  // namespace sim::model_internal

#endif  // SIM_ORACLE_MODEL_IO_VEC_H_
