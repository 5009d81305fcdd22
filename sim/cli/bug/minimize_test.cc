#include "sim/cli/bug/minimize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "sim/cli/bug/layout_shift.h"
#include "sim/cli/bug/simplicity.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

const BugIdentity kBug = {"access.result", "const.get u8", "", "EFAULT, not ok"};

Scenario ScenarioOf(absl::string_view text) { return ParseScenario(text, "test").value(); }

// Minimises with an artificial bug: a scenario has the bug if `shows` returns true.
Minimized MinimizeWhere(const Scenario& scenario, std::function<bool(const Scenario&)> shows,
                        const MinimizeOptions& options = {}) {
  EXPECT_TRUE(shows(scenario));
  return Minimize(
      scenario, kBug,
      [&](const Scenario& candidate) -> std::optional<BugIdentity> {
        // Every candidate has a text, which parses to the same scenario.
        const absl::StatusOr<Scenario> parsed =
            ParseScenario(PrintScenario(candidate), "candidate");
        EXPECT_TRUE(parsed.ok()) << parsed.status() << "\n" << PrintScenario(candidate);
        if (parsed.ok()) {
          EXPECT_EQ(WithoutExpectations(*parsed), candidate);
        }
        return shows(candidate) ? std::optional(kBug) : std::nullopt;
      },
      options);
}

size_t Count(const Scenario& scenario, Verb verb) {
  size_t count = 0;
  for (const Op& op : scenario.ops) count += op.verb == verb ? 1 : 0;
  return count;
}

Scenario SixtyFourOps() {
  std::string text = "machine cpus=4 frames=100 lock=off smap=on\n";
  for (int i = 0; i < 62; ++i) {
    text += "@" + std::to_string(i % 4) + " map 0x5500000" + std::to_string(10 + i) +
            "000 0x1000 r-x lazy\n";
  }
  return ScenarioOf(text + "const.get u8 0x550000012345\nunmap 0x550000040000 0x9000\n");
}

TEST(MinimizeTest, LeavesOneOperationWhereOneIsEnough) {
  const Minimized result = MinimizeWhere(
      SixtyFourOps(), [](const Scenario& s) { return Count(s, Verb::kConstGet) == 1; });
  EXPECT_EQ(PrintScenario(result.scenario),
            "machine cpus=1 frames=max lock=on\nconst.get u8 0x550000000000\n");
  EXPECT_TRUE(result.changed);
  EXPECT_TRUE(result.finished);
}

TEST(MinimizeTest, KeepsSmapWhereTheBugNeedsIt) {
  const Minimized result = MinimizeWhere(SixtyFourOps(), [](const Scenario& s) {
    return Count(s, Verb::kConstGet) == 1 && s.machine.smap;
  });
  EXPECT_EQ(PrintScenario(result.scenario),
            "machine cpus=1 frames=max lock=on smap=on\nconst.get u8 0x550000000000\n");
}

TEST(MinimizeTest, KeepsTwoOperationsThatNeedEachOther) {
  const Minimized result = MinimizeWhere(SixtyFourOps(), [](const Scenario& s) {
    return Count(s, Verb::kConstGet) == 1 && Count(s, Verb::kMap) >= 2;
  });
  EXPECT_EQ(result.scenario.ops.size(), 3u);
}

TEST(MinimizeTest, RemovesPairsThatCannotBeRemovedOneByOne) {
  const Minimized result = MinimizeWhere(SixtyFourOps(), [](const Scenario& s) {
    return Count(s, Verb::kConstGet) == 1 && Count(s, Verb::kMap) % 2 == 0;
  });
  EXPECT_EQ(result.scenario.ops.size(), 1u);
}

TEST(MinimizeTest, PushesAreasTogetherAndKeepsTheirOrder) {
  const Scenario scenario = ScenarioOf(
      "map 0x550000400000 0x20000 rw- eager\nmap 0x550000900000 0x8000 r-- eager\n"
      "const.get u8 0x550000904123\n");
  // The access is in the second area, and the second area is after the first.
  const Minimized result = MinimizeWhere(scenario, [](const Scenario& s) {
    return s.ops.size() == 3 && s.ops[0].verb == Verb::kMap && s.ops[1].verb == Verb::kMap &&
           s.ops[0].length > 0 && s.ops[1].address >= s.ops[0].address + s.ops[0].length &&
           s.ops[2].address >= s.ops[1].address &&
           s.ops[2].address < s.ops[1].address + s.ops[1].length &&
           s.ops[1].length % kPageBytes == 0 && s.ops[0].length % kPageBytes == 0 &&
           s.ops[1].address % kPageBytes == 0 && s.ops[0].address % kPageBytes == 0;
  });
  EXPECT_EQ(PrintScenario(result.scenario),
            "machine cpus=1 frames=max lock=on\n"
            "map 0x550000000000 0x1000 rw- eager\nmap 0x550000001000 0x1000 rw- eager\n"
            "const.get u8 0x550000001000\n");
}

