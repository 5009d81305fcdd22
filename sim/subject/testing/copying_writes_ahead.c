/* Bug: writes to the kernel buffer after the bytes that were copied. */
#define SUBJECT_NAME "copying_writes_ahead"
#define COUNTED_BEFORE 0
#define ZEROED 1
#define PADDED 0
#include "sim/subject/testing/copying.c"
