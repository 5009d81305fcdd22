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
// An AddrSpace by itself is no provider: nothing would say who takes its lock. One that needs no
// lock is wrapped: NoLockNeeded(aspace). "The caller holds the lock" is no such case: `access`,
// `copy_str` and the scans touch user memory, and the page-fault handler would wait for that lock
// for ever. A caller that holds the lock has check_region (check_region.h), which touches none.
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

class NoFault;  // no_fault.h

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
  int operator()(A&) const {
    return {};
  }
};

template <typename P>
concept HasWithAddrSpace = requires(P& provider, AddrSpaceVisitor visitor) {
  { provider.with_addr_space(visitor) } -> std::same_as<int>;
};

// What callers may pass where a provider is due: providers, and the mistakes that
// require_addr_space_provider refuses with a sentence.
template <typename P>
concept ProviderArgument =
    HasWithAddrSpace<std::remove_reference_t<P>> || AddrSpace<std::remove_reference_t<P>> ||
    std::same_as<std::remove_cvref_t<P>, NoFault>;

}  // namespace internal

// with_addr_space(function): calls `function(aspace)` once with an AddrSpace and returns its
// result. Whatever lock it takes is let go before it returns. A lock that is not to be had (the
// process is being killed) may be an error in place of the call, where the result can say so: the
// library's results here are LinuxResults, and it passes the error on.
// An AddrSpace is no provider, also if it has with_addr_space: the two must be told apart by type.
template <typename P>
concept AddrSpaceProvider = internal::HasWithAddrSpace<std::remove_reference_t<P>> &&
                            !AddrSpace<std::remove_reference_t<P>>;

namespace internal {

// Stops the compiler with a sentence if P is both an AddrSpace and a provider.
template <typename P>
consteval void require_one_role() {
  static_assert(
      !AddrSpace<P> || !HasWithAddrSpace<P>,
      "axptr: this class is an AddrSpace and has with_addr_space too, so that nothing says "
      "whether its lock is to be taken: make the provider a class of its own");
}

// Stops the compiler with a sentence if P is no AddrSpaceProvider.
template <typename P>
consteval void require_addr_space_provider() {
  require_one_role<P>();
  static_assert(
      !AddrSpace<P> || HasWithAddrSpace<P>,
      "axptr: an AddrSpace is no AddrSpaceProvider: pass the provider that takes its lock, "
      "or NoLockNeeded(aspace) if it has none; a caller that holds the lock may only call "
      "check_region");
  static_assert(!std::same_as<std::remove_cv_t<P>, NoFault>,
                "axptr: under NoFault nothing may take the lock of the address space: the caller "
                "may hold a lock, or must not sleep; the functions of NoFault and of UserAtomic "
                "are allowed");
}

// Stands in for the address space where the compiler has already stopped.
struct RefusedAddrSpace {
  bool check_region_access(VirtAddrRange, MappingFlags) { return false; }
  LinuxResult<void> populate_area(VirtAddrRange, MappingFlags) { return {}; }
};

}  // namespace internal

// An AddrSpaceProvider that takes no lock. To make one is to claim, for as long as it is in use:
// - no other CPU or task changes `aspace`, or its two functions are safe against that by
// themselves;
// - the page-fault handler takes no lock that the caller holds, since `access`, `copy_str` and the
//   scans touch user memory with whatever locks the caller has.
// The address space outlives the provider.
template <AddrSpace A>
class NoLockNeeded {
 public:
  constexpr explicit NoLockNeeded(A& aspace) : aspace_(&aspace) { internal::require_one_role<A>(); }

  template <typename F>
  [[gnu::always_inline]] decltype(auto) with_addr_space(F&& function) const {
    return std::forward<F>(function)(*aspace_);
  }

 private:
  A* aspace_;
};

// Calls `function` with the address space behind `provider`, and returns its result.
template <internal::ProviderArgument P, typename F>
decltype(auto) with_addr_space(P& provider, F&& function) {
  internal::require_addr_space_provider<P>();
  if constexpr (AddrSpaceProvider<P>) {
    return provider.with_addr_space(std::forward<F>(function));
  } else {
    internal::RefusedAddrSpace refused;  // one sentence is enough
    return std::forward<F>(function)(refused);
  }
}

}  // namespace axptr

#endif  // AXPTR_ADDR_SPACE_H_
