/* One access to a word of user memory, by one instruction that has an entry in the exception table.
 * Precondition: user memory is open. Each function returns 0, or -14 (EFAULT): the word is not
 * accessible, and the access had no effect. x86-64. */
#ifndef SIM_SUBJECT_LINUX_LIKE_USER_WORDS_H_
#define SIM_SUBJECT_LINUX_LIKE_USER_WORDS_H_

#include <stddef.h>
#include <stdint.h>

#include "sim/subject/linux_like/ex_table.h"

enum { NOT_THERE = -14 };

/* The instruction at label 1 loads to `loaded`, or stores. If it does not fault, the next
 * instruction clears the error. */
#define LOAD_USER(instruction, from, loaded, error)               \
  __asm__ volatile("1: " instruction                              \
                   "\n"                                           \
                   "xorl %k[failed], %k[failed]\n"                \
                   "2:\n" EX_TABLE("1b", "2b")                    \
                   : [value] "+&r"(loaded), [failed] "+&r"(error) \
                   : [place] "r"(from)                            \
                   : "memory", "cc")
#define STORE_USER(instruction, to, stored, error)        \
  __asm__ volatile("1: " instruction                      \
                   "\n"                                   \
                   "xorl %k[failed], %k[failed]\n"        \
                   "2:\n" EX_TABLE("1b", "2b")            \
                   : [failed] "+&r"(error)                \
                   : [place] "r"(to), [value] "q"(stored) \
                   : "memory", "cc")

/* Sets `*loaded` to the word of `size` bytes (1, 2, 4 or 8) at `from`; to 0 after an error. */
static inline int load_user(uint64_t from, size_t size, uint64_t *loaded) {
  int error = NOT_THERE;
  uint64_t value = 0;
  switch (size) {
    case 1:
      LOAD_USER("movb (%[place]), %b[value]", from, value, error);
      break;
    case 2:
      LOAD_USER("movw (%[place]), %w[value]", from, value, error);
      break;
    case 4:
#ifdef BUG_EARLY_CLOBBER
      /* The compiler can assign `failed` the register of the address, because the constraint does
       * not say that `failed` is written before the address is read. */
      {
        int64_t failed;
        __asm__ volatile(
            "movq $-14, %[failed]\n"
            "1: movl (%[place]), %k[value]\n"
            "xorl %k[failed], %k[failed]\n"
            "2:\n" EX_TABLE("1b", "2b")
            : [value] "+&r"(value), [failed] "=a"(failed)
            : [place] "a"(from)
            : "memory", "cc");
        error = (int)failed;
      }
#else
      LOAD_USER("movl (%[place]), %k[value]", from, value, error);
#endif
      break;
    default:
      LOAD_USER("movq (%[place]), %q[value]", from, value, error);
  }
  *loaded = value;
  return error;
}

/* Stores the lowest `size` bytes of `value`. */
static inline int store_user(uint64_t to, size_t size, uint64_t value) {
  int error = NOT_THERE;
#ifdef BUG_WIDER
  if (size == 2) size = 4;
#endif
  switch (size) {
    case 1:
      STORE_USER("movb %b[value], (%[place])", to, value, error);
      break;
    case 2:
      STORE_USER("movw %w[value], (%[place])", to, value, error);
      break;
    case 4:
      STORE_USER("movl %k[value], (%[place])", to, value, error);
      break;
    default:
      STORE_USER("movq %q[value], (%[place])", to, value, error);
  }
  return error;
}

/* An instruction on a word that returns the previous value of the word in `held`. */
#define CHANGE_USER(instruction, word, held, error)             \
  __asm__ volatile("1: " instruction                            \
                   "\n"                                         \
                   "movl $0, %[failed]\n"                       \
                   "2:\n" EX_TABLE("1b", "2b")                  \
                   : [found] "+&r"(held), [failed] "+&r"(error) \
                   : [place] "r"(word)                          \
                   : "memory", "cc")
/* As above, for an instruction that compares with `held`, which is in the register a. */
#define COMPARE_USER(instruction, word, held, desired, error) \
  __asm__ volatile("1: " instruction                          \
                   "\n"                                       \
                   "movl $0, %[failed]\n"                     \
                   "2:\n" EX_TABLE("1b", "2b")                \
                   : "+&a"(held), [failed] "+&r"(error)       \
                   : [place] "r"(word), [other] "r"(desired)  \
                   : "memory", "cc")

/* Exchanges `*word` with the word of `size` bytes, 4 or 8: stores `*word`, and sets `*word` to the
 * previous value. */
static inline int exchange_user(uint64_t place, size_t size, uint64_t *word) {
  int error = NOT_THERE;
  uint64_t found = *word;
  if (size == 4) {
    CHANGE_USER("xchgl %k[found], (%[place])", place, found, error);
  } else {
    CHANGE_USER("xchgq %q[found], (%[place])", place, found, error);
  }
  if (error == 0) *word = found;
  return error;
}

/* Adds `*word` to the word, and sets `*word` to the previous value. */
static inline int fetch_add_user(uint64_t place, size_t size, uint64_t *word) {
  int error = NOT_THERE;
  uint64_t found = *word;
  if (size == 4) {
    CHANGE_USER("lock xaddl %k[found], (%[place])", place, found, error);
  } else {
    CHANGE_USER("lock xaddq %q[found], (%[place])", place, found, error);
  }
  if (error == 0) *word = found;
  return error;
}

/* Stores `desired` if the word equals `*expected`, and sets `*expected` to the previous value. */
static inline int compare_exchange_user(uint64_t place, size_t size, uint64_t *expected,
                                        uint64_t desired) {
  int error = NOT_THERE;
  uint64_t found = *expected;
  if (size == 4) {
    COMPARE_USER("lock cmpxchgl %k[other], (%[place])", place, found, desired, error);
  } else {
    COMPARE_USER("lock cmpxchgq %q[other], (%[place])", place, found, desired, error);
  }
  if (error == 0) *expected = found;
  return error;
}

#endif /* SIM_SUBJECT_LINUX_LIKE_USER_WORDS_H_ */
