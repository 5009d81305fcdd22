// What a caller receives when a user's pointer was no good.
//
// The enumerators are kEfault and not EFAULT because <errno.h>, where there is one, makes EFAULT a
// macro (docs/decisions/0002-error-names.md). The values are Linux's, so that a system call can
// return -static_cast<int>(error).
#ifndef AXPTR_LINUX_ERROR_H_
#define AXPTR_LINUX_ERROR_H_

#include <expected>

namespace axptr {

enum class LinuxError : int {
  kEintr = 4,          // the lock was not had, and nothing was done; passed on from with_addr_space
  kE2big = 7,          // more than the bound given, or an unknown tail that is not zero
  kEagain = 11,        // memory was taken away again and again (fault_in_and_retry)
  kEnomem = 12,        // no frame was left to populate a page; passed on from populate_area
  kEfault = 14,        // misaligned, not mapped, not permitted, or gone while it was read
  kEexist = 17,        // for address spaces: the range is taken
  kEinval = 22,        // a number that no caller may pass; see the functions that return it
  kEnametoolong = 36,  // the string does not end within the buffer
  kEilseq = 84,        // the string is not UTF-8
};

template <typename T>
using LinuxResult = std::expected<T, LinuxError>;

}  // namespace axptr

#endif  // AXPTR_LINUX_ERROR_H_
