#include "sim/oracle/violation_text.h"

#include <cerrno>

#include "gmock/gmock.h"
#include "sim/oracle/testing/predict.h"

namespace sim {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kScenario[] =
    "map 0x550000000000 0x1000 rw- eager\nconst.get u8 0x550000000000\nframes 3\n";

std::string Words(const Violation& violation) {
  const Scenario scenario = ScenarioOf(kScenario);
  return absl::StrCat(PrintWanted(scenario, violation), " | ", PrintGot(scenario, violation));
}

// The words of a rule at the access of kScenario.
std::string Words(Rule rule, const ViolationValue& wanted = {}, const ViolationValue& got = {}) {
  return Words({.rule = rule, .op_index = 1, .wanted = wanted, .got = got});
}

TEST(ViolationTextTest, HasWordsForEachValue) {
  const ByteRange range{0x1000, 0x2000};
  EXPECT_EQ(Words(Rule::kOutcome, Outcome::Error(EFAULT), Outcome::Ok(1, 0x12)),
            "EFAULT | ok len=1 fnv=0000000000000012");
  EXPECT_EQ(Words(Rule::kFaultOutsideWindow, {}, value::Address{16}),
            "user memory touched in the window only | a fault at 0x10");
  EXPECT_EQ(Words(Rule::kAttemptOutsideWindow, {}, value::BytesFrom{2, 0x30}),
            "user memory touched in the window only | an attempt on 2 bytes at 0x30");
  EXPECT_EQ(Words(Rule::kLoadedAgain, {}, value::BytesFrom{2, 0x30}),
            "each byte of user memory loaded once | 2 bytes from 0x30 loaded again");
  EXPECT_EQ(Words(Rule::kPointerElsewhere, value::PointerError{0}, value::PointerError{UINT64_MAX}),
            "a pointer to the requested memory | a pointer -1 bytes from it");
  EXPECT_EQ(Words(Rule::kPointerElsewhere, value::PointerError{8}, value::PointerError{kElsewhere}),
            "a pointer 8 bytes from it | a pointer to memory of another kind");
  EXPECT_EQ(Words(Rule::kWrittenOutside, {}, value::ByteIndex{-1}),
            "no byte written outside the buffer | byte -1 of it written");
  EXPECT_EQ(Words(Rule::kBufferContents, value::Contents{5, 0x12}, value::Contents{4, 0x34}),
            "5 bytes copied, with hash=0x12 | 4 bytes copied, with hash=0x34");
  EXPECT_EQ(Words(Rule::kFlagNotRestored, value::Flag{false}, value::Flag{true}), "clear | set");
  EXPECT_EQ(Words(Rule::kLockHeldInAttempt, {}, value::Cpu{3}),
            "the lock free while user memory is touched | CPU 3 holds it");
  EXPECT_EQ(Words(Rule::kPopulatedElsewhere, range, range),
            "population inside [0x1000, 0x2000) | [0x1000, 0x2000)");
  EXPECT_EQ(Words(Rule::kCheckFlags, value::PermissionFlags{9}, value::PermissionFlags{1}),
            "a check for flags 0x9 | one for 0x1");
  EXPECT_EQ(Words(Rule::kNumberOfPages, value::Pages{1, 0}, value::Pages{3, 2}),
            "1 pages populated | 3 pages populated, 2 of them shared");
  EXPECT_EQ(Words(Rule::kFramesLost, value::Count{9}, value::Frames{7, {1, 0}}),
            "9 frames, free or in populated pages | 7 free, 1 pages populated");
}

TEST(ViolationTextTest, DistinguishesFaults) {
  const auto words = [](const value::Fault& fault) {
    return Words(Rule::kFaultOutOfRange, {}, fault);
  };
  EXPECT_THAT(words({.address = 16}), HasSubstr("| a fault at 0x10: resolved"));
  EXPECT_THAT(words({.address = 16, .disposition = FaultDisposition::kEfault}),
              HasSubstr("| a fault at 0x10: unresolved"));
  EXPECT_THAT(words({.address = 16, .disposition = FaultDisposition::kFixup}),
              HasSubstr("| a fault at 0x10: unresolved, resumed at its fixup"));
  EXPECT_THAT(words({.address = 16,
                     .disposition = FaultDisposition::kKernelBug,
                     .bug = KernelBug::kFixupElsewhere}),
              HasSubstr("| a fault at 0x10: its fixup lies outside the subject"));
  EXPECT_THAT(words({.address_known = false,
                     .disposition = FaultDisposition::kKernelBug,
                     .bug = KernelBug::kAccessClosed}),
              HasSubstr("| a fault at an unknown address: user access closed"));
}

TEST(ViolationTextTest, PrintsAnOutcomeAsItsOperationDoes) {
  EXPECT_EQ(Words({.op_index = 2, .wanted = Outcome::Error(ENOMEM), .got = Outcome::Ok()}),
            "ENOMEM | ok");
  EXPECT_EQ(Words({.op_index = 9, .wanted = Outcome::Error(ENOMEM), .got = Outcome::Ok(0, 1)}),
            "ENOMEM | ok len=0 fnv=0000000000000001")
      << "there is no such operation";
}

TEST(ViolationTextTest, NamesTheRaceWhoseAccessItWas) {
  EXPECT_EQ(Words({.op_index = 1,
                   .wanted = Outcome::Error(EFAULT),
                   .got = Outcome::Ok(1, 1),
                   .raced_by = 4}),
            "EFAULT of the access raced by operation 5 | ok len=1 fnv=0000000000000001");
  EXPECT_EQ(Words({.rule = Rule::kWrittenOutside,
                   .op_index = 1,
                   .got = value::ByteIndex{8},
                   .raced_by = 4}),
            "no byte written outside the buffer by the access raced by operation 5 | byte 8 of it "
            "written");
}

TEST(ViolationTextTest, HasWordsForEachRule) {
  for (const RuleInfo& info : kRules) {
    const std::string words = Words(info.rule);
    EXPECT_THAT(words, Not(HasSubstr("$"))) << info.name;
    EXPECT_GT(words.size(), 4u) << info.name;
  }
}

TEST(ViolationTextTest, ShowsThatAPartIsMissing) {
  EXPECT_EQ(Words(Rule::kRangeNotPopulated, value::Count{3}, value::None()),
            "[3, ?) populated | [?, ?)");
}

}  // namespace
}  // namespace sim
