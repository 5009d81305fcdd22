#include "sim/cli/input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/escaping.h"
#include "sim/cli/testing/run_program.h"
#include "sim/machine/load_trace.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

using ::testing::HasSubstr;

constexpr char kText[] = "map 0x550000000000 0x1000 rw- eager\nconst.get u8 0x550000000000\n";

class InputTest : public ::testing::Test {
 protected:
  absl::StatusOr<Input> Load(const std::string& bytes, const std::string& name = "crash-1234") {
    WriteFile(folder_ + "/" + name, bytes);
    return LoadInput(folder_ + "/" + name);
  }
  std::string MessageOf(const std::string& bytes, const std::string& name = "crash-1234") {
    return std::string(Load(bytes, name).status().message());
  }

  const std::string folder_ = FreshFolder("input");
  const Scenario scenario_ = ParseScenario(kText, "text").value();
  const std::string binary_ = EncodeScenario(scenario_).value();
};

TEST_F(InputTest, TextBinaryAndBase64AreTheSameScenario) {
  const std::string base64 = absl::Base64Escape(binary_);
  const std::pair<std::string, InputForm> kForms[] = {
      {kText, InputForm::kText},
      {std::string("# a comment\n") + kText, InputForm::kText},
      {binary_, InputForm::kBinary},
      {"Base64: " + base64 + "\n", InputForm::kBase64},
      {"==1==ERROR: AddressSanitizer\nTest unit written to ./crash-1\nBase64: " + base64 + "\n",
       InputForm::kBase64},
      {"Base64: AAAA\nBase64: " + base64, InputForm::kBase64},
      {base64 + "\n", InputForm::kBase64}};
  for (const auto& [bytes, form] : kForms) {
    const absl::StatusOr<Input> input = Load(bytes);
    ASSERT_TRUE(input.ok()) << input.status() << "\n" << bytes;
    EXPECT_EQ(input->form, form) << bytes;
    EXPECT_EQ(WithoutExpectations(input->scenario), WithoutExpectations(scenario_)) << bytes;
  }
}

TEST_F(InputTest, ReadsBareBase64OfEveryVersion) {
  for (const char version : {'\1', '\2', '\3'}) {
    std::string bytes = binary_;
    bytes[0] = version;
    const absl::StatusOr<Input> input = Load(absl::Base64Escape(bytes));
    ASSERT_TRUE(input.ok()) << input.status();
    EXPECT_EQ(input->form, InputForm::kBase64);
  }
}

TEST_F(InputTest, AFileNamedScnIsReadAsText) {
  EXPECT_THAT(MessageOf("mpa 0x550000000000 0x1000 rw- eager\n", "x.scn"), HasSubstr("x.scn:1:1:"));
}

TEST_F(InputTest, ADamagedTextIsReadAsText) {
  EXPECT_THAT(MessageOf(std::string(kText) + std::string("const.get \0\x01 u8\n", 16)),
              HasSubstr("crash-1234:3:"));
}

TEST_F(InputTest, ReportsWhereATextIsTruncated) {
  EXPECT_THAT(MessageOf("map 0x550000000000 0x1000 rw- eager\nconst.get u8"), HasSubstr(":2:13"));
}

TEST_F(InputTest, RefusesAnEmptyFile) { EXPECT_THAT(MessageOf(""), HasSubstr("is empty")); }

TEST_F(InputTest, RefusesBytesThatHoldNoOperation) {
  EXPECT_THAT(MessageOf(binary_.substr(0, 5)), HasSubstr("hold no operation"));
  EXPECT_THAT(MessageOf(binary_.substr(0, 15)), HasSubstr("hold no operation"));
}

TEST_F(InputTest, RefusesASharedObjectWithAHintAtSubjects) {
  EXPECT_THAT(
      MessageOf("\177ELF" + binary_, "mine.so"),
      HasSubstr("mine.so: is a program or a shared object; expected a scenario (--subject=" +
                folder_ + "/mine.so names a library"));
}

