/* User-memory access with the interface of Linux: the names, arguments and results of its
 * functions, which include/linux/uaccess.h and lib/ of Linux document. Addresses are uint64_t.
 *
 * These functions do not check whether memory is mapped: an unmapped page causes a page fault, and
 * the faulting instruction has an entry in the exception table. */
#ifndef SIM_SUBJECT_LINUX_LIKE_UACCESS_H_
#define SIM_SUBJECT_LINUX_LIKE_UACCESS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/subject/subject.h"
#include "sim/subject/subject_access.h"

enum { E2BIG = 7, EAGAIN = 11, ENOMEM = 12, EFAULT = 14, EINVAL = 22 };
enum { PAGE_SIZE = 4096 };

/* The user addresses of the simulated machine, as TASK_SIZE_MAX is those of x86-64. */
#define USER_START UINT64_C(0x550000000000)
#define USER_SIZE (UINT64_C(64) << 30)

extern const struct axptr_machine *uaccess_machine __attribute__((visibility("hidden")));

/* The flag AC of the current CPU. If it is set, user memory is open, and a fault on user memory is
 * expected. */
bool access_flag(void);
void set_access_flag(bool is_set);

/* stac and clac. Between them, only functions of this file and of user_words.h are called. */
void user_access_begin(void);
void user_access_end(void);
/* As stac, for code that may run between stac and clac: returns the state for restore. */
struct user_access_state {
  bool flag;
  bool open;
};
struct user_access_state user_access_save_and_begin(void);
void user_access_restore(struct user_access_state state);
/* Calls body(argument) as another task on this CPU, with user memory closed. Precondition: between
 * begin and end. */
void while_switched_away(void (*body)(void *argument), void *argument);

/* Whether [start, start + size) are user addresses. The computation cannot wrap. */
bool access_ok(uint64_t start, uint64_t size);

/* Copies `size` bytes. Result: the number of bytes at the end that were not copied. These bytes of
 * `to` are filled with zeros. */
size_t copy_from_user(void *to, uint64_t from, size_t size);
/* As copy_from_user, but the rest of `to` is not changed. */
size_t copy_from_user_unpadded(void *to, uint64_t from, size_t size);
size_t copy_to_user(uint64_t to, const void *from, size_t size);
size_t clear_user(uint64_t to, size_t size);

/* One word of 1, 2, 4 or 8 bytes at any address, by one load or one store. Result: 0 or -EFAULT,
 * after which `*value` is zero, and nothing was stored. */
int get_user(void *value, uint64_t from, size_t size);
/* As get_user. Precondition: access_ok(from, size). */
int get_user_unchecked(void *value, uint64_t from, size_t size);
int put_user(uint64_t to, const void *value, size_t size);

/* Copies bytes up to and including the first zero byte, at most `count`. Result: the number of
 * bytes copied, without the zero byte; `count`: there was no zero byte; -EFAULT. */
long strncpy_from_user(char *to, uint64_t from, long count);
/* Result: the number of bytes up to and including the first zero byte; more than `count`: the first
 * `count` bytes have no zero byte; 0: a byte is not accessible. */
long strnlen_user(uint64_t start, long count);

/* Reads a struct of `ksize` bytes from the user's version of `usize` bytes. Result: 0, -EFAULT, or
 * -E2BIG: a byte that does not fit is not zero. */
int copy_struct_from_user(void *to, size_t ksize, uint64_t from, size_t usize);
/* Writes a struct to the user's version. Sets `*ignored` to whether a byte that did not fit is not
 * zero. */
int copy_struct_to_user(uint64_t to, size_t usize, const void *from, size_t ksize, bool *ignored);

/* Futex operations on a word of 4 or 8 bytes. Result: 0 or -EFAULT. All except the store set
 * `*found` to the previous value of the word. */
int futex_store(uint64_t word, size_t size, uint64_t operand);
int futex_load(uint64_t word, size_t size, uint64_t *found);
int futex_exchange(uint64_t word, size_t size, uint64_t operand, uint64_t *found);
int futex_fetch_add(uint64_t word, size_t size, uint64_t operand, uint64_t *found);
int futex_compare_exchange(uint64_t word, size_t size, uint64_t expected, uint64_t desired,
                           uint64_t *found);
/* Stores combine(previous value, operand). */
int futex_update(uint64_t word, size_t size, uint64_t operand,
                 uint64_t (*combine)(uint64_t held, uint64_t operand), uint64_t *found);

/* Defined in raw_copy.S. Precondition: user memory is open. Result: the number of bytes at the end
 * that were not moved. */
size_t raw_copy(void *to, const void *from, size_t size) __attribute__((visibility("hidden")));
size_t raw_clear(void *to, size_t size) __attribute__((visibility("hidden")));

#endif /* SIM_SUBJECT_LINUX_LIKE_UACCESS_H_ */
