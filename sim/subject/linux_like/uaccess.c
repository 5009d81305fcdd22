#include "sim/subject/linux_like/uaccess.h"

#include <string.h>

#include "sim/subject/linux_like/user_words.h"

const struct axptr_machine *uaccess_machine;
static bool flag_ac;

bool access_flag(void) { return flag_ac; }
void set_access_flag(bool is_set) { flag_ac = is_set; }

/* ---- Opening and closing. */

struct user_access_state user_access_save_and_begin(void) {
  const struct user_access_state state = {flag_ac, false};
  flag_ac = true;
  return (struct user_access_state){state.flag, uaccess_machine->user_access->open()};
}

void user_access_restore(struct user_access_state state) {
#ifdef BUG_NESTED
  state = (struct user_access_state){false, false};
#endif
  uaccess_machine->user_access->restore(state.open);
  flag_ac = state.flag;
}

void user_access_begin(void) { (void)user_access_save_and_begin(); }

void user_access_end(void) {
  uaccess_machine->user_access->restore(false);
  flag_ac = false;
}

void while_switched_away(void (*body)(void *argument), void *argument) {
  const bool was_open = flag_ac;
#ifndef BUG_SWITCHED_OPEN
  user_access_end();
#endif
  body(argument);
  if (was_open) user_access_begin();
}

/* ---- Which addresses are the user's. */

bool access_ok(uint64_t start, uint64_t size) {
  const uint64_t offset = start - USER_START;
#if defined(BUG_LAST_BYTE)
  return offset < USER_SIZE && size < USER_SIZE - offset;
#elif defined(BUG_ONE_BIT)
  (void)offset, (void)size;
  return start >> 63 == 0;
#else
  return offset <= USER_SIZE && size <= USER_SIZE - offset;
#endif
}

/* ---- Bytes. */

size_t copy_from_user_unpadded(void *to, uint64_t from, size_t size) {
  if (!access_ok(from, size)) return size;
  user_access_begin();
  const size_t left = raw_copy(to, (const void *)(uintptr_t)from, size);
#ifdef BUG_LEFT_OPEN
  if (left != 0) return left;
#endif
  user_access_end();
  return left;
}

size_t copy_from_user(void *to, uint64_t from, size_t size) {
  const size_t left = copy_from_user_unpadded(to, from, size);
  if (left != 0 && left <= size) memset((char *)to + (size - left), 0, left);
  return left;
}

size_t copy_to_user(uint64_t to, const void *from, size_t size) {
  if (!access_ok(to, size)) return size;
  user_access_begin();
  const size_t left = raw_copy((void *)(uintptr_t)to, from, size);
  user_access_end();
  return left;
}

size_t clear_user(uint64_t to, size_t size) {
  if (!access_ok(to, size)) return size;
  user_access_begin();
  const size_t left = raw_clear((void *)(uintptr_t)to, size);
  user_access_end();
  return left;
}

/* ---- Words. */

/* The value after an error is zero. */
static int return_value(void *value, uint64_t loaded, size_t size, int error) {
#ifdef BUG_HALF_CLEARED
  if (error != 0 && size == 8) size = 4;
#endif
  memcpy(value, &loaded, size);
  return error;
}

int get_user_unchecked(void *value, uint64_t from, size_t size) {
  uint64_t loaded = 0;
  user_access_begin();
  const int error = load_user(from, size, &loaded);
  user_access_end();
  return return_value(value, loaded, size, error);
}

int get_user(void *value, uint64_t from, size_t size) {
  if (!access_ok(from, size)) return return_value(value, 0, size, -EFAULT);
  return get_user_unchecked(value, from, size);
}

int put_user(uint64_t to, const void *value, size_t size) {
  uint64_t stored = 0;
  memcpy(&stored, value, size);
  if (!access_ok(to, size)) return -EFAULT;
  user_access_begin();
  const int error = store_user(to, size, stored);
  user_access_end();
  return error;
}

