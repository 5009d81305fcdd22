/* Included before the example in the comments of subject.h, so that its load_byte and find_fixup
 * run: copies a string, and checks each page of the string first. */
#include "sim/subject/subject.h"

static int load_byte(uint64_t from, uint32_t *byte);
static uintptr_t find_fixup(uintptr_t pc);
static const struct axptr_machine *machine;

/* Whether the page at `page` may be read: 0, or an error. */
static int ask_for_page(uint64_t page) {
  const int error = machine->lock();
  if (error != 0) return error;
  const bool may_read = machine->check(page, 4096, AXPTR_READ | AXPTR_USER);
  machine->unlock();
  return may_read ? 0 : -14;
}

static int copy_text(char *to, size_t room, uint64_t start, struct axptr_lent *lent) {
  for (size_t i = 0; i < room; ++i) {
    uint32_t byte = 0;
    const uint64_t at = start + i;
    int error = i == 0 || at % 4096 == 0 ? ask_for_page(at & ~(uint64_t)4095) : 0;
    if (error == 0) error = load_byte(at, &byte);
    if (error != 0) return error;
    to[i] = (char)byte;
    if (byte != 0) continue;
    lent->start = (uint64_t)(uintptr_t)to;
    lent->count = i;
    return 0;
  }
  return -36;
}
