/*
 * What a library of user-memory access must offer so that the simulated machine can run it: a
 * "subject". C11 without any dependency, so that the code of any kernel can be linked in or loaded:
 *
 *   axsim run --subject=./libmine.so corpus/regressions/x.scn
 *
 * A subject is one struct axptr_subject. A shared object exports it by one function,
 * axptr_subject_entry. The shortest useful subject, whose `get` asks the address space, and
 * whose callers then touch what was handed out:
 *
 *   #include "sim/subject/subject.h"
 *
 *   static const struct axptr_machine *machine;
 *
 *   static void attach(const struct axptr_machine *offered) { machine = offered; }
 *
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
 *
 *   const struct axptr_subject *axptr_subject_entry(void) { return &subject; }
 *
 * That subject has no way to survive a page fault. A kernel has an exception table: for each
 * instruction that touches user memory, where to go on if it faults. The linker finds the ends of
 * a section whose name is a C identifier, for each shared object its own. Where a subject offers
 * find_fixup, the page-fault handler resumes it there:
 *
 *   struct entry { int32_t instruction, fixup; };  // each relative to its own place
 *   extern const struct entry __start_ex_table[] __attribute__((visibility("hidden")));
 *   extern const struct entry __stop_ex_table[] __attribute__((visibility("hidden")));
 *
 *   static int load_byte(uint64_t from, uint32_t *byte) {  // 0, or -14 if the byte is not there
 *     int error = -14;
 *     __asm__ volatile("1: movzbl (%2), %0\n   xorl %1, %1\n2:\n"
 *                      ".pushsection ex_table, \"a\"\n.long 1b - ., 2b - .\n.popsection"
 *                      : "=&r"(*byte), "+r"(error) : "r"(from) : "memory");
 *     return error;
 *   }
 *
 *   static uintptr_t find_fixup(uintptr_t pc) {
 *     for (const struct entry *at = __start_ex_table; at != __stop_ex_table; ++at)
 *       if ((uintptr_t)&at->instruction + at->instruction == pc)
 *         return (uintptr_t)&at->fixup + at->fixup;
 *     return 0;
 *   }
 *
 * A verb whose function is null is not offered: the simulator skips its operations, and reports
 * them as not judged. It never reports them as passed.
 *
 * Results named `int` are 0, or an errno number with a minus, such as -14 for EFAULT.
 */
#ifndef SIM_SUBJECT_SUBJECT_H_
#define SIM_SUBJECT_SUBJECT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header. A subject of another version is refused. */
#define AXPTR_SUBJECT_ABI 1u

/* Rights to user memory, as a set of bits. */
#define AXPTR_READ 1u
#define AXPTR_WRITE 2u
#define AXPTR_USER 8u /* the memory belongs to user mode, not to the kernel */

/* The type of the elements that an access is about. `align` is a power of two. */
struct axptr_element {
  size_t size;  /* bytes */
  size_t align; /* bytes */
};

/* Memory that a subject hands out: `count` elements from `start`. The simulator uses the memory at
 * once, as kernel code would, and judges it. */
struct axptr_lent {
  uint64_t start;
  size_t count;
};

/* What became of a transfer of bytes, which can end in the middle. */
struct axptr_moved {
  size_t done;      /* the bytes moved, from the first one on, without a gap */
  int error;        /* 0: that is all of them; else an errno number with a minus */
  uint64_t address; /* after an error: the first byte of user memory that was not moved */
};

/*
 * What the machine offers to a subject, once it is attached, to be called from inside a function of
 * the subject only. Where the simulated kernel panics a call does not return: the machine abandons
 * the call of the subject by a jump, and no destructor runs.
 */
struct axptr_machine {
  uint32_t abi;        /* AXPTR_SUBJECT_ABI */
  uint32_t size_bytes; /* of this struct: it grows at its end only */

  /* Takes the lock of the address space. Result: 0; -4 (EINTR): the lock was refused, and is not
   * held. To take a held lock again is a panic. */
  int (*lock)(void);

  void (*unlock)(void); /* lets the lock go; precondition: `lock` returned 0 */

  /* Whether each byte of [start, start + size) is mapped with all `rights`; false for a range that
   * wraps around. Precondition: the lock is held. */
  bool (*check)(uint64_t start, uint64_t size, unsigned rights);

  /* Makes the pages of [start, start + size) present for an access with `rights`. `start` and
   * `size` are multiples of 4096. Result: 0; -12 (ENOMEM): no frame is left; -14 (EFAULT): a page
   * is not mapped, or the range wraps around. Precondition: the lock is held. */
  int (*populate)(uint64_t start, uint64_t size, unsigned rights);

  /* Calls body(argument), and returns true when that returns. A page fault in [start, start + size)
   * that cannot be resolved abandons the body where it is: the result is false, and nothing on the
   * body's stack is destroyed. `rights`: of the access. Preconditions: faults are allowed
   * (axptr_subject.allow_faults), and the lock is not held. */
  bool (*attempt)(uint64_t start, uint64_t size, unsigned rights, void (*body)(void *argument),
                  void *argument);
  const struct axptr_user_access *user_access; /* null, or to open it (subject_access.h) */
};

/*
 * A subject. All functions but `attach` are optional. No two calls are made at the same time; but
 * while the machine does what a function of axptr_machine asks for, or handles a page fault,
 * another CPU can act, and call the subject for itself.
 */
struct axptr_subject {
  uint32_t abi;        /* AXPTR_SUBJECT_ABI */
  uint32_t size_bytes; /* of this struct: it grows at its end only, and what is missing is null */
  const char *name;    /* a word, for reports */

