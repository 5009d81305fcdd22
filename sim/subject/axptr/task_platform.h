// Another platform header of the library as a subject, for a machine whose user access is RFLAGS.AC
// and whose %gs addresses a block of the task's: the one that README.md of the library shows
// (sim/ring0).
#ifndef SIM_SUBJECT_AXPTR_TASK_PLATFORM_H_
#define SIM_SUBJECT_AXPTR_TASK_PLATFORM_H_

#include "axptr/testing/task_platform.h"
#include "sim/subject/axptr/machine.h"

#endif  // SIM_SUBJECT_AXPTR_TASK_PLATFORM_H_
