#include "axptr/linux_error.h"

#include <cerrno>  // makes EFAULT and its kin macros, which the names must survive

#include "gtest/gtest.h"

namespace axptr {
namespace {

TEST(LinuxError, ValuesAreLinuxs) {
  EXPECT_EQ(static_cast<int>(LinuxError::kEintr), EINTR);
  EXPECT_EQ(static_cast<int>(LinuxError::kEnomem), ENOMEM);
  EXPECT_EQ(static_cast<int>(LinuxError::kEfault), EFAULT);
  EXPECT_EQ(static_cast<int>(LinuxError::kEexist), EEXIST);
  EXPECT_EQ(static_cast<int>(LinuxError::kEinval), EINVAL);
  EXPECT_EQ(static_cast<int>(LinuxError::kEilseq), EILSEQ);
}

}  // namespace
}  // namespace axptr
