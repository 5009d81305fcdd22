/* A kernel's copy_from_user and copy_to_user, page by page: checks, populates, and copies with
 * recovery from faults. A file that includes this one can define a bug. */
#include <string.h>

#include "sim/subject/subject.h"

#ifndef SUBJECT_NAME
#define SUBJECT_NAME "copying"
#define COUNTED_BEFORE 0 /* bytes of a page that fails that count as copied */
#define ZEROED 0         /* bytes of the kernel's that are written where the copy fails */
#define PADDED 1         /* whether copy_from_user fills the rest with zeros, as Linux does */
#endif

#ifndef BEFORE_COPY
#define BEFORE_COPY(user, size, rights) /* what is done before anything is copied */
#endif

enum { PAGE_SIZE = 4096 };

static const struct axptr_machine *machine;
static bool allowed;

static void attach(const struct axptr_machine *offered) { machine = offered; }
static bool faults_allowed(void) { return allowed; }
static void allow_faults(bool is_allowed) { allowed = is_allowed; }

struct part {
  char *kernel;
  uint64_t user;
  size_t size;
  unsigned rights; /* AXPTR_READ: from the user; AXPTR_WRITE: to the user */
};

static void copy(void *argument) {
  const struct part *part = argument;
  void *user = (void *)(uintptr_t)part->user;
  if (part->rights == AXPTR_READ) {
    memcpy(part->kernel, user, part->size);
  } else {
    memcpy(user, part->kernel, part->size);
  }
}

static bool may_access(const struct part *part) {
  const unsigned rights = part->rights | AXPTR_USER;
  if (machine->lock() != 0) return false;
  const bool is_permitted =
      machine->check(part->user, part->size, rights) &&
      machine->populate(part->user - part->user % PAGE_SIZE, PAGE_SIZE, rights) == 0;
  machine->unlock();
  return is_permitted;
}

static bool copy_part(struct part *part) {
  if (!may_access(part)) return false;
  const bool before = allowed;
  allowed = true;
  const bool is_copied = machine->attempt(part->user, part->size, part->rights, copy, part);
  allowed = before;
  return is_copied;
}

static size_t copy_all(char *kernel, uint64_t user, size_t size, unsigned rights) {
  BEFORE_COPY(user, size, rights)
  if (size > UINT64_MAX - user || user + size > UINT64_MAX - PAGE_SIZE) return size;
  for (size_t done = 0; done < size;) {
    const size_t to_page_end = PAGE_SIZE - (user + done) % PAGE_SIZE;
    const size_t left = size - done;
    struct part part = {kernel + done, user + done, left < to_page_end ? left : to_page_end,
                        rights};
    if (!copy_part(&part)) {
      memset(part.kernel, 0, ZEROED);
      return left - COUNTED_BEFORE;
    }
    done += part.size;
  }
  return 0;
}

static size_t copy_from_user(void *to, uint64_t from, size_t size) {
  const size_t left = copy_all(to, from, size, AXPTR_READ);
  if (PADDED) memset((char *)to + size - left, 0, left);
  return left;
}

static size_t copy_to_user(uint64_t to, const void *from, size_t size) {
  return copy_all((char *)from, to, size, AXPTR_WRITE);
}

static const struct axptr_subject subject = {.abi = AXPTR_SUBJECT_ABI,
                                             .size_bytes = sizeof(subject),
                                             .name = SUBJECT_NAME,
                                             .attach = attach,
                                             .faults_allowed = faults_allowed,
                                             .allow_faults = allow_faults,
                                             .copy_from_user = copy_from_user,
                                             .copy_to_user = copy_to_user};

const struct axptr_subject *axptr_subject_entry(void) { return &subject; }
