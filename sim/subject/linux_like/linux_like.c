/* The subject: implements the interface of sim/subject/subject*.h by the functions of uaccess.h. */
#include <string.h>

#include "sim/subject/linux_like/ex_table.h"
#include "sim/subject/linux_like/uaccess.h"
#include "sim/subject/subject_copying.h"

static void attach(const struct axptr_machine *offered) { uaccess_machine = offered; }

/* ---- Sections between user_access_begin and user_access_end, whose code may fault anywhere. */

struct section {
  uint64_t (*body)(void *argument, uint64_t start, size_t count);
  void *argument;
  uint64_t start;
  size_t count;
  uint64_t value;
};

static void run_section(void *argument) {
  struct section *const section = argument;
  section->value = section->body(section->argument, section->start, section->count);
}

static int access_slice(uint64_t start, struct axptr_element element, size_t count, unsigned rights,
                        uint64_t (*body)(void *argument, uint64_t start, size_t count),
                        void *argument, uint64_t *value) {
  struct section section = {body, argument, start, count, 0};
  bool is_done = true;
  if (count == 0) {
    run_section(&section);
  } else {
#ifndef BUG_SLICE_WRAPS
    if (count > USER_SIZE / element.size) return -EFAULT;
#endif
    if (!access_ok(start, count * element.size)) return -EFAULT;
    user_access_begin();
    is_done = uaccess_machine->attempt(start, count * element.size, rights, run_section, &section);
    user_access_end();
  }
  *value = section.value;
  return is_done ? 0 : -EFAULT;
}

static int access_value(uint64_t start, struct axptr_element element, unsigned rights,
                        uint64_t (*body)(void *argument, uint64_t start, size_t count),
                        void *argument, uint64_t *value) {
  return access_slice(start, element, 1, rights, body, argument, value);
}

static void with_faults_allowed(void (*body)(void *argument), void *argument) {
  const struct user_access_state state = user_access_save_and_begin();
  body(argument);
  user_access_restore(state);
}

/* ---- Values: get_user and put_user for words, copies for what is none. */

static bool is_word(size_t size) { return size == 1 || size == 2 || size == 4 || size == 8; }

static int read_value(void *to, uint64_t start, struct axptr_element element) {
  if (is_word(element.size)) return get_user(to, start, element.size);
  return copy_from_user(to, start, element.size) != 0 ? -EFAULT : 0;
}

/* `left`: the bytes at the end of a transfer of `size` bytes that were not moved. */
static void set_moved(uint64_t start, size_t size, size_t left, struct axptr_moved *moved) {
  *moved = (struct axptr_moved){size - left, left != 0 ? -EFAULT : 0, start + (size - left)};
}

static void write_value(uint64_t start, const void *from, struct axptr_element element,
                        struct axptr_moved *moved) {
  size_t left = element.size;
  if (!is_word(element.size)) {
    left = copy_to_user(start, from, element.size);
  } else if (put_user(start, from, element.size) == 0) {
    left = 0;
  }
  set_moved(start, element.size, left, moved);
}

static uint64_t either(uint64_t held, uint64_t operand) { return held | operand; }
static uint64_t both(uint64_t held, uint64_t operand) { return held & operand; }
static uint64_t one_of(uint64_t held, uint64_t operand) { return held ^ operand; }

static int atomic(uint64_t start, struct axptr_atomic *word) {
  const size_t size = word->size;
  const uint64_t operand = word->operand;
  if (start % size != 0) return -EFAULT;
  int error = 0;
  switch (word->operation) {
    case AXPTR_ATOMIC_LOAD:
      return futex_load(start, size, &word->found);
    case AXPTR_ATOMIC_STORE:
      return futex_store(start, size, operand);
    case AXPTR_ATOMIC_EXCHANGE:
      return futex_exchange(start, size, operand, &word->found);
    case AXPTR_ATOMIC_FETCH_ADD:
      return futex_fetch_add(start, size, operand, &word->found);
    case AXPTR_ATOMIC_FETCH_OR:
      return futex_update(start, size, operand, either, &word->found);
    case AXPTR_ATOMIC_FETCH_AND:
      return futex_update(start, size, operand, both, &word->found);
    case AXPTR_ATOMIC_FETCH_XOR:
      return futex_update(start, size, operand, one_of, &word->found);
    case AXPTR_ATOMIC_COMPARE_EXCHANGE:
      error = futex_compare_exchange(start, size, word->expected, operand, &word->found);
      word->exchanged = error == 0 && word->found == word->expected;
      return error;
  }
  return -EINVAL;
}

/* ---- Arrays: copies of array_size(count, size) bytes. */

/* As Linux's array_size: an overflow is the largest size, which no access accepts. */
static size_t array_size(size_t count, size_t size) {
#ifdef BUG_PRODUCT_WRAPS
  return count * size;
#endif
  size_t bytes;
  return __builtin_mul_overflow(count, size, &bytes) ? SIZE_MAX : bytes;
}

