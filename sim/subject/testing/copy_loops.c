/* copy_from_user, copy_to_user and clear_user as kernels write them in assembly: one loop, eight
 * bytes at a time where user memory is aligned for it, bytes before and after, and an entry in an
 * exception table for each access. Each bug that kernels had in such loops is a macro
 * (docs/findings.md has the dates):
 *
 *   BUG_FEWER          one count for two words: a fault at the second word hides the first
 *   BUG_MORE           a word is counted before it is moved, and stays counted if it faults
 *   BUG_LARGER         the fixup adds more than was subtracted: the result exceeds the size
 *   BUG_NO_PROGRESS    words are not aligned: a word that faults ends the copy, although some of
 *                      its bytes are accessible
 *   BUG_EPILOGUE       the fixups continue after the instruction that sets the result
 *   BUG_LEFT_OPEN      after a fault the flag stays set
 *   BUG_NO_RECOVERY    no access has an entry
 *   BUG_EARLY_CLOBBER  an output of the assembly is written before its input is read
 *
 * It checks as the library does: the whole range first and, if that check fails, page by page.
 * x86-64. */
#include <stddef.h>

#include "sim/subject/subject.h"
#include "sim/subject/testing/ex_table.h"

#ifndef NAME
#define NAME "copy_loops"
#endif

#define ENTRY(instruction, fixup)     \
  ".pushsection ex_table, \"a\"\n"    \
  ".balign 4\n"                       \
  ".long " instruction " - ., " fixup \
  " - .\n"                            \
  ".popsection\n"
#ifdef BUG_NO_RECOVERY
#define ENTRY_OF_ACCESS(instruction, fixup) ""
#else
#define ENTRY_OF_ACCESS ENTRY
#endif

/* Labels: 3 the bytes before the first aligned word, 5 words, 6 the bytes after the last word, 7 a
 * separate fixup, 9 the epilogue, 8 the last instruction of the epilogue. An aligned word lies in
 * one page: if it faults, no byte of it can be moved. */
#define TAKE "subq $8, %rdx\n"
#define TAKEN_BEFORE ""
#define TAKEN_AFTER TAKE
#define FIXUP_OF_WORDS "9f"
#define FIXUP_OF_BYTES "9f"
#define HEAD "andl $7, %ecx\n"
#if defined(BUG_MORE) || defined(BUG_LARGER)
#undef TAKEN_BEFORE
#undef TAKEN_AFTER
#define TAKEN_BEFORE TAKE
#define TAKEN_AFTER ""
#endif
#ifdef BUG_LARGER
#undef FIXUP_OF_WORDS
#define FIXUP_OF_WORDS "7f"
#endif
#ifdef BUG_EPILOGUE
#undef FIXUP_OF_WORDS
#undef FIXUP_OF_BYTES
#define FIXUP_OF_WORDS "8f"
#define FIXUP_OF_BYTES "8f"
#endif
#ifdef BUG_NO_PROGRESS
#undef HEAD
#define HEAD "xorl %ecx, %ecx\n"
#endif

/* clang-format off */
#define MOVE_BYTE                                                 \
  "1: movb (%rsi), %r8b\n" ENTRY_OF_ACCESS("1b", FIXUP_OF_BYTES)  \
  "2: movb %r8b, (%rdi)\n" ENTRY_OF_ACCESS("2b", FIXUP_OF_BYTES)  \
  "incq %rsi\n"                                                   \
  "incq %rdi\n"                                                   \
  "decq %rdx\n"

/* Moves the word at `offset` from both addresses. */
#define MOVE_WORD(offset)                                                  \
  "1: movq " offset "(%rsi), %r8\n" ENTRY_OF_ACCESS("1b", FIXUP_OF_WORDS)  \
  "2: movq %r8, " offset "(%rdi)\n" ENTRY_OF_ACCESS("2b", FIXUP_OF_WORDS)

#ifdef BUG_FEWER
#define WORDS \
  "5: cmpq $16, %rdx\n"  \
  "jb 6f\n"              \
  MOVE_WORD("0")         \
  MOVE_WORD("8")         \
  "addq $16, %rsi\n"     \
  "addq $16, %rdi\n"     \
  TAKE TAKE              \
  "jmp 5b\n"
#else
#define WORDS \
  "5: cmpq $8, %rdx\n"  \
  "jb 6f\n"             \
  TAKEN_BEFORE          \
  MOVE_WORD("0")        \
  "addq $8, %rsi\n"     \
  "addq $8, %rdi\n"     \
  TAKEN_AFTER           \
  "jmp 5b\n"
#endif

/* Moves `size` bytes from `from` to `to`, one of which is the user memory at `user`. Returns the
 * number of bytes at the end that were not moved. */
size_t copy_loop(void *to, const void *from, size_t size, uint64_t user)
    __attribute__((visibility("hidden")));