TEST(MinimizeTest, MakesOneMappingOfTwoNeighbours) {
  const Scenario scenario = ScenarioOf(
      "map 0x550000000000 0x1000 rw- eager\nmap 0x550000001000 0x1000 rw- eager\n"
      "const.slice u8 0x550000000fff 2\n");
  const Minimized result = MinimizeWhere(scenario, [](const Scenario& s) {
    uint64_t mapped = 0;
    for (const Op& op : s.ops) {
      // The areas are adjacent, from the window's start: only then do all maps succeed.
      if (op.verb == Verb::kMap && op.address == kWindowStart + mapped) mapped += op.length;
    }
    return Count(s, Verb::kConstSlice) == 1 && mapped == 0x2000;
  });
  EXPECT_EQ(result.scenario.ops.size(), 2u);
}

TEST(MinimizeTest, MakesOneStringOfTwoPieces) {
  const Scenario scenario = ScenarioOf(
      "fill 0x550000000000 \"ab\"\nfill 0x550000000002 \"cd\"\nconst.str 0x550000000000\n");
  const Minimized result = MinimizeWhere(scenario, [](const Scenario& s) {
    std::string memory(8, '\0');
    for (const Op& op : s.ops) {
      for (uint64_t i = 0; op.verb == Verb::kFill && i < op.length; ++i) {
        const uint64_t at = op.address - kWindowStart + i;
        if (at < memory.size()) memory[at] = op.pattern[i % op.pattern.size()];
      }
    }
    return memory.substr(0, 4) == "abcd";
  });
  EXPECT_EQ(PrintScenario(result.scenario),
            "machine cpus=1 frames=max lock=on\nfill 0x550000000000 \"abcd\"\n");
}

TEST(MinimizeTest, AllFramesBecomeANumberOfThem) {
  const Minimized result = MinimizeWhere(
      ScenarioOf("frames max\n"), [](const Scenario& s) { return Count(s, Verb::kFrames) == 1; });
  EXPECT_EQ(PrintScenario(result.scenario), "machine cpus=1 frames=max lock=on\nframes 0\n");
}

TEST(MinimizeTest, RemovesFramesTogetherWithTheirUsers) {
  const Scenario scenario = ScenarioOf(
      "machine frames=2\nfill 0x550000000000 \"a\"\nfill 0x550000001000 \"a\"\n"
      "const.str 0x550000000000\n");
  const Minimized result = MinimizeWhere(scenario, [](const Scenario& s) {
    return Count(s, Verb::kConstStr) == 1 && Count(s, Verb::kFill) == s.machine.frames;
  });
  EXPECT_EQ(PrintScenario(result.scenario),
            "machine cpus=1 frames=0 lock=on\nconst.str 0x550000000000\n");
}

TEST(MinimizeTest, ShortensFills) {
  const Scenario scenario = ScenarioOf(
      "fill 0x550000000123 \"some text\\xff that ends badly\"\nconst.str 0x550000000123\n");
  const Minimized result = MinimizeWhere(scenario, [](const Scenario& s) {
    return s.ops.size() == 2 && s.ops[0].verb == Verb::kFill &&
           s.ops[0].pattern.find('\xff') != std::string::npos &&
           s.ops[0].address == s.ops[1].address;
  });
  EXPECT_EQ(PrintScenario(result.scenario),
            "machine cpus=1 frames=max lock=on\n"
            "fill 0x550000000000 \"\\xff\"\nconst.str 0x550000000000\n");
}

TEST(MinimizeTest, AMinimalScenarioIsNotChanged) {
  const auto shows = [](const Scenario& s) {
    return Count(s, Verb::kConstGet) == 1 && Count(s, Verb::kMap) >= 2;
  };
  const Minimized once = MinimizeWhere(SixtyFourOps(), shows);
  const Minimized twice = MinimizeWhere(once.scenario, shows);
  EXPECT_EQ(once.scenario, twice.scenario);
  EXPECT_FALSE(twice.changed);
}

