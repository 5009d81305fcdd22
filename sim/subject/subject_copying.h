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
};

#ifdef __cplusplus
}
#endif

#endif /* SIM_SUBJECT_SUBJECT_COPYING_H_ */
