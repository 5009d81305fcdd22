/* A subject as Linux has it: it asks only whether an address is a user's, and finds out the rest by
 * page faults. */
#include "sim/subject/subject.h"

enum { EFAULT = 14 };
static const uint64_t USER_END = 0x7ffffffff000;

static const struct axptr_machine *machine;
static volatile bool flag;

static void attach(const struct axptr_machine *offered) { machine = offered; }

static bool faults_allowed(void) { return flag; }
static void allow_faults(bool allowed) { flag = allowed; }

static bool is_users(uint64_t start, uint64_t size) {
  return size <= USER_END && start <= USER_END - size;
}

static bool attempt(uint64_t start, uint64_t size, unsigned rights, void (*body)(void *argument),
                    void *argument) {
  const bool before = flag;
  flag = true;
  const bool done = machine->attempt(start, size, rights, body, argument);
  flag = before;
  return done;
}

struct copy {
  char *to;
  uint64_t from;
  size_t room;
  size_t copied; /* with the terminator */
};

static void copy_bytes(void *argument) {
  struct copy *const copy = argument;
  const volatile char *const from = (const volatile char *)(uintptr_t)copy->from;
  while (copy->copied < copy->room) {
    const char byte = from[copy->copied];
    copy->to[copy->copied++] = byte;
    if (byte == 0) return;
  }
}

/* strncpy_from_user. */
static int copy_text(char *to, size_t room, uint64_t start, struct axptr_lent *lent) {
  struct copy copy = {to, start, room, 0};
  if (room != 0 && start >= USER_END) return -EFAULT;
  if (room != 0 && room > USER_END - start) copy.room = USER_END - start;
  if (room != 0 && !attempt(start, copy.room, AXPTR_READ, copy_bytes, &copy)) return -EFAULT;
  const bool ends = copy.copied != 0 && to[copy.copied - 1] == 0;
  *lent = (struct axptr_lent){(uint64_t)(uintptr_t)to, ends ? copy.copied - 1 : copy.copied};
  return 0;
}

struct call {
  uint64_t (*body)(void *argument, uint64_t start, size_t count);
  void *argument;
  uint64_t start;
  size_t count;
  uint64_t value;
};

static void call_body(void *argument) {
  struct call *const call = argument;
  call->value = call->body(call->argument, call->start, call->count);
}

static int access_slice(uint64_t start, struct axptr_element element, size_t count, unsigned rights,
                        uint64_t (*body)(void *argument, uint64_t start, size_t count),
                        void *argument, uint64_t *value) {
  struct call call = {body, argument, start, count, 0};
  if (count == 0) {
    call_body(&call);
  } else {
    if (count > USER_END / element.size || !is_users(start, count * element.size)) return -EFAULT;
    if (!attempt(start, count * element.size, rights, call_body, &call)) return -EFAULT;
  }
  *value = call.value;
  return 0;
}

static int access_value(uint64_t start, struct axptr_element element, unsigned rights,
                        uint64_t (*body)(void *argument, uint64_t start, size_t count),
                        void *argument, uint64_t *value) {
  return access_slice(start, element, 1, rights, body, argument, value);
}

static const struct axptr_subject subject = {.abi = AXPTR_SUBJECT_ABI,
                                             .size_bytes = sizeof(subject),
                                             .name = "linux_like",
                                             .attach = attach,
                                             .faults_allowed = faults_allowed,
                                             .allow_faults = allow_faults,
                                             .copy_text = copy_text,
                                             .access_value = access_value,
                                             .access_slice = access_slice,
                                             .contract = "linux"};

const struct axptr_subject *axptr_subject_entry(void) { return &subject; }
