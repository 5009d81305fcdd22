#include "sim/cli/bug/bug_identity.h"

#include <cerrno>
#include <fstream>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

using ::testing::Contains;
using ::testing::Not;

Scenario ScenarioOf(absl::string_view text) { return ParseScenario(text, "test").value(); }

BugIdentity IdentityAt(absl::string_view line, const Violation& violation) {
  return IdentityOf(ScenarioOf(line), violation);
}

TEST(BugIdentityTest, IsTheSameForOtherNumbers) {
  const Violation at_a_page = {.rule = Rule::kOutcome,
                               .address = kWindowStart,
                               .wanted = Outcome::Error(EFAULT),
                               .got = Outcome::Ok(1, 0x0123456789abcdef)};
  Violation further = at_a_page;
  further.got = Outcome::Ok(1, 0xfedcba9876543210);
  further.address = kWindowStart + 7 * kPageBytes;
  const BugIdentity bug = IdentityAt("const.get u8 0x550000000000", at_a_page);
  EXPECT_EQ(bug, IdentityAt("const.get u8 0x550000007000", further));
  EXPECT_EQ(PrintIdentity(bug), "access.result in const.get u8, in its first page: EFAULT, not ok");
}

TEST(BugIdentityTest, DiffersByViolationOperationTypePlaceAndOutcome) {
  const Violation violation = {.rule = Rule::kOutcome,
                               .address = kWindowStart,
                               .wanted = Outcome::Error(EFAULT),
                               .got = Outcome::Ok(1, 0x0123456789abcdef)};
  const BugIdentity bug = IdentityAt("const.get u8 0x550000000000", violation);
  EXPECT_NE(bug, IdentityAt("const.get u16 0x550000000000", violation));
  EXPECT_NE(bug, IdentityAt("mut.get u8 0x550000000000", violation));
  Violation other = violation;
  other.rule = Rule::kCheckFlags;
  EXPECT_NE(bug, IdentityAt("const.get u8 0x550000000000", other));
  other = violation;
  other.address += kPageBytes;
  EXPECT_NE(bug, IdentityAt("const.get u8 0x550000000000", other));
  other = violation;
  other.wanted = Outcome::Error(ENOMEM);
  EXPECT_NE(bug, IdentityAt("const.get u8 0x550000000000", other));
}

// The difference of a violation in a string.
std::string DifferenceAt(const Violation& violation) {
  return IdentityAt("const.str 0x550000000000", violation).difference;
}

TEST(BugIdentityTest, DistinguishesAWrongLengthFromWrongBytes) {
  const Outcome wanted = Outcome::Ok(3, 1);
  EXPECT_EQ(DifferenceAt({.wanted = wanted, .got = Outcome::Ok(4, 2)}), "ok, with another length");
  EXPECT_EQ(DifferenceAt({.wanted = wanted, .got = Outcome::Ok(3, 2)}), "ok, with other bytes");
}

TEST(BugIdentityTest, DropsTheBytesDoneBeforeAnError) {
  const Outcome wanted = Outcome::Error(EFAULT, 16);
  EXPECT_EQ(DifferenceAt({.wanted = wanted, .got = Outcome::Error(EFAULT, 17)}),
            "EFAULT, with another count");
  EXPECT_EQ(DifferenceAt({.wanted = wanted, .got = Outcome::Error(ENOMEM, 17)}),
            "EFAULT, not ENOMEM");
  EXPECT_EQ(DifferenceAt({.wanted = wanted, .got = Outcome::Error(kSomeError, 17)}),
            "EFAULT, with another count");
}

TEST(BugIdentityTest, KeepsFlagsAndDropsAddresses) {
  const Violation violation = {.rule = Rule::kCheckFlags,
                               .address = 1,
                               .wanted = value::PermissionFlags{9},
                               .got = value::PermissionFlags{1}};
  const BugIdentity bug = IdentityAt("const.str 0x550000000000", violation);
  EXPECT_EQ(bug.difference, "check_flags: 0x9, not 0x1");
  EXPECT_EQ(bug.place, "outside the window");
  const auto of_range = [](uint64_t start) {
    return DifferenceAt({.rule = Rule::kAttemptUnchecked, .got = ByteRange{start, start + 4096}});
  };
  EXPECT_EQ(of_range(kWindowStart), "attempt_unchecked");
  EXPECT_EQ(of_range(kWindowStart), of_range(kWindowStart + 4096));
}