__asm__(
    ".text\n"
    ".hidden copy_loop\n"
    ".globl copy_loop\n"
    ".type copy_loop, @function\n"
    "copy_loop:\n"
    "xorl %eax, %eax\n"
    "negq %rcx\n"
    HEAD
    "cmpq %rdx, %rcx\n"
    "cmova %rdx, %rcx\n"
    "3: testq %rcx, %rcx\n"
    "jz 5f\n"
    MOVE_BYTE
    "decq %rcx\n"
    "jmp 3b\n"
    WORDS
    "7: addq $16, %rdx\n"
    "jmp 9f\n"
    "6: testq %rdx, %rdx\n"
    "jz 9f\n"
    MOVE_BYTE
    "jmp 6b\n"
    "9: movq %rdx, %rax\n"
    "8: ret\n"
    ENTRY("8b", "8b") /* so that there is a table */
    ".size copy_loop, . - copy_loop\n");
/* clang-format on */

enum { PAGE_BYTES = 4096, MOST_BYTES = 65536, CHUNK_BYTES = 16 * PAGE_BYTES };

static const struct axptr_machine *machine;
static bool allowed;
static const char zeros[MOST_BYTES];

static void attach(const struct axptr_machine *offered) { machine = offered; }
static bool faults_allowed(void) { return allowed; }
static void allow_faults(bool is_allowed) { allowed = is_allowed; }

static bool may_access(uint64_t start, uint64_t size, unsigned rights) {
  const uint64_t first_page = start & ~(uint64_t)(PAGE_BYTES - 1);
  const uint64_t pages_end = (start + size + PAGE_BYTES - 1) & ~(uint64_t)(PAGE_BYTES - 1);
  return machine->check(start, size, rights) &&
         machine->populate(first_page, pages_end - first_page, rights) == 0;
}

/* The number of bytes from `start` on that may be accessed; populates them. */
static size_t permitted(uint64_t start, size_t size, unsigned rights) {
  if (machine->lock() != 0) return 0;
  size_t done = may_access(start, size, rights) ? size : 0;
  while (done < size) {
    const size_t to_page_end = PAGE_BYTES - (start + done) % PAGE_BYTES;
    const size_t part = size - done < to_page_end ? size - done : to_page_end;
    if (!may_access(start + done, part, rights)) break;
    done += part;
  }
  machine->unlock();
  return done;
}

#ifdef BUG_EARLY_CLOBBER
/* The compiler may assign `failed` the register of `from`, because the constraint does not say that
 * `failed` is written before `from` is read. */
static size_t copy_loop_of_bytes(char *to, const char *from, size_t size, uint64_t user) {
  (void)user;
  for (; size != 0; ++to, ++from, --size) {
    uint64_t failed;
    uint32_t byte;
    __asm__ volatile(
        "movl $1, %k[failed]\n"
        "1: movzbl (%[from]), %[byte]\n"
        "xorl %k[failed], %k[failed]\n"
        "6:\n" ENTRY("1b", "6b")
        : [failed] "=a"(failed), [byte] "=&r"(byte)
        : [from] "a"(from)
        : "memory", "cc");
    if (failed != 0) break;
    *to = (char)byte;
  }
  return size;
}
#define copy_loop copy_loop_of_bytes
#endif

/* Moves the accessible prefix of the `size` bytes at `user`. Returns the number of bytes that were
 * not moved. */
static size_t move_chunk(char *to, const char *from, uint64_t user, size_t size, unsigned rights) {
  const size_t count = permitted(user, size, rights | AXPTR_USER);
  if (count == 0) return size;
  allowed = true;
  const size_t left = copy_loop(to, from, count, user);
#ifdef BUG_LEFT_OPEN
  if (left != 0) return size - count + left;
#endif
  allowed = false;
  return size - count + left;
}

/* Integer arithmetic: `start` may be a user address with any value. */
static char *behind(const char *start, size_t size) { return (char *)((uintptr_t)start + size); }

/* As move_chunk, for all chunks. The lock is held for at most one chunk. */
static size_t move(char *to, const char *from, uint64_t user, size_t size, unsigned rights) {
  if (user + size + PAGE_BYTES - 1 < user) return size;
  size_t done = 0;
  while (done < size) {
    const size_t to_chunk_end = CHUNK_BYTES - (user + done) % PAGE_BYTES;
    const size_t part = size - done < to_chunk_end ? size - done : to_chunk_end;
    const size_t left = move_chunk(behind(to, done), behind(from, done), user + done, part, rights);
    done += part - left;
    if (left != 0) break;
  }
  return size - done;
}

static size_t copy_from_user(void *to, uint64_t from, size_t size) {
  return move(to, (const char *)(uintptr_t)from, from, size, AXPTR_READ);
}

static size_t copy_to_user(uint64_t to, const void *from, size_t size) {
  return move((char *)(uintptr_t)to, from, to, size, AXPTR_WRITE);
}

static size_t clear_user(uint64_t to, size_t size) {
  return move((char *)(uintptr_t)to, zeros, to, size, AXPTR_WRITE);
}

static const struct axptr_subject subject = {.abi = AXPTR_SUBJECT_ABI,
                                             .size_bytes = sizeof(subject),
                                             .name = NAME,
                                             .attach = attach,
                                             .faults_allowed = faults_allowed,
                                             .allow_faults = allow_faults,
                                             .copy_from_user = copy_from_user,
                                             .find_fixup = ex_table_find_fixup,
                                             .copy_to_user = copy_to_user,
                                             .clear_user = clear_user};

const struct axptr_subject *axptr_subject_entry(void) { return &subject; }
