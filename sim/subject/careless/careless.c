/* A subject with eleven typical mistakes in code that accesses user memory. With -DSTEP=n, mistakes
 * 1 to n are fixed. Step 0 has all mistakes; step 11 has none, and keeps the contract of axptr.
 * docs/porting.md explains each step. For each mistake, this folder has a scenario that shows it.
 *
 *   1 no_way_back      touches user memory outside of an attempt: a page fault is a kernel bug
 *   2 no_check         does not check permissions
 *   3 populates_first  populates a page before the check
 *   4 lock_is_held     holds the lock while it touches user memory
 *   5 kernels_memory   does not require the permission USER: kernel memory passes the check
 *   6 flag_stays_set   leaves the flag set after a fault
 *   7 range_wraps      does not check whether address plus size exceeds the address space
 *   8 all_or_nothing   copies nothing if only a part can be copied
 *   9 misaligned       reads a value at any alignment
 *  10 reads_twice      searches the end of a string, then reads the string again to copy it
 *  11 one_byte_over    writes one byte more than the buffer of a string has
 */
#include <string.h>

#include "sim/subject/subject_copying.h"

#define MENDED(n) (STEP >= (n))

enum { PAGE = 4096, CHUNK = 16 * PAGE, EFAULT = 14, ENAMETOOLONG = 36 };
static const uint64_t LAST_PAGE = UINT64_MAX - PAGE + 1;

static const struct axptr_machine *machine;
static volatile bool flag;

static void attach(const struct axptr_machine *offered) { machine = offered; }
static bool faults_allowed(void) { return flag; }
static void allow_faults(bool allowed) { flag = allowed; }

static uint64_t page_of(uint64_t address) { return address - address % PAGE; }

static bool is_no_range(uint64_t start, uint64_t size) {
  return MENDED(7) && (size > LAST_PAGE || start > LAST_PAGE - size);
}

/* ---- Checks and population. */

static int lock(void) { return MENDED(2) ? machine->lock() : 0; }

static void unlock(void) {
  if (MENDED(2)) machine->unlock();
}

/* Checks whether the user may read the `size` bytes from `start` on. With `populate`, populates
 * them. */
static int check_range(uint64_t start, uint64_t size, bool populate) {
  const unsigned rights = MENDED(5) ? AXPTR_READ | AXPTR_USER : AXPTR_READ;
  const uint64_t first = page_of(start);
  const uint64_t bytes = page_of(start + size + PAGE - 1) - first;
  if (!MENDED(2)) return 0;
  if (!MENDED(3) && populate) machine->populate(first, bytes, rights);
  if (!machine->check(start, size, rights)) return -EFAULT;
  return MENDED(3) && populate ? machine->populate(first, bytes, rights) : 0;
}

/* How many of the `size` bytes from `start` on may be copied. */
static size_t count_allowed(uint64_t start, size_t size) {
  size_t allowed = 0;
  if (check_range(start, size, true) == 0) return size;
  while (MENDED(8) && allowed < size) {
    const uint64_t at = start + allowed;
    const size_t to_page_end = PAGE - at % PAGE;
    const size_t part = size - allowed < to_page_end ? size - allowed : to_page_end;
    if (check_range(at, part, true) != 0) break;
    allowed += part;
  }
  return allowed;
}

/* ---- Accesses to user memory. */

/* Calls body(argument), which reads the `size` bytes from `start` on. Returns false after a fault
 * that the machine does not resolve. */
static bool attempt(uint64_t start, size_t size, void (*body)(void *argument), void *argument) {
  const bool before = flag;
  if (!MENDED(1)) {
    body(argument);
    return true;
  }
  flag = true;
  const bool is_done = machine->attempt(start, size, AXPTR_READ, body, argument);
  if (MENDED(6) || is_done) flag = before;
  return is_done;
}

struct copy {
  char *to; /* null: the bytes are only counted */
  uint64_t from;
  size_t size;
  bool ends_at_nul;
  volatile size_t done; /* volatile: a fault that ends the copy loses registers */
  volatile bool found_nul;
};

static void copy_bytes(void *argument) {
  struct copy *const copy = argument;
  const volatile char *const from = (const volatile char *)(uintptr_t)copy->from;
  while (copy->done < copy->size) {
    const char byte = from[copy->done];
    if (copy->to != NULL) copy->to[copy->done] = byte;
    copy->found_nul = copy->ends_at_nul && byte == 0;
    if (copy->found_nul) return;
    ++copy->done;
  }
}

