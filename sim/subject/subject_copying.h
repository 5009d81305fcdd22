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

/* Segments of user memory, and a place in them; `state` is the subject's. */
struct axptr_io_cursor {
  size_t position;  /* bytes of the segments before the place */
  size_t remaining; /* and after it */
  uint64_t state[8];
};

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

/* Strings that lie one after the other, each with its zero byte, in the kernel's memory. */
struct axptr_strings {
  const char *bytes;
  size_t size;  /* bytes, the zero bytes too */
  size_t count; /* strings */
};

/* Each function is called as those of struct axptr_subject are. */
struct axptr_copying {
  uint32_t size_bytes; /* of this struct: it grows at its end only, and what is missing is null */

  /* A struct of `element` from the `usize` bytes at `start`, which are one of another version:
   * copies to `to` element.size bytes, zeros for those that the user's struct does not have. Each
   * byte is loaded once. After an error `to` is as it was. Errors, the earlier ones win: -22
   * (EINVAL): less than `first_size` bytes; -7 (E2BIG): more than 4096; -14, -12, -4: as copy_in;
   * -7: a byte after the first element.size is not zero. `first_size` is 1, 1, 4, 2 for elements
   * of 1, 2, 4, 8 bytes; 2, 8, 8 for 3, 12, 24; of 4096 bytes 64, 16, 4096 by alignment. Linux:
   * copy_struct_from_user. */
  int (*read_versioned)(void *to, uint64_t start, size_t usize, struct axptr_element element,
                        size_t first_size);

  /* Writes the struct of element.size bytes at `from` as one of `usize` bytes at `start`: its first
   * bytes, or all of them and zeros. Sets `*written` to usize, and `*dropped_nonzero` to whether a
   * byte that did not fit is not zero. After an error a prefix may be written. Errors: as
   * read_versioned, but for the last. Linux: copy_struct_to_user. */
  int (*write_versioned)(uint64_t start, size_t usize, const void *from,
                         struct axptr_element element, size_t first_size, size_t *written,
                         bool *dropped_nonzero);

  /* The `count` struct iovec at `table` as segments, and a place at their start. They are loaded
   * once, to `storage`, which has room for `room` struct iovec, outlives `cursor`, and stays as it
   * is then; lengths are cut so that their sum is at most 0x7ffff000. The memory of segments is not
   * touched. Errors, the earlier ones win: -22 (EINVAL): more than 1024; -14, -12, -4: as copy_in;
   * -22: a length above PTRDIFF_MAX; -14: a segment of some bytes reaches the last page of
   * addresses. Linux: import_iovec. */
  int (*fetch_io_vec)(uint64_t table, size_t count, void *storage, size_t room,
                      struct axptr_io_cursor *cursor);

  /* As copy_in and copy_out, for the bytes of the segments from the place on, which moves by `done`
   * exactly; at their end fewer bytes are done, without an error. Linux: copy_from_iter, and
   * copy_to_iter. */
  void (*read_io_vec)(struct axptr_io_cursor *cursor, void *to, size_t size,
                      struct axptr_moved *moved);
  void (*write_io_vec)(struct axptr_io_cursor *cursor, const void *from, size_t size,
                       struct axptr_moved *moved);

  /* Moves the place by at most `remaining` bytes, and back by at most `position`. */
  void (*advance_io_vec)(struct axptr_io_cursor *cursor, size_t size);
  void (*revert_io_vec)(struct axptr_io_cursor *cursor, size_t size);

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

  /* Strings. Lengths and `done` leave out the zero byte, bounds and rooms count it. The memory is
   * read as by copy_text: page by page, up to the first zero byte. */

  /* Sets `*length` to the number of bytes from `start` to the first zero byte, of at most `bound`
   * bytes. Errors: -14 (EFAULT), -4 (EINTR), -36 (ENAMETOOLONG): no zero byte within the bound. */
  int (*string_length)(uint64_t start, size_t bound, size_t *length);

  /* Copies the bytes from `start` to the first zero byte, and that byte, to the `room` bytes at
   * `to`, and sets `*moved`. After an error, `done` bytes are copied. Errors: as string_length. */
  void (*copy_until_nul)(char *to, size_t room, uint64_t start, struct axptr_moved *moved);

  /* Writes the `size` bytes at `text` and a zero byte to those from `start` on, for which the user
   * needs WRITE, and sets `*moved`. Errors, after which `done` bytes are written, and no other byte
   * of the user's: as copy_out; -36: more than `room` bytes; -22 (EINVAL): a zero byte is in the
   * text. After these two none is written. */
  void (*write_text)(uint64_t start, const char *text, size_t size, size_t room,
                     struct axptr_moved *moved);

  /* Copies the strings to which the pointers from `table` on point, up to a null pointer, to the
   * `room` bytes at `to`, one after the other, and sets `*strings`. What was copied before an error
   * is at `to`. Errors: -7 (E2BIG): more than `max_strings`, or more bytes than `room`; -14, -12,
   * -4. */
  int (*copy_strings)(char *to, size_t room, uint64_t table, size_t max_strings,
                      struct axptr_strings *strings);
};

#ifdef __cplusplus
}
#endif

#endif /* SIM_SUBJECT_SUBJECT_COPYING_H_ */
