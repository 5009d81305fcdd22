/* A correct subject of which little can be observed: it checks the address space and lends memory,
 * but has no user-access flag and reports no loads. */
#include "sim/subject/subject.h"

static const struct axptr_machine *machine;

static void attach(const struct axptr_machine *offered) { machine = offered; }

static int lend_value(uint64_t start, struct axptr_element element, unsigned rights,
                      struct axptr_lent *lent) {
  const uint64_t first_page = start & ~(uint64_t)4095;
  const uint64_t pages_end = (start + element.size + 4095) & ~(uint64_t)4095;
  if (start % element.align != 0 || pages_end <= start) return -14;
  rights |= AXPTR_USER;
  int error = machine->lock();
  if (error != 0) return error;
  if (!machine->check(start, element.size, rights)) {
    error = -14;
  } else {
    error = machine->populate(first_page, pages_end - first_page, rights);
  }
  machine->unlock();
  *lent = (struct axptr_lent){.start = start, .count = 1};
  return error;
}

/* Supports single bytes only. */
static bool takes_element(struct axptr_element element) { return element.size == 1; }

static const struct axptr_subject subject = {.abi = AXPTR_SUBJECT_ABI,
                                             .size_bytes = sizeof(subject),
                                             .name = "lender",
                                             .attach = attach,
                                             .takes_element = takes_element,
                                             .lend_value = lend_value};

const struct axptr_subject *axptr_subject_entry(void) { return &subject; }
