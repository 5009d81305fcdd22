// The platform hooks that the library uses where a kernel names no header of its own
// (AXPTR_PLATFORM_HEADER, platform.h): the user-access flag in thread-local storage, and no
// hardware that closes user memory. A kernel's own Platform may inherit either half.
#ifndef AXPTR_DEFAULT_PLATFORM_H_
#define AXPTR_DEFAULT_PLATFORM_H_

namespace axptr {

// How the compiler finds the flag: never by a call, which a position-independent program would
// otherwise make and a fault handler must not. In a kernel's image the distance to the thread
// register is known to the linker.
#ifdef __PIC__
#define AXPTR_TLS_MODEL [[gnu::tls_model("initial-exec")]]
#else
#define AXPTR_TLS_MODEL [[gnu::tls_model("local-exec")]]
#endif

// The user-access flag of the default platform. Exists in an object file only if that uses it.
AXPTR_TLS_MODEL inline constinit thread_local bool ACCESSING_USER_MEM = false;
#undef AXPTR_TLS_MODEL

// Half a platform: the flag is thread_local, one load or store relative to the thread register.
// Choose another place where the thread register belongs to the user: `%fs` on x86-64 in kernel
// mode, `tpidr_el0` on aarch64 (g++ has no option for another register), `tp` on riscv64.
struct ThreadLocalFlag {
  [[gnu::always_inline]] static bool is_accessing_user_memory() { return ACCESSING_USER_MEM; }
  [[gnu::always_inline]] static void set_accessing_user_memory(bool value) {
    ACCESSING_USER_MEM = value;
  }
};

// Half a platform: the hardware lets kernel code touch user memory at any time.
struct NoAccessControl {
  struct UserAccessState {};
  [[gnu::always_inline]] static UserAccessState open_user_access() { return {}; }
  [[gnu::always_inline]] static void restore_user_access(UserAccessState) {}
};

struct DefaultPlatform : ThreadLocalFlag, NoAccessControl {};

}  // namespace axptr

#endif  // AXPTR_DEFAULT_PLATFORM_H_
