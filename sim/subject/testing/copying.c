/* A kernel's copy_from_user, page by page: asks, populates, and copies with a way back. What is
 * wrong with it, if anything, is said by the file that includes it. */
#include <string.h>

#include "sim/subject/subject.h"

#ifndef SUBJECT_NAME
#define SUBJECT_NAME "copying"
#define COUNTED_BEFORE 0 /* bytes of a page that fails that count as copied */
#define ZEROED 0         /* bytes of the kernel's that are written where the copy fails */
#endif

enum { PAGE_SIZE = 4096 };

static const struct axptr_machine *machine;
static bool allowed;

static void attach(const struct axptr_machine *offered) { machine = offered; }
static bool faults_allowed(void) { return allowed; }
static void allow_faults(bool is_allowed) { allowed = is_allowed; }

struct part {
  char *to;
  uint64_t from;
  size_t size;
};

static void copy(void *argument) {
  const struct part *part = argument;
  memcpy(part->to, (const void *)(uintptr_t)part->from, part->size);
}

static bool may_read(uint64_t from, size_t size) {
  const unsigned rights = AXPTR_READ | AXPTR_USER;
  if (machine->lock() != 0) return false;
  const bool is_permitted = machine->check(from, size, rights) &&
                            machine->populate(from - from % PAGE_SIZE, PAGE_SIZE, rights) == 0;
  machine->unlock();
  return is_permitted;
}

static bool copy_part(struct part *part) {
  if (!may_read(part->from, part->size)) return false;
  const bool before = allowed;
  allowed = true;
  const bool is_copied = machine->attempt(part->from, part->size, AXPTR_READ, copy, part);
  allowed = before;
  return is_copied;
}

static size_t copy_from_user(void *to, uint64_t from, size_t size) {
  if (size > UINT64_MAX - from || from + size > UINT64_MAX - PAGE_SIZE) return size;
  for (size_t done = 0; done < size;) {
    struct part part = {(char *)to + done, from + done, PAGE_SIZE - (from + done) % PAGE_SIZE};
    if (part.size > size - done) part.size = size - done;
    if (!copy_part(&part)) {
      memset(part.to, 0, ZEROED);
      return size - done - COUNTED_BEFORE;
    }
    done += part.size;
  }
  return 0;
}

static const struct axptr_subject subject = {.abi = AXPTR_SUBJECT_ABI,
                                             .size_bytes = sizeof(subject),
                                             .name = SUBJECT_NAME,
                                             .attach = attach,
                                             .faults_allowed = faults_allowed,
                                             .allow_faults = allow_faults,
                                             .copy_from_user = copy_from_user};

const struct axptr_subject *axptr_subject_entry(void) { return &subject; }
