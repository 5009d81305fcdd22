/* A subject for a version of the header that does not exist. */
#include "sim/subject/subject.h"

static void attach(const struct axptr_machine *machine) { (void)machine; }

static const struct axptr_subject subject = {.abi = AXPTR_SUBJECT_ABI + 1,
                                             .size_bytes = sizeof(subject),
                                             .name = "other_version",
                                             .attach = attach};

const struct axptr_subject *axptr_subject_entry(void) { return &subject; }
