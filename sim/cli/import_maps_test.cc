#include "sim/cli/import_maps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

using ::testing::HasSubstr;

constexpr char kMaps[] =
    "55d0c8a00000-55d0c8a02000 r--p 00000000 fe:00 123   /usr/bin/a program\n"
    "55d0c8a02000-55d0c8a06000 r-xp 00002000 fe:00 123   /usr/bin/a program\n"
    "55d0c9000000-55d0c9021000 rw-p 00000000 00:00 0     [heap]\n"
    "7f0000000000-7f0000001000 ---p 00000000 00:00 0 \n"
    "7f0000001000-7f0000003000 rw-s 00000000 00:01 99    /dev/shm/x\n"
    "7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0     [stack]\n"
    "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]\n";

Scenario ScenarioOf(const std::string& text) { return ParseScenario(text, "imported").value(); }

TEST(ImportMapsTest, KeepsOrderAdjacencySizesAndPermissions) {
  const absl::StatusOr<std::string> text = ImportMaps(kMaps, "maps");
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(PrintScenario(ScenarioOf(*text)),
            "machine cpus=1 frames=max lock=on\n"
            "map 0x550000000000 0x2000 r-- eager\n"
            "map 0x550000002000 0x4000 r-x eager\n"
            "map 0x550000007000 0x21000 rw- lazy\n"
            "map 0x550000029000 0x1000 --- lazy\n"
            "map 0x55000002a000 0x2000 rw- eager\n"
            "map 0x55000002d000 0x21000 rw- lazy\n");
  EXPECT_THAT(*text, HasSubstr("# /usr/bin/a program"));
}

TEST(ImportMapsTest, CutsTheLargestAreasToFitTheWindow) {
  const absl::StatusOr<std::string> text = ImportMaps(
      "100000000000-200000000000 rw-p 00000000 00:00 0 [shadow]\n"
      "200000000000-200000003000 rw-p 00000000 00:00 0 [heap]\n",
      "maps");
  ASSERT_TRUE(text.ok()) << text.status();
  const Scenario scenario = ScenarioOf(*text);
  const Op& last = scenario.ops.back();
  EXPECT_EQ(last.length, 0x3000u);
  EXPECT_LE(last.address + last.length, kWindowEnd);
  EXPECT_EQ(scenario.ops[0].address + scenario.ops[0].length, last.address);
  EXPECT_THAT(*text, HasSubstr("cut from 4294967296 pages"));
}

TEST(ImportMapsTest, IsLazyWhereMemoryIsTooSmall) {
  const absl::StatusOr<std::string> text = ImportMaps(
      "100000000000-100080000000 r--p 00000000 fe:00 1 /large\n"
      "200000000000-200000001000 r--p 00000000 fe:00 1 /small\n",
      "maps");
  ASSERT_TRUE(text.ok()) << text.status();
  const Scenario scenario = ScenarioOf(*text);
  EXPECT_EQ(scenario.ops[0].kind, AreaKind::kLazy);
  EXPECT_EQ(scenario.ops[1].kind, AreaKind::kEager);
}

TEST(ImportMapsTest, NamesTheLineThatIsWrong) {
  const auto message = [](absl::string_view text) {
    return std::string(ImportMaps(text, "maps").status().message());
  };
  EXPECT_THAT(message("hello\n"), HasSubstr("maps:1: expected a line of /proc/PID/maps"));
  EXPECT_THAT(message("1000-2000 r--p 0 0:0 0\n1000-2000 r--p 0 0:0 0\n"), HasSubstr("maps:2:"));
  EXPECT_THAT(message("2000-1000 r--p 0 0:0 0\n"), HasSubstr("maps:1:"));
  EXPECT_THAT(message("1001-2000 r--p 0 0:0 0\n"), HasSubstr("maps:1:"));
  EXPECT_THAT(message("1000-2000 rwzp 0 0:0 0\n"), HasSubstr("maps:1:"));
  EXPECT_THAT(message(""), HasSubstr("no area"));
}

TEST(ImportMapsTest, CommentsHaveNoControlCharacters) {
  const absl::StatusOr<std::string> text =
      ImportMaps("1000-2000 r--p 0 0:0 0 /tmp/\x1b[31mred\r\n", "maps");
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(text->find('\x1b'), std::string::npos);
  EXPECT_EQ(text->find('\r'), std::string::npos);
}

}  // namespace
}  // namespace sim