/* Returns the number of copied bytes. */
static size_t copy_chunk(char *to, uint64_t start, size_t size) {
  struct copy copy = {.to = to, .from = start};
  if (lock() != 0) return 0;
  copy.size = count_allowed(start, size);
  if (MENDED(4)) unlock();
  if (copy.size != 0) attempt(start, copy.size, copy_bytes, &copy);
  if (!MENDED(4)) unlock();
  return copy.done;
}

/* Holds the lock for one chunk at a time. */
static size_t copy_from_user(void *to, uint64_t start, size_t size) {
  size_t done = 0;
  if (is_no_range(start, size)) return size;
  while (done < size) {
    const size_t to_chunk_end = CHUNK - (start + done) % PAGE;
    const size_t part = size - done < to_chunk_end ? size - done : to_chunk_end;
    const size_t copied = copy_chunk((char *)to + done, start + done, part);
    done += copied;
    if (copied != part) break;
  }
  if (!MENDED(8)) return done == size ? 0 : size;
  return size - done;
}

struct value {
  uint64_t from;
  size_t size;
  uint64_t bits;
};

static void load_value(void *argument) {
  struct value *const value = argument;
  const uintptr_t from = (uintptr_t)value->from;
  switch (value->size) {
    case 1: value->bits = *(const volatile uint8_t *)from; break;
    case 2: value->bits = *(const volatile uint16_t *)from; break;
    case 4: value->bits = *(const volatile uint32_t *)from; break;
    default: value->bits = *(const volatile uint64_t *)from; break;
  }
}

static bool takes_element(struct axptr_element element) {
  return element.size == element.align && element.size <= 8;
}

static int read_value(void *to, uint64_t start, struct axptr_element element) {
  struct value value = {.from = start, .size = element.size};
  if (MENDED(9) && start % element.align != 0) return -EFAULT;
  if (is_no_range(start, element.size)) return -EFAULT;
  int error = lock();
  if (error != 0) return error;
  error = check_range(start, element.size, true);
  if (MENDED(4)) unlock();
  if (error == 0 && !attempt(start, element.size, load_value, &value)) error = -EFAULT;
  if (!MENDED(4)) unlock();
  if (error == 0) memcpy(to, &value.bits, element.size);
  return error;
}

/* Copies at most `room` bytes from `start` on, up to a zero byte or the end of the page. */
static int copy_on_page(uint64_t start, size_t room, struct copy *copy) {
  const size_t to_page_end = PAGE - start % PAGE;
  copy->from = start;
  copy->size = room < to_page_end ? room : to_page_end;
  copy->done = 0;
  if (is_no_range(page_of(start), PAGE)) return -EFAULT;
  int error = lock();
  if (error != 0) return error;
  error = check_range(page_of(start), PAGE, false);
  if (MENDED(4)) unlock();
  if (error == 0 && !attempt(start, copy->size, copy_bytes, copy)) error = -EFAULT;
  if (!MENDED(4)) unlock();
  return error;
}

static void copy_until_nul(char *to, size_t room, uint64_t start, struct axptr_moved *moved) {
  const size_t most = MENDED(11) ? room : room + 1;
  const bool is_measured = !MENDED(10);
  struct copy copy = {.ends_at_nul = true};
  *moved = (struct axptr_moved){.address = start};
  while (moved->error == 0 && !copy.found_nul) {
    if (moved->done == most) {
      moved->error = -ENAMETOOLONG;
      break;
    }
    copy.to = is_measured ? NULL : to + moved->done;
    moved->error = copy_on_page(start + moved->done, most - moved->done, &copy);
    moved->done += copy.done;
  }
  if (is_measured && moved->done + 1 <= room) {
    struct copy again = {.to = to, .from = start, .size = moved->done + copy.found_nul};
    attempt(start, again.size, copy_bytes, &again);
  }
  moved->address = start + moved->done;
}

static const struct axptr_copying copying = {
    .size_bytes = sizeof(copying), .read_value = read_value, .copy_until_nul = copy_until_nul};

static const struct axptr_subject subject = {
    .abi = AXPTR_SUBJECT_ABI,
    .size_bytes = sizeof(subject),
    .name = "careless",
    .attach = attach,
    .faults_allowed = faults_allowed,
    .allow_faults = allow_faults,
    .takes_element = takes_element,
    .copy_from_user = copy_from_user,
    .copying = &copying,
};

const struct axptr_subject *axptr_subject_entry(void) { return &subject; }
