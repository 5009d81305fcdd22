// What the library asks of a kernel's memory management: two questions (AddrSpace), and a way to
// get at who answers them (AddrSpaceProvider), which is where a kernel takes its lock.
//
//   struct CurrentProcess {                        // an AddrSpaceProvider
//     template <typename F>
//     decltype(auto) with_addr_space(F&& function) {
//       std::lock_guard lock(current()->mm_lock);  // held while `function` runs, and no longer
//       return function(current()->mm);            // an AddrSpace
//     }
//   };
//
// An AddrSpace passed by reference is itself a provider: it needs no lock, or the caller holds it.
// The library never touches user memory inside with_addr_space (deviation 5).
#ifndef AXPTR_ADDR_SPACE_H_
#define AXPTR_ADDR_SPACE_H_

#include <concepts>
#include <type_traits>
#include <utility>

#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "axptr/virt_addr.h"

namespace axptr {

// check_region_access(range, flags): whether areas cover every byte of `range` without a hole, and
//   each of them has all of `flags`. Changes nothing. `range` is not empty.
// populate_area(pages, flags): makes every page of `pages` present, so that an access with `flags`
//   to it does not fault; a WRITE among them breaks copy on write. `pages` is whole pages for which
//   check_region_access was just answered with yes under the same lock. Passes on its error
//   (ENOMEM); pages populated before the error stay so.
template <typename A>
concept AddrSpace = requires(A& aspace, VirtAddrRange range, MappingFlags flags) {
  { aspace.check_region_access(range, flags) } -> std::same_as<bool>;
  { aspace.populate_area(range, flags) } -> std::same_as<LinuxResult<void>>;
};

namespace internal {

// Stands in for "any function over an address space" where the concept has to name one.
struct AddrSpaceVisitor {
  template <AddrSpace A>
  int operator()(A&) const;
};

}  // namespace internal

// with_addr_space(function): calls `function(aspace)` once with an AddrSpace and returns its
// result. Whatever lock it takes is let go before it returns. A lock that is not to be had (the
// process is being killed) may be an error in place of the call, where the result can say so: the
// library's results here are LinuxResults, and it passes the error on.
template <typename P>
concept AddrSpaceProvider =
    AddrSpace<std::remove_reference_t<P>> ||
    requires(std::remove_reference_t<P>& provider, internal::AddrSpaceVisitor visitor) {
      { provider.with_addr_space(visitor) } -> std::same_as<int>;
    };

// Calls `function` with the address space behind `provider`, and returns its result.
template <AddrSpaceProvider P, typename F>
decltype(auto) with_addr_space(P& provider, F&& function) {
  if constexpr (AddrSpace<P>) {
    return std::forward<F>(function)(provider);
  } else {
    return provider.with_addr_space(std::forward<F>(function));
  }
}

}  // namespace axptr

#endif  // AXPTR_ADDR_SPACE_H_
