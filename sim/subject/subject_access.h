/*
 * The third part of the interface of a subject (subject.h): user memory that is closed to kernel
 * code, as by SMAP of x86-64, SUM of RISC-V or PAN of ARM.
 *
 * For a subject without a struct axptr_switching, each attempt opens user memory.
 */
#ifndef SIM_SUBJECT_SUBJECT_ACCESS_H_
#define SIM_SUBJECT_SUBJECT_ACCESS_H_

#include "sim/subject/subject.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Services of the machine. */
struct axptr_user_access {
  uint32_t size_bytes; /* of this struct: it grows at its end only */

  /* Opens user memory to the current CPU, as stac does. Result: whether user memory was open
   * before. After an abandoned attempt, user memory is open or closed as it was when the attempt
   * began. The fault handler runs with user memory closed. Precondition: the user-access flag is
   * set, if the subject has one. */
  bool (*open)(void);

  /* Restores the state that `open` returned. Precondition: as above. */
  void (*restore)(bool earlier);
};

/* Offered by a subject that calls `open` and `restore` around each access. Where the host has
 * protection keys (x86-64: PKU), they close user memory to such a subject, and each touch of closed
 * memory is judged. Elsewhere a touch is judged if the compiler reports it, or if it faults. */
struct axptr_switching {
  uint32_t size_bytes; /* of this struct: it grows at its end only, and what is missing is null */

  /* Calls body(argument) as a kernel that switches from the current task to another one, in the
   * middle of an access or outside of any: during the call, the user-access flag is clear and user
   * memory is closed; afterwards, both are as they were before, also if the task resumes on another
   * CPU. The simulator calls this function inside the body of an access_value, and where a task
   * sleeps: in the fault handler, after a check, before a load or a use. It calls the function also
   * during `body`, for the other task. Null: the simulator does not call it, and saves flag and
   * user access itself where a task sleeps. */
  void (*while_switched_away)(void (*body)(void *argument), void *argument);
};

#ifdef __cplusplus
}
#endif

#endif /* SIM_SUBJECT_SUBJECT_ACCESS_H_ */
