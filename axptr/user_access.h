// The per-CPU flag that says "a fault here is expected", and what runs under it.
//
// From the seed page on context-aware page fault handling. Two differences: the flag goes back to
// what it was before, not to false (deviations 7 and 8), and attempt_user_access turns a refused
// fault into EFAULT (deviation 4).
#ifndef AXPTR_USER_ACCESS_H_
#define AXPTR_USER_ACCESS_H_

#include <type_traits>
#include <utility>

#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "axptr/platform.h"
#include "axptr/virt_addr.h"

namespace axptr {

// How the flag is found: never by a call, which a position-independent program would otherwise make
// and a fault handler must not. In a kernel's image the distance to the thread register is known to
// the linker.
#ifdef __PIC__
#define AXPTR_TLS_MODEL [[gnu::tls_model("initial-exec")]]
#else
#define AXPTR_TLS_MODEL [[gnu::tls_model("local-exec")]]
#endif

// One for each CPU: whether kernel code on this CPU is touching user memory on purpose. Written by
// access_user_memory, and by a platform that abandons an attempt or switches CPUs; by nobody else.
AXPTR_TLS_MODEL inline constinit thread_local bool ACCESSING_USER_MEM = false;
#undef AXPTR_TLS_MODEL

// Whether a page fault of kernel code on this CPU is to be allowed now. For fault handlers.
inline bool is_accessing_user_memory() { return ACCESSING_USER_MEM; }

// Calls `function()` with the flag set, puts the flag back to what it was, and returns the result.
// Nests. A fault that the handler can resolve is retried; for one that it refuses there is no way
// back here: use attempt_user_access where the memory may be gone.
template <typename F>
decltype(auto) access_user_memory(F&& function) {
  // For the compiler, accesses before and after a barrier stay there: those of user memory inside,
  // where the flag is set; those of the kernel's own memory outside, where a fault is a bug.
  class FlagSetter {
   public:
    FlagSetter() : earlier_(ACCESSING_USER_MEM) {
      asm volatile("" ::: "memory");
      ACCESSING_USER_MEM = true;
      asm volatile("" ::: "memory");
    }
    ~FlagSetter() {
      asm volatile("" ::: "memory");
      ACCESSING_USER_MEM = earlier_;
      asm volatile("" ::: "memory");
    }
    FlagSetter(const FlagSetter&) = delete;
    FlagSetter& operator=(const FlagSetter&) = delete;

   private:
    const bool earlier_;
  };
  const FlagSetter setter;
  return std::forward<F>(function)();
}

namespace internal {

template <typename F>
concept VoidFunction = std::is_void_v<std::invoke_result_t<F&>>;

}  // namespace internal

// Calls `function()` under the flag, for an access with `flags` to `range`. A fault in `range` that
// the handler refuses abandons the function where it is: then the result is EFAULT, what it had
// stored stays stored, and nothing that it left on its stack is destroyed, so that it must not hold
// a lock or own anything. Errors: EFAULT.
template <internal::VoidFunction F>
LinuxResult<void> attempt_user_access(VirtAddrRange range, MappingFlags flags, F&& function) {
  using Function = std::remove_reference_t<F>;
  const bool completed = access_user_memory([&] {
    return axptr_platform_attempt(
        range.start().as_usize(), range.size(), flags.bits(),
        [](void* argument) { (*static_cast<Function*>(argument))(); },
        const_cast<void*>(static_cast<const void*>(__builtin_addressof(function))));
  });
  if (!completed) return std::unexpected(LinuxError::kEfault);
  return {};
}

}  // namespace axptr

#endif  // AXPTR_USER_ACCESS_H_
