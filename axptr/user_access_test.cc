#include "axptr/user_access.h"

#include <thread>

#include "axptr/testing/fake_platform.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace axptr {
namespace {

using testing::trail;

const VirtAddrRange kRange = *VirtAddrRange::from_start_size(VirtAddr(0x5000), 8);
const VirtAddrRange kOtherRange = *VirtAddrRange::from_start_size(VirtAddr(0x9000), 8);
const auto kEfault = LinuxResult<void>(std::unexpected(LinuxError::kEfault));

class UserAccess : public ::testing::Test {
 protected:
  UserAccess() { testing::clear_trail(); }
  ~UserAccess() override { EXPECT_FALSE(is_accessing_user_memory()); }
};

TEST_F(UserAccess, TheFlagIsSetInsideAndClearAround) {
  EXPECT_FALSE(is_accessing_user_memory());
  EXPECT_TRUE(access_user_memory([] { return is_accessing_user_memory(); }));
}

TEST_F(UserAccess, ResultsAreReturnedUnchanged) {
  int value = 7;
  int& reference = access_user_memory([&]() -> int& { return value; });
  EXPECT_EQ(&reference, &value);
  access_user_memory([&] { value = 8; });
  EXPECT_EQ(value, 8);
}

TEST_F(UserAccess, TheFlagNests) {
  access_user_memory([] {
    access_user_memory([] { EXPECT_TRUE(is_accessing_user_memory()); });
    EXPECT_TRUE(is_accessing_user_memory()) << "the inner one cleared the flag of the outer";
  });
}

TEST_F(UserAccess, TheFlagIsPerCpu) {
  access_user_memory([] {
    bool elsewhere = true;
    std::thread([&] { elsewhere = is_accessing_user_memory(); }).join();
    EXPECT_FALSE(elsewhere);
  });
}

TEST_F(UserAccess, AnAttemptIsOverTheRangeUnderTheFlag) {
  bool ran = false;
  EXPECT_TRUE(attempt_user_access(kRange, MappingFlags::READ, [&] {
                ran = is_accessing_user_memory();
              }).has_value());
  EXPECT_TRUE(ran);
  ASSERT_EQ(trail().size(), 2u);
  EXPECT_THAT(trail()[0], ::testing::MatchesRegex("attempt .*[+]8 r"));
}

TEST_F(UserAccess, AnUnresolvedFaultIsEfaultAndRestoresTheFlag) {
  EXPECT_EQ(attempt_user_access(kRange, MappingFlags::READ, [] { testing::abandon_attempt(); }),
            kEfault);
  EXPECT_FALSE(is_accessing_user_memory());
}

TEST_F(UserAccess, AnInnerRefusalLeavesTheOuterAttemptArmed) {
  const auto outer = attempt_user_access(kRange, MappingFlags::READ, [] {
    const auto inner =
        attempt_user_access(kRange, MappingFlags::READ, [] { testing::abandon_attempt(); });
    EXPECT_EQ(inner, kEfault);
    EXPECT_TRUE(is_accessing_user_memory());
    EXPECT_EQ(testing::attempts_under_way(), 1);
    testing::abandon_attempt();
  });
  EXPECT_EQ(outer, kEfault);
  EXPECT_EQ(testing::attempts_under_way(), 0);
}

// The memory of the outer attempt is unmapped while the body of the inner one runs.
TEST_F(UserAccess, AFaultInTheOuterRangeAbandonsTheOuterAttempt) {
  bool inner_returned = false;
  const auto outer = attempt_user_access(kRange, MappingFlags::READ, [&] {
    const auto inner = attempt_user_access(kOtherRange, MappingFlags::READ, [] {
      EXPECT_EQ(testing::attempts_under_way(), 2);
      testing::fault_at(kRange.start());
    });
    inner_returned = inner.has_value() || !inner.has_value();
  });
  EXPECT_EQ(outer, kEfault);
  EXPECT_FALSE(inner_returned);
  EXPECT_FALSE(is_accessing_user_memory());
  EXPECT_EQ(testing::attempts_under_way(), 0);
}

TEST_F(UserAccess, OfThreeAttemptsTheOneWhoseRangeHoldsTheFaultIsAbandoned) {
  const auto touch_middle = [] { testing::fault_at(kOtherRange.start()); };
  bool went_on = false;
  const auto outer = attempt_user_access(kRange, MappingFlags::READ, [&] {
    const auto middle = attempt_user_access(kOtherRange, MappingFlags::READ, [&] {
      static_cast<void>(attempt_user_access(kRange, MappingFlags::READ, touch_middle));
      ADD_FAILURE() << "the attempt inside the abandoned one came back";
    });
    EXPECT_EQ(middle, kEfault);
    EXPECT_TRUE(is_accessing_user_memory()) << "the flag is not as at the begin of the middle one";
    EXPECT_EQ(testing::attempts_under_way(), 1);
    went_on = true;
  });
  EXPECT_TRUE(outer.has_value());
  EXPECT_TRUE(went_on);
}

TEST_F(UserAccess, AFunctionThatIsConstOrMoveOnlyRuns) {
  const auto constant = [] {};
  EXPECT_TRUE(attempt_user_access(kRange, MappingFlags::READ, constant).has_value());
  struct MoveOnly {
    MoveOnly() = default;
    MoveOnly(MoveOnly&&) = default;
    void operator()() {}
  };
  EXPECT_TRUE(attempt_user_access(kRange, MappingFlags::READ, MoveOnly()).has_value());
}

TEST_F(UserAccess, TheStateOfATaskIsSavedAndRestored) {
  access_user_memory([] {
    const UserAccessState inside = save_user_access();
    EXPECT_FALSE(is_accessing_user_memory());
    restore_user_access(inside);
    EXPECT_TRUE(is_accessing_user_memory());
  });
  const UserAccessState outside = save_user_access();
  access_user_memory([&] {
    restore_user_access(outside);
    EXPECT_FALSE(is_accessing_user_memory());
  });
}

}  // namespace
}  // namespace axptr