/* ---- Strings, a word at a time. */

enum { WORD_BYTES = 8 };
static const uint64_t low_bits = UINT64_C(0x0101010101010101);
static const uint64_t high_bits = UINT64_C(0x8080808080808080);

/* A mask with the high bit of each zero byte of `word`. Exact up to the first zero byte; after it,
 * the mask may mark other bytes too. */
static uint64_t zero_bytes(uint64_t word) { return (word - low_bits) & ~word & high_bits; }

/* The index of the first zero byte. */
static unsigned first_zero(uint64_t zeros) { return (unsigned)__builtin_ctzll(zeros) / 8; }

/* Copies whole words; `from` has any alignment. Returns the number of bytes copied, without the
 * zero byte; sets `*ends` if there is one. Stops at a word that faults: the caller continues with
 * bytes, because some bytes of the word may be accessible. */
static size_t copy_words(char *to, uint64_t from, size_t most, bool *ends) {
  size_t done = 0;
  for (; most - done >= WORD_BYTES; done += WORD_BYTES) {
    uint64_t word;
    if (load_user(from + done, WORD_BYTES, &word) != 0) break;
    const uint64_t zeros = zero_bytes(word);
    if (zeros == 0) {
      memcpy(to + done, &word, WORD_BYTES);
      continue;
    }
    /* Clears the user bytes after the end of the string. */
    const unsigned length = first_zero(zeros);
    word &= (UINT64_C(1) << (8 * length)) - 1;
    memcpy(to + done, &word, WORD_BYTES);
    *ends = true;
    return done + length;
  }
  return done;
}

static long copy_string(char *to, uint64_t from, size_t most, bool *ends) {
  size_t done = copy_words(to, from, most, ends);
  while (!*ends && done < most) {
    uint64_t byte;
    if (load_user(from + done, 1, &byte) != 0) return -EFAULT;
    to[done] = (char)byte;
    *ends = byte == 0;
    if (!*ends) ++done;
  }
  return (long)done;
}

long strncpy_from_user(char *to, uint64_t from, long count) {
  if (count <= 0) return 0;
  if (!access_ok(from, 1)) return -EFAULT;
  const uint64_t to_limit = USER_START + USER_SIZE - from;
  const size_t most = (uint64_t)count < to_limit ? (size_t)count : to_limit;
  bool ends = false;
  user_access_begin();
  const long done = copy_string(to, from, most, &ends);
  user_access_end();
#ifdef BUG_EMPTY_STRING
  if (done == 0) return -EFAULT;
#endif
  if (done < 0 || ends || done == count) return done;
  return -EFAULT; /* the user's addresses end before the string does */
}

/* The length of the string at `start`, without the zero byte; `most` or more if the first `most`
 * bytes have no zero byte; less than 0: a byte is not accessible. Loads aligned words: such a word
 * is accessible completely or not at all. */
static long string_bytes(uint64_t start, size_t most) {
  const unsigned before = (unsigned)(start % WORD_BYTES);
  uint64_t word;
  if (load_user(start - before, WORD_BYTES, &word) != 0) return -EFAULT;
  word |= (UINT64_C(1) << (8 * before)) - 1; /* what is before the string is no end of it */
  for (size_t done = 0;;) {
    const uint64_t zeros = zero_bytes(word);
    if (zeros != 0) return (long)(done + first_zero(zeros)) - (long)before;
    done += WORD_BYTES;
    if (done - before >= most) return (long)most;
    if (load_user(start - before + done, WORD_BYTES, &word) != 0) return -EFAULT;
  }
}

long strnlen_user(uint64_t start, long count) {
  if (count <= 0 || !access_ok(start, 1)) return 0;
  const uint64_t to_limit = USER_START + USER_SIZE - start;
  const size_t most = (uint64_t)count < to_limit ? (size_t)count : to_limit;
  user_access_begin();
  const long length = string_bytes(start, most);
  user_access_end();
  if (length < 0) return 0;
  if ((size_t)length < most) return length + 1;
  return most == (size_t)count ? count + 1 : 0;
}