/* As Linux's check_copy_size: whether an object of the kernel can have this size. */
static bool check_copy_size(size_t size) { return size <= INT32_MAX; }

static void read_array(void *to, uint64_t start, struct axptr_element element, size_t count,
                       struct axptr_moved *moved) {
  const size_t size = array_size(count, element.size);
  set_moved(start, size, check_copy_size(size) ? copy_from_user(to, start, size) : size, moved);
}

static void write_array(uint64_t start, const void *from, struct axptr_element element,
                        size_t count, struct axptr_moved *moved) {
  const size_t size = array_size(count, element.size);
  set_moved(start, size, check_copy_size(size) ? copy_to_user(start, from, size) : size, moved);
}

static void zero_array(uint64_t start, struct axptr_element element, size_t count,
                       struct axptr_moved *moved) {
  const size_t size = array_size(count, element.size);
  set_moved(start, size, clear_user(start, size), moved);
}

/* ---- Strings. */

static int copy_text(char *to, size_t room, uint64_t start, struct axptr_lent *lent) {
  const long length = strncpy_from_user(to, start, (long)room);
  if (length < 0) return (int)length;
  *lent = (struct axptr_lent){(uint64_t)(uintptr_t)to, (size_t)length};
  return 0;
}

static int string_length(uint64_t start, size_t bound, size_t *length) {
  const long most = bound < INT64_MAX ? (long)bound : INT64_MAX - 1;
  *length = 0;
  if (bound == 0) return 0;
  const long found = strnlen_user(start, most);
  if (found == 0) return -EFAULT;
  *length = found > most ? bound : (size_t)found - 1;
  return 0;
}

/* As in execve: loads a pointer and then its string, for one string after the other. */
static int copy_strings(char *to, size_t room, uint64_t table, size_t max_strings,
                        struct axptr_strings *strings) {
  size_t used = 0;
  for (size_t count = 0;; ++count) {
    uint64_t pointer;
    const uint64_t place = table + count * sizeof(pointer);
#ifdef BUG_TABLE_CHECKED_ONCE
    if (count == 0 && !access_ok(place, sizeof(pointer))) return -EFAULT;
#else
    if (!access_ok(place, sizeof(pointer))) return -EFAULT;
#endif
    if (get_user_unchecked(&pointer, place, sizeof(pointer)) != 0) return -EFAULT;
    if (pointer == 0) {
      *strings = (struct axptr_strings){to, used, count};
      return 0;
    }
#ifdef BUG_UNBOUNDED
    (void)max_strings;
#else
    if (count == max_strings) return -E2BIG;
#endif
    const long length = strncpy_from_user(to + used, pointer, (long)(room - used));
    if (length < 0) return (int)length;
#ifdef BUG_TRUNCATED
    if ((size_t)length == room - used) {
      used = room;
      continue;
    }
#endif
    if ((size_t)length == room - used) return -E2BIG;
    used += (size_t)length + 1;
  }
}

/* ---- Structs of several versions. */

static int check_size(size_t usize, size_t first_size) {
  if (usize < first_size) return -EINVAL;
  return usize > PAGE_SIZE ? -E2BIG : 0;
}

static int read_versioned(void *to, uint64_t start, size_t usize, struct axptr_element element,
                          size_t first_size) {
  const int error = check_size(usize, first_size);
  return error != 0 ? error : copy_struct_from_user(to, element.size, start, usize);
}

static int write_versioned(uint64_t start, size_t usize, const void *from,
                           struct axptr_element element, size_t first_size, size_t *written,
                           bool *dropped_nonzero) {
#ifdef BUG_SIZE_UNCHECKED
  const int error = 0;
  (void)first_size;
#else
  const int error = check_size(usize, first_size);
#endif
  *written = usize;
  if (error != 0) return error;
  return copy_struct_to_user(start, usize, from, element.size, dropped_nonzero);
}

/* ---- Io vectors. */

struct iovec {
  uint64_t base;
  uint64_t length;
};

enum { MAX_SEGMENTS = 1024, MAX_TRANSFER = 0x7ffff000 };

/* Indices of `state` of a cursor: the segments, the index of the segment that holds the position,
 * and the offset in that segment. */
enum { SEGMENTS, SEGMENT, OFFSET };

static struct iovec segment_at(const struct axptr_io_cursor *cursor) {
  return ((const struct iovec *)(uintptr_t)cursor->state[SEGMENTS])[cursor->state[SEGMENT]];
}

