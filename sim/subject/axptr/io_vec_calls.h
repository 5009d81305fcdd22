// Calls of UserIoVec. The object is stored in the `state` of an axptr_io_cursor
// (subject_copying.h).
#ifndef SIM_SUBJECT_AXPTR_IO_VEC_CALLS_H_
#define SIM_SUBJECT_AXPTR_IO_VEC_CALLS_H_

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <type_traits>

#include "axptr/copied.h"
#include "axptr/user_io_vec.h"
#include "axptr/user_ptr.h"
#include "sim/subject/subject_copying.h"

// In the namespace of the library, which each subject has for itself.
namespace axptr::calls {

static_assert(sizeof(UserIoVec) <= sizeof(axptr_io_cursor::state));
static_assert(std::is_trivially_copyable_v<UserIoVec>);

inline UserIoVec& IoVecOf(axptr_io_cursor* cursor) {
  return *std::launder(reinterpret_cast<UserIoVec*>(cursor->state));
}

// Calls `function` with the segments, and then updates the position of the cursor.
template <typename Function>
auto WithIoVec(axptr_io_cursor* cursor, Function function) {
  UserIoVec& segments = IoVecOf(cursor);
  const Copied copied = function(segments);
  cursor->position = segments.position();
  cursor->remaining = segments.remaining();
  return copied;
}

template <typename P>
int FetchIoVec(P&& provider, std::uint64_t table, std::size_t count, void* storage,
               std::size_t room, axptr_io_cursor* cursor) {
  const auto segments =
      UserIoVec::fetch(provider, UserConstPtr<IoSegment>(table), count,
                       std::span<IoSegment>(static_cast<IoSegment*>(storage), room));
  if (!segments) return -static_cast<int>(segments.error());
  ::new (cursor->state) UserIoVec(*segments);
  cursor->position = segments->position();
  cursor->remaining = segments->remaining();
  return 0;
}

template <typename P>
Copied ReadIoVec(P&& provider, axptr_io_cursor* cursor, void* to, std::size_t size) {
  return WithIoVec(cursor, [&](UserIoVec& segments) {
    return segments.read_into(provider, std::span(static_cast<std::byte*>(to), size));
  });
}

template <typename P>
Copied WriteIoVec(P&& provider, axptr_io_cursor* cursor, const void* from, std::size_t size) {
  return WithIoVec(cursor, [&](UserIoVec& segments) {
    return segments.write_from(provider, std::span(static_cast<const std::byte*>(from), size));
  });
}

inline void AdvanceIoVec(axptr_io_cursor* cursor, std::size_t size) {
  WithIoVec(cursor, [&](UserIoVec& segments) { return segments.advance(size), Copied(); });
}

inline void RevertIoVec(axptr_io_cursor* cursor, std::size_t size) {
  WithIoVec(cursor, [&](UserIoVec& segments) { return segments.revert(size), Copied(); });
}

}  // namespace axptr::calls

#endif  // SIM_SUBJECT_AXPTR_IO_VEC_CALLS_H_
