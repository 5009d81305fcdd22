#include "sim/cli/bug/fresh_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

using ::testing::HasSubstr;

TEST(FreshProcessTest, ReturnsTheResultOfTheChild) {
  const std::string large(1 << 20, 'x');
  const absl::StatusOr<std::string> answer = InFreshProcess([&] { return large; });
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(*answer, large);
}

TEST(FreshProcessTest, NamesTheSignalThatKilledTheChild) {
  const absl::StatusOr<std::string> answer = InFreshProcess([]() -> std::string {
    signal(SIGTERM, SIG_DFL);
    raise(SIGTERM);
    return "";
  });
  EXPECT_TRUE(absl::IsAborted(answer.status()));
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("killed by SIGTERM"));
}

TEST(FreshProcessTest, KillsAChildThatDoesNotEnd) {
  const absl::StatusOr<std::string> answer = InFreshProcess(
      []() -> std::string {
        while (true) pause();
      },
      /*seconds=*/1);
  EXPECT_TRUE(absl::IsAborted(answer.status()));
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("did not end within 1 s"));
}

TEST(FreshProcessTest, KillsAChildThatBlocksEverySignal) {
  const absl::StatusOr<std::string> answer = InFreshProcess(
      []() -> std::string {
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_SETMASK, &all, nullptr);
        while (true) pause();
      },
      /*seconds=*/1);
  EXPECT_TRUE(absl::IsAborted(answer.status()));
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("did not end within 1 s"));
}

TEST(FreshProcessTest, AChildThatExitsWithStatus0HasNoResult) {
  const absl::StatusOr<std::string> answer = InFreshProcess([]() -> std::string { _exit(0); });
  EXPECT_TRUE(absl::IsAborted(answer.status()));
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("ended with status 0"));
}

TEST(FreshProcessTest, FindsNothingInACorrectScenario) {
  const Scenario scenario =
      ParseScenario("map 0x550000000000 0x1000 rw- eager\nconst.get u8 0x550000000000\n", "test")
          .value();
  const absl::StatusOr<std::optional<FoundBug>> found = FindBugInFreshProcess(scenario);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_FALSE(found->has_value());
}

}  // namespace
}  // namespace sim