static int fetch_io_vec(uint64_t table, size_t count, void *storage, size_t room,
                        struct axptr_io_cursor *cursor) {
  struct iovec *const segments = storage;
  if (count > MAX_SEGMENTS) return -EINVAL;
  if (count > room) return -ENOMEM;
  if (copy_from_user(segments, table, count * sizeof(*segments)) != 0) return -EFAULT;
  for (size_t i = 0; i < count; ++i) {
    if (segments[i].length > INT64_MAX) return -EINVAL;
  }
  uint64_t total = 0;
  for (size_t i = 0; i < count; ++i) {
    if (segments[i].length != 0 && !access_ok(segments[i].base, segments[i].length)) return -EFAULT;
    if (segments[i].length > MAX_TRANSFER - total) segments[i].length = MAX_TRANSFER - total;
    total += segments[i].length;
  }
  *cursor = (struct axptr_io_cursor){.remaining = total, .state = {(uintptr_t)segments}};
  return 0;
}

static void advance_io_vec(struct axptr_io_cursor *cursor, size_t size) {
  cursor->position += size;
  cursor->remaining -= size;
  cursor->state[OFFSET] += size;
  while (cursor->remaining != 0 && cursor->state[OFFSET] >= segment_at(cursor).length) {
    cursor->state[OFFSET] -= segment_at(cursor).length;
    ++cursor->state[SEGMENT];
  }
}

static void revert_io_vec(struct axptr_io_cursor *cursor, size_t size) {
  const size_t position = cursor->position - size;
  const size_t total = cursor->position + cursor->remaining;
  *cursor = (struct axptr_io_cursor){.remaining = total, .state = {cursor->state[SEGMENTS]}};
  advance_io_vec(cursor, position);
}

/* Moves bytes between the position of the cursor and `kernel`. */
static void move_io_vec(struct axptr_io_cursor *cursor, char *kernel, size_t size, bool to_user,
                        struct axptr_moved *moved) {
  *moved = (struct axptr_moved){0, 0, 0};
  advance_io_vec(cursor, 0);
  while (moved->error == 0 && moved->done < size && cursor->remaining != 0) {
    const struct iovec segment = segment_at(cursor);
    const uint64_t user = segment.base + cursor->state[OFFSET];
    size_t part = segment.length - cursor->state[OFFSET];
    if (part > size - moved->done) part = size - moved->done;
    const size_t left = to_user ? copy_to_user(user, kernel + moved->done, part)
                                : copy_from_user_unpadded(kernel + moved->done, user, part);
    moved->done += part - left;
    moved->error = left != 0 ? -EFAULT : 0;
    moved->address = user + part - left;
#ifdef BUG_POSITION
    advance_io_vec(cursor, part);
#else
    advance_io_vec(cursor, part - left);
#endif
  }
}

static void read_io_vec(struct axptr_io_cursor *cursor, void *to, size_t size,
                        struct axptr_moved *moved) {
  move_io_vec(cursor, to, size, /*to_user=*/false, moved);
}

static void write_io_vec(struct axptr_io_cursor *cursor, const void *from, size_t size,
                         struct axptr_moved *moved) {
  move_io_vec(cursor, (char *)(uintptr_t)from, size, /*to_user=*/true, moved);
}

static const struct axptr_copying copying = {
    .size_bytes = sizeof(copying),
    .read_versioned = read_versioned,
    .write_versioned = write_versioned,
    .fetch_io_vec = fetch_io_vec,
    .read_io_vec = read_io_vec,
    .write_io_vec = write_io_vec,
    .advance_io_vec = advance_io_vec,
    .revert_io_vec = revert_io_vec,
    .read_value = read_value,
    .read_unaligned = read_value,
    .write_value = write_value,
    .write_unaligned = write_value,
    .atomic = atomic,
    .string_length = string_length,
    .copy_strings = copy_strings,
    .read_array = read_array,
    .write_array = write_array,
    .zero_array = zero_array,
};

static const struct axptr_switching switching = {.size_bytes = sizeof(switching),
                                                 .while_switched_away = while_switched_away};

#ifndef NAME
#define NAME "linux_like"
#endif

static const struct axptr_subject subject = {.abi = AXPTR_SUBJECT_ABI,
                                             .size_bytes = sizeof(subject),
                                             .name = NAME,
                                             .attach = attach,
                                             .faults_allowed = access_flag,
                                             .allow_faults = set_access_flag,
                                             .copy_text = copy_text,
                                             .access_value = access_value,
                                             .access_slice = access_slice,
                                             .with_faults_allowed = with_faults_allowed,
                                             .copy_from_user = copy_from_user,
                                             .find_fixup = ex_table_find_fixup,
                                             .copy_to_user = copy_to_user,
                                             .clear_user = clear_user,
                                             .contract = "linux",
                                             .copying = &copying,
                                             .switching = &switching,
                                             .user_start = USER_START,
                                             .user_end = USER_START + USER_SIZE};

const struct axptr_subject *axptr_subject_entry(void) { return &subject; }
