#include "sim/cli/violation_json.h"

#include <cerrno>

#include "gtest/gtest.h"

namespace sim {
namespace {

std::string Wanted(const ViolationValue& value) {
  return ViolationJson({.wanted = value})["wanted"].dump();
}

TEST(ViolationJsonTest, HasTheRuleAndWhatItIsAbout) {
  const Violation violation = {.rule = Rule::kFlagClearAtEnd,
                               .cpu = 2,
                               .wanted = value::Flag{true},
                               .got = value::Flag{false},
                               .event = 7,
                               .raced_by = 1};
  EXPECT_EQ(ViolationJson(violation).dump(),
            R"({"rule":"flag_clear_at_end","cpu":2,"event":7,"raced_by":1,)"
            R"("wanted":{"flag":true},"got":{"flag":false}})");
  EXPECT_EQ(ViolationJson({.rule = Rule::kLockNotReleased}).dump(),
            R"({"rule":"lock_not_released","cpu":0,"event":null,"raced_by":null,)"
            R"("wanted":null,"got":null})");
}

TEST(ViolationJsonTest, HasOutcomesAsValues) {
  EXPECT_EQ(Wanted(Outcome::Ok(3, 0x12)),
            R"({"outcome":"ok","length":3,"fnv":"0000000000000012"})");
  EXPECT_EQ(Wanted(Outcome::Error(EFAULT)), R"({"outcome":"error","error":"EFAULT","errno":14})");
  EXPECT_EQ(Wanted(Outcome::Error(EFAULT, 16)),
            R"({"outcome":"error","error":"EFAULT","errno":14,"done":16})");
  EXPECT_EQ(Wanted(Outcome::Panic()), R"({"outcome":"panic"})");
  EXPECT_EQ(Wanted(Outcome::Armed()), R"({"outcome":"armed"})");
  EXPECT_EQ(Wanted(Outcome::NotRun()), R"({"outcome":"not_run"})");
  EXPECT_EQ(Wanted(Outcome::NotOffered()), R"({"outcome":"not_offered"})");
}

TEST(ViolationJsonTest, HasEachOtherValueAsAValue) {
  const ByteRange range{0x1000, 0x2000};
  EXPECT_EQ(Wanted(range), R"({"start":"0x1000","end":"0x2000"})");
  EXPECT_EQ(Wanted(value::Address{0}), R"({"address":"0x0"})");
  EXPECT_EQ(Wanted(value::Count{3}), R"({"count":3})");
  EXPECT_EQ(Wanted(value::PermissionFlags{9}), R"({"flags":"0x9"})");
  EXPECT_EQ(Wanted(value::BytesFrom{2, 16}), R"({"bytes":2,"address":"0x10"})");
  EXPECT_EQ(Wanted(value::PointerError{UINT64_MAX}),
            R"({"elsewhere":false,"bytes_from_right":-1})");
  EXPECT_EQ(Wanted(value::PointerError{kElsewhere}), R"({"elsewhere":true})");
  EXPECT_EQ(Wanted(value::ByteIndex{-1}), R"({"byte":-1})");
  EXPECT_EQ(Wanted(value::Contents{5, 1}), R"({"bytes":5,"hash":"0x1"})");
  EXPECT_EQ(Wanted(value::Fault{.address = 16, .disposition = FaultDisposition::kEfault}),
            R"({"fault":"0x10","result":"efault"})");
  EXPECT_EQ(Wanted(value::Fault{.address = 16, .disposition = FaultDisposition::kFixup}),
            R"({"fault":"0x10","result":"fixup"})");
  EXPECT_EQ(
      Wanted(value::Fault{
          .address = 16, .disposition = FaultDisposition::kKernelBug, .bug = KernelBug::kNoFixup}),
      R"({"fault":"0x10","result":"no_fixup"})");
  EXPECT_EQ(Wanted(value::Fault{.address = 16,
                                .disposition = FaultDisposition::kKernelBug,
                                .bug = KernelBug::kFixupElsewhere}),
            R"({"fault":"0x10","result":"fixup_elsewhere"})");
  EXPECT_EQ(Wanted(value::Fault{.address_known = false,
                                .disposition = FaultDisposition::kKernelBug,
                                .bug = KernelBug::kFlagClear}),
            R"({"fault":null,"result":"flag_clear"})");
  EXPECT_EQ(Wanted(value::Cpu{3}), R"({"cpu":3})");
  EXPECT_EQ(Wanted(value::Pages{3, 1}), R"({"pages_populated":3,"pages_shared":1})");
  EXPECT_EQ(Wanted(value::Frames{2, {3, 1}}),
            R"({"pages_populated":3,"pages_shared":1,"frames_free":2})");
}

}  // namespace
}  // namespace sim