TEST_F(InputTest, ReadsTheCompleteOperationsOfTruncatedBytes) {
  const absl::StatusOr<Input> input = Load(binary_.substr(0, binary_.size() - 1));
  ASSERT_TRUE(input.ok()) << input.status();
  EXPECT_EQ(input->scenario.ops.size(), 1u);
}

TEST_F(InputTest, RefusesDamagedBase64) {
  EXPECT_THAT(MessageOf("Base64: AQ=*\n"), HasSubstr("not base64"));
}

TEST_F(InputTest, RefusesAFolderAndAMissingFile) {
  EXPECT_THAT(std::string(LoadInput(folder_).status().message()), HasSubstr("is a folder"));
  EXPECT_THAT(std::string(LoadInput(folder_ + "/none").status().message()),
              HasSubstr("cannot open"));
}

TEST_F(InputTest, RefusesAnUnreadableFile) {
  WriteFile(folder_ + "/secret", kText);
  chmod((folder_ + "/secret").c_str(), 0);
  // Root may open every file, but address 0 of /proc/self/mem is never readable.
  const bool is_root = access((folder_ + "/secret").c_str(), R_OK) == 0;
  const std::string path = is_root ? "/proc/self/mem" : folder_ + "/secret";
  EXPECT_THAT(std::string(LoadInput(path).status().message()),
              HasSubstr(is_root ? "cannot read" : "cannot open"));
}

TEST_F(InputTest, RefusesAHugeFileWithoutReadingIt) {
  const std::string path = folder_ + "/huge";
  WriteFile(path, "");
  ASSERT_EQ(truncate(path.c_str(), off_t{1} << 30), 0);
  EXPECT_THAT(std::string(LoadInput(path).status().message()), HasSubstr("larger than 64 MiB"));
}

TEST_F(InputTest, TakesAFileAsLargeAsItsLimitAndNoneThatIsLarger) {
  const std::string path = folder_ + "/large.scn";
  // Comments, then one operation at the end. Not a sparse file: its zero bytes are not valid text.
  std::string text(kMaxInputBytes, '#');
  for (size_t end = 0; end < text.size(); end += size_t{1} << 16) text[end] = '\n';
  text[text.size() - 10] = '\n';
  const std::string last = "frames 1\n";
  text.replace(text.size() - last.size(), last.size(), last);
  WriteFile(path, text);
  EXPECT_TRUE(LoadInput(path).ok()) << LoadInput(path).status();
  WriteFile(path, text + "\n");
  EXPECT_THAT(std::string(LoadInput(path).status().message()), HasSubstr("larger than 64 MiB"));
}

TEST_F(InputTest, RefusesToRunARaceAtALoadWhereLoadsAreNotTraced) {
  const std::string text =
      "map 0x550000000000 0x1000 rw- eager\n\n"
      "race load 1 fill 0x550000000000 \"x\"\nconst.str 0x550000000000\n";
  const Scenario scenario = ParseScenario(text, "text").value();
  const std::pair<std::string, std::string> kForms[] = {
      {text, ":3: a race at a load; expected"},
      {EncodeScenario(scenario).value(), ": operation 2: a race at a load; expected"}};
  for (const auto& [bytes, message] : kForms) {
    EXPECT_TRUE(Load(bytes).ok());
    const absl::Status status = LoadRunnable(folder_ + "/crash-1234").status();
    if (LoadsAreTraced()) {
      EXPECT_TRUE(status.ok()) << status;
    } else {
      EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
      EXPECT_THAT(std::string(status.message()), HasSubstr("crash-1234" + message));
    }
  }
  Load(kText).value();
  EXPECT_TRUE(LoadRunnable(folder_ + "/crash-1234").ok());
}

TEST_F(InputTest, WritesWholeFilesOrNone) {
  const std::string path = folder_ + "/output";
  ASSERT_TRUE(WriteWhole(path, "first").ok());
  ASSERT_TRUE(WriteWhole(path, "second").ok());
  EXPECT_EQ(ReadFile(path), "second");
  EXPECT_FALSE(WriteWhole(folder_ + "/none/output", "x").ok());
}

}  // namespace
}  // namespace sim
