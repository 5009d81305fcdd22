/*
 * The second part of the interface of a subject (subject.h): the functions beyond the plain
 * transfers `copy_in`, `copy_out` and `zero`. A subject that has some of them points to one struct
 * axptr_copying. All functions are optional; a null function is not offered and not judged.
 *
 * Results of type `int` are 0 or a negated errno number. Rights, elements and `struct axptr_moved`
 * are those of subject.h.
 */
#ifndef SIM_SUBJECT_SUBJECT_COPYING_H_
#define SIM_SUBJECT_SUBJECT_COPYING_H_

#include "sim/subject/subject.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Segments of user memory, and a position in them. Only the subject uses `state`. */
struct axptr_io_cursor {
  size_t position;   /* bytes of the segments before the position */
  size_t remaining;  /* bytes of the segments after the position */
  uint64_t state[8]; /* what the subject needs; the simulator does not read it */
};

/* A bit of `rights` of axptr_machine.attempt: no fault in the range of the attempt is resolved.
 * Therefore the calling code may hold any lock. */
#define AXPTR_RESOLVE_NO_FAULT 16u

/* What `atomic` does to a word. */
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

/* An atomic operation on a word. Operand and values fit in the word. */
struct axptr_atomic {
  enum axptr_atomic_operation operation; /* what is done to the word */
  size_t size;                           /* bytes of the word: 4 or 8 */
  uint64_t operand;                      /* unused by a load */
  uint64_t
      expected;   /* used by compare_exchange: `operand` is stored if the word holds this value */
  uint64_t found; /* set to the value of the word before; not by a store */
  bool exchanged; /* set by compare_exchange: whether `operand` was stored */
};

/* Consecutive strings in kernel memory, each with its zero byte. */
struct axptr_strings {
  const char *bytes; /* the first string */
  size_t size;       /* bytes of all strings, with their zero bytes */
  size_t count;      /* strings */
};

/* The rules for calls of the functions of struct axptr_subject apply to these functions too. */
struct axptr_copying {
  uint32_t size_bytes; /* of this struct: it grows at its end only, and what is missing is null */

  /* Reads a struct of type `element` from the user's version of the struct, which has `usize` bytes
   * at `start`. Writes element.size bytes to `to`; bytes that the user's version does not have are
   * zero. Each byte is loaded once. After an error, `to` is unchanged. Errors, in order of
   * precedence: -22 (EINVAL): `usize` is less than `first_size`; -7 (E2BIG): `usize` is more than
   * 4096; -14, -12, -4: as copy_in; -7: a byte after the first element.size bytes is not zero.
   * `first_size` is 1, 1, 4, 2 for elements of 1, 2, 4, 8 bytes; 2, 8, 8 for 3, 12, 24; of 4096
   * bytes 64, 16, 4096 by alignment. Linux: copy_struct_from_user. */
  int (*read_versioned)(void *to, uint64_t start, size_t usize, struct axptr_element element,
                        size_t first_size);

  /* Writes the struct of element.size bytes at `from` as the user's version of `usize` bytes at
   * `start`: truncated, or padded with zeros. Sets `*written` to usize, and `*dropped_nonzero` to
   * whether a truncated byte is not zero. After an error, a prefix may be written. Errors: as
   * read_versioned, except the last. Linux: copy_struct_to_user. */
  int (*write_versioned)(uint64_t start, size_t usize, const void *from,
                         struct axptr_element element, size_t first_size, size_t *written,
                         bool *dropped_nonzero);

  /* Loads the `count` struct iovec at `table` as segments, and sets `*cursor` to a position at
   * their start. Each struct iovec is loaded once, to `storage`, which has room for `room` of
   * them, outlives `cursor`, and is not changed later. Lengths are truncated so that their sum
   * is at most 0x7ffff000. The memory of the segments is not touched. Errors, in order of
   * precedence: -22 (EINVAL): `count` is more than 1024; -14, -12, -4: as copy_in; -22: a length
   * is above PTRDIFF_MAX; -14: a non-empty segment reaches the last page of addresses. Linux:
   * import_iovec. */
  int (*fetch_io_vec)(uint64_t table, size_t count, void *storage, size_t room,
                      struct axptr_io_cursor *cursor);

  /* As copy_in, for the bytes of the segments from the position on. The position advances by
   * exactly `done`. At the end of the segments, `done` is less than `size` without an error. Linux:
   * copy_from_iter. */
  void (*read_io_vec)(struct axptr_io_cursor *cursor, void *to, size_t size,
                      struct axptr_moved *moved);

  /* As copy_out, for the bytes of the segments from the position on; position and end as in
   * read_io_vec. Linux: copy_to_iter. */
  void (*write_io_vec)(struct axptr_io_cursor *cursor, const void *from, size_t size,
                       struct axptr_moved *moved);

  /* Moves the position forward by `size` bytes. Precondition: at most `remaining`. */
  void (*advance_io_vec)(struct axptr_io_cursor *cursor, size_t size);

  /* Moves the position back by `size` bytes. Precondition: at most `position`. */
  void (*revert_io_vec)(struct axptr_io_cursor *cursor, size_t size);

