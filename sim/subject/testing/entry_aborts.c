/* A shared object that is no subject, and does not live to say so. */
#include <stdlib.h>

#include "sim/subject/subject.h"

const struct axptr_subject *axptr_subject_entry(void) { abort(); }
