/* A subject that names an unknown contract. */
#include "sim/subject/subject.h"

static void attach(const struct axptr_machine *machine) { (void)machine; }

static const struct axptr_subject subject = {.abi = AXPTR_SUBJECT_ABI,
                                             .size_bytes = sizeof(subject),
                                             .name = "other_contract",
                                             .attach = attach,
                                             .contract = "posix"};

const struct axptr_subject *axptr_subject_entry(void) { return &subject; }
