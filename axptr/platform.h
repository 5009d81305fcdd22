// The whole of what a kernel provides, besides its address space (addr_space.h).
//
// 1. A per-CPU block behind the thread register, since the flag of user_access.h is thread_local
//    (one load or store relative to the register, no call).
// 2. A page-fault handler that does the following for a fault in kernel mode:
//      - is_accessing_user_memory() is false: the kernel has a bug; panic.
//      - the page can be brought in (demand paging, copy on write): do it and retry.
//      - otherwise, if an attempt (below) is under way on this CPU and the faulting address lies in
//        its range: abandon the attempt. The address lies elsewhere: the kernel has a bug; panic.
//    The handler may take the lock of the address space: the library never holds it while it
//    touches user memory.
// 3. The function below, which makes an attempt.
#ifndef AXPTR_PLATFORM_H_
#define AXPTR_PLATFORM_H_

#include <cstddef>
#include <cstdint>

extern "C" {

// Attempts an access of user memory: calls `body(argument)` and returns true when it comes back.
// If a fault inside [start, start + size_bytes) is refused meanwhile, abandons `body` where it is
// (no destructors run: it has none to run) and returns false, with the flag
// axptr::ACCESSING_USER_MEM as it was when the attempt began. Attempts nest; the innermost is the
// one abandoned.
//
// Arguments: `start`, `size_bytes`: the user memory that was checked; `access_bits`:
//   MappingFlags::bits() of the access; `body`, `argument`: what to run.
// Precondition: the flag is set, and this CPU holds no lock that the fault handler takes.
// A kernel implements it with its exception table, a setjmp/longjmp pair, or the like; this is also
// the place for stac/clac or SUM where the hardware has them.
[[nodiscard]] bool axptr_platform_attempt(std::uintptr_t start, std::size_t size_bytes,
                                          unsigned access_bits, void (*body)(void* argument),
                                          void* argument);
}

#endif  // AXPTR_PLATFORM_H_
