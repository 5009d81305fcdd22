// The length of a null-terminated array in user memory. Each page is checked under the lock, then
// read without the lock.
//
// The lock is released before the memory is read, because a read may fault and the page-fault
// handler needs the lock (deviation 5). An element is read only after all of its pages have been
// checked, also if it straddles a page end or is larger than a page (deviation 6).
#ifndef AXPTR_NULL_TERMINATED_H_
#define AXPTR_NULL_TERMINATED_H_

#include <cstddef>
#include <type_traits>

#include "axptr/addr_space.h"
#include "axptr/layout.h"
#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "axptr/scan.h"
#include "axptr/user_access.h"
#include "axptr/user_plain.h"
#include "axptr/virt_addr.h"

namespace axptr {
namespace internal {

using FindTerminator = std::size_t (*)(const void* first, std::size_t count);

// Permission of `pages`, which are whole; with WRITE in `flags` also their population, or a writer
// of the result would fault on a page that was only read (copy on write).
template <AddrSpace A>
LinuxResult<void> check_pages(A& aspace, VirtAddrRange pages, MappingFlags flags) {
  if (!aspace.check_region_access(pages, flags)) return std::unexpected(LinuxError::kEfault);
  if (!flags.contains(MappingFlags::WRITE)) return {};
  return aspace.populate_area(pages, flags);
}

// The number of elements found by `find` among the `count` at `start`, which were checked. EFAULT:
// they were gone meanwhile.
inline LinuxResult<std::size_t> scan_checked(VirtAddr start, std::size_t count,
                                             std::size_t size_bytes, FindTerminator find) {
  const auto range = VirtAddrRange::from_start_size(start, count * size_bytes);
  std::size_t found = 0;
  const LinuxResult<void> attempted = attempt_user_access(*range, MappingFlags::READ, [&] {
    found = find(reinterpret_cast<const void*>(start.as_usize()), count);
  });
  if (!attempted) return std::unexpected(attempted.error());
  return found;
}

// check_null_terminated for elements of `layout`; `find` finds their terminator. Not a template on
// the element type, so that there is one instance for each provider.
template <ProviderArgument P>
LinuxResult<std::size_t> null_terminated_length(P& provider, VirtAddr start, Layout layout,
                                                MappingFlags access_flags, FindTerminator find) {
  if (!start.is_aligned(layout.align)) return std::unexpected(LinuxError::kEfault);
  const MappingFlags needed = access_flags | MappingFlags::READ | MappingFlags::USER;
  VirtAddr next = start;
  VirtAddr checked_end = start.align_down_4k();
  std::size_t length = 0;
  while (true) {
    // The next element is not completely checked.
    const auto element_end = next.checked_add(layout.size_bytes);
    if (!element_end) return std::unexpected(LinuxError::kEfault);
    const auto pages_end = element_end->align_up_4k();
    if (!pages_end) return std::unexpected(LinuxError::kEfault);
    const auto pages = VirtAddrRange::from_start_end(checked_end, *pages_end);
    const LinuxResult<void> checked = with_addr_space(
        provider, [&](auto& aspace) { return check_pages(aspace, *pages, needed); });
    if (!checked) return std::unexpected(checked.error());
    checked_end = *pages_end;
    const std::size_t whole_elements =
        (checked_end.as_usize() - next.as_usize()) / layout.size_bytes;
    const auto found = scan_checked(next, whole_elements, layout.size_bytes, find);
    if (!found) return found;
    length += *found;
    if (*found < whole_elements) return length;
    next = VirtAddr(next.as_usize() + whole_elements * layout.size_bytes);
  }
}

}  // namespace internal

// The number of elements T from `start` to the first that equals T{} byte by byte, which is not
// counted. Each page that holds a part of an element or of the terminator is checked for
// `access_flags`, READ and USER; if `access_flags` has WRITE, it is also populated; then it is
// read. So all pages of the result are present. No page after that of the terminator is checked or
// read.
//
// The result is the length and no pointer, because a pointer would suggest that the memory stays
// valid. As after check_region, the result describes the time of the check only: another CPU may
// overwrite the terminator, or unmap the memory, at any time.
//
// The provider is called once for each page (or, for an element on several pages that are not yet
// checked, for all of them together), and no lock is held while user memory is read.
// Errors: EFAULT: misaligned (the provider is not called); an element before the terminator, or the
// terminator, ends in the last page of the 64-bit space or beyond, is not mapped, not permitted, or
// gone while it was read. Errors of populate_area (ENOMEM) are passed on.
template <typename T, internal::ProviderArgument P>
LinuxResult<std::size_t> check_null_terminated(P&& provider, VirtAddr start,
                                               MappingFlags access_flags) {
  internal::require_user_plain<T>();
  static_assert(std::has_unique_object_representations_v<T>,
                "axptr: a terminator is found by its bytes, so equal values of the element type "
                "must have equal bytes");
  return internal::null_terminated_length(provider, start, Layout::of<T>(), access_flags,
                                          &internal::find_terminator<T>);
}

}  // namespace axptr

#endif  // AXPTR_NULL_TERMINATED_H_
