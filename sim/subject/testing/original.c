/* The library that ours comes from, as a subject: with the deviations that docs/semantics.md lists.
 * A panic of its own is a load from address 0. */
#include <string.h>

#include "sim/subject/subject.h"

enum { PAGE = 4096, EFAULT = 14, EILSEQ = 84 };

static const struct axptr_machine *machine;
static volatile bool flag;

static void attach(const struct axptr_machine *offered) { machine = offered; }

static bool faults_allowed(void) { return flag; }
static void allow_faults(bool allowed) { flag = allowed; }

static unsigned char load(uint64_t address) {
  return *(const volatile unsigned char *)(uintptr_t)address;
}

static void panic(void) {
  volatile uint64_t nothing = 0;
  load(nothing);
}

static int check_region(uint64_t start, uint64_t size, uint64_t align, unsigned rights) {
  const uint64_t end = start + size;
  const uint64_t first_page = start & ~(uint64_t)(PAGE - 1);
  int error = machine->lock();
  if (error != 0) return error;
  if (start % align != 0) {
    error = -EFAULT;
  } else {
    if (end < start) panic();
    if (!machine->check(start, size, rights)) {
      error = -EFAULT;
    } else {
      const uint64_t pages_end = (end + PAGE - 1) & ~(uint64_t)(PAGE - 1);
      error = machine->populate(first_page, pages_end - first_page, rights);
    }
  }
  machine->unlock();
  return error;
}

static int lend_slice(uint64_t start, struct axptr_element element, size_t count, unsigned rights,
                      struct axptr_lent *lent) {
  if (count > INT64_MAX / element.size) panic();
  *lent = (struct axptr_lent){start, count};
  return check_region(start, count * element.size, element.align, rights);
}

static int lend_value(uint64_t start, struct axptr_element element, unsigned rights,
                      struct axptr_lent *lent) {
  return lend_slice(start, element, 1, rights, lent);
}

/* Checks the page of an element's first byte, and reads all of it. */
static int scan(uint64_t start, uint64_t size, unsigned rights, size_t *count) {
  uint64_t page = start & ~(uint64_t)(PAGE - 1);
  for (*count = 0;; ++*count) {
    const uint64_t element = start + *count * size;
    for (; element >= page; page += PAGE) {
      if (page + PAGE < page) panic();
      if (!machine->check(page, PAGE, rights)) return -EFAULT;
    }
    unsigned char any = 0;
    for (uint64_t i = 0; i < size; ++i) any |= load(element + i);
    if (any == 0) return 0;
  }
}

static int lend_terminated(uint64_t start, struct axptr_element element, unsigned rights,
                           struct axptr_lent *lent) {
  int error = machine->lock();
  if (error != 0) return error;
  if (start % element.align != 0) {
    error = -EFAULT;
  } else {
    flag = true;
    error = scan(start, element.size, rights, &lent->count);
    flag = false;
  }
  machine->unlock();
  lent->start = start;
  return error;
}

/* The length of the character that `bytes` begin with; 0: it is none. */
static size_t character(const unsigned char *bytes, size_t left) {
  const unsigned char first = bytes[0];
  if (first < 0x80) return 1;
  const size_t length = first < 0xc2   ? 0
                        : first < 0xe0 ? 2
                        : first < 0xf0 ? 3
                        : first < 0xf5 ? 4
                                       : 0;
  if (length == 0 || length > left) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((bytes[i] & 0xc0) != 0x80) return 0;
  }
  const unsigned char second = bytes[1];
  const bool is_too_small = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool is_too_large = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
  return is_too_small || is_too_large ? 0 : length;
}

static int lend_text(uint64_t start, struct axptr_lent *lent) {
  const int error = lend_terminated(start, (struct axptr_element){1, 1}, AXPTR_READ, lent);
  if (error != 0) return error;
  const unsigned char *const bytes = (const unsigned char *)(uintptr_t)start;
  /* As a kernel's own code, with the flag clear; and all of it before it is judged. */
  for (size_t i = 0; i < lent->count; ++i) load(start + i);
  for (size_t i = 0; i < lent->count;) {
    const size_t length = character(bytes + i, lent->count - i);
    if (length == 0) return -EILSEQ;
    i += length;
  }
  return 0;
}

static const struct axptr_subject subject = {.abi = AXPTR_SUBJECT_ABI,
                                             .size_bytes = sizeof(subject),
                                             .name = "original",
                                             .attach = attach,
                                             .faults_allowed = faults_allowed,
                                             .allow_faults = allow_faults,
                                             .lend_value = lend_value,
                                             .lend_slice = lend_slice,
                                             .lend_terminated = lend_terminated,
                                             .lend_text = lend_text,
                                             .contract = "original"};

const struct axptr_subject *axptr_subject_entry(void) { return &subject; }
