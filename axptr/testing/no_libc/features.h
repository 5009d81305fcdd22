// The one header of a libc that libstdc++ of a Linux toolchain includes from the headers that the
// library needs, as a kernel without a libc provides it. A test compiles the library with this
// folder in place of a libc's headers.
#ifndef AXPTR_TESTING_NO_LIBC_FEATURES_H_
#define AXPTR_TESTING_NO_LIBC_FEATURES_H_

#define __GLIBC_PREREQ(major, minor) 0

#endif  // AXPTR_TESTING_NO_LIBC_FEATURES_H_
