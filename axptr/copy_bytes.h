// Copies between user and kernel memory, exact to the byte. Each chunk of pages is checked and
// populated under the lock, then moved without the lock.
//
// The counterparts in Linux are copy_from_user, copy_to_user and clear_user. They return the number
// of bytes that were not moved, and no address; copy_from_user also writes zeros to the rest of the
// destination, which the functions here do not.
#ifndef AXPTR_COPY_BYTES_H_
#define AXPTR_COPY_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "axptr/addr_space.h"
#include "axptr/check_region.h"
#include "axptr/copied.h"
#include "axptr/layout.h"
#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "axptr/transfer.h"
#include "axptr/user_access.h"
#include "axptr/virt_addr.h"

namespace axptr::internal {

// The size of a chunk. It bounds how long the lock is held, and how many pages are populated before
// the first byte is moved.
inline constexpr std::size_t kChunkSize = 16 * kPageSize4K;

// The result of a check: the first `size_bytes` bytes of the range are permitted and present;
// `error` is the error of the next page.
struct Permitted {
  std::size_t size_bytes = 0;
  LinuxError error = kNoError;
};

// Checks and populates `bytes`. If that fails, checks and populates page by page, so that all pages
// before the first page that fails are checked and populated. Precondition: `bytes` has a
// page_cover().
template <AddrSpace A>
Permitted check_prefix(A& aspace, VirtAddrRange bytes, MappingFlags access_flags) {
  const LinuxResult<void> all = check_bytes(aspace, bytes, *bytes.page_cover(), access_flags);
  if (all) return {.size_bytes = bytes.size()};
  VirtAddr next = bytes.start();
  while (next < bytes.end()) {
    const VirtAddr page_end(next.align_down_4k().as_usize() + kPageSize4K);
    const VirtAddr part_end = page_end < bytes.end() ? page_end : bytes.end();
    const auto part = VirtAddrRange::from_start_end(next, part_end);
    const LinuxResult<void> one = check_bytes(aspace, *part, *part->page_cover(), access_flags);
    if (!one) {
      return {.size_bytes = next.as_usize() - bytes.start().as_usize(), .error = one.error()};
    }
    next = part_end;
  }
  return {.size_bytes = bytes.size()};
}

// Whether `size_bytes` bytes at `start` are a range that can exist (deviations 1 and 2).
inline bool can_exist(VirtAddr start, std::size_t size_bytes) {
  if (size_bytes > kMaxObjectSize) return false;
  const auto bytes = VirtAddrRange::from_start_size(start, size_bytes);
  return bytes && bytes->page_cover();
}

// Calls `body(progress)` under attempt_user_access over `range`. The body moves the bytes of
// `range` in ascending order, and stores the address of the next byte in `progress` after each
// access. Returns the number of bytes moved: less than range.size() if the memory was gone.
template <typename Body>
std::size_t attempt_transfer(VirtAddrRange range, MappingFlags moved_flags, Body&& body) {
  Progress progress = range.start().as_usize();
  // The result is left aside: a body that returns has moved all.
  static_cast<void>(attempt_user_access(range, moved_flags, [&] { body(progress); }));
  return progress - range.start().as_usize();
}

// Moves all bytes of `range` in the direction given, by the platform's primitive if there is one.
// Returns the number of bytes moved, as attempt_transfer.
template <typename Direction>
std::size_t move_all(VirtAddrRange range, Direction direction) {
  if constexpr (HasFastMove<Platform, Direction>) {
    const std::size_t size_bytes = range.size();
    const std::size_t left =
        access_user_memory([&] { return direction.template fast<Platform>(size_bytes); });
    // The hook returned more than the size, which violates its contract. The result is 0 bytes
    // moved.
    return left <= size_bytes ? size_bytes - left : 0;
  } else {
    return attempt_transfer(range, Direction::kAccess, [&](Progress& progress) {
      transfer_bytes(direction, range.size(), progress);
    });
  }
}

// Checks, populates and moves `size_bytes` bytes at `start`, chunk by chunk. `move(range, offset)`
// moves the bytes of `range`, which is permitted and begins `offset` bytes after `start`, and
// returns the number of bytes moved. Size 0: nothing is called.
// Errors: EFAULT: the range cannot exist (can_exist; `provider` is not called, and nothing is
// moved), or the next page is not permitted, or was gone while it was accessed. Errors of
// populate_area (ENOMEM) and of the provider (EINTR) are passed on.
template <ProviderArgument P, typename Move>
Copied move_checked(P& provider, VirtAddr start, std::size_t size_bytes, MappingFlags access_flags,
                    Move&& move) {
  const auto result = [start](std::size_t done, LinuxError error) {
    return Copied{.done = done, .error = error, .address = VirtAddr(start.as_usize() + done)};
  };
  if (size_bytes == 0) return result(0, kNoError);
  if (!can_exist(start, size_bytes)) return result(0, LinuxError::kEfault);
  std::size_t done = 0;
  while (done < size_bytes) {
    const VirtAddr next(start.as_usize() + done);
    const std::size_t to_chunk_end = kChunkSize - next.as_usize() % kPageSize4K;
    const std::size_t left = size_bytes - done;
    const auto chunk =
        VirtAddrRange::from_start_size(next, left < to_chunk_end ? left : to_chunk_end);
    const LinuxResult<Permitted> permitted =
        with_addr_space(provider, [&](auto& aspace) -> LinuxResult<Permitted> {
          return check_prefix(aspace, *chunk, access_flags);
        });
    if (!permitted) return result(done, permitted.error());
    const std::size_t count = permitted->size_bytes;
    if (count != 0) {
      const std::size_t moved = move(*VirtAddrRange::from_start_size(next, count), done);
      done += moved;
      if (moved < count) return result(done, LinuxError::kEfault);
    }
    if (permitted->error != kNoError) return result(done, permitted->error);
  }
  return result(done, kNoError);
}

// Copies the `size_bytes` bytes at `start` to `to`. Result and errors: see move_checked.
template <ProviderArgument P>
Copied read_bytes(P& provider, VirtAddr start, std::byte* to, std::size_t size_bytes,
                  MappingFlags access_flags) {
  return move_checked(provider, start, size_bytes, access_flags,
                      [to](VirtAddrRange range, std::size_t offset) {
                        return move_all(range, UserToKernel(range.start(), to + offset));
                      });
}

// Copies the `size_bytes` bytes at `from` to `start`. Result and errors: see move_checked.
template <ProviderArgument P>
Copied write_bytes(P& provider, VirtAddr start, const std::byte* from, std::size_t size_bytes,
                   MappingFlags access_flags) {
  return move_checked(provider, start, size_bytes, access_flags,
                      [from](VirtAddrRange range, std::size_t offset) {
                        return move_all(range, KernelToUser(range.start(), from + offset));
                      });
}

// Writes `size_bytes` zero bytes to `start`. Result and errors: see move_checked.
template <ProviderArgument P>
Copied zero_bytes(P& provider, VirtAddr start, std::size_t size_bytes, MappingFlags access_flags) {
  return move_checked(
      provider, start, size_bytes, access_flags,
      [](VirtAddrRange range, std::size_t) { return move_all(range, ZeroToUser(range.start())); });
}

// Writes the bytes of `source`, and then zeros, to `range`. Returns the number of bytes written, as
// attempt_transfer. Precondition: source.size() <= range.size().
inline std::size_t move_padded(VirtAddrRange range, std::span<const std::byte> source) {
  const std::size_t count = source.size();
  const VirtAddr padding(range.start().as_usize() + count);
  const KernelToUser known(range.start(), source.data());
  if constexpr (HasFastMove<Platform, KernelToUser> && HasFastMove<Platform, ZeroToUser>) {
    const auto written = VirtAddrRange::from_start_end(range.start(), padding);
    const std::size_t moved = count == 0 ? 0 : move_all(*written, known);
    if (moved < count || padding == range.end()) return moved;
    return moved +
           move_all(*VirtAddrRange::from_start_end(padding, range.end()), ZeroToUser(padding));
  } else {
    return attempt_transfer(range, MappingFlags::WRITE, [&](Progress& progress) {
      transfer_bytes(known, count, progress);
      transfer_bytes(ZeroToUser(padding), range.size() - count, progress);
    });
  }
}

// Writes the bytes of `source`, and then zeros, `size_bytes` bytes in all, to `start`.
// Precondition: source.size() <= size_bytes. Result and errors: see move_checked.
template <ProviderArgument P>
Copied write_padded(P& provider, VirtAddr start, std::span<const std::byte> source,
                    std::size_t size_bytes, MappingFlags access_flags) {
  const auto write = [source](VirtAddrRange range, std::size_t offset) {
    const std::size_t left = offset < source.size() ? source.size() - offset : 0;
    const std::size_t count = range.size() < left ? range.size() : left;
    return move_padded(range, {source.data() + (left == 0 ? 0 : offset), count});
  };
  return move_checked(provider, start, size_bytes, access_flags, write);
}

}  // namespace axptr::internal

#endif  // AXPTR_COPY_BYTES_H_
