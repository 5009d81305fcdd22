// The platform header of the library as a subject in sim/ring0. There, RFLAGS.AC opens user memory,
// and %gs addresses a block of the task. It is the header that axptr/README.md shows.
#ifndef SIM_SUBJECT_AXPTR_TASK_PLATFORM_H_
#define SIM_SUBJECT_AXPTR_TASK_PLATFORM_H_

#include "axptr/testing/task_platform.h"
#include "sim/subject/axptr/machine.h"

#endif  // SIM_SUBJECT_AXPTR_TASK_PLATFORM_H_
