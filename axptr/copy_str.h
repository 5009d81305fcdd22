// A string of user memory, copied into a buffer of the kernel's: page by page, first checked under
// the lock, then, without it, copied.
//
// What is decided about the copy holds: no other CPU can change it (deviations 9 and 11).
#ifndef AXPTR_COPY_STR_H_
#define AXPTR_COPY_STR_H_

#include <cstddef>
#include <span>

#include "axptr/addr_space.h"
#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "axptr/null_terminated.h"
#include "axptr/user_access.h"
#include "axptr/virt_addr.h"

namespace axptr {
namespace internal {

// Copies the bytes at `from` to `to`, the first zero byte too, but at most `count`. Returns how
// many are in front of that zero byte; `count` if there is none. Each byte is loaded once, whatever
// the compiler thinks of it. Precondition: under attempt_user_access.
inline std::size_t copy_until_nul(const char* from, char* to, std::size_t count) {
  const volatile char* const user = from;
  for (std::size_t index = 0; index < count; ++index) {
    const char byte = user[index];
    to[index] = byte;
    if (byte == '\0') return index;
  }
  return count;
}

// Copies the string at `start`, with its terminator, to `buffer`. Returns its length without it.
// Errors: EFAULT, as check_null_terminated; ENAMETOOLONG: no terminator among the first
// buffer.size() bytes, of which none behind that was asked about or read. After an error the buffer
// begins with what was copied before it. No other byte of the buffer is written.
template <ProviderArgument P>
LinuxResult<std::size_t> copy_null_terminated(P& provider, VirtAddr start, std::span<char> buffer) {
  constexpr MappingFlags kNeeded = MappingFlags::READ | MappingFlags::USER;
  VirtAddr next = start;
  std::size_t copied = 0;
  while (copied < buffer.size()) {
    const VirtAddr page = next.align_down_4k();
    const auto page_end = page.checked_add(kPageSize4K);
    if (!page_end) return std::unexpected(LinuxError::kEfault);
    const auto pages = VirtAddrRange::from_start_end(page, *page_end);
    const LinuxResult<void> checked = with_addr_space(
        provider, [&](auto& aspace) { return check_pages(aspace, *pages, kNeeded); });
    if (!checked) return std::unexpected(checked.error());
    const std::size_t to_page_end = page_end->as_usize() - next.as_usize();
    const std::size_t room = buffer.size() - copied;
    const std::size_t count = to_page_end < room ? to_page_end : room;
    std::size_t found = 0;
    const LinuxResult<void> attempted =
        attempt_user_access(*VirtAddrRange::from_start_size(next, count), MappingFlags::READ, [&] {
          found = copy_until_nul(reinterpret_cast<const char*>(next.as_usize()),
                                 buffer.data() + copied, count);
        });
    if (!attempted) return std::unexpected(attempted.error());
    copied += found;
    if (found < count) return copied;
    next = *page_end;
  }
  return std::unexpected(LinuxError::kEnametoolong);
}

}  // namespace internal
}  // namespace axptr

#endif  // AXPTR_COPY_STR_H_