  /* Copies the element at `start` to kernel memory at `to`, which has any alignment. Each byte is
   * loaded once; an element of 1, 2, 4 or 8 bytes at a multiple of its size is loaded by one load.
   * After an error, no byte of the element is at `to`. Errors: -14 (EFAULT; also:
   * `start` is not a multiple of element.align), -12 (ENOMEM), -4 (EINTR). Linux: get_user. */
  int (*read_value)(void *to, uint64_t start, struct axptr_element element);

  /* As read_value, but `start` has any alignment. */
  int (*read_unaligned)(void *to, uint64_t start, struct axptr_element element);

  /* Copies the element at `from`, which has any alignment, to `start`, for which the user needs
   * only WRITE, and sets `*moved`. An element of 1, 2, 4 or 8 bytes at a multiple of its size is
   * stored by one store: completely or not at all. Errors: as read_value. Linux: put_user. */
  void (*write_value)(uint64_t start, const void *from, struct axptr_element element,
                      struct axptr_moved *moved);

  /* As write_value, but `start` has any alignment. */
  void (*write_unaligned)(uint64_t start, const void *from, struct axptr_element element,
                          struct axptr_moved *moved);

  /* Performs the operation on the word at `start` by one access of `word->size` bytes. After an
   * error, the operation had no effect. A load needs only READ, all other operations READ and
   * WRITE. Errors: -14 (also: `start` is not a multiple of the size), -12, -4. Linux:
   * futex_atomic_cmpxchg_inatomic. */
  int (*atomic)(uint64_t start, struct axptr_atomic *word);

  /* As read_value, in code that must not fault, such as code that
   * holds a spin lock: an attempt with AXPTR_RESOLVE_NO_FAULT. An attempt is made only over memory
   * that was checked and populated before; in the first call of that code, no memory is checked
   * yet. After each call that would fault, the subject checks and populates the memory, holding no
   * lock other than that of the address space, and repeats the call. At most `limit` calls. Errors:
   * as read_value; -11 (EAGAIN): the last call would fault too. */
  int (*retry_reading)(void *to, uint64_t start, struct axptr_element element, size_t limit);

  /* As retry_reading, for a write_value of 4 or 8 bytes. Errors: as retry_reading. */
  int (*retry_writing)(uint64_t start, const void *from, struct axptr_element element,
                       size_t limit);

  /* As retry_writing, for an exchange as by `atomic`. */
  int (*retry_exchange)(uint64_t start, struct axptr_atomic *word, size_t limit);

  /* Strings. Lengths and `done` exclude the zero byte; bounds and rooms include it. The memory is
   * read as by copy_text: page by page, up to the first zero byte. */

  /* Sets `*length` to the number of bytes from `start` to the first zero byte, of at most `bound`
   * bytes. Errors: -14 (EFAULT), -4 (EINTR), -36 (ENAMETOOLONG): no zero byte within the bound. */
  int (*string_length)(uint64_t start, size_t bound, size_t *length);

  /* Copies the bytes from `start` up to and including the first zero byte to `to`, which has `room`
   * bytes, and sets `*moved`. After an error, `done` bytes are copied. Errors: as string_length. */
  void (*copy_until_nul)(char *to, size_t room, uint64_t start, struct axptr_moved *moved);

  /* Writes the `size` bytes at `text` and a zero byte to user memory at `start`, for which the user
   * needs WRITE, and sets `*moved`. After an error, `done` bytes are written, and no other user
   * memory. Errors: as copy_out; -36: more than `room` bytes; -22 (EINVAL): the text contains a
   * zero byte. After -36 and -22, no byte is written. */
  void (*write_text)(uint64_t start, const char *text, size_t size, size_t room,
                     struct axptr_moved *moved);

  /* Copies the strings that the pointers at `table` point to, up to a null pointer, consecutively
   * to `to`, which has `room` bytes, and sets `*strings`. After an error, the strings that were
   * copied before it are at `to`. Errors: -7 (E2BIG): more than `max_strings`, or more bytes than
   * `room`; -14, -12, -4. */
  int (*copy_strings)(char *to, size_t room, uint64_t table, size_t max_strings,
                      struct axptr_strings *strings);

  /* Arrays of `count` elements, for which `done` counts bytes, so that a transfer can end in the
   * middle of an element. */

  /* As copy_in, for the array of `count` elements at `start`. The kernel's array is at `to`, which
   * has any alignment. A `count` of more than PTRDIFF_MAX bytes is refused without any access; then
   * `to` has no room. Errors: as copy_in; -14 also: `start` is not a multiple of element.align, or
   * more than PTRDIFF_MAX bytes. Linux: copy_from_user of array_size(count, element.size). */
  void (*read_array)(void *to, uint64_t start, struct axptr_element element, size_t count,
                     struct axptr_moved *moved);

  /* As copy_out, for the array of `count` elements at `from`, which has any alignment. `start`,
   * `count` and errors: as read_array. */
  void (*write_array)(uint64_t start, const void *from, struct axptr_element element, size_t count,
                      struct axptr_moved *moved);

  /* As write_array, but writes zeros. */
  void (*zero_array)(uint64_t start, struct axptr_element element, size_t count,
                     struct axptr_moved *moved);
};

#ifdef __cplusplus
}
#endif

#endif /* SIM_SUBJECT_SUBJECT_COPYING_H_ */
