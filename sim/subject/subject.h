/*
 * The interface between the simulated machine and a "subject": a library of user-memory access. C11
 * without any dependency, so that the code of any kernel can be linked in or loaded:
 *
 *   axsim run --subject=./libmine.so corpus/regressions/x.scn
 *
 * A subject is one struct axptr_subject. A shared object exports it by one function,
 * axptr_subject_entry. The following is the shortest useful subject. Its `lend_value` checks and
 * populates the memory; its callers then touch the memory directly:
 *
 *   #include "sim/subject/subject.h"
 *
 *   static const struct axptr_machine *machine;
 *   static void attach(const struct axptr_machine *offered) { machine = offered; }
 *   static int lend_value(uint64_t start, struct axptr_element element, unsigned rights,
 *                         struct axptr_lent *lent) {
 *     uint64_t first_page = start & ~(uint64_t)4095;
 *     uint64_t pages_end = (start + element.size + 4095) & ~(uint64_t)4095;
 *     if (start % element.align != 0 || pages_end <= start) return -14;
 *     rights |= AXPTR_USER;
 *     int error = machine->lock();
 *     if (error != 0) return error;
 *     bool allowed = machine->check(start, element.size, rights);
 *     error = allowed ? machine->populate(first_page, pages_end - first_page, rights) : -14;
 *     machine->unlock();
 *     *lent = (struct axptr_lent){start, 1};
 *     return error;
 *   }
 *
 *   static const struct axptr_subject subject = {
 *       .abi = AXPTR_SUBJECT_ABI, .size_bytes = sizeof(struct axptr_subject), .name = "mine",
 *       .attach = attach, .lend_value = lend_value,
 *   };
 *   const struct axptr_subject *axptr_subject_entry(void) { return &subject; }
 *
 * That subject cannot recover from a page fault. A kernel has an exception table: for each
 * instruction that touches user memory, the address (fixup) at which execution continues after a
 * fault. For a section named by a C identifier, the linker defines symbols for its ends, in each
 * shared object. If a subject offers find_fixup, the page-fault handler resumes the subject at the
 * fixup:
 *
 *   struct entry { int32_t instruction, fixup; };  // each relative to its own place
 *   extern const struct entry __start_ex_table[] __attribute__((visibility("hidden")));
 *   extern const struct entry __stop_ex_table[] __attribute__((visibility("hidden")));
 *   static int load_byte(uint64_t from, uint32_t *byte) {  // 0, or -14 if the byte is not there
 *     int error = -14;
 *     __asm__ volatile("1: movzbl (%2), %0\n   xorl %1, %1\n2:\n"
 *                      ".pushsection ex_table, \"a\"\n.long 1b - ., 2b - .\n.popsection"
 *                      : "=&r"(*byte), "+r"(error) : "r"(from) : "memory");
 *     return error;
 *   }
 *   static uintptr_t find_fixup(uintptr_t pc) {
 *     for (const struct entry *at = __start_ex_table; at != __stop_ex_table; ++at)
 *       if ((uintptr_t)&at->instruction + at->instruction == pc)
 *         return (uintptr_t)&at->fixup + at->fixup;
 *     return 0;
 *   }
 *
 * A null function means that the subject does not offer the verb: the simulator skips the
 * operations of the verb and reports them as not judged, never as passed.
 *
 * Results of type `int` are 0 or a negated errno number, such as -14 for EFAULT.
 */
#ifndef SIM_SUBJECT_SUBJECT_H_
#define SIM_SUBJECT_SUBJECT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header. The simulator rejects a subject of another version. */
#define AXPTR_SUBJECT_ABI 1u
/* Rights to user memory are a set of these bits. */
#define AXPTR_READ 1u  /* loads */
#define AXPTR_WRITE 2u /* stores */
#define AXPTR_USER 8u  /* the memory belongs to user mode, not to the kernel */

/* The type of the elements of an access. `align` is a power of two. */
struct axptr_element {
  size_t size;  /* bytes */
  size_t align; /* bytes */
};

/* Memory that a subject lends to its caller: `count` elements from `start`. The simulator uses the
 * memory immediately, as kernel code would, and judges the result. */
struct axptr_lent {
  uint64_t start; /* the address of the first element */
  size_t count;   /* elements */
};

