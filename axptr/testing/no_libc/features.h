// The libstdc++ of a Linux toolchain includes this header of a libc from headers that the library
// needs. A kernel without a libc has to provide it like this. A test compiles the library with this
// folder instead of the headers of a libc.
#ifndef AXPTR_TESTING_NO_LIBC_FEATURES_H_
#define AXPTR_TESTING_NO_LIBC_FEATURES_H_

#define __GLIBC_PREREQ(major, minor) 0

#endif  // AXPTR_TESTING_NO_LIBC_FEATURES_H_