TEST(MinimizeTest, DropsExpectationsWithoutCallingThatAChange) {
  const Minimized result =
      MinimizeWhere(ScenarioOf("const.get u8 0x550000000000 => EFAULT\n"),
                    [](const Scenario& s) { return Count(s, Verb::kConstGet) == 1; });
  EXPECT_FALSE(result.changed);
  EXPECT_EQ(result.scenario.ops[0].expect.kind, StatedExpectation::Kind::kNone);
}

TEST(MinimizeTest, StopsAtTheTimeLimit) {
  MinimizeOptions options;
  options.limit = absl::ZeroDuration();
  const Minimized result = MinimizeWhere(
      SixtyFourOps(), [](const Scenario& s) { return Count(s, Verb::kConstGet) == 1; }, options);
  EXPECT_FALSE(result.finished);
  EXPECT_EQ(result.scenario.ops.size(), 64u);
}

TEST(MinimizeTest, ReportsItsProgress) {
  size_t last_ops = 0;
  MinimizeOptions options;
  options.progress = [&](size_t, size_t ops) { last_ops = ops; };
  MinimizeWhere(
      SixtyFourOps(), [](const Scenario& s) { return Count(s, Verb::kConstGet) == 1; }, options);
  EXPECT_EQ(last_ops, 1u);
}

TEST(SimplicityTest, RoundIsSimplerThanRagged) {
  const auto cost = [](absl::string_view line) { return CostOf(ScenarioOf(line)); };
  EXPECT_LT(cost("const.get u8 0x550000001000"), cost("const.get u8 0x550000001001"));
  EXPECT_LT(cost("const.get u8 0x550000000000"), cost("const.get u8 0x550000001000"));
  EXPECT_LT(cost("const.get u8 0x550000001000"), cost("const.get u8 0x550000002000"));
  EXPECT_LT(cost("map 0x550000000000 0x1000 rw- eager"),
            cost("map 0x550000000000 0x1000 r-- eager"));
  EXPECT_LT(cost("const.get u8 0x550000abc123"), cost("frames 1\nconst.get u8 0x550000000000"));
}

TEST(MinimizeTest, KeepsTheBufferOfCopyStrWithinItsLimit) {
  const Scenario scenario = ScenarioOf("copy_str 0x550000010001 0xffff\n");
  // MinimizeWhere checks the text of every candidate; no candidate is accepted.
  const Minimized result =
      MinimizeWhere(scenario, [&](const Scenario& s) { return s.ops == scenario.ops; });
  EXPECT_EQ(result.scenario.ops, scenario.ops);
}

TEST(LayoutShiftTest, CountsTheBytesOfAWholeElement) {
  const Scenario scenario =
      ScenarioOf("const.get q8192 0x550000000000\nuser.load 0x550000005000 1\n");
  uint64_t most = 0;
  for (const LayoutShift& shift : ShiftsOf(scenario)) {
    if (shift.from == kWindowStart + 0x5000) most = std::max(most, shift.bytes);
  }
  EXPECT_EQ(most, 0x3000u);  // so that the second operation does not overlap with the first
}

TEST(LayoutShiftTest, LeavesTheLengthOfAFileAlone) {
  const Scenario scenario = ScenarioOf("truncate 0x550000000000 0x9000\n");
  EXPECT_EQ(Shifted(scenario, {.from = kWindowStart + 0x8000, .bytes = 0x6000}), scenario);
}

TEST(LayoutShiftTest, ShortensRangesAcrossTheCutAndMovesLaterOnes) {
  const Scenario scenario = ScenarioOf(
      "map 0x550000000000 0x8000 rw- eager\nconst.get u8 0x550000009000\n"
      "const.slice u8 0x550000000000 0x7fffffffffffffff\nfill 0x550000009000 \"x\"\n");
  const Scenario shifted = Shifted(scenario, {.from = kWindowStart + 0x8000, .bytes = 0x6000});
  EXPECT_EQ(PrintScenario(shifted),
            "machine cpus=1 frames=max lock=on\n"
            "map 0x550000000000 0x2000 rw- eager\nconst.get u8 0x550000003000\n"
            "const.slice u8 0x550000000000 0x7fffffffffffffff\nfill 0x550000003000 \"x\"\n");
}

}  // namespace
}  // namespace sim