/* ---- Structs of several versions. */

/* 1 if all bytes are zero, 0 if not; -EFAULT. */
static int check_zeroed_user(uint64_t from, size_t size) {
  if (!access_ok(from, size)) return -EFAULT;
  int error = 0;
  uint64_t any = 0;
  user_access_begin();
  for (size_t done = 0; error == 0 && any == 0 && done < size;) {
    const size_t part = (from + done) % WORD_BYTES == 0 && size - done >= WORD_BYTES ? 8 : 1;
    error = load_user(from + done, part, &any);
    done += part;
  }
  user_access_end();
  return error != 0 ? error : any == 0;
}

int copy_struct_from_user(void *to, size_t ksize, uint64_t from, size_t usize) {
  const size_t both = usize < ksize ? usize : ksize;
  memset((char *)to + both, 0, ksize - both);
  if (usize > ksize) {
    const int zeroed = check_zeroed_user(from + ksize, usize - ksize);
    if (zeroed <= 0) return zeroed == 0 ? -E2BIG : zeroed;
  }
  return copy_from_user(to, from, both) != 0 ? -EFAULT : 0;
}

static bool has_nonzero(const char *bytes, size_t size) {
  while (size != 0 && *bytes == 0) ++bytes, --size;
  return size != 0;
}

int copy_struct_to_user(uint64_t to, size_t usize, const void *from, size_t ksize, bool *ignored) {
  const size_t both = usize < ksize ? usize : ksize;
  if (usize > ksize && clear_user(to + ksize, usize - ksize) != 0) return -EFAULT;
#ifdef BUG_TAIL_INVERTED
  *ignored = usize > ksize && has_nonzero((const char *)from + both, usize - both);
#else
  *ignored = usize < ksize && has_nonzero((const char *)from + both, ksize - both);
#endif
  return copy_to_user(to, from, both) != 0 ? -EFAULT : 0;
}

/* ---- Futexes. */

int futex_load(uint64_t word, size_t size, uint64_t *found) {
  *found = 0;
  const int error = get_user(found, word, size);
#ifdef BUG_ERROR_IS_A_VALUE
  if (error != 0) *found = (uint64_t)error;
  return 0;
#endif
  return error;
}

int futex_store(uint64_t word, size_t size, uint64_t operand) {
  return put_user(word, &operand, size);
}

int futex_exchange(uint64_t word, size_t size, uint64_t operand, uint64_t *found) {
  if (!access_ok(word, size)) return -EFAULT;
  user_access_begin();
  *found = operand;
  const int error = exchange_user(word, size, found);
  user_access_end();
  return error;
}

int futex_fetch_add(uint64_t word, size_t size, uint64_t operand, uint64_t *found) {
  if (!access_ok(word, size)) return -EFAULT;
  user_access_begin();
  *found = operand;
  const int error = fetch_add_user(word, size, found);
  user_access_end();
  return error;
}

int futex_compare_exchange(uint64_t word, size_t size, uint64_t expected, uint64_t desired,
                           uint64_t *found) {
  if (!access_ok(word, size)) return -EFAULT;
  user_access_begin();
  *found = expected;
  const int error = compare_exchange_user(word, size, found, desired);
  user_access_end();
  return error;
}

int futex_update(uint64_t word, size_t size, uint64_t operand,
                 uint64_t (*combine)(uint64_t held, uint64_t operand), uint64_t *found) {
  if (!access_ok(word, size)) return -EFAULT;
  user_access_begin();
  uint64_t held;
  int error = load_user(word, size, &held);
  for (bool is_stored = false; error == 0 && !is_stored;) {
    *found = held;
    error = compare_exchange_user(word, size, found, combine(held, operand));
    is_stored = *found == held;
    held = *found;
  }
  user_access_end();
  return error;
}
