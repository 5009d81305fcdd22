/* A subject each of whose functions breaks a rule for libraries. */
#include "sim/subject/subject.h"

static const struct axptr_machine *machine;

static void attach(const struct axptr_machine *offered) { machine = offered; }

static int load(uint64_t address) { return *(const volatile char *)(uintptr_t)address; }

/* Releases a lock that it does not hold. */
static int lend_value(uint64_t start, struct axptr_element element, unsigned rights,
                      struct axptr_lent *lent) {
  (void)element, (void)rights;
  machine->unlock();
  *lent = (struct axptr_lent){start, 1};
  return 0;
}

/* Lends more memory than the address space has. */
static int lend_slice(uint64_t start, struct axptr_element element, size_t count, unsigned rights,
                      struct axptr_lent *lent) {
  (void)element, (void)count, (void)rights;
  *lent = (struct axptr_lent){start, SIZE_MAX};
  return 0;
}

/* Loads from an unmapped address outside user memory. */
static int lend_terminated(uint64_t start, struct axptr_element element, unsigned rights,
                           struct axptr_lent *lent) {
  (void)element, (void)rights;
  *lent = (struct axptr_lent){start, (size_t)load(16)};
  return 0;
}

/* Returns with the lock held. */
static int lend_text(uint64_t start, struct axptr_lent *lent) {
  (void)start, (void)lent;
  machine->lock();
  return -14;
}

/* Loads from a non-canonical address. */
static int copy_text(char *to, size_t room, uint64_t start, struct axptr_lent *lent) {
  (void)to, (void)room, (void)start, (void)lent;
  return load((uint64_t)1 << 63);
}

/* Begins an attempt over all addresses. */
static void nothing(void *argument) { (void)argument; }
static int access_value(uint64_t start, struct axptr_element element, unsigned rights,
                        uint64_t (*body)(void *argument, uint64_t start, size_t count),
                        void *argument, uint64_t *value) {
  (void)start, (void)element, (void)body, (void)argument, (void)value;
  return machine->attempt(0, UINT64_MAX, rights, nothing, NULL) ? 0 : -14;
}

/* Passes the body more memory than the address space has. */
static int access_slice(uint64_t start, struct axptr_element element, size_t count, unsigned rights,
                        uint64_t (*body)(void *argument, uint64_t start, size_t count),
                        void *argument, uint64_t *value) {
  (void)element, (void)count, (void)rights;
  *value = body(argument, start, SIZE_MAX / 2);
  return 0;
}

static const struct axptr_subject subject = {.abi = AXPTR_SUBJECT_ABI,
                                             .size_bytes = sizeof(subject),
                                             .name = "wild",
                                             .attach = attach,
                                             .lend_value = lend_value,
                                             .lend_slice = lend_slice,
                                             .lend_terminated = lend_terminated,
                                             .lend_text = lend_text,
                                             .copy_text = copy_text,
                                             .access_value = access_value,
                                             .access_slice = access_slice};

const struct axptr_subject *axptr_subject_entry(void) { return &subject; }
