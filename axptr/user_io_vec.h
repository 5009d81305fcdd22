// An array of segments of user memory, as of readv and writev, and a cursor in it.
//
//   IoSegment storage[UserIoVec::kMaxSegments];
//   auto segments = UserIoVec::fetch(process, UserConstPtr<IoSegment>(iov), count, storage);
//   if (!segments) return -static_cast<long>(segments.error());
//   const Copied written = segments->write_from(process, data);  // readv: scatters `data`
#ifndef AXPTR_USER_IO_VEC_H_
#define AXPTR_USER_IO_VEC_H_

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "axptr/addr_space.h"
#include "axptr/copied.h"
#include "axptr/copy_bytes.h"
#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "axptr/user_plain.h"
#include "axptr/user_ptr.h"
#include "axptr/virt_addr.h"

namespace axptr {

// One segment of user memory, with the layout of struct iovec on 64-bit Linux.
struct IoSegment {
  UserPtr<std::byte> base;       // the first byte; not checked
  std::size_t length_bytes = 0;  // the number of bytes
};
AXPTR_USER_PLAIN(IoSegment, base, length_bytes);

// The segments of one system call as a sequence of bytes, and a cursor in it. Each transfer checks
// and moves the bytes at the cursor, and advances it. Linux: struct iov_iter.
class UserIoVec {
 public:
  // Linux: UIO_MAXIOV.
  static constexpr std::size_t kMaxSegments = 1024;
  // No transfer moves more bytes. Linux: MAX_RW_COUNT.
  static constexpr std::size_t kMaxBytes = 0x7ffff000;

  // Loads the `count` segments of `table` once into `storage`. Later changes of `table` have no
  // effect. Segments are truncated so that their sum is at most kMaxBytes. The memory of the
  // segments is not checked. Precondition: `storage` outlives the result.
  // Errors, in the order of the checks: EINVAL: `count` is more than kMaxSegments; ENOMEM: more
  // than `storage` has (both: `provider` is not called); EFAULT, ENOMEM, EINTR: as
  // UserConstPtr::read_into for the table; EINVAL: a length is more than kMaxObjectSize; EFAULT: a
  // non-empty segment reaches the last page of the 64-bit space. Linux: import_iovec, in the same
  // order.
  template <internal::ProviderArgument P>
  static LinuxResult<UserIoVec> fetch(P&& provider, UserConstPtr<IoSegment> table,
                                      std::size_t count, std::span<IoSegment> storage) {
    if (count > kMaxSegments) return std::unexpected(LinuxError::kEinval);
    if (count > storage.size()) return std::unexpected(LinuxError::kEnomem);
    const std::span<IoSegment> segments = storage.first(count);
    const auto loaded = table.read_into(provider, segments).whole();
    if (!loaded) return std::unexpected(loaded.error());
    const auto total_bytes = check(segments);
    if (!total_bytes) return std::unexpected(total_bytes.error());
    return UserIoVec(segments, *total_bytes);
  }

  // The number of bytes of all segments.
  std::size_t total() const { return total_bytes_; }

  // The number of bytes before the cursor.
  std::size_t position() const { return position_bytes_; }

  // The number of bytes after the cursor.
  std::size_t remaining() const { return total_bytes_ - position_bytes_; }

  // Copies the next bytes of the segments to `destination`: at most destination.size() and at most
  // remaining(). Needs READ. Advances the cursor by exactly `done` bytes. `address` is the address
  // of the byte at the cursor; at the end of all segments it is the end of the last non-empty
  // segment.
  // Errors: as UserConstPtr::read_into, for the segment at the cursor. Reaching the end is not an
  // error.
  // Linux: copy_from_iter.
  template <internal::ProviderArgument P>
  Copied read_into(P&& provider, std::span<std::byte> destination) {
    return transfer(destination.size(), [&](VirtAddr at, std::size_t done, std::size_t count) {
      return internal::read_bytes(provider, at, destination.data() + done, count,
                                  MappingFlags::READ);
    });
  }

