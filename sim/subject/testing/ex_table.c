/* A subject that recovers from page faults by an exception table, as kernels in C do, and has no
 * user-access flag. It copies strings and lends single values. Each bug, for tests, is a macro:
 *
 *   BUG_MISSING_ENTRY     the load of 8 bytes has no entry in the table
 *   BUG_FIXUP_OUTSIDE     the fixups lie outside this object
 *   BUG_CLAIMS_SUCCESS    the fixups continue as if 0 had been loaded
 *   BUG_FIXUP_LOOPS       the fixups are the instructions themselves
 *   BUG_SEARCH_FAULTS     find_fixup faults itself
 *   BUG_ANSWERS_ALWAYS    find_fixup has an answer for instructions that are not of this object
 *   BUG_UNDER_LOCK        copies with the lock held
 *   BUG_ELSEWHERE         reads a page before the string, too
 *   BUG_FLAG_CLEAR        has a flag, and does not set it (WITH_FLAG)
 *
 * UNASKING: it never checks the address space, and relies on faults alone, which the contract of
 * Linux allows. WITH_FLAG: it also has a user-access flag. */
#include <stddef.h>

#include "sim/subject/subject.h"

#ifdef BUG_MISSING_ENTRY
#define EX_TABLE_WITHOUT_WORDS
#endif
#ifdef BUG_FIXUP_OUTSIDE
#define EX_TABLE_FIXUP "2b + 0x10000000"
#endif
#ifdef BUG_CLAIMS_SUCCESS
#define EX_TABLE_FIXUP "3b"
#endif
#ifdef BUG_FIXUP_LOOPS
#define EX_TABLE_FIXUP "1b"
#endif
#include "sim/subject/testing/ex_table.h"

#ifndef NAME
#define NAME "ex_table"
#endif

enum { PAGE_BYTES = 4096, WORD_BYTES = 8 };
enum { FAILED_FAULT = -14, FAILED_LENGTH = -36, FAILED_TEXT = -84 };

static const struct axptr_machine *machine;

static void attach(const struct axptr_machine *offered) { machine = offered; }

#ifdef WITH_FLAG
static bool flag;
static bool faults_allowed(void) { return flag; }
static void allow_faults(bool allowed) { flag = allowed; }
#endif

static void enter_user_memory(bool enters) {
#if defined(WITH_FLAG) && !defined(BUG_FLAG_CLEAR)
  flag = enters;
#else
  (void)enters;
#endif
}

static int lock(void) { return machine->lock(); }
static void unlock(void) { machine->unlock(); }

/* Whether the page at `page` may be read: 0, or an error. */
static int ask_for_page(uint64_t page) {
#ifdef UNASKING
  (void)page, (void)lock, (void)unlock;
  return 0;
#else
  const int error = lock();
  if (error != 0) return error;
  const bool may_read = machine->check(page, PAGE_BYTES, AXPTR_READ | AXPTR_USER);
  unlock();
  return may_read ? 0 : FAILED_FAULT;
#endif
}

/* Copies bytes from user memory up to and including the first zero byte, at most `count`. Each byte
 * is loaded once. Sets `*copied` to the number of bytes copied. Returns false if a load faulted. */
static bool copy_bytes(char *to, uint64_t from, size_t count, size_t *copied) {
  size_t done = 0;
  bool is_there = true;
  bool has_ended = false;
  while (is_there && !has_ended && done < count) {
    /* An aligned word lies in one page: it is accessible completely or not at all. */
    const bool by_word = (from + done) % WORD_BYTES == 0 && count - done >= WORD_BYTES;
    uint64_t bytes = 0;
    uint32_t byte = 0;
    is_there = by_word ? load_user_word(from + done, &bytes) : load_user_byte(from + done, &byte);
    if (!by_word) bytes = byte;
    for (int left = by_word ? WORD_BYTES : 1; is_there && !has_ended && left > 0; --left) {
      to[done++] = (char)bytes;
      has_ended = (char)bytes == '\0';
      bytes >>= 8;
    }
  }
  *copied = done;
  return is_there;
}

