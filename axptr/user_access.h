// The user-access flag, which marks code whose page faults on user memory are expected, and the
// functions that run code with the flag set.
//
// Differences from the original library: the flag is restored to its earlier value, not to false
// (deviations 7 and 8), and attempt_user_access returns EFAULT for an unresolved fault (deviation
// 4).
#ifndef AXPTR_USER_ACCESS_H_
#define AXPTR_USER_ACCESS_H_

#include <concepts>
#include <type_traits>
#include <utility>

#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "axptr/platform.h"
#include "axptr/virt_addr.h"

namespace axptr {

namespace internal {

template <typename P>
concept PlatformHooks = requires(bool flag) {
  { P::is_accessing_user_memory() } -> std::same_as<bool>;
  P::set_accessing_user_memory(flag);
  P::restore_user_access(P::open_user_access());
  requires std::is_trivially_copyable_v<decltype(P::open_user_access())>;
};
static_assert(
    PlatformHooks<Platform>,
    "axptr: the header AXPTR_PLATFORM_HEADER must define the functions of axptr::Platform "
    "that platform.h lists");

using HardwareState = decltype(Platform::open_user_access());

// Closes user memory, and returns the earlier state. The state is empty if no hardware closes user
// memory.
template <typename P>
HardwareState close_user_access() {
  if constexpr (requires { P::close_user_access(); }) {
    return P::close_user_access();
  } else {
    static_assert(std::is_empty_v<HardwareState>,
                  "axptr: save_user_access leaves user memory closed, so a platform whose hardware "
                  "closes it must have close_user_access (platform.h)");
    return P::open_user_access();
  }
}

}  // namespace internal

// The user-access flag: whether kernel code of the current task is accessing user memory
// intentionally, so that a page fault is allowed. For fault handlers.
inline bool is_accessing_user_memory() { return Platform::is_accessing_user_memory(); }

// Sets the flag. For platform code only: fault handlers that save and restore the flag, abandoned
// attempts, and task switches. It is a compiler barrier: accesses to user memory stay where the
// flag is set, and accesses to the kernel's own memory stay where a fault is a bug.
inline void set_accessing_user_memory(bool value) {
  asm volatile("" ::: "memory");
  Platform::set_accessing_user_memory(value);
  asm volatile("" ::: "memory");
}

// Calls `function()` with the flag set and user memory open, restores both, and returns the result.
// Nests. A fault that the handler can resolve is retried. An unresolved fault is a panic: use
// attempt_user_access if the memory can be unmapped meanwhile.
template <typename F>
decltype(auto) access_user_memory(F&& function) {
  class Opened {
   public:
    // Members are initialised in the order of their declaration: first the flag, then the hardware.
    Opened() : earlier_flag_(set_flag()), earlier_access_(Platform::open_user_access()) {
      // The accesses stay inside, whatever the hooks do.
      asm volatile("" ::: "memory");
    }
    ~Opened() {
      asm volatile("" ::: "memory");
      Platform::restore_user_access(earlier_access_);
      set_accessing_user_memory(earlier_flag_);
    }
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;

   private:
    static bool set_flag() {
      const bool earlier = is_accessing_user_memory();
      set_accessing_user_memory(true);
      return earlier;
    }

    const bool earlier_flag_;
    [[no_unique_address]] const decltype(Platform::open_user_access()) earlier_access_;
  };
  const Opened opened;
  return std::forward<F>(function)();
}

namespace internal {

template <typename F>
concept VoidFunction = std::is_void_v<std::invoke_result_t<F&>>;

// Calls `function` by axptr_platform_attempt, with the flag set and user memory open.
template <VoidFunction F>
bool attempt_with_bits(VirtAddrRange range, unsigned access_bits, F&& function) {
  using Function = std::remove_reference_t<F>;
  return access_user_memory([&] {
    return axptr_platform_attempt(
        range.start().as_usize(), range.size(), access_bits,
        [](void* argument) { (*static_cast<Function*>(argument))(); },
        const_cast<void*>(static_cast<const void*>(__builtin_addressof(function))));
  });
}

}  // namespace internal

// A recoverable user access: calls `function()` with the flag set and user memory open, for an
// access with `flags` to `range`. An unresolved fault in `range` abandons `function` at the
// faulting access: the result is EFAULT, earlier stores of `function` remain, and no destructor of
// an object on its stack runs. So `function` must not hold a lock or own a resource. Attempts nest:
// a fault abandons the attempt whose range holds the address, also while an inner attempt over
// another range runs (platform.h).
// Errors: EFAULT.
template <internal::VoidFunction F>
LinuxResult<void> attempt_user_access(VirtAddrRange range, MappingFlags flags, F&& function) {
  if (!internal::attempt_with_bits(range, flags.bits(), function)) {
    return std::unexpected(LinuxError::kEfault);
  }
  return {};
}

// The saved flag and hardware user-access state of a task that is not running.
class UserAccessState {
 public:
  // The state of a task that is not accessing user memory, such as a new one, is what
  // save_user_access returns outside any access.
  friend UserAccessState save_user_access();
  friend void restore_user_access(UserAccessState state);

 private:
  UserAccessState(bool flag, internal::HardwareState hardware) : flag_(flag), hardware_(hardware) {}

  bool flag_;
  [[no_unique_address]] internal::HardwareState hardware_;
};

// For a kernel that switches tasks in the middle of an access, for instance in its page-fault
// handler or at the end of an interrupt. Returns the flag and the user-access state of the current
// task, clears the flag and closes user memory. The state belongs to the task: the kernel restores
// it on the CPU where the task runs next.
// Linux: the thread's saved flags register or sstatus; this state has only the flag and the
// user-access state, so restoring it changes no other bit.
inline UserAccessState save_user_access() {
  const bool flag = is_accessing_user_memory();
  const internal::HardwareState hardware = internal::close_user_access<Platform>();
  set_accessing_user_memory(false);
  return {flag, hardware};
}

// Puts back what save_user_access returned for the task that runs from now on.
inline void restore_user_access(UserAccessState state) {
  set_accessing_user_memory(state.flag_);
  Platform::restore_user_access(state.hardware_);
  asm volatile("" ::: "memory");
}

}  // namespace axptr

#endif  // AXPTR_USER_ACCESS_H_
