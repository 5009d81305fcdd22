// User access is open inside every access and what it was before on every way out, with the hooks
// of a kernel whose hardware closes user memory (testing/hooked_platform.h).
#include <optional>
#include <stdexcept>

#include "axptr/testing/fake_platform.h"
#include "axptr/user_access.h"
#include "gtest/gtest.h"

namespace axptr {
namespace {

const VirtAddrRange kRange = *VirtAddrRange::from_start_size(VirtAddr(0x5000), 8);
const VirtAddrRange kOtherRange = *VirtAddrRange::from_start_size(VirtAddr(0x9000), 8);
const auto kEfault = LinuxResult<void>(std::unexpected(LinuxError::kEfault));

bool is_open() { return Platform::user_access_is_open; }

template <typename F>
LinuxResult<void> attempt(VirtAddrRange range, F function) {
  return attempt_user_access(range, MappingFlags::READ, function);
}

class PlatformHooks : public ::testing::Test {
 protected:
  PlatformHooks() { testing::clear_trail(); }
  ~PlatformHooks() override {
    EXPECT_FALSE(is_open());
    EXPECT_FALSE(is_accessing_user_memory());
  }
};

TEST_F(PlatformHooks, UserMemoryIsOpenInsideAndClosedAround) {
  EXPECT_FALSE(is_open());
  EXPECT_TRUE(access_user_memory([] { return is_open(); }));
  EXPECT_FALSE(is_open());
}

TEST_F(PlatformHooks, AnInnerAccessRestoresTheStateAndDoesNotCloseUserMemory) {
  access_user_memory([] {
    access_user_memory([] { EXPECT_TRUE(is_open()); });
    EXPECT_TRUE(is_open());
  });
}

TEST_F(PlatformHooks, AnExceptionRestoresTheState) {
  EXPECT_THROW(access_user_memory([] { throw std::runtime_error("out of the function"); }),
               std::runtime_error);
}

TEST_F(PlatformHooks, AnAttemptThatReturnsRestoresTheState) {
  bool open_inside = false;
  EXPECT_TRUE(attempt(kRange, [&] { open_inside = is_open(); }).has_value());
  EXPECT_TRUE(open_inside);
}

TEST_F(PlatformHooks, ARefusedOrAbandonedAttemptRestoresTheState) {
  testing::refuse_attempt(1);
  EXPECT_EQ(attempt(kRange, [] {}), kEfault);
  EXPECT_FALSE(is_open());
  EXPECT_EQ(attempt(kRange, [] { testing::abandon_attempt(); }), kEfault);
  EXPECT_FALSE(is_open());
}

TEST_F(PlatformHooks, AnInnerAttemptThatIsAbandonedLeavesTheOuterOneOpen) {
  access_user_memory([] {
    EXPECT_EQ(attempt(kRange, [] { testing::abandon_attempt(); }), kEfault);
    EXPECT_TRUE(is_open());
  });
  EXPECT_TRUE(attempt(kRange, [] {
                EXPECT_EQ(attempt(kOtherRange, [] { testing::abandon_attempt(); }), kEfault);
                EXPECT_TRUE(is_open());
              }).has_value());
}

// A nested access inside the abandoned body does not restore the state itself; the outer attempt
// does.
TEST_F(PlatformHooks, AnAbandonedOuterAttemptRestoresTheStateBeforeIt) {
  const auto fault_of_outer = [] { testing::fault_at(kRange.start()); };
  const auto inside = [&] { static_cast<void>(attempt(kOtherRange, fault_of_outer)); };
  EXPECT_EQ(attempt(kRange, inside), kEfault);
  EXPECT_FALSE(is_open());
  access_user_memory([&] {
    EXPECT_EQ(attempt(kRange, inside), kEfault);
    EXPECT_TRUE(is_open());
  });
}

// A switch of tasks in the middle of an access, and another task's access meanwhile.
TEST_F(PlatformHooks, TheStateOfATaskIsRestoredOnTheCpuWhereItRunsNext) {
  access_user_memory([] {
    const UserAccessState first = save_user_access();
    EXPECT_FALSE(is_open());
    EXPECT_FALSE(is_accessing_user_memory());
    const UserAccessState outside = save_user_access();  // of a task in no access
    access_user_memory([&] {
      const UserAccessState second = save_user_access();
      restore_user_access(outside);
      EXPECT_FALSE(is_open());
      EXPECT_FALSE(is_accessing_user_memory());
      restore_user_access(second);
      EXPECT_TRUE(is_open());
      EXPECT_TRUE(is_accessing_user_memory());
    });
    EXPECT_FALSE(is_open());
    restore_user_access(first);
    EXPECT_TRUE(is_open());
    EXPECT_TRUE(is_accessing_user_memory());
  });
}

// Other code closes user access in the middle of an access; the attempt then starts from its own
// state.
TEST_F(PlatformHooks, AStateThatTheAbandonedFunctionChangedIsRestored) {
  access_user_memory([] {
    EXPECT_EQ(attempt(kRange,
                      [] {
                        Platform::restore_user_access(false);
                        set_accessing_user_memory(false);
                        testing::abandon_attempt();
                      }),
              kEfault);
    EXPECT_TRUE(is_open());
    EXPECT_TRUE(is_accessing_user_memory());
  });
}

}  // namespace
}  // namespace axptr
