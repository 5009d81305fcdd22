// The interface of a kernel's memory management to the library: two functions of an address space
// (AddrSpace), and access to the address space under its lock (AddrSpaceProvider).
//
//   struct CurrentProcess {                        // an AddrSpaceProvider
//     template <typename F>
//     decltype(auto) with_addr_space(F&& function) {
//       std::lock_guard lock(current()->mm_lock);  // held while `function` runs, and no longer
//       return function(current()->mm);            // an AddrSpace
//     }
//   };
//
// An AddrSpace is not itself a provider, because it does not say how its lock is taken. An address
// space that needs no lock is wrapped: NoLockNeeded(aspace). Do not wrap it because the caller
// already holds the lock: `access`, `copy_str` and the scans access user memory, and the page-fault
// handler would deadlock on that lock. A caller that holds the lock uses check_region
// (check_region.h), which accesses no user memory. The library never accesses user memory inside
// with_addr_space (deviation 5).
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
//   to it does not fault; a WRITE among them breaks copy on write. Precondition: `pages` is whole
//   pages for which check_region_access has returned true under the same lock. The library passes
//   the error (ENOMEM) on; pages populated before the error stay present.
template <typename A>
concept AddrSpace = requires(A& aspace, VirtAddrRange range, MappingFlags flags) {
  { aspace.check_region_access(range, flags) } -> std::same_as<bool>;
  { aspace.populate_area(range, flags) } -> std::same_as<LinuxResult<void>>;
};

namespace internal {

// A placeholder for any function over an address space, which the concept AddrSpaceProvider needs.
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

// The arguments accepted for a provider parameter: providers, and the wrong arguments for which
// require_addr_space_provider prints a readable diagnostic.
template <typename P>
concept ProviderArgument =
    HasWithAddrSpace<std::remove_reference_t<P>> || AddrSpace<std::remove_reference_t<P>> ||
    std::same_as<std::remove_cvref_t<P>, NoFault>;

}  // namespace internal

// with_addr_space(function): calls `function(aspace)` once with an AddrSpace and returns its
// result. It releases any lock that it took before it returns. If the lock cannot be taken (for
// instance because the process is being killed), with_addr_space may return an error and not call
// `function`; the library's functions return LinuxResults, and the library passes the error on. A
// type that satisfies AddrSpace is not a provider, even if it has with_addr_space.
template <typename P>
concept AddrSpaceProvider = internal::HasWithAddrSpace<std::remove_reference_t<P>> &&
                            !AddrSpace<std::remove_reference_t<P>>;

namespace internal {

// Fails a static_assert if P is both an AddrSpace and a provider.
template <typename P>
consteval void require_one_role() {
  static_assert(
      !AddrSpace<P> || !HasWithAddrSpace<P>,
      "axptr: this class is an AddrSpace and has with_addr_space too, so that nothing says "
      "whether its lock is to be taken: make the provider a class of its own");
}

// Fails a static_assert if P is not an AddrSpaceProvider.
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

// A substitute address space, so that the failed static_assert is the only diagnostic.
struct RefusedAddrSpace {
  bool check_region_access(VirtAddrRange, MappingFlags) { return false; }
  LinuxResult<void> populate_area(VirtAddrRange, MappingFlags) { return {}; }
};

}  // namespace internal

// An AddrSpaceProvider that takes no lock. Preconditions, for the whole time of its use:
// - no other CPU or task changes `aspace`, or its two functions tolerate concurrent changes;
// - the page-fault handler takes no lock that the caller holds, since `access`, `copy_str` and the
//   scans access user memory while the caller holds its locks.
// The address space outlives the provider.
template <AddrSpace A>
class NoLockNeeded {
 public:
  // The provider of `aspace`.
  constexpr explicit NoLockNeeded(A& aspace) : aspace_(&aspace) { internal::require_one_role<A>(); }

  // Calls `function` with the address space, and returns the result of `function`.
  template <typename F>
  [[gnu::always_inline]] decltype(auto) with_addr_space(F&& function) const {
    return std::forward<F>(function)(*aspace_);
  }

 private:
  A* aspace_;
};

// Calls `function` with the address space of `provider`, and returns the result of `function`.
template <internal::ProviderArgument P, typename F>
decltype(auto) with_addr_space(P& provider, F&& function) {
  internal::require_addr_space_provider<P>();
  if constexpr (AddrSpaceProvider<P>) {
    return provider.with_addr_space(std::forward<F>(function));
  } else {
    internal::RefusedAddrSpace refused;  // the static_assert above has reported the error
    return std::forward<F>(function)(refused);
  }
}

}  // namespace axptr

#endif  // AXPTR_ADDR_SPACE_H_