/* As copy_bytes, for one page, with the user-access flag set (WITH_FLAG). */
static bool copy_from_page(char *to, uint64_t from, size_t count, size_t *copied) {
#ifdef BUG_ELSEWHERE
  uint32_t ignored;
  (void)load_user_byte(from - PAGE_BYTES, &ignored);
#endif
#ifdef BUG_UNDER_LOCK
  (void)lock();
#endif
  enter_user_memory(true);
  const bool is_whole = copy_bytes(to, from, count, copied);
  enter_user_memory(false);
#ifdef BUG_UNDER_LOCK
  unlock();
#endif
  return is_whole;
}

/* The number of bytes of the UTF-8 character at `text`, which must end at or before `end`; 0: the
 * bytes are not UTF-8. */
static size_t bytes_of_character(const unsigned char *text, const unsigned char *end) {
  const unsigned first = text[0];
  if (first < 0x80) return 1;
  const size_t size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (size == 0 || (size_t)(end - text) < size) return 0;
  uint32_t point = first & (0x7fu >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((text[i] & 0xc0u) != 0x80) return 0;
    point = point << 6 | (text[i] & 0x3fu);
  }
  const bool is_overlong = point < (size == 3 ? 0x800u : size == 4 ? 0x10000u : 0x80u);
  const bool is_surrogate = 0xd800 <= point && point <= 0xdfff;
  return is_overlong || is_surrogate || point > 0x10ffff ? 0 : size;
}

static bool is_utf8(const char *bytes, size_t length) {
  const unsigned char *text = (const unsigned char *)bytes;
  const unsigned char *const end = text + length;
  while (text != end) {
    const size_t size = bytes_of_character(text, end);
    if (size == 0) return false;
    text += size;
  }
  return true;
}

static int copy_text(char *to, size_t room, uint64_t start, struct axptr_lent *lent) {
  size_t done = 0;
  while (done < room) {
    const uint64_t from = start + done;
    const uint64_t page_end = (from | (PAGE_BYTES - 1)) + 1;
    if (page_end == 0) return FAILED_FAULT;
    const int error = ask_for_page(page_end - PAGE_BYTES);
    if (error != 0) return error;
    const size_t to_page_end = (size_t)(page_end - from);
    const size_t count = to_page_end < room - done ? to_page_end : room - done;
    size_t copied = 0;
    if (!copy_from_page(to + done, from, count, &copied)) return FAILED_FAULT;
    done += copied;
    if (to[done - 1] != '\0') continue;
    lent->start = (uint64_t)(uintptr_t)to;
    lent->count = done - 1;
    return is_utf8(to, lent->count) ? 0 : FAILED_TEXT;
  }
  return FAILED_LENGTH;
}

/* The simulator uses lent memory by its own instructions, which have no fixups in this table. */
static int lend_value(uint64_t start, struct axptr_element element, unsigned rights,
                      struct axptr_lent *lent) {
  const uint64_t end = start + element.size;
  const uint64_t first_page = start & ~(uint64_t)(PAGE_BYTES - 1);
  const uint64_t pages_end = (end + PAGE_BYTES - 1) & ~(uint64_t)(PAGE_BYTES - 1);
  if (start % element.align != 0 || end < start || pages_end < end) return FAILED_FAULT;
  int error = lock();
  if (error != 0) return error;
  error = FAILED_FAULT;
  if (machine->check(start, element.size, rights | AXPTR_USER)) {
    error = machine->populate(first_page, pages_end - first_page, rights | AXPTR_USER);
  }
  unlock();
  lent->start = start;
  lent->count = 1;
  return error;
}

static uintptr_t find_fixup(uintptr_t pc) {
#if defined(BUG_SEARCH_FAULTS)
  return *(const volatile uintptr_t *)16 + pc;
#elif defined(BUG_ANSWERS_ALWAYS)
  const uintptr_t fixup = ex_table_find_fixup(pc);
  return fixup != 0 ? fixup : (uintptr_t)&copy_text;
#else
  return ex_table_find_fixup(pc);
#endif
}

static const struct axptr_subject subject = {.abi = AXPTR_SUBJECT_ABI,
                                             .size_bytes = sizeof(subject),
                                             .name = NAME,
                                             .attach = attach,
#ifdef WITH_FLAG
                                             .faults_allowed = faults_allowed,
                                             .allow_faults = allow_faults,
#endif
                                             .lend_value = lend_value,
                                             .copy_text = copy_text,
#ifdef UNASKING
                                             .contract = "linux",
#endif
                                             .find_fixup = find_fixup};

const struct axptr_subject *axptr_subject_entry(void) { return &subject; }
