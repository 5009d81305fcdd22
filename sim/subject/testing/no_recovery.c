/* A naive subject: it checks nothing, and does not recover from page faults. */
#include <string.h>

#include "sim/subject/subject.h"

static void attach(const struct axptr_machine *machine) { (void)machine; }

static int lend_value(uint64_t start, struct axptr_element element, unsigned rights,
                      struct axptr_lent *lent) {
  (void)element;
  (void)rights;
  *lent = (struct axptr_lent){.start = start, .count = 1};
  return 0;
}

static int copy_text(char *to, size_t room, uint64_t start, struct axptr_lent *lent) {
  const char *from = (const char *)(uintptr_t)start;
  const size_t length = strnlen(from, room);
  if (length == room) return -36;
  memcpy(to, from, length + 1);
  *lent = (struct axptr_lent){.start = (uint64_t)(uintptr_t)to, .count = length};
  return 0;
}

static const struct axptr_subject subject = {.abi = AXPTR_SUBJECT_ABI,
                                             .size_bytes = sizeof(subject),
                                             .name = "no_recovery",
                                             .attach = attach,
                                             .lend_value = lend_value,
                                             .copy_text = copy_text};

const struct axptr_subject *axptr_subject_entry(void) { return &subject; }