/* The result of a transfer of bytes, which can be partial. */
struct axptr_moved {
  size_t done;      /* the bytes moved, from the first one on, without a gap */
  int error;        /* 0: all bytes were moved; else a negated errno number */
  uint64_t address; /* after an error: the first byte of user memory that was not moved */
};

/* The services of the machine for an attached subject, to be called only inside its functions. If
 * the simulated kernel panics, a service does not return: a jump abandons the call of the subject,
 * and no destructor runs. */
struct axptr_machine {
  uint32_t abi;        /* AXPTR_SUBJECT_ABI */
  uint32_t size_bytes; /* of this struct: it grows at its end only */

  /* Takes the lock of the address space. Result: 0; -4 (EINTR): the lock was refused, and is not
   * held. Taking a held lock again panics. */
  int (*lock)(void);
  /* Releases the lock of the address space. Precondition: `lock` returned 0. */
  void (*unlock)(void);

  /* Whether each byte of [start, start + size) is mapped with all `rights`; false for a range that
   * wraps around. Precondition: the lock is held. */
  bool (*check)(uint64_t start, uint64_t size, unsigned rights);

  /* Populates the pages of [start, start + size) for an access with `rights`. `start` and `size`
   * are multiples of 4096. Result: 0; -12 (ENOMEM): no frame is left; -14 (EFAULT): a page is not
   * mapped, or the range wraps around. Precondition: the lock is held. */
  int (*populate)(uint64_t start, uint64_t size, unsigned rights);

  /* Recoverable user access ("attempt"): calls body(argument); true when the body returns. An
   * unresolved page fault in [start, start + size) abandons the body: the result is false, and no
   * destructor on the body's stack runs. `rights`: of the access. Preconditions: the user-access
   * flag is set (axptr_subject.allow_faults), and the lock is not held. */
  bool (*attempt)(uint64_t start, uint64_t size, unsigned rights, void (*body)(void *argument),
                  void *argument);

  /* Opens and closes user memory to kernel code (subject_access.h); null: it is always open, as on
   * hardware without such a switch. */
  const struct axptr_user_access *user_access;
};

/* A subject. All functions except `attach` are optional. No two calls run in parallel; but while a
 * function of axptr_machine or the page-fault handler runs, another CPU can make a call. */
struct axptr_subject {
  uint32_t abi;        /* AXPTR_SUBJECT_ABI */
  uint32_t size_bytes; /* of this struct: it grows at its end only, and what is missing is null */
  const char *name;    /* a word, for reports */

  /* Whether the compiler reports the subject's loads of user memory, by __sanitizer_cov_load1 and
   * its variants. Else no race can happen at a load, and double fetches are not judged. */
  bool reports_loads;

  /* Called before any other function, and again whenever this subject is chosen. `machine` stays
   * valid for ever. */
  void (*attach)(const struct axptr_machine *machine);

  /* Returns the current CPU's user-access flag. If it is set, the page-fault handler expects
   * a fault in kernel code. The machine calls this function and allow_faults in the fault handler
   * and at a switch of CPUs, so both must be safe in a signal handler. A subject offers both or
   * neither. Without a flag, a page fault is expected if its instruction has a fixup, and else is a
   * bug of the subject. */
  bool (*faults_allowed)(void);
  /* Sets that flag. */
  void (*allow_faults)(bool allowed);

  /* Whether the subject supports elements of this size and alignment; null: it supports all.
   * Operations on other elements are not judged. The result must be the same for every call. */
  bool (*takes_element)(struct axptr_element element);

  /* Lends one element at `start` for an access with `rights` (AXPTR_READ, with or without
   * AXPTR_WRITE). Sets `*lent`. Errors: -14 (EFAULT), -12 (ENOMEM), -4 (EINTR). */
  int (*lend_value)(uint64_t start, struct axptr_element element, unsigned rights,
                    struct axptr_lent *lent);
  /* As lend_value, for `count` elements. A count of 0 is permitted if `start` is aligned. */
  int (*lend_slice)(uint64_t start, struct axptr_element element, size_t count, unsigned rights,
                    struct axptr_lent *lent);

  /* Lends the elements from `start` up to the first whose bytes are all zero. `lent->count` does
   * not include that element. */
  int (*lend_terminated)(uint64_t start, struct axptr_element element, unsigned rights,
                         struct axptr_lent *lent);
  /* Lends the bytes from `start` up to the first zero byte. `lent->count` does not include the zero
   * byte. Errors: those of lend_value; -84 (EILSEQ): the bytes are not UTF-8. */
  int (*lend_text)(uint64_t start, struct axptr_lent *lent);

