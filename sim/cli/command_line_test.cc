#include "sim/cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "sim/cli/commands/commands.h"
#include "sim/cli/exit_status.h"
#include "sim/scenario/verb.h"

namespace sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Option kOptions[] = {{"format", "text|json", "how"}, {"quiet", "", "less"}};
const Command kCommand = {.name = "try",
                          .arguments = "FILE [FILE]",
                          .summary = "Tries.",
                          .example = "  axsim try x\n",
                          .min_files = 1,
                          .max_files = 2,
                          .options = kOptions,
                          .run = [](const Arguments&) { return 7; }};

absl::StatusOr<Arguments> Parse(std::vector<std::string> words) {
  return ParseArguments(kCommand, words);
}

TEST(CommandLineTest, OptionsMayBeAnywhere) {
  const absl::StatusOr<Arguments> arguments = Parse({"a", "--format=json", "-", "--quiet"});
  ASSERT_TRUE(arguments.ok()) << arguments.status();
  EXPECT_THAT(arguments->files, ElementsAre("a", "-"));
  EXPECT_TRUE(arguments->IsJson());
  EXPECT_TRUE(arguments->Has("quiet"));
}

TEST(CommandLineTest, AfterTwoDashesEverythingIsAFile) {
  const absl::StatusOr<Arguments> arguments = Parse({"--", "--quiet"});
  ASSERT_TRUE(arguments.ok()) << arguments.status();
  EXPECT_THAT(arguments->files, ElementsAre("--quiet"));
  EXPECT_FALSE(arguments->Has("quiet"));
}

TEST(CommandLineTest, ErrorMessagesSayWhatWasExpected) {
  const auto message = [](std::vector<std::string> words) {
    return std::string(Parse(std::move(words)).status().message());
  };
  EXPECT_THAT(message({"a", "--loud"}), HasSubstr("expected --format=text|json, --quiet"));
  EXPECT_THAT(message({"a", "--format=xml"}), HasSubstr("expected --format=text|json"));
  EXPECT_THAT(message({"a", "--format"}), HasSubstr("expected --format=text|json"));
  EXPECT_THAT(message({"a", "--quiet=1"}), HasSubstr("expected --quiet"));
  EXPECT_THAT(message({}), HasSubstr("expected: axsim try FILE [FILE]"));
  EXPECT_THAT(message({"a", "b", "c"}), HasSubstr("expected: axsim try"));
}

TEST(CommandLineTest, RunsTheCommandThatIsNamed) {
  const std::vector<std::string> words = {"try", "x"};
  EXPECT_EQ(RunCommandLine(std::span(&kCommand, 1), words), 7);
  const std::vector<std::string> wrong = {"fly", "x"};
  EXPECT_EQ(RunCommandLine(std::span(&kCommand, 1), wrong), kUnusable);
  const std::vector<std::string> help = {"try", "--help"};
  EXPECT_EQ(RunCommandLine(std::span(&kCommand, 1), help), kAllAsExpected);
}

TEST(EveryVerb, IsInTheHelp) {
  const std::string help = PrintHelp(Commands());
  for (const VerbInfo& info : AllVerbs()) {
    EXPECT_THAT(help, HasSubstr(absl::StrCat("\n  ", info.name, " "))) << info.name;
    EXPECT_FALSE(info.help.empty()) << info.name;
  }
  EXPECT_THAT(help, HasSubstr("ADDR \"bytes\" or ADDR LEN BYTE"));
}

TEST(CommandLineTest, EveryCommandHasASummaryAnExampleAndAFunction) {
  for (const Command& command : Commands()) {
    EXPECT_NE(command.run, nullptr) << command.name;
    EXPECT_FALSE(command.summary.empty()) << command.name;
    EXPECT_THAT(std::string(command.example),
                HasSubstr("  axsim " + std::string(command.name) + " "));
    EXPECT_THAT(PrintHelp(Commands()), HasSubstr(std::string(command.summary)));
    EXPECT_THAT(PrintCommandHelp(command), HasSubstr(std::string(command.example)));
  }
}

}  // namespace
}  // namespace sim
