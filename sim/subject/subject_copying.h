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
};

#ifdef __cplusplus
}
#endif

#endif /* SIM_SUBJECT_SUBJECT_COPYING_H_ */
