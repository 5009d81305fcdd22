// What the library makes of a platform's primitive that is broken. That primitives are exact is
// tested by copy_bytes_test.cc, over the same platform.
#include <cstddef>
#include <cstdint>
#include <span>

#include "axptr/testing/fake_platform.h"
#include "axptr/user_ptr.h"
#include "gtest/gtest.h"

namespace axptr {
namespace {

// sparc's copy_from_user once returned more than the size, and the count of its caller wrapped.
TEST(FastTransfer, APrimitiveThatLeavesMoreThanThereWasMovedNothing) {
  testing::FakeMemory memory(1);
  testing::FakeProvider provider(memory);
  memory.map_all(testing::kUserReadWrite);
  const UserPtr<std::uint8_t> user(memory.address(8));
  std::uint8_t bytes[10] = {};
  for (std::size_t extra = 0; extra <= 20; ++extra) {
    Platform::too_many_left = extra;
    const std::size_t done = extra <= sizeof(bytes) ? sizeof(bytes) - extra : 0;
    const LinuxError error = extra == 0 ? kNoError : LinuxError::kEfault;
    const Copied wanted{.done = done, .error = error, .address = memory.address(8 + done)};
    EXPECT_EQ(user.read_into(provider, bytes), wanted) << extra;
    EXPECT_EQ(user.write_from(provider, bytes), wanted) << extra;
    EXPECT_EQ(user.zero(provider, sizeof(bytes)), wanted) << extra;
  }
  Platform::too_many_left = 0;
}

}  // namespace
}  // namespace axptr