TEST(BugIdentityTest, DistinguishesFaultsButNotTheirAddresses) {
  const auto of_fault = [](const value::Fault& fault) {
    return DifferenceAt({.rule = Rule::kFaultOutOfRange, .got = fault});
  };
  const std::string refused = of_fault({.address = 1, .disposition = FaultDisposition::kEfault});
  EXPECT_EQ(refused, "efault");
  EXPECT_EQ(refused, of_fault({.address = 2, .disposition = FaultDisposition::kEfault}));
  EXPECT_EQ(of_fault({.address = 1}), "resolved");
  EXPECT_EQ(of_fault({.address_known = false,
                      .disposition = FaultDisposition::kKernelBug,
                      .bug = KernelBug::kAccessClosed}),
            "access_closed at an unknown address");
}

TEST(BugIdentityTest, IncludesTheDirectionOfAWrongPointerOrByte) {
  const auto of_pointer = [](uint64_t error) {
    return DifferenceAt({.rule = Rule::kPointerElsewhere,
                         .wanted = value::PointerError{},
                         .got = value::PointerError{error}});
  };
  EXPECT_EQ(of_pointer(8), "right, not after");
  EXPECT_EQ(of_pointer(8), of_pointer(16));
  EXPECT_EQ(of_pointer(UINT64_MAX), "right, not before");
  EXPECT_EQ(of_pointer(kElsewhere), "right, not elsewhere");
  const auto of_byte = [](int64_t index) {
    return DifferenceAt({.rule = Rule::kWrittenOutside, .got = value::ByteIndex{index}});
  };
  EXPECT_EQ(of_byte(-1), "before");
  EXPECT_EQ(of_byte(8), "after");
}

TEST(BugIdentityTest, DistinguishesABugOfTheOperationFromOneOfARacedAccess) {
  const Violation own = {.wanted = Outcome::Error(EFAULT), .got = Outcome::Ok(1, 1)};
  Violation raced = own;
  raced.raced_by = 1;
  EXPECT_EQ(DifferenceAt(raced), "raced access: EFAULT, not ok");
  Violation other_race = raced;
  other_race.raced_by = 2;
  EXPECT_EQ(DifferenceAt(raced), DifferenceAt(other_race));
  EXPECT_NE(DifferenceAt(raced), DifferenceAt(own));
}

TEST(BugIdentityTest, DiffersForEachRule) {
  std::set<std::pair<std::string, std::string>> seen;
  for (const RuleInfo& info : kRules) {
    const BugIdentity bug = IdentityAt("const.get u8 0x550000000000", {.rule = info.rule});
    EXPECT_TRUE(seen.insert({bug.violation, bug.difference}).second) << info.name;
  }
}

// The quoted includes of `file`, transitively.
void AddIncludes(const std::string& file, std::set<std::string>* seen) {
  if (!seen->insert(file).second) return;
  std::ifstream source(absl::StrCat(AXPTR_SOURCE_DIR, "/", file));
  ASSERT_TRUE(source) << file;
  for (std::string line; std::getline(source, line);) {
    absl::string_view rest = line;
    if (!absl::ConsumePrefix(&rest, "#include \"sim/")) continue;
    AddIncludes(absl::StrCat("sim/", rest.substr(0, rest.find('"'))), seen);
  }
}

// Another wording of a violation does not change the identity of the bug: the code that computes
// the identity does not include the code that prints violations.
TEST(BugIdentityTest, DoesNotDependOnTheTextOfAViolation) {
  std::set<std::string> seen;
  AddIncludes("sim/cli/bug/bug_identity.cc", &seen);
  EXPECT_THAT(seen, Contains("sim/oracle/violation.h"));
  for (const char* words :
       {"sim/oracle/violation_text.h", "sim/oracle/report.h", "sim/scenario/scenario_text.h"}) {
    EXPECT_THAT(seen, Not(Contains(words)));
  }
}

TEST(BugIdentityTest, IsTheSameAfterSerializingAndParsing) {
  const BugIdentity bug = {"flag.stuck", "mut.get u64", "", "clear, not set"};
  EXPECT_EQ(ParseIdentity(SerializeIdentity(bug)), bug);
  EXPECT_EQ(ParseIdentity(""), std::nullopt);
  EXPECT_EQ(ParseIdentity("no machine: the address is taken"), std::nullopt);
}

}  // namespace
}  // namespace sim
