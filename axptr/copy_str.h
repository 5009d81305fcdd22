// Strings between user and kernel memory. A string is read page by page: a page is checked under
// the lock, then, without the lock, copied or scanned.
//
// Lengths never count the terminator; bounds and rooms do. Decisions are made on the copy, which no
// other CPU can change (deviations 9 and 11).
//
// The counterparts in Linux are strncpy_from_user and strnlen_user. strncpy_from_user leaves the
// copy without a terminator where the buffer is full, and reports that by a length only.
#ifndef AXPTR_COPY_STR_H_
#define AXPTR_COPY_STR_H_

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "axptr/addr_space.h"
#include "axptr/copied.h"
#include "axptr/copy_bytes.h"
#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "axptr/null_terminated.h"
#include "axptr/scan.h"
#include "axptr/transfer.h"
#include "axptr/user_access.h"
#include "axptr/virt_addr.h"

namespace axptr {
namespace internal {

// Copies the bytes at `from` to `to`, the first zero byte too, but at most `count`. Returns whether
// there was a zero byte. The loads are volatile, so the compiler loads each byte exactly once.
// After each byte that is not zero, stores the address of the next byte in `progress`.
// Precondition: under attempt_user_access.
inline bool copy_until_nul(const char* from, char* to, std::size_t count, Progress& progress) {
  const volatile char* const user = from;
  volatile char* const kernel = to;
  const auto start = reinterpret_cast<std::uintptr_t>(from);
  for (std::size_t index = 0; index < count; ++index) {
    const char byte = user[index];
    kernel[index] = byte;
    if (byte == '\0') return true;
    progress = start + index + 1;
  }
  return false;
}

// The result of reading a part of a string.
struct StringPart {
  std::size_t length = 0;  // bytes before the terminator, the fault, or the end of the part
  bool is_terminated = false;
};

// Reads at most `bound` bytes of the string at `start`, the terminator included. For each page:
// checks the page for reading, then calls `read(range, offset)`, which reads the bytes of `range`;
// `range` lies in that page and begins `offset` bytes after `start`. If the part read is shorter
// than `range` and not terminated, the read ended in a fault. The result's `done` and `address`
// exclude the terminator.
// Errors: EFAULT: a byte of the string lies in the last page of the 64-bit space, is not mapped,
// not permitted, or was unmapped during the read. ENAMETOOLONG: no terminator among the first
// `bound` bytes. Errors of the provider (EINTR) are passed on.
template <ProviderArgument P, typename Read>
Copied walk_string(P& provider, VirtAddr start, std::size_t bound, Read&& read) {
  constexpr MappingFlags kNeeded = MappingFlags::READ | MappingFlags::USER;
  const auto result = [start](std::size_t done, LinuxError error) {
    return Copied{.done = done, .error = error, .address = VirtAddr(start.as_usize() + done)};
  };
  std::size_t done = 0;
  while (done < bound) {
    const VirtAddr next(start.as_usize() + done);
    const VirtAddr page = next.align_down_4k();
    const auto page_end = page.checked_add(kPageSize4K);
    if (!page_end) return result(done, LinuxError::kEfault);
    const auto pages = VirtAddrRange::from_start_end(page, *page_end);
    const LinuxResult<void> checked = with_addr_space(
        provider, [&](auto& aspace) { return check_pages(aspace, *pages, kNeeded); });
    if (!checked) return result(done, checked.error());
    const std::size_t to_page_end = page_end->as_usize() - next.as_usize();
    const std::size_t room = bound - done;
    const std::size_t count = to_page_end < room ? to_page_end : room;
    const StringPart part = read(*VirtAddrRange::from_start_size(next, count), done);
    done += part.length;
    if (part.is_terminated) return result(done, kNoError);
    if (part.length < count) return result(done, LinuxError::kEfault);
  }
  return result(done, LinuxError::kEnametoolong);
}

// Copies the string at `start`, with its terminator, to `buffer`. The result's `done` is the number
// of bytes copied to the start of the buffer, without the terminator, also after an error. No other
// byte of the buffer is written. Errors: see walk_string, with the bound buffer.size().
template <ProviderArgument P>
Copied copy_null_terminated(P& provider, VirtAddr start, std::span<char> buffer) {
  return walk_string(
      provider, start, buffer.size(), [buffer](VirtAddrRange range, std::size_t offset) {
        const auto* const from = reinterpret_cast<const char*>(range.start().as_usize());
        char* const to = buffer.data() + offset;
        StringPart part;
        part.length = attempt_transfer(range, MappingFlags::READ, [&](Progress& progress) {
          part.is_terminated = copy_until_nul(from, to, range.size(), progress);
        });
        return part;
      });
}

// The length of the string at `start`. Errors: see walk_string.
template <ProviderArgument P>
LinuxResult<std::size_t> bounded_length(P& provider, VirtAddr start, std::size_t bound) {
  const Copied walked =
      walk_string(provider, start, bound, [](VirtAddrRange range, std::size_t) -> StringPart {
        const auto length =
            scan_checked(range.start(), range.size(), 1, &find_zero_lane<std::uint8_t>);
        if (!length) return {};
        return {.length = *length, .is_terminated = *length < range.size()};
      });
  if (!walked.is_complete()) return std::unexpected(walked.error);
  return walked.done;
}

// Writes `text` and a terminator to `start`, checked and populated with `access_flags`. The
// result's `done` and `address` exclude the terminator, which is written only if there is no error.
// Errors: ENAMETOOLONG: `text` and a terminator are more than `room` bytes; EINVAL: `text` contains
// a zero byte (both: nothing is written, and `provider` is not called); those of move_checked.
template <ProviderArgument P>
Copied write_null_terminated(P& provider, VirtAddr start, std::span<const char> text,
                             std::size_t room, MappingFlags access_flags) {
  const auto refused = [start](LinuxError error) {
    return Copied{.done = 0, .error = error, .address = start};
  };
  if (text.size() >= room) return refused(LinuxError::kEnametoolong);
  if (find_zero_lane<std::uint8_t>(text.data(), text.size()) != text.size()) {
    return refused(LinuxError::kEinval);
  }
  Copied written =
      write_padded(provider, start, std::as_bytes(text), text.size() + 1, access_flags);
  if (written.is_complete()) {
    --written.done;
    written.address = VirtAddr(start.as_usize() + written.done);
  }
  return written;
}

}  // namespace internal
}  // namespace axptr

#endif  // AXPTR_COPY_STR_H_
