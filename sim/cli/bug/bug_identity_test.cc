#include "sim/cli/bug/bug_identity.h"

#include <gtest/gtest.h>

#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

Scenario ScenarioOf(absl::string_view text) { return ParseScenario(text, "test").value(); }

BugIdentity IdentityAt(absl::string_view line, Violation violation) {
  return IdentityOf(ScenarioOf(line), violation);
}

TEST(BugIdentityTest, IsTheSameForOtherNumbers) {
  const Violation at_a_page = {.name = violation_name::kAccessResult,
                               .wanted = "EFAULT",
                               .got = "ok len=1 fnv=0123456789abcdef",
                               .address = kWindowStart};
  Violation further = at_a_page;
  further.got = "ok len=1 fnv=fedcba9876543210";
  further.address = kWindowStart + 7 * kPageBytes;
  const BugIdentity bug = IdentityAt("const.get u8 0x550000000000", at_a_page);
  EXPECT_EQ(bug, IdentityAt("const.get u8 0x550000007000", further));
  EXPECT_EQ(PrintIdentity(bug), "access.result in const.get u8, in its first page: EFAULT, not ok");
}

TEST(BugIdentityTest, DiffersByViolationOperationTypePlaceAndOutcome) {
  const Violation violation = {.name = violation_name::kAccessResult,
                               .wanted = "EFAULT",
                               .got = "ok len=1 fnv=0123456789abcdef",
                               .address = kWindowStart};
  const BugIdentity bug = IdentityAt("const.get u8 0x550000000000", violation);
  EXPECT_NE(bug, IdentityAt("const.get u16 0x550000000000", violation));
  EXPECT_NE(bug, IdentityAt("mut.get u8 0x550000000000", violation));
  Violation other = violation;
  other.name = violation_name::kCheckRange;
  EXPECT_NE(bug, IdentityAt("const.get u8 0x550000000000", other));
  other = violation;
  other.address += kPageBytes;
  EXPECT_NE(bug, IdentityAt("const.get u8 0x550000000000", other));
  other = violation;
  other.wanted = "ENOMEM";
  EXPECT_NE(bug, IdentityAt("const.get u8 0x550000000000", other));
}

TEST(BugIdentityTest, TellsAWrongLengthFromWrongBytes) {
  Violation violation = {.name = violation_name::kAccessResult,
                         .wanted = "ok len=3 fnv=0123456789abcdef",
                         .got = "ok len=4 fnv=fedcba9876543210"};
  EXPECT_EQ(IdentityAt("const.str 0x550000000000", violation).difference,
            "ok, with another length");
  violation.got = "ok len=3 fnv=fedcba9876543210";
  EXPECT_EQ(IdentityAt("const.str 0x550000000000", violation).difference, "ok, with other bytes");
}

TEST(BugIdentityTest, KeepsFlagsAndDropsAddresses) {
  const Violation violation = {.name = violation_name::kCheckRange,
                               .wanted = "a check for flags 0x9",
                               .got = "[0x550000000000, 0x550000001000) by CPU 3",
                               .address = 1};
  const BugIdentity bug = IdentityAt("const.str 0x550000000000", violation);
  EXPECT_EQ(bug.difference, "a check for flags 0x9, not [#, #) by CPU #");
  EXPECT_EQ(bug.place, "outside the window");
}

TEST(BugIdentityTest, SurvivesTheWayToAnotherProcess) {
  const BugIdentity bug = {"flag.stuck", "mut.get u64", "", "clear, not set"};
  EXPECT_EQ(ParseIdentity(SerializeIdentity(bug)), bug);
  EXPECT_EQ(ParseIdentity(""), std::nullopt);
  EXPECT_EQ(ParseIdentity("no machine: the address is taken"), std::nullopt);
}

}  // namespace
}  // namespace sim