  /* Whether the compiler reports the subject's loads of user memory, by calls of
   * __sanitizer_cov_load1 and its kin. Without them a load is no place for a race, and loads that
   * are repeated are not judged. */
  bool reports_loads;

  /* Called before any other function, and again whenever this subject is chosen. `machine` stays
   * valid for ever. */
  void (*attach)(const struct axptr_machine *machine);

  /* The flag by which the page-fault handler knows that a fault in kernel code is expected:
   * whether it is set on the current CPU, and setting it. The machine reads and writes the flag in
   * the fault handler and where it switches CPUs, so both must be safe in a signal handler. Offered
   * both or neither; without a flag a page fault is expected where find_fixup has a fixup, and any
   * other one in the subject is a bug of the subject. */
  bool (*faults_allowed)(void);
  void (*allow_faults)(bool allowed);

  /* Whether the subject knows elements of this size and alignment; null: of each. Operations on
   * others are not judged. The answer never changes. */
  bool (*takes_element)(struct axptr_element element);

  /* One element at `start`, ready for an access with `rights` (AXPTR_READ, with or without
   * AXPTR_WRITE). Sets `*lent`. Errors: -14 (EFAULT), -12 (ENOMEM), -4 (EINTR). */
  int (*lend_value)(uint64_t start, struct axptr_element element, unsigned rights,
                    struct axptr_lent *lent);

  /* The same for `count` elements; none at all are fine where `start` is aligned. */
  int (*lend_slice)(uint64_t start, struct axptr_element element, size_t count, unsigned rights,
                    struct axptr_lent *lent);

  /* The elements from `start` to the first whose bytes are all zero, which `lent->count` leaves
   * out. */
  int (*lend_terminated)(uint64_t start, struct axptr_element element, unsigned rights,
                         struct axptr_lent *lent);

  /* The bytes from `start` to the first zero byte, which `lent->count` leaves out. -84 (EILSEQ):
   * they are not UTF-8. */
  int (*lend_text)(uint64_t start, struct axptr_lent *lent);

  /* Copies the bytes from `start` to the first zero byte, and that byte, to the `room` bytes at
   * `to`. `lent` says where in the kernel's memory the text lies, without the zero byte. Errors: as
   * lend_text; -36 (ENAMETOOLONG): no zero byte within the room. */
  int (*copy_text)(char *to, size_t room, uint64_t start, struct axptr_lent *lent);

  /* Calls body(argument, element's place, 1) with one element that may be accessed with `rights`,
   * with faults allowed and recoverable; sets `*value` to the result. A fault that cannot be
   * resolved abandons the body, and the result is -14 (EFAULT). Errors: those of lend_value. */
  int (*access_value)(uint64_t start, struct axptr_element element, unsigned rights,
                      uint64_t (*body)(void *argument, uint64_t start, size_t count),
                      void *argument, uint64_t *value);

  /* The same for `count` elements. For none at all the body is called with none. */
  int (*access_slice)(uint64_t start, struct axptr_element element, size_t count, unsigned rights,
                      uint64_t (*body)(void *argument, uint64_t start, size_t count),
                      void *argument, uint64_t *value);

  /* Calls body(argument) with faults allowed, and puts the flag back to what it was. The simulator
   * calls it inside the body of an access_value, as a kernel's helper would; null: it does not. */
  void (*with_faults_allowed)(void (*body)(void *argument), void *argument);

  /* Copies the `size` bytes from `start` to `to`, and sets `*moved`: `done` bytes are copied, and
   * no other byte of `to` is written. Errors: -14 (EFAULT), -12 (ENOMEM), -4 (EINTR). */
  void (*copy_in)(void *to, uint64_t start, size_t size, struct axptr_moved *moved);

  /* The same for a kernel that counts only, as Linux does; called where copy_in is null. Result:
   * how many bytes were not copied, those at the end. Which error it was is not judged. */
  size_t (*copy_from_user)(void *to, uint64_t start, size_t size);

  /* Whether the compiler reports the subject's stores, by __sanitizer_cov_store1 and its kin. Else
   * a forbidden store is seen only where it changes a byte near what the operation names. */
  bool reports_stores;

  /* Where to go on if the instruction at `pc`, which is of the object that holds find_fixup (the
   * shared object, or the program), faults and the fault cannot be resolved: an address in the same
   * object; 0: there is no fixup. Called in the fault handler: safe in a signal handler, and calls
   * nothing of axptr_machine. A fault outside user memory never goes to a fixup. */
  uintptr_t (*find_fixup)(uintptr_t pc);

  /* Copies the `size` bytes at `from` to those from `start` on, for which the user needs WRITE, and
   * writes no other byte of the user's; or zeros. Where the first of a pair is null, the second is
   * called, which counts as copy_from_user does. Errors: as copy_in. */
  void (*copy_out)(uint64_t start, const void *from, size_t size, struct axptr_moved *moved);
  size_t (*copy_to_user)(uint64_t start, const void *from, size_t size);
  void (*zero)(uint64_t start, size_t size, struct axptr_moved *moved);
  size_t (*clear_user)(uint64_t start, size_t size);

  const char *contract; /* its promise: "axptr" (also null), "original", "linux" (semantics.md) */
  const struct axptr_copying *copying;     /* null, or more functions (subject_copying.h) */
  const struct axptr_switching *switching; /* null, or it opens user memory (subject_access.h) */
  bool counts_exactly; /* it asks, locks and attempts as often as the model; else at most so */
};

/* What a shared object exports. Never null, valid for ever. */
const struct axptr_subject *axptr_subject_entry(void);

#ifdef __cplusplus
}
#endif

#endif /* SIM_SUBJECT_SUBJECT_H_ */
