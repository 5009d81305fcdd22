// The verbs readv and writev: how a kernel uses a table of io vectors in one system call.
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
  // Precondition: `copying` has fetch_io_vec and the functions that Move calls.
  explicit IoVecCall(const axptr_copying& copying) : copying_(copying) {}

  // Fetches the table of `count` io vectors at `table`. Result: 0, or a negative errno number.
  int Fetch(uint64_t table, uint64_t count);

  // The fetched segments that are not empty. Precondition: Fetch returned 0.
  std::span<const StoreWatch::Bytes> Segments() {
    return std::span(segments_).first(segments_count_);
  }

  // Moves bytes to `room` if `reads`, else from `room`: room.size() bytes, or all bytes of the
  // segments if they are fewer. Moves two halves; between the halves the cursor moves to the end of
  // the segments and back. `done` is the final position of the cursor. `wrong_by` is also not 0 if
  // `done` differs from the sum of the moved bytes.
  // Precondition: Fetch returned 0.
  MovedBytes Move(bool reads, std::span<char> room);

  // After Move: the number of bytes after the cursor.
  uint64_t remaining() const { return cursor_.remaining; }

 private:
  // Moves `part` and adds the result to `*all`. False: an error ended the transfer.
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
