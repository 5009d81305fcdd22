/* The exception table: the fixup of each instruction that may fault on user memory. One header for
 * C and for assembly. Each number is relative to its own address, so that the table needs no
 * relocation. */
#ifndef SIM_SUBJECT_LINUX_LIKE_EX_TABLE_H_
#define SIM_SUBJECT_LINUX_LIKE_EX_TABLE_H_

#ifdef __ASSEMBLER__

/* Adds an entry: after an unresolved fault at the label `instruction`, execution continues at the
 * label `fixup`. */
/* clang-format off */
#define EX_TABLE(instruction, fixup)                                                        \
  .pushsection user_fixups, "a"; .balign 4; .long instruction - ., fixup - .; .popsection
/* clang-format on */

#else

#include <stdint.h>

/* The same in inline assembly. */
#define EX_TABLE(instruction, fixup)  \
  ".pushsection user_fixups, \"a\"\n" \
  ".balign 4\n"                       \
  ".long " instruction " - ., " fixup \
  " - .\n"                            \
  ".popsection\n"

struct ex_table_entry {
  int32_t instruction;
  int32_t fixup;
};

/* The linker's symbols for the ends of the section, separate in each shared object. */
/* NOLINTBEGIN(bugprone-reserved-identifier) */
extern const struct ex_table_entry __start_user_fixups[] __attribute__((visibility("hidden")));
extern const struct ex_table_entry __stop_user_fixups[] __attribute__((visibility("hidden")));
/* NOLINTEND(bugprone-reserved-identifier) */

/* The fixup of the instruction at `pc`; 0: none. Safe in a signal handler. */
static inline uintptr_t ex_table_find_fixup(uintptr_t pc) {
  const struct ex_table_entry *entry = __start_user_fixups;
  for (; entry != __stop_user_fixups; ++entry) {
    if ((uintptr_t)&entry->instruction + (uintptr_t)(intptr_t)entry->instruction != pc) continue;
    return (uintptr_t)&entry->fixup + (uintptr_t)(intptr_t)entry->fixup;
  }
  return 0;
}

#endif /* __ASSEMBLER__ */

#endif /* SIM_SUBJECT_LINUX_LIKE_EX_TABLE_H_ */
