// The interface that a kernel implements besides its address space (addr_space.h): hooks for the
// user-access flag and for the hardware's user access, a function for recoverable user accesses,
// and a page-fault handler.
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
//    UserAccessState is any trivially copyable type. open_user_access sets AC (stac) or SUM, or
//    clears PAN, and is a compiler barrier. Accesses nest: restore_user_access must restore the
//    earlier state, which can be open. Without the macro, default_platform.h is used.
//
//    `struct Platform` may also have these functions, each of them optional:
//
//      UserAccessState close_user_access();  // closes user memory; returns the earlier state.
//                                            // save_user_access needs it (user_access.h)
//      std::size_t copy_from_user(void* to, std::uintptr_t from, std::size_t size_bytes);
//      std::size_t copy_to_user(std::uintptr_t to, const void* from, std::size_t size_bytes);
//      std::size_t zero_user(std::uintptr_t to, std::size_t size_bytes);
//
//    The last three are faster primitives for the transfers of copy_bytes.h, for example
//    `rep movsb` with a fixup in an exception table. They are called with the flag set and user
//    access open, over checked user memory, and outside axptr_platform_attempt. Each moves bytes in
//    ascending order and returns the exact number of bytes that it did NOT move: 0, or more after
//    an unresolved fault. It accesses no byte outside the two ranges. For the rules below, the call
//    is an attempt over its user memory.
//
// 2. axptr_platform_attempt, below. The rules call a recoverable user access that is in progress an
//    attempt: the range of checked user memory, and the point where execution continues after an
//    unresolved fault in the range (the fixup).
//
// 3. A page-fault handler. A fault of kernel code is handled in this order; the first rule that
//    applies decides. "Panic" means that the fault is caused by a bug of the kernel, which must not
//    be hidden.
//
//    a. Entry. The handler saves the flag, clears it, and closes user access. So the rules apply to
//       a fault inside the handler as to any other fault of kernel code, and code that runs while
//       the handler sleeps has user access closed. The hardware's user-access state is part of the
//       interrupted context (RFLAGS.AC, sstatus.SUM, PSTATE.PAN) and is restored with that context.
//       Interrupt entries do the same; otherwise a bug in an interrupt handler is taken for a fault
//       of the interrupted access.
//    b. Who may fault. The saved flag is clear: panic. The interrupted context had user access
//       closed although the flag was set: panic. Resolving such a fault would repeat it forever,
//       because a change of the page does not open user access.
//    c. Range. Find the innermost attempt of this task whose range holds the address. Panic,
//       without a query to the address space, if attempts are in progress but the address is in
//       none of their ranges, or if the hardware reports no address (the access was to a
//       non-canonical address). If the attempt has AXPTR_NO_FAULT among its access bits, the fault
//       is unresolved (h); the handler takes no lock and does not sleep, because the code that made
//       the attempt may hold any lock.
//    d. Demand paging and copy on write. Under the lock of the address space: if an area with USER
//       permits the access, make the page present (and private, for a write). Then rule g. The
//       handler may take the lock, and sleep, because the library holds no lock while it accesses
//       user memory.
//    e. Spurious fault: the page is present and already permits the access. Either another CPU
//       resolved the fault first, or this CPU's TLB entry is stale; with user access open there is
//       no other cause. Flush the TLB entry, then rule g.
//    f. A mapping without USER at a user address: the fault is unresolved (h). The handler cannot
//       protect such a mapping: if it is present, kernel mode reads it without a fault. So a kernel
//       must never place a mapping of its own in a range for which check_region_access can return
//       true, or has returned true for an access in progress.
//    g. Retry, a bounded number of times: return to the faulting instruction, the flag as saved.
//       The bound is per attempt: two retries for each page of the range (a read, then a write) and
//       a margin for pages that other CPUs unmap or evict again. Beyond the bound the fault is
//       unresolved. It is no panic, because a user can cause it; a kernel under test may panic to
//       show the cause. Outside any attempt no bound is needed: rules b and e leave no fault that
//       repeats forever.
//    h. Unresolved. Abandon the attempt of rule c, whether or not it is the innermost, and with it
//       the attempts inside it. If no attempt is in progress: panic.
//
//    A handler that sleeps. The flag, the list of attempts (the fixups) and the interrupted context
//    belong to the task, not to the CPU. At its end the handler restores the flag on the CPU where
//    the task then runs. The same holds for an interrupt that switches tasks in the middle of an
//    access. A flag in the task's own block needs no saving on a task switch. A thread_local flag
//    serves such a kernel only if the thread register points at a block of the task: the compiler
//    may keep the address of a thread_local variable in a register while the task moves to another
//    CPU.
//
//    Nested attempts. `access` inside `access` over two ranges is allowed. If the outer memory is
//    unmapped while the inner body runs, the fault abandons the outer attempt, as the fixup of an
//    exception table would. The inner `access` takes the lock of the address space for its check
//    with the flag set and user access open; if taking the lock can switch tasks, the task switch
//    must save and restore both, as above.
#ifndef AXPTR_PLATFORM_H_
#define AXPTR_PLATFORM_H_

#include <cstddef>
#include <cstdint>

#ifdef AXPTR_PLATFORM_HEADER
#include AXPTR_PLATFORM_HEADER
#else
#include "axptr/default_platform.h"
namespace axptr {
// The hooks of the kernel, described above.
using Platform = DefaultPlatform;
}  // namespace axptr
#endif

namespace axptr {

// An access bit of an attempt: the handler must not resolve any fault in its range (rule c).
inline constexpr unsigned AXPTR_NO_FAULT = 1u << 4;

}  // namespace axptr

extern "C" {

// Makes a recoverable access to user memory: calls `body(argument)` and returns true when the body
// returns. If the page-fault handler abandons this attempt (rule h), the call returns false, with
// the following as they were when the attempt began: the flag, the user-access state, and the
// task's list of attempts. No destructor of an object on the body's stack runs. For the library's
// own objects there this is correct: their destructors only restore the flag and the user-access
// state.
//
// Arguments: `start`, `size_bytes`: the user memory that was checked; `access_bits`:
//   MappingFlags::bits() of the access, optionally with AXPTR_NO_FAULT; `body`, `argument`: the
//   function to call and its argument.
// Precondition: the flag is set, user access is open, and, without AXPTR_NO_FAULT, this CPU holds
//   no lock that the fault handler takes.
// A kernel implements it with its exception table, a setjmp/longjmp pair, or similar. To abandon an
// attempt, the handler rewrites the interrupted context and returns from the exception; it must not
// jump out of the exception.
[[nodiscard]] bool axptr_platform_attempt(std::uintptr_t start, std::size_t size_bytes,
                                          unsigned access_bits, void (*body)(void* argument),
                                          void* argument);
}

#endif  // AXPTR_PLATFORM_H_
