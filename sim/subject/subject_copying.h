/*
 * The second part of what a subject may offer (subject.h): the functions beyond the plain transfers
 * `copy_in`, `copy_out` and `zero`. A subject that has some of them points to one struct
 * axptr_copying; all functions are optional, and what is null is not offered and not judged.
 *
 * Results named `int` are 0, or an errno number with a minus. Rights, elements and `struct
 * axptr_moved` are those of subject.h.
 */
#ifndef SIM_SUBJECT_SUBJECT_COPYING_H_
#define SIM_SUBJECT_SUBJECT_COPYING_H_

#include "sim/subject/subject.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of `rights` of axptr_machine.attempt: no fault in the range of the attempt is resolved, so that
 * the code which makes it may hold any lock. */
#define AXPTR_RESOLVE_NO_FAULT 16u

/* An atomic operation on a word of `size` bytes, 4 or 8. No number is larger than the word. */
enum axptr_atomic_operation {
  AXPTR_ATOMIC_LOAD,
  AXPTR_ATOMIC_STORE,
  AXPTR_ATOMIC_EXCHANGE,
  AXPTR_ATOMIC_COMPARE_EXCHANGE,
  AXPTR_ATOMIC_FETCH_ADD,
  AXPTR_ATOMIC_FETCH_OR,
  AXPTR_ATOMIC_FETCH_AND,
  AXPTR_ATOMIC_FETCH_XOR,
};
struct axptr_atomic {
  enum axptr_atomic_operation operation;
  size_t size;
  uint64_t operand;  /* not of a load */
  uint64_t expected; /* of compare_exchange: it stores `operand` where the word holds that */
  uint64_t found;    /* set to what the word held before, but by a store */
  bool exchanged;    /* set by compare_exchange: whether it stored */
};

/* Each function is called as those of struct axptr_subject are. */
struct axptr_copying {
  uint32_t size_bytes; /* of this struct: it grows at its end only, and what is missing is null */

  /* Copies the element at `start` to the kernel's memory at `to`, of any alignment. Each byte is
   * loaded once; an element of 1, 2, 4 or 8 bytes at a multiple of its size by one load. After an
   * error nothing of it is at `to`. Errors: -14 (EFAULT; of read_value also: `start` is not a
   * multiple of element.align), -12 (ENOMEM), -4 (EINTR). Linux: get_user. */
  int (*read_value)(void *to, uint64_t start, struct axptr_element element);
  int (*read_unaligned)(void *to, uint64_t start, struct axptr_element element);

  /* Copies the element at `from`, which has any alignment, to `start`, for which the user needs
   * WRITE alone, and sets `*moved`. An element of 1, 2, 4 or 8 bytes at a multiple of its size is
   * stored by one store: all of it or nothing. Errors: as read_value. Linux: put_user. */
  void (*write_value)(uint64_t start, const void *from, struct axptr_element element,
                      struct axptr_moved *moved);
  void (*write_unaligned)(uint64_t start, const void *from, struct axptr_element element,
                          struct axptr_moved *moved);

  /* Makes the operation on the word at `start`, by one access of `word->size` bytes: after an
   * error nothing happened. A load needs READ alone, all others READ and WRITE. Errors: -14 (also:
   * `start` is not a multiple of the size), -12, -4. Linux: futex_atomic_cmpxchg_inatomic. */
  int (*atomic)(uint64_t start, struct axptr_atomic *word);

  /* read_value and write_value (of 4 or 8 bytes) in code that must not fault, as it would while it
   * holds a spin lock: an attempt with AXPTR_RESOLVE_NO_FAULT, over memory that was checked and
   * populated before. The first call of that code finds none checked. After each call that would
   * fault the memory is checked and populated, with no lock held but that of the address space. At
   * most `limit` calls. Errors: as read_value; -11 (EAGAIN): the last call would fault, too. */
  int (*retry_reading)(void *to, uint64_t start, struct axptr_element element, size_t limit);
  int (*retry_writing)(uint64_t start, const void *from, struct axptr_element element,
                       size_t limit);

  /* The same of an exchange, as `atomic` makes it. */
  int (*retry_exchange)(uint64_t start, struct axptr_atomic *word, size_t limit);
};

#ifdef __cplusplus
}
#endif

#endif /* SIM_SUBJECT_SUBJECT_COPYING_H_ */
