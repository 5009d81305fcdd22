/* A shared object whose entry function aborts the process. */
#include <stdlib.h>

#include "sim/subject/subject.h"

const struct axptr_subject *axptr_subject_entry(void) { abort(); }
