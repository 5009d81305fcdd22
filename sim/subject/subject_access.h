/*
 * The third part of what a subject and the machine may offer each other (subject.h): user memory
 * that is closed to kernel code, as by SMAP of x86-64, SUM of RISC-V or PAN of ARM.
 *
 * A subject without a struct axptr_switching does not know of it: its attempts open user memory.
 */
#ifndef SIM_SUBJECT_SUBJECT_ACCESS_H_
#define SIM_SUBJECT_SUBJECT_ACCESS_H_

#include "sim/subject/subject.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of the machine. */
struct axptr_user_access {
  uint32_t size_bytes; /* of this struct: it grows at its end only */

  /* Opens user memory to the current CPU, as stac does. Result: whether it was open before. An
   * attempt that is abandoned leaves user memory as it was when the attempt began, and the fault
   * handler runs with it closed. Precondition: the flag is set, if there is one. */
  bool (*open)(void);

  /* Puts back what `open` returned. Precondition: as above. */
  void (*restore)(bool earlier);
};

/* Of a subject that calls these two around each access. A touch of user memory that is closed is
 * judged where the compiler reports the touch, and where it faults. */
struct axptr_switching {
  uint32_t size_bytes; /* of this struct: it grows at its end only, and what is missing is null */

  /* Calls body(argument) as a kernel does that switches to another task in the middle of an access:
   * meanwhile the flag is clear and user memory closed, and afterwards both are as they were. The
   * simulator calls it inside the body of an access_value; null: it does not. */
  void (*while_switched_away)(void (*body)(void *argument), void *argument);
};

#ifdef __cplusplus
}
#endif

#endif /* SIM_SUBJECT_SUBJECT_ACCESS_H_ */
