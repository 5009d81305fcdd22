// The error codes of functions that take a user pointer.
//
// The enumerators are named kEfault, not EFAULT, because <errno.h>, if it is included, defines
// EFAULT as a macro (docs/decisions/0002-error-names.md). The values are Linux's, so that a system
// call can return -static_cast<int>(error).
#ifndef AXPTR_LINUX_ERROR_H_
#define AXPTR_LINUX_ERROR_H_

#include <expected>

namespace axptr {

// Why a function failed. The comments say what each error means for a user pointer; the comment of
// a function says which of them it returns.
enum class LinuxError : int {
  kEintr = 4,          // the lock was not taken, nothing was done; from with_addr_space
  kE2big = 7,          // more than the bound, or an unknown tail that is not zero
  kEagain = 11,        // the last permitted call would fault, too (fault_in_and_retry)
  kEnomem = 12,        // no free frame to populate a page; passed on from populate_area
  kEfault = 14,        // misaligned, not mapped, not permitted, or unmapped meanwhile
  kEexist = 17,        // for address spaces: the range is already mapped
  kEinval = 22,        // an invalid number; see the functions that return it
  kEnametoolong = 36,  // no terminator within the buffer
  kEilseq = 84,        // the string is not UTF-8
};

// A value, or the error in its place.
template <typename T>
using LinuxResult = std::expected<T, LinuxError>;

}  // namespace axptr

#endif  // AXPTR_LINUX_ERROR_H_