  /* Copies the bytes from `start` up to and including the first zero byte to the `room` bytes at
   * `to`. Sets `*lent` to the copy, without the zero byte. Errors: as lend_text; -36
   * (ENAMETOOLONG): no zero byte within the room. */
  int (*copy_text)(char *to, size_t room, uint64_t start, struct axptr_lent *lent);

  /* Calls body(argument, address of the element, 1) as a recoverable user access with `rights`,
   * with the user-access flag set; sets `*value` to the body's result. An unresolved fault abandons
   * the body: the result is -14 (EFAULT). Errors: those of lend_value. */
  int (*access_value)(uint64_t start, struct axptr_element element, unsigned rights,
                      uint64_t (*body)(void *argument, uint64_t start, size_t count),
                      void *argument, uint64_t *value);
  /* As access_value, for `count` elements. For a count of 0, the body is called with count 0. */
  int (*access_slice)(uint64_t start, struct axptr_element element, size_t count, unsigned rights,
                      uint64_t (*body)(void *argument, uint64_t start, size_t count),
                      void *argument, uint64_t *value);

  /* Calls body(argument) with the user-access flag set, and then restores the flag. Called inside
   * the body of an access_value, as a helper function of a kernel; null: not called. */
  void (*with_faults_allowed)(void (*body)(void *argument), void *argument);

  /* Copies the `size` bytes from `start` to `to`, and sets `*moved`: `done` bytes are copied, and
   * no other byte of `to` is written. Errors: -14 (EFAULT), -12 (ENOMEM), -4 (EINTR). */
  void (*copy_in)(void *to, uint64_t start, size_t size, struct axptr_moved *moved);
  /* As copy_in, for a kernel that returns only a count, as Linux does; called if copy_in is null.
   * Result: the bytes at the end that were not copied. The kind of error is not judged. */
  size_t (*copy_from_user)(void *to, uint64_t start, size_t size);

  /* Whether the compiler reports the subject's stores, by __sanitizer_cov_store1 and its variants.
   * Else a forbidden store is detected only if it changes a byte near the operation's memory. */
  bool reports_stores;

  /* Returns the fixup of the instruction at `pc`: the address at which the subject continues after
   * an unresolved fault of the instruction; 0: none. Both addresses lie in the object that holds
   * find_fixup (the shared object, or the program). Called in the fault handler: safe in a signal
   * handler, no calls of axptr_machine. A fault outside user memory never resumes at a fixup. */
  uintptr_t (*find_fixup)(uintptr_t pc);

  /* Copies the `size` bytes at `from` to user memory at `start`, for which the user needs WRITE,
   * and sets `*moved`. No other user memory is written. Errors: as copy_in. */
  void (*copy_out)(uint64_t start, const void *from, size_t size, struct axptr_moved *moved);
  /* As copy_out, with the result of copy_from_user; called if copy_out is null. */
  size_t (*copy_to_user)(uint64_t start, const void *from, size_t size);
  /* As copy_out, but writes zeros. */
  void (*zero)(uint64_t start, size_t size, struct axptr_moved *moved);
  /* As zero, with the result of copy_from_user; called if zero is null. */
  size_t (*clear_user)(uint64_t start, size_t size);
  /* The contract by which the subject is judged: "axptr" (also null), "original" or "linux"
   * (docs/semantics.md). */
  const char *contract;
  /* More functions (subject_copying.h); null: none. */
  const struct axptr_copying *copying;
  /* How the subject opens user memory for each access (subject_access.h); null: it does not. */
  const struct axptr_switching *switching;
  /* Whether the subject takes the lock, checks, populates and attempts as often as the model says;
   * false: at most as often (docs/decisions/0057). */
  bool counts_exactly;
  /* The subject refuses memory outside of its user addresses, [user_start, user_end), multiples of
   * 4096; both 0: not stated. By the contract "linux" a touch outside of the machine's user memory
   * is a violation if it is outside of them, too; else it is not judged (docs/decisions/0091). */
  uint64_t user_start, user_end;
};

/* The export of a shared object. Never null, valid until the process ends. */
const struct axptr_subject *axptr_subject_entry(void);

#ifdef __cplusplus
}
#endif

#endif /* SIM_SUBJECT_SUBJECT_H_ */
