/* A subject whose call never returns: it tries to take the lock in an endless loop. */
#include "sim/subject/subject.h"

static const struct axptr_machine *machine;

static void attach(const struct axptr_machine *offered) { machine = offered; }

static int lend_value(uint64_t start, struct axptr_element element, unsigned rights,
                      struct axptr_lent *lent) {
  (void)start, (void)element, (void)rights, (void)lent;
  while (machine->lock() == 0) machine->unlock();
  return -4;
}

static const struct axptr_subject subject = {.abi = AXPTR_SUBJECT_ABI,
                                             .size_bytes = sizeof(subject),
                                             .name = "endless",
                                             .attach = attach,
                                             .lend_value = lend_value};

const struct axptr_subject *axptr_subject_entry(void) { return &subject; }