  // Copies `source` to the next bytes of the segments, at most remaining() bytes. Needs WRITE only.
  // Cursor, result and errors: as read_into.
  // Linux: copy_to_iter.
  template <internal::ProviderArgument P>
  Copied write_from(P&& provider, std::span<const std::byte> source) {
    return transfer(source.size(), [&](VirtAddr at, std::size_t done, std::size_t count) {
      return internal::write_bytes(provider, at, source.data() + done, count, MappingFlags::WRITE);
    });
  }

  // Writes `size_bytes` zero bytes, at most remaining(). Otherwise as write_from.
  // Linux: iov_iter_zero.
  template <internal::ProviderArgument P>
  Copied zero(P&& provider, std::size_t size_bytes) {
    return transfer(size_bytes, [&](VirtAddr at, std::size_t, std::size_t count) {
      return internal::zero_bytes(provider, at, count, MappingFlags::WRITE);
    });
  }

  // Moves the cursor by `size_bytes` without a transfer. Precondition: at most remaining().
  void advance(std::size_t size_bytes) {
    position_bytes_ += size_bytes;
    offset_bytes_ += size_bytes;
    settle();
  }

  // Moves the cursor back by `size_bytes`, for instance by the bytes that a device did not accept.
  // Precondition: at most position().
  void revert(std::size_t size_bytes) {
    position_bytes_ -= size_bytes;
    while (size_bytes > offset_bytes_) {
      size_bytes -= offset_bytes_;
      --segment_;
      offset_bytes_ = segments_[segment_].length_bytes;
    }
    offset_bytes_ -= size_bytes;
  }

 private:
  UserIoVec(std::span<const IoSegment> segments, std::size_t total_bytes)
      : segments_(segments), total_bytes_(total_bytes) {
    settle();
  }

  // The sum of all lengths, which are cut so that it is at most kMaxBytes.
  static LinuxResult<std::size_t> check(std::span<IoSegment> segments) {
    for (const IoSegment& segment : segments) {
      if (segment.length_bytes > kMaxObjectSize) return std::unexpected(LinuxError::kEinval);
    }
    std::size_t total_bytes = 0;
    for (IoSegment& segment : segments) {
      if (segment.length_bytes != 0 &&
          !internal::can_exist(segment.base.address(), segment.length_bytes)) {
        return std::unexpected(LinuxError::kEfault);
      }
      const std::size_t room = kMaxBytes - total_bytes;
      if (segment.length_bytes > room) segment.length_bytes = room;
      total_bytes += segment.length_bytes;
    }
    return total_bytes;
  }

  // Moves a cursor that is at or beyond the end of its segment to the segment that holds its byte.
  // At the end of all segments the cursor stays at the end of the last non-empty segment.
  void settle() {
    while (is_behind_segment()) {
      offset_bytes_ -= segments_[segment_].length_bytes;
      ++segment_;
    }
  }

  bool is_behind_segment() const {
    if (position_bytes_ < total_bytes_) return offset_bytes_ >= segments_[segment_].length_bytes;
    return offset_bytes_ != 0 && offset_bytes_ > segments_[segment_].length_bytes;
  }

  VirtAddr at_cursor() const {
    if (segments_.empty()) return VirtAddr();
    return VirtAddr(segments_[segment_].base.address().as_usize() + offset_bytes_);
  }

  // Calls `move(address, done, count)` for each part of the next `size_bytes` bytes.
  template <typename Move>
  Copied transfer(std::size_t size_bytes, Move move) {
    std::size_t done = 0;
    while (done < size_bytes && remaining() != 0) {
      const std::size_t in_segment = segments_[segment_].length_bytes - offset_bytes_;
      const std::size_t left = size_bytes - done;
      const std::size_t count = left < in_segment ? left : in_segment;
      const Copied moved = move(at_cursor(), done, count);
      done += moved.done;
      advance(moved.done);
      if (!moved.is_complete()) {
        return {.done = done, .error = moved.error, .address = moved.address};
      }
    }
    return {.done = done, .error = kNoError, .address = at_cursor()};
  }

  std::span<const IoSegment> segments_;
  std::size_t total_bytes_;
  std::size_t position_bytes_ = 0;
  // The cursor: a segment and an offset in it.
  std::size_t segment_ = 0;
  std::size_t offset_bytes_ = 0;
};

}  // namespace axptr

#endif  // AXPTR_USER_IO_VEC_H_
