#include "axptr/linux_error.h"

#include <cerrno>  // makes EFAULT and its kin macros, which the names must survive

#include "gtest/gtest.h"

namespace axptr {
namespace {

// The host's number for the error. Without a default: the compiler refuses a missing enumerator.
constexpr int HostNumber(LinuxError error) {
  switch (error) {
    case LinuxError::kEintr:
      return EINTR;
    case LinuxError::kE2big:
      return E2BIG;
    case LinuxError::kEagain:
      return EAGAIN;
    case LinuxError::kEnomem:
      return ENOMEM;
    case LinuxError::kEfault:
      return EFAULT;
    case LinuxError::kEexist:
      return EEXIST;
    case LinuxError::kEinval:
      return EINVAL;
    case LinuxError::kEnametoolong:
      return ENAMETOOLONG;
    case LinuxError::kEilseq:
      return EILSEQ;
  }
  return 0;
}

TEST(LinuxError, ValuesAreLinuxs) {
  constexpr int kMaxErrno = 4095;
  int errors = 0;
  for (int number = 1; number <= kMaxErrno; ++number) {
    const int host_number = HostNumber(static_cast<LinuxError>(number));
    if (host_number == 0) continue;  // not an enumerator
    ++errors;
    EXPECT_EQ(number, host_number);
  }
  EXPECT_EQ(errors, 9);
}

}  // namespace
}  // namespace axptr
