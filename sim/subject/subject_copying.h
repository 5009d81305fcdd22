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

/* Strings that lie one after the other, each with its zero byte, in the kernel's memory. */
struct axptr_strings {
  const char *bytes;
  size_t size;  /* bytes, the zero bytes too */
  size_t count; /* strings */
};

/* Each function is called as those of struct axptr_subject are. */
struct axptr_copying {
  uint32_t size_bytes; /* of this struct: it grows at its end only, and what is missing is null */

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
