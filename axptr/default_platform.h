// The platform hooks for a kernel that does not define AXPTR_PLATFORM_HEADER (platform.h): the
// user-access flag is in thread-local storage, and user memory is always open to the kernel. A
// kernel's own Platform may inherit either half.
#ifndef AXPTR_DEFAULT_PLATFORM_H_
#define AXPTR_DEFAULT_PLATFORM_H_

namespace axptr {

// The TLS model of the flag. Initial-exec or local-exec, so that an access is no call:
// position-independent code would otherwise call __tls_get_addr, which a fault handler must not do.
// In a kernel image the linker resolves the offset from the thread register.
#ifdef __PIC__
#define AXPTR_TLS_MODEL [[gnu::tls_model("initial-exec")]]
#else
#define AXPTR_TLS_MODEL [[gnu::tls_model("local-exec")]]
#endif

// The user-access flag of the default platform. An object file contains the flag only if it uses
// the flag.
AXPTR_TLS_MODEL inline constinit thread_local bool ACCESSING_USER_MEM = false;
#undef AXPTR_TLS_MODEL

// Half a platform: the flag is thread_local, one load or store relative to the thread register. A
// kernel must choose another place if the thread register holds the user's value in kernel mode:
// `%fs` on x86-64 in kernel mode, `tpidr_el0` on aarch64 (g++ has no option for another register),
// `tp` on riscv64.
struct ThreadLocalFlag {
  // The flag of the current thread.
  [[gnu::always_inline]] static bool is_accessing_user_memory() { return ACCESSING_USER_MEM; }
  // Sets the flag of the current thread to `value`.
  [[gnu::always_inline]] static void set_accessing_user_memory(bool value) {
    ACCESSING_USER_MEM = value;
  }
};

// Half a platform: for hardware on which kernel code can access user memory at any time.
struct NoAccessControl {
  struct UserAccessState {};  // nothing to save

  // Opens user memory to kernel code: a no-op here. Result: the earlier state, for
  // restore_user_access.
  [[gnu::always_inline]] static UserAccessState open_user_access() { return {}; }
  // Restores the state that open_user_access returned: a no-op here.
  [[gnu::always_inline]] static void restore_user_access(UserAccessState) {}
};

// What `Platform` is if no AXPTR_PLATFORM_HEADER is defined.
struct DefaultPlatform : ThreadLocalFlag, NoAccessControl {};

}  // namespace axptr

#endif  // AXPTR_DEFAULT_PLATFORM_H_
