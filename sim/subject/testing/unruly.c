/* A correct copying.c, but some sizes end the process of the simulator, or hang it. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "sim/subject/subject.h"

static void misbehave(size_t size, unsigned rights);

#define SUBJECT_NAME "unruly"
#define COUNTED_BEFORE 0
#define ZEROED 0
#define BEFORE_COPY(size, rights) misbehave(size, rights);
#define axptr_subject_entry entry_of_copying
#include "sim/subject/testing/copying.c"
#undef axptr_subject_entry

/* From the user: 3 bytes abort. To the user: 5 bytes exit, and 6 write over the frames of whoever
 * called. */
static void misbehave(size_t size, unsigned rights) {
  if (rights == AXPTR_READ && size == 3) abort();
  if (rights == AXPTR_WRITE && size == 5) exit(3);
  if (rights == AXPTR_WRITE && size == 6) {
    volatile char *const frames = __builtin_frame_address(0);
    for (int i = 0; i < 4096; ++i) frames[i] = 0x55;
  }
}

/* 7 bytes do not end, and no signal that can be blocked ends them. */
static size_t clear_user(uint64_t start, size_t size) {
  (void)start;
  if (size == 7) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    for (;;) {
    }
  }
  return size;
}

const struct axptr_subject *axptr_subject_entry(void) {
  static struct axptr_subject unruly;
  unruly = subject;
  unruly.clear_user = clear_user;
  unruly.contract = "linux";
  return &unruly;
}
