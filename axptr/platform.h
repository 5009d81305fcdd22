// What a kernel provides, besides its address space (addr_space.h): hooks for the flag and for user
// access, one function for recoverable user accesses, and a page-fault handler.
//
// 1. Hooks. Optional: a header that the macro AXPTR_PLATFORM_HEADER names, for example
//    -DAXPTR_PLATFORM_HEADER='"kernel/axptr_platform.h"', the same in every translation unit. The
//    header defines `struct axptr::Platform` with these static functions, all of which are inlined:
//
//      bool is_accessing_user_memory();            // the user-access flag, of the task that runs
//      void set_accessing_user_memory(bool value);
//      UserAccessState open_user_access();         // opens user memory; returns the earlier state
//      void restore_user_access(UserAccessState);  // puts back what open_user_access returned
//
//    UserAccessState is any trivially copyable type. open_user_access is stac, SUM or PAN, and a
//    barrier for the compiler. Accesses nest: restore_user_access must put the earlier state back,
//    and never just close. Without the macro: default_platform.h.
//
//    `struct Platform` may have more, each of which is used where it is there:
//
//      UserAccessState close_user_access();  // closes user memory; returns the earlier state.
//                                            // save_user_access needs it (user_access.h)
//      std::size_t copy_from_user(void* to, std::uintptr_t from, std::size_t size_bytes);
//      std::size_t copy_to_user(std::uintptr_t to, const void* from, std::size_t size_bytes);
//      std::size_t zero_user(std::uintptr_t to, std::size_t size_bytes);
//
//    The last three are faster primitives for the transfers of copy_bytes.h, for example
//    `rep movsb` with a fixup in an exception table. They are called with the flag set and user
//    access open, over user memory that was checked, without an attempt around them. Each moves
//    bytes in ascending order and returns how many it did NOT move: 0, or, after an unresolved
//    fault, exact to the byte. It touches no byte outside the two ranges. For the rules below, the
//    call is an attempt over its user memory.
//
// 2. axptr_platform_attempt, below.
//
// 3. A page-fault handler. A fault of kernel code is handled in this order; the first rule that
//    decides wins. "Panic" means that the kernel has a bug which must not be hidden.
//
//    a. Entry. The handler saves the flag, clears it, and closes user access. So a fault of the
//       handler's own is judged like any other of kernel code, and what runs while the handler
//       sleeps has nothing open. The hardware's user-access state is part of the interrupted
//       context (RFLAGS.AC, sstatus.SUM, PSTATE.PAN) and comes back with that context. The
//       entries of interrupts do the same; otherwise a bug of an interrupt handler is judged as
//       part of the access that it interrupted.
//    b. Who may fault. The saved flag is clear: panic. The interrupted context had user access
//       closed although the flag was set: panic. Resolving such a fault would repeat it for ever,
//       since nothing that the handler does to the page opens the access.
//    c. Range. Find the innermost attempt of this task whose range holds the address. Attempts are
//       under way, but none of them holds the address, or the hardware reports no address (a
//       non-canonical one): panic, without a look at the address space.
//       The attempt has AXPTR_NO_FAULT among its access bits: the fault is unresolved (h), without
//       a lock and without sleep. The code that made the attempt may hold any lock.
//    d. Demand paging and copy on write. Under the lock of the address space: if an area with USER
//       permits the access, make the page present (and private, for a write). Done: rule g. The
//       handler may take the lock, and sleep: the library holds no lock while it touches user
//       memory.
//    e. A page that is present and permits the access already: another CPU resolved the fault
//       first, or this CPU's TLB entry is stale. Flush that entry, then rule g. With user access
//       open there is no third cause.
//    f. A mapping without USER at a user address resolves nothing: the fault is unresolved (h). The
//       handler cannot protect such a mapping: where it is present, kernel mode reads it without a
//       fault. So a kernel never puts a mapping of its own where check_region_access can say yes,
//       or said yes to an access under way.
//    g. Retry, a bounded number of times: return to the faulting instruction, the flag as saved.
//       Count per attempt: two for each page of the range (reading, then writing) and a margin for
//       pages that other CPUs take away again. Beyond the bound the fault is unresolved. A user can
//       bring that about, so it is no panic; a kernel under test may report it as one, to show the
//       cause. Without an attempt there is nothing to count for: rules b and e leave no fault that
//       comes back for ever.
//    h. Unresolved. Abandon the attempt of rule c, whether or not it is the innermost; attempts
//       inside it are gone with it. No attempt is under way: panic.
//
//    A handler that sleeps. The flag, the list of attempts (the way back) and the interrupted
//    context belong to the task, not to the CPU. When the handler ends, on whatever CPU the task is
//    then, it restores the flag there. The same holds for an interrupt that switches tasks in the
//    middle of an access. A flag in the task's own block needs no saving on a task switch. A
//    thread_local flag serves such a kernel only if the thread register points at a block of the
//    task: the compiler may keep the address of a thread_local variable in a register while the
//    task moves to another CPU.
//
//    Nested attempts. `access` inside `access` over two ranges is allowed. The outer memory can go
//    away while the inner body runs; then the outer attempt is the one to be abandoned, as an
//    exception table would have it. The inner `access` takes the lock of the address space for its
//    check with the flag set and user access open; where taking the lock can switch tasks, the
//    switch carries both along, as above.
#ifndef AXPTR_PLATFORM_H_
#define AXPTR_PLATFORM_H_

#include <cstddef>
#include <cstdint>

#ifdef AXPTR_PLATFORM_HEADER
#include AXPTR_PLATFORM_HEADER
#else
#include "axptr/default_platform.h"
namespace axptr {
using Platform = DefaultPlatform;
}  // namespace axptr
#endif

namespace axptr {

// An access bit of an attempt: no fault in its range is to be resolved (rule c).
inline constexpr unsigned AXPTR_NO_FAULT = 1u << 4;

}  // namespace axptr

extern "C" {

// Makes a recoverable access to user memory: calls `body(argument)` and returns true when the body
// returns. If the page-fault handler abandons this attempt (rule h), the call returns false, with
// the following as they were when the attempt began: the flag, the user-access state, and the
// task's list of attempts. Nothing that the body left on its stack is destroyed. Of the library's
// own objects there that is correct: all they would do is to put back flag and user-access state.
//
// Arguments: `start`, `size_bytes`: the user memory that was checked; `access_bits`:
//   MappingFlags::bits() of the access, and AXPTR_NO_FAULT or not; `body`, `argument`: what to run.
// Precondition: the flag is set, user access is open, and, without AXPTR_NO_FAULT, this CPU holds
// no
//   lock that the fault handler takes.
// A kernel implements it with its exception table, a setjmp/longjmp pair, or the like. To abandon,
// a handler rewrites the interrupted context and returns from the exception; it does not jump out.
[[nodiscard]] bool axptr_platform_attempt(std::uintptr_t start, std::size_t size_bytes,
                                          unsigned access_bits, void (*body)(void* argument),
                                          void* argument);
}

#endif  // AXPTR_PLATFORM_H_
