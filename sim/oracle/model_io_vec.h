// What the model knows of a table of io vectors.
#ifndef SIM_ORACLE_MODEL_IO_VEC_H_
#define SIM_ORACLE_MODEL_IO_VEC_H_

#include <cstdint>

namespace sim::model_internal {

// A segment that is not empty: where its bytes are in user memory, and among those of all segments.
struct Segment {
  uint64_t start = 0;
  uint64_t first = 0;  // the place of its first byte
  uint64_t end = 0;    // and behind its last one
};

}  // namespace sim::model_internal

#endif  // SIM_ORACLE_MODEL_IO_VEC_H_
