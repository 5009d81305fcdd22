/* Put before the example in the comments of subject.h, so that its load_byte and find_fixup run: a
 * string is copied, without a question to the address space. */
#include "sim/subject/subject.h"

static int load_byte(uint64_t from, uint32_t *byte);
static uintptr_t find_fixup(uintptr_t pc);

static int copy_text(char *to, size_t room, uint64_t start, struct axptr_lent *lent) {
  for (size_t i = 0; i < room; ++i) {
    uint32_t byte = 0;
    const int error = load_byte(start + i, &byte);
    if (error != 0) return error;
    to[i] = (char)byte;
    if (byte != 0) continue;
    lent->start = (uint64_t)(uintptr_t)to;
    lent->count = i;
    return 0;
  }
  return -36;
}
