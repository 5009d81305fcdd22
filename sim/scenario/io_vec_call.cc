#include "sim/scenario/io_vec_call.h"

#include <algorithm>
#include <cstring>

namespace sim {

int IoVecCall::Fetch(uint64_t table, uint64_t count) {
  const int error = copying_.fetch_io_vec(table, count, storage_.data(), kMaxSegments, &cursor_);
  if (error != 0) return error;
  for (uint64_t i = 0; i < std::min(count, kMaxSegments); ++i) {
    StoreWatch::Bytes segment;
    memcpy(&segment.start, storage_.data() + i * kSegmentBytes, sizeof(segment.start));
    memcpy(&segment.size, storage_.data() + i * kSegmentBytes + 8, sizeof(segment.size));
    if (segment.size != 0) segments_[segments_count_++] = segment;
  }
  return 0;
}

MovedBytes IoVecCall::Move(bool reads, std::span<char> room) {
  axptr_moved all = {};
  const size_t half = room.size() / 2;
  if (MovePart(reads, room.first(half), &all)) {
    if (copying_.advance_io_vec != nullptr && copying_.revert_io_vec != nullptr) {
      const size_t left = cursor_.remaining;
      copying_.advance_io_vec(&cursor_, left);
      copying_.revert_io_vec(&cursor_, left);
    }
    MovePart(reads, room.subspan(half), &all);
  }
  MovedBytes moved = {.done = cursor_.position, .error = -all.error};
  if (all.error != 0) moved.wrong_by = all.address - AddressAt(all.done);
  if (all.done != cursor_.position) moved.wrong_by = all.done - cursor_.position;
  return moved;
}

bool IoVecCall::MovePart(bool reads, std::span<char> part, axptr_moved* all) {
  axptr_moved moved = {};
  if (reads) {
    copying_.read_io_vec(&cursor_, part.data(), part.size(), &moved);
  } else {
    copying_.write_io_vec(&cursor_, part.data(), part.size(), &moved);
  }
  *all = {all->done + moved.done, moved.error, moved.address};
  return moved.error == 0;
}

uint64_t IoVecCall::AddressAt(uint64_t position) const {
  for (const StoreWatch::Bytes& segment : std::span(segments_).first(segments_count_)) {
    if (position < segment.size) return segment.start + position;
    position -= segment.size;
  }
  return 0;
}

}  // namespace sim
