// What a kernel does with a table of io vectors in one system call: readv and writev as verbs.
#ifndef SIM_SCENARIO_IO_VEC_CALL_H_
#define SIM_SCENARIO_IO_VEC_CALL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "sim/machine/store_watch.h"
#include "sim/scenario/kernel_copy.h"
#include "sim/scenario/op.h"
#include "sim/subject/subject_copying.h"

namespace sim {

class IoVecCall {
 public:
  // Precondition: `copying` has fetch_io_vec, and what Move needs.
  explicit IoVecCall(const axptr_copying& copying) : copying_(copying) {}

  // Fetches the table. 0, or an errno number with a minus.
  int Fetch(uint64_t table, uint64_t count);

  // The segments that are not empty, as the kernel has them. Precondition: Fetch returned 0.
  std::span<const StoreWatch::Bytes> Segments() {
    return std::span(segments_).first(segments_count_);
  }

  // Moves as many bytes as `room` has, or as there are: to `room` if `reads`, else from it. In two
  // halves, between which the cursor goes to the end of the segments and back. `done` is where the
  // cursor is at last; `wrong_by` is not 0 also where that is not the sum of what was moved.
  // Precondition: Fetch returned 0.
  MovedBytes Move(bool reads, std::span<char> room);

  // After Move: the bytes that are left after the cursor.
  uint64_t remaining() const { return cursor_.remaining; }

 private:
  // Adds what was moved to `*all`; false: an error, which ends it.
  bool MovePart(bool reads, std::span<char> part, axptr_moved* all);
  // The address of the byte at `position` of all segments.
  uint64_t AddressAt(uint64_t position) const;

  const axptr_copying& copying_;
  axptr_io_cursor cursor_ = {};
  size_t segments_count_ = 0;
  // Not initialised: a call may be made on the stack of the signal handler.
  std::array<StoreWatch::Bytes, kMaxSegments> segments_;
  alignas(8) std::array<std::byte, kMaxSegments * kSegmentBytes> storage_;
};

}  // namespace sim

#endif  // SIM_SCENARIO_IO_VEC_CALL_H_
