/* Bug: counts one byte too many. */
#define SUBJECT_NAME "copying_wrong_count"
#define COUNTED_BEFORE 1
#define ZEROED 0
#define PADDED 0
#include "sim/subject/testing/copying.c"
