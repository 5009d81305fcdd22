/* Loads and stores of user memory by instructions of their own, each with an entry in an exception
 * table. C11 and C++: for a subject, and for tests that are linked with it. x86-64. */
#ifndef SIM_SUBJECT_TESTING_EX_TABLE_H_
#define SIM_SUBJECT_TESTING_EX_TABLE_H_

#include <stdbool.h>
#include <stdint.h>

/* Both members are relative to their own address, so that the table needs no relocation. */
struct ex_table_entry {
  int32_t instruction;
  int32_t fixup;
};

/* The linker's symbols for the ends of the section, separate in each shared object. */
/* NOLINTBEGIN(bugprone-reserved-identifier) */
extern const struct ex_table_entry __start_ex_table[] __attribute__((visibility("hidden")));
extern const struct ex_table_entry __stop_ex_table[] __attribute__((visibility("hidden")));
/* NOLINTEND(bugprone-reserved-identifier) */

/* The fixup of the instruction at label 1: label 2, which is correct, unless a test redefines it.
 */
#ifndef EX_TABLE_FIXUP
#define EX_TABLE_FIXUP "2b"
#endif

/* The table entry of the instruction at label 1. */
#define EX_TABLE_ENTRY             \
  ".pushsection ex_table, \"a\"\n" \
  ".balign 4\n"                    \
  ".long 1b - ., " EX_TABLE_FIXUP  \
  " - .\n"                         \
  ".popsection\n"

/* The table entry of an instruction whose entry a test can omit. */
#ifdef EX_TABLE_WITHOUT_WORDS
#define EX_TABLE_ENTRY_OF_WORDS ""
#else
#define EX_TABLE_ENTRY_OF_WORDS EX_TABLE_ENTRY
#endif

/* The fixup of the instruction at `pc`; 0: none. Safe in a signal handler. */
static inline uintptr_t ex_table_find_fixup(uintptr_t pc) {
  for (const struct ex_table_entry *entry = __start_ex_table; entry != __stop_ex_table; ++entry) {
    if ((uintptr_t)&entry->instruction + (uintptr_t)(intptr_t)entry->instruction != pc) continue;
    return (uintptr_t)&entry->fixup + (uintptr_t)(intptr_t)entry->fixup;
  }
  return 0;
}

/* Loads the byte at `from`. Returns false if the load faulted. */
static inline bool load_user_byte(uint64_t from, uint32_t *byte) {
  uint32_t failed = 1;
  uint32_t loaded = 0;
  __asm__ volatile(
      "1: movzbl (%[from]), %[loaded]\n"
      "3: xorl %[failed], %[failed]\n"
      "2:\n" EX_TABLE_ENTRY
      : [loaded] "+&r"(loaded), [failed] "+&r"(failed)
      : [from] "r"(from)
      : "memory", "cc");
  *byte = loaded;
  return failed == 0;
}

/* Loads the 8 bytes at `from`, which is a multiple of 8. Returns false if the load faulted. */
static inline bool load_user_word(uint64_t from, uint64_t *word) {
  uint32_t failed = 1;
  uint64_t loaded = 0;
  __asm__ volatile(
      "1: movq (%[from]), %[loaded]\n"
      "3: xorl %[failed], %[failed]\n"
      "2:\n" EX_TABLE_ENTRY_OF_WORDS
      : [loaded] "+&r"(loaded), [failed] "+&r"(failed)
      : [from] "r"(from)
      : "memory", "cc");
  *word = loaded;
  return failed == 0;
}

/* Stores the lowest byte of `byte` at `to`. Returns false if the store faulted. */
static inline bool store_user_byte(uint64_t to, uint32_t byte) {
  uint32_t failed = 1;
  __asm__ volatile(
      "1: movb %b[byte], (%[to])\n"
      "3: xorl %[failed], %[failed]\n"
      "2:\n" EX_TABLE_ENTRY
      : [failed] "+&r"(failed)
      : [to] "r"(to), [byte] "q"(byte)
      : "memory", "cc");
  return failed == 0;
}

#endif /* SIM_SUBJECT_TESTING_EX_TABLE_H_ */
