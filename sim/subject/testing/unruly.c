/* As copying.c without a bug, except that some sizes end or hang the process of the simulator. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/subject/subject.h"

static bool misbehaves(uint64_t user, size_t size, unsigned rights);

#define SUBJECT_NAME "unruly"
#define COUNTED_BEFORE 0
#define ZEROED 0
#define PADDED 1
#define BEFORE_COPY(user, size, rights) \
  if (misbehaves(user, size, rights)) return 1;
#define axptr_subject_entry entry_of_copying
#include "sim/subject/testing/copying.c"
#undef axptr_subject_entry

/* A copy from the user of 3 bytes aborts; of 4 bytes copies nothing, but counts all bytes except
 * one. A copy to the start of a user page of 5 bytes exits; of 6 bytes overwrites the stack frames
 * of the callers. */
static bool misbehaves(uint64_t user, size_t size, unsigned rights) {
  if (rights == AXPTR_READ && size == 3) abort();
  const bool writes_to_page = rights == AXPTR_WRITE && user % PAGE_SIZE == 0;
  if (writes_to_page && size == 5) exit(3);
  if (writes_to_page && size == 6) {
    volatile char *const frames = __builtin_frame_address(0);
    for (int i = 0; i < 4096; ++i) frames[i] = 0x55;
  }
  return rights == AXPTR_READ && size == 4;
}

/* Writes to every pipe of the process. */
static int copy_text(char *to, size_t room, uint64_t start, struct axptr_lent *lent) {
  (void)to, (void)room, (void)start, (void)lent;
  char bytes[64];
  memset(bytes, 0x55, sizeof(bytes));
  for (int file = 3; file < 32; ++file) {
    struct stat about;
    const bool is_pipe = fstat(file, &about) == 0 && S_ISFIFO(about.st_mode);
    if (is_pipe && write(file, bytes, sizeof(bytes)) < 0) continue;
  }
  return -14;
}

/* A size of 7 bytes loops forever with all blockable signals blocked. */
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
  unruly.copy_text = copy_text;
  unruly.contract = "linux";
  return &unruly;
}
