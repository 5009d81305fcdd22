// Checks a region of user memory before an access: alignment, then permission, then population.
//
// Success means: at the time of the check the region was mapped, permitted and present. It
// guarantees nothing for later accesses: another CPU can unmap the region or reduce its
// permissions, reclaim can evict its pages, and fork can write-protect them.
#ifndef AXPTR_CHECK_REGION_H_
#define AXPTR_CHECK_REGION_H_

#include "axptr/addr_space.h"
#include "axptr/layout.h"
#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "axptr/virt_addr.h"

namespace axptr {
namespace internal {

// Permission of `bytes`, then population of `pages`, which are the whole pages of `bytes`.
template <AddrSpace A>
[[gnu::always_inline]] inline LinuxResult<void> check_bytes(A& aspace, VirtAddrRange bytes,
                                                            VirtAddrRange pages,
                                                            MappingFlags access_flags) {
  // Kernel memory that shares the address space is no user's to name (deviation 13).
  const MappingFlags needed = access_flags | MappingFlags::USER;
  if (!aspace.check_region_access(bytes, needed)) return std::unexpected(LinuxError::kEfault);
  return aspace.populate_area(pages, needed);
}

}  // namespace internal

// Checks the `layout.size_bytes` bytes at `start` for an access with `access_flags`, and populates
// their pages, all inside one call of the provider's with_addr_space. The first check that fails
// determines the result:
//   1. `start` not aligned to `layout.align`: EFAULT, before `provider` is called.
//   2. size 0: ok, and `provider` is not called (deviation 12).
//   3. the range, or its pages, end at or past 2^64: EFAULT (deviation 2).
//   4. a hole, or an area without all of `access_flags` and USER (deviation 13): EFAULT.
//   5. the error of populate_area, as it is (ENOMEM).
template <internal::ProviderArgument P>
LinuxResult<void> check_region_with(P&& provider, VirtAddr start, Layout layout,
                                    MappingFlags access_flags) {
  if (!start.is_aligned(layout.align)) return std::unexpected(LinuxError::kEfault);
  if (layout.size_bytes == 0) return {};
  const auto bytes = VirtAddrRange::from_start_size(start, layout.size_bytes);
  if (!bytes) return std::unexpected(LinuxError::kEfault);
  const auto pages = bytes->page_cover();
  if (!pages) return std::unexpected(LinuxError::kEfault);
  // Captures by value: captures by reference would force the variables into memory.
  const auto check = [bytes = *bytes, pages = *pages, access_flags](auto& aspace)
                         __attribute__((always_inline)) {
                           return internal::check_bytes(aspace, bytes, pages, access_flags);
                         };
  return with_addr_space(provider, check);
}

// check_region_with for a caller that holds the lock of `aspace`, if there is one. No user memory
// is touched, so that the lock may be one that the page-fault handler takes.
template <AddrSpace A>
LinuxResult<void> check_region(A& aspace, VirtAddr start, Layout layout,
                               MappingFlags access_flags) {
  return check_region_with(NoLockNeeded(aspace), start, layout, access_flags);
}

}  // namespace axptr

#endif  // AXPTR_CHECK_REGION_H_
