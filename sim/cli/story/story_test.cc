// Linked with a library that has a bug, so that there is a story: the length of a string includes
// the terminator.
#include "sim/cli/story/story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "absl/strings/str_split.h"
#include "sim/cli/breakpoint.h"
#include "sim/cli/story/address_map.h"
#include "sim/cli/story/emit_gtest.h"
#include "sim/cli/story/steps.h"
#include "sim/cli/story/story_text.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kScenario[] =
    "machine cpus=2 frames=100 lock=on\n"
    "map 0x550000000000 0x3000 rw- lazy\n"
    "@1 user.store 0x550000000000 0x1000\n"
    "map 0x550000003000 0x1000 r-- eager\n"
    "map 0x550000006000 0x100000 rw- kernel\n"
    "fill 0x550000001ff0 0x10 0x61\n"
    "@1 const.cstr u8 0x550000001ff8\n";

Story StoryOf(absl::string_view text) {
  absl::StatusOr<Story> story = TellStory(ParseScenario(text, "test").value());
  EXPECT_TRUE(story.ok()) << story.status();
  return *std::move(story);
}

StoryFrame FrameOf() {
  return {.file = "crash-1234",
          .original_ops = 9,
          .original_op_index = 7,
          .gdb = GdbCommand("crash 1234", 7),
          .reduction = "minimised: 9 -> 6 operations"};
}

size_t LongestLine(const std::string& text) {
  size_t longest = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    longest = std::max(longest, line.size());
  }
  return longest;
}

TEST(StoryTest, HasTheBugAndTheStateAroundIt) {
  const Story story = StoryOf(kScenario);
  EXPECT_EQ(story.bug.violation, "access.result");
  EXPECT_EQ(story.bug.difference, "ok, with another length");
  EXPECT_EQ(story.op_index, 5u);
  EXPECT_EQ(story.before.areas.size(), 3u);
  EXPECT_EQ(story.before.areas[2].kind, AreaKind::kKernel);
  EXPECT_TRUE(story.before.IsPopulated(kWindowStart));
  EXPECT_FALSE(story.before.IsPopulated(kWindowStart + 2 * kPageBytes));
  EXPECT_TRUE(story.after.IsPopulated(kWindowStart + 2 * kPageBytes));
  EXPECT_EQ(story.touched.start, kWindowStart + 0x1ff8);
  EXPECT_EQ(story.touched.end, kWindowStart + 0x3000);
  EXPECT_EQ(story.op().expect.length, 8u);  // the correct outcome
}

TEST(StoryTest, CountsTheBytesThatAnOperationNames) {
  // Both pages are checked completely.
  const std::vector<Event> events = {
      {.kind = EventKind::kChecked, .address = 0x550000000000, .size = 0x1000},
      {.kind = EventKind::kChecked, .address = 0x550000001000, .size = 0x1000}};
  const auto bytes = [&](absl::string_view text) {
    const Scenario scenario = ParseScenario(text, "test").value();
    const AddressRun run = TouchedBy(scenario.ops[0], events);
    EXPECT_EQ(run.start, scenario.ops[0].address) << text;
    return run.end - run.start;
  };
  EXPECT_EQ(bytes("copy_str 0x550000000fff 2"), 2u);
  EXPECT_EQ(bytes("copy_str 0x550000000fff 0"), 0u);
  EXPECT_EQ(bytes("copy_str 0x550000000fff 0x10000"), 0x1001u);
  EXPECT_EQ(bytes("const.str 0x550000000fff"), 0x1001u);
  EXPECT_EQ(bytes("const.get q8192 0x550000000ff8"), 0x2000u);
  EXPECT_EQ(bytes("const.access q8192 0x550000000ff8"), 0x2000u);
  EXPECT_EQ(bytes("const.access u16 0x550000000ff8 3"), 6u);
  EXPECT_EQ(bytes("const.slice u16 0x550000000ff8 0"), 0u);
  EXPECT_EQ(bytes("kernel.load 0x550000000ff8"), 1u);
  EXPECT_EQ(bytes("user.load 0x550000000ff8 9"), 9u);
  EXPECT_EQ(bytes("truncate 0x550000000ff8 0x5000"), 1u);
  EXPECT_EQ(bytes("copy_str 0x550000000ffe 0x10000"), 0x1002u);
  EXPECT_EQ(bytes("mut.access u32 0x550000000ffc 3"), 12u);
  EXPECT_EQ(bytes("const.cstr u64 0x550000001ff8"), 8u);
}

TEST(StoryTest, ReportsThatThereIsNoBug) {
  const absl::StatusOr<Story> story =
      TellStory(ParseScenario("const.get u8 0x550000000000\n", "test").value());
  EXPECT_TRUE(absl::IsNotFound(story.status())) << story.status();
}

TEST(StoryTest, HasTheStackOfTheLastStepIfNoFaultIsTheCause) {
  const Story story = StoryOf(kScenario);
  EXPECT_EQ(story.culprit, std::nullopt);
  ASSERT_FALSE(story.stack.empty());
  std::string names;
  for (const StackFrame& frame : story.stack) names += frame.name + "\n";
  EXPECT_THAT(names, HasSubstr("SubjectCall::"));
  EXPECT_THAT(names, Not(HasSubstr("Runner")));
}

TEST(PictureTest, ShowsAreasPagesAndTheAccess) {
  EXPECT_EQ(PrintPicture(StoryOf(kScenario), Colors(false)),
            "  0x550000000000  rw- lazy   ##+                      3 pages\n"
            "                              ^^\n"
            "      ^ 4104 bytes at 0x550000001ff8, 8 before a page ends\n"
            "  0x550000003000  r-- eager  #                        1 page\n"
            "  0x550000004000  hole       __                       2 pages\n"
            "  0x550000006000  rw- kernel ................         256 pages, 16 a sign\n"
            "  # populated   . not populated   + populated by this operation   _ not mapped\n"
            "  ^ the access\n"
            "  97 frames free\n");
}

TEST(PictureTest, FitsIntoEightyColumns) {
  Story story = StoryOf(kScenario);
  story.before.areas.clear();
  constexpr uint64_t kSizes[] = {1, 3, 255, 4097, 1'000'003, 8'000'001};
  uint64_t at = kWindowStart;
  for (const uint64_t pages : kSizes) {
    story.before.areas.push_back({at, at + pages * kPageBytes, 7, AreaKind::kKernel});
    at += (pages + 77) * kPageBytes;
  }
  for (const uint64_t start : {uint64_t{0}, kWindowStart + 1, kWindowEnd - 1, UINT64_MAX - 1}) {
    story.touched = {start, UINT64_MAX};
    EXPECT_LE(LongestLine(PrintPicture(story, Colors(false))), 80u)
        << PrintPicture(story, Colors(false));
  }
}

TEST(PictureTest, OmitsDistantAreas) {
  Story story = StoryOf(kScenario);
  for (uint64_t i = 0; i < 1000; ++i) {
    const uint64_t start = kWindowStart + (0x1000 + i * 2) * kPageBytes;
    story.before.areas.push_back({start, start + kPageBytes, 3, AreaKind::kEager});
  }
  const std::string picture = PrintPicture(story, Colors(false));
  EXPECT_THAT(picture, HasSubstr("areas and holes that are far away"));
  EXPECT_LE(DrawMap(story).size(), kMaxMapRows);
}

TEST(PictureTest, IsPlainUnlessColorsAreRequested) {
  const Story story = StoryOf(kScenario);
  EXPECT_THAT(PrintPicture(story, Colors(false)), Not(HasSubstr("\033")));
  EXPECT_THAT(PrintPicture(story, Colors(true)), HasSubstr("\033[1;31m"));
}

TEST(StepsTest, ShowsFlagLockAndWhatHappened) {
  const std::string steps = PrintSteps(StoryOf(kScenario), Colors(false));
  EXPECT_THAT(steps, HasSubstr("   1  -L  lock taken\n"));
  EXPECT_THAT(steps, HasSubstr("-L  check [0x550000001000, 0x550000002000) READ|USER: yes\n"));
  EXPECT_THAT(steps, HasSubstr("F-  FAULT, load at 0x550000002000: page populated, retried\n"));
  EXPECT_THAT(steps, HasSubstr("  result: ok len=9 "));
}

TEST(StepsTest, OmitsTheMiddleOfALongList) {
  Story story = StoryOf(kScenario);
  story.events.resize(5000, story.events[0]);
  EXPECT_THAT(PrintSteps(story, Colors(false)), HasSubstr("  ... 4960 steps ...\n"));
  constexpr size_t kMaxSteps = 40;
  story.events.resize(kMaxSteps, story.events[0]);
  EXPECT_THAT(PrintSteps(story, Colors(false)), Not(HasSubstr("steps ...")));
  story.events.resize(kMaxSteps + 1, story.events[0]);
  EXPECT_THAT(PrintSteps(story, Colors(false)), HasSubstr("  ... 1 steps ...\n"));
}

TEST(StepsTest, ShowsTheOperationsOfTheOtherCpu) {
  const Story story = StoryOf(
      "machine cpus=2\nmap 0x550000000000 0x1000 rw- eager\n"
      "@1 race use 1 protect 0x550000000000 0x1000 r--\nconst.str 0x550000000000\n");
  EXPECT_THAT(
      PrintSteps(story, Colors(false)),
      HasSubstr("another CPU: protect 0x550000000000 0x1000 r-- (operation 2) on CPU 1: ok\n"));
}

TEST(StepsTest, ShowsTheOutcomeOfTheOtherCpusAccess) {
  const Story story = StoryOf(
      "machine cpus=3\nmap 0x550000000000 0x1000 rw- eager\n"
      "@1 race use 1 const.get u8 0x550000000000\n@2 race use 1 const.get u8 0x0\n"
      "const.str 0x550000000000\n");
  const std::string steps = PrintSteps(story, Colors(false));
  EXPECT_THAT(
      steps,
      HasSubstr("another CPU: const.get u8 0x550000000000 (operation 2) on CPU 1: ok len=1 "));
  EXPECT_THAT(steps, HasSubstr("another CPU: const.get u8 0x0 (operation 3) on CPU 2: EFAULT\n"));
}

TEST(StepsTest, ShowsTheLoadOfARaceAndThePanic) {
  const Scenario scenario = ParseScenario(
                                "machine cpus=2\n@1 race load 7 kernel.load 0x0\n"
                                "const.str 0x550000000000\n",
                                "test")
                                .value();
  const Event event = {
      .kind = EventKind::kRaced, .ok = false, .address = 0x550000000060, .index = 0};
  EXPECT_EQ(PrintEvent(event, scenario),
            "before a load at 0x550000000060, another CPU: kernel.load 0x0 (operation 1) on CPU 1");
}

TEST(StepsTest, DistinguishesABusErrorFromAFault) {
  const Event event = {.kind = EventKind::kFault,
                       .bus_error = true,
                       .access = 1,
                       .disposition = FaultDisposition::kEfault,
                       .address = 0x550000001000};
  EXPECT_EQ(PrintEvent(event, {}), "BUS ERROR, load at 0x550000001000: unresolved");
}

TEST(StepsTest, SaysThatAFaultResumedAtItsFixup) {
  Event event = {.kind = EventKind::kFault,
                 .has_fixup = true,
                 .access = 2,
                 .disposition = FaultDisposition::kFixup,
                 .address = 0x550000001000};
  EXPECT_EQ(PrintEvent(event, {}),
            "FAULT, store at 0x550000001000: unresolved, resumed at its fixup");
  event.disposition = FaultDisposition::kKernelBug;
  event.bug = KernelBug::kNoFixup;
  EXPECT_EQ(PrintEvent(event, {}),
            "FAULT, store at 0x550000001000: a kernel bug: the instruction has no fixup");
  event.bug = KernelBug::kFixupElsewhere;
  EXPECT_EQ(PrintEvent(event, {}),
            "FAULT, store at 0x550000001000: a kernel bug: the fixup lies outside the subject");
}

TEST(StoryTextTest, IsInOrder) {
  const std::string text = PrintStory(StoryOf(kScenario), FrameOf(), Colors(false));
  size_t at = 0;
  for (
      const char* part :
      {"access.result is broken in `@1 const.cstr u8 0x550000001ff8` (operation 6 of 6): wanted ok",
       "Scenario (minimised: 9 -> 6 operations)", "-->  @1 const.cstr", "Address space just before",
       "Steps of operation 6 on CPU 1", "tack", "Under gdb, stopped just before operation 8",
       "break sim::ScenarioBreakpoint if op_index == 7", "'crash 1234'", "A test that fails today",
       "TEST(Scenario, AccessResultInConstCstrU8)"}) {
    const size_t found = text.find(part, at);
    ASSERT_NE(found, std::string::npos) << part << "\n" << text;
    at = found;
  }
}

TEST(StoryTextTest, IsJsonToo) {
  const nlohmann::json json = nlohmann::json::parse(PrintStoryJson(StoryOf(kScenario), FrameOf()));
  EXPECT_EQ(json["bug"]["violation"], "access.result");
  EXPECT_EQ(json["index"], 5);
  EXPECT_EQ(json["areas"].size(), 3u);
  EXPECT_EQ(json["areas"][0]["populated"], 2);
  EXPECT_FALSE(json["events"].empty());
}

TEST(StoryHtmlTest, IsSelfContained) {
  const std::string page = PrintStoryHtml(StoryOf(kScenario), FrameOf());
  EXPECT_EQ(page.find("<!doctype html>"), 0u);
  EXPECT_THAT(page, HasSubstr("<svg"));
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme: dark"));
  EXPECT_THAT(page, HasSubstr("@media print"));
  for (const char* outside : {"http://", "https://", "<script", "<link", "url(", "@import"}) {
    size_t count = 0;
    for (size_t at = page.find(outside); at != std::string::npos; at = page.find(outside, at + 1)) {
      // The name of SVG's namespace has the form of an address, but no browser loads it.
      if (page.compare(at, 26, "http://www.w3.org/2000/svg") != 0) ++count;
    }
    EXPECT_EQ(count, 0u) << outside;
  }
}

TEST(StoryHtmlTest, EscapesTheContentsOfAFile) {
  StoryFrame frame = FrameOf();
  frame.file = "<script>alert('x')</script>";
  EXPECT_THAT(PrintStoryHtml(StoryOf(kScenario), frame), Not(HasSubstr("<script>")));
}

TEST(EmitGtestTest, FindsNamesThatCppTakes) {
  EXPECT_EQ(TestNameOf("corpus/regressions/slice_length_wraps.scn"), "SliceLengthWraps");
  EXPECT_EQ(TestNameOf("access.result in const.get u8"), "AccessResultInConstGetU8");
  EXPECT_EQ(TestNameOf("crash-12ab"), "Crash12ab");
  EXPECT_EQ(TestNameOf("12ab"), "Crash12ab");
  EXPECT_EQ(TestNameOf("---"), "Crash");
}

TEST(EmitGtestTest, EndsItsStringWhereTheScenarioEnds) {
  const Scenario scenario = ParseScenario("fill 0x550000000000 \")scn\"\n", "test").value();
  const std::string source = EmitGtest(scenario, "Name", "");
  EXPECT_THAT(source, HasSubstr("R\"scn0(\n"));
  EXPECT_THAT(source, HasSubstr(")scn0\""));
}

TEST(StackWatcherTest, KeepsTheStacksOfTheFirstAndTheLastEvents) {
  StackWatcher watcher;
  constexpr size_t kEvents = 3 * StackWatcher::kMaxStacks;
  for (size_t i = 0; i < kEvents; ++i) watcher.OnEvent(Event());
  constexpr size_t kHalf = StackWatcher::kMaxStacks / 2;
  for (const size_t kept : {size_t{0}, kHalf - 1, kEvents - kHalf, kEvents - 1}) {
    EXPECT_FALSE(watcher.StackOf(kept).empty()) << kept;
  }
  for (const size_t gone : {kHalf, kEvents - kHalf - 1, kEvents}) {
    EXPECT_TRUE(watcher.StackOf(gone).empty()) << gone;
  }
}

TEST(StackWatcherTest, KeepsAllStacksOfAsManyEventsAsItsLimit) {
  for (const size_t more : {0, 1}) {
    StackWatcher watcher;
    const size_t events = StackWatcher::kMaxStacks + more;
    for (size_t i = 0; i < events; ++i) watcher.OnEvent(Event());
    size_t kept = 0;
    for (size_t i = 0; i < events; ++i) kept += watcher.StackOf(i).empty() ? 0 : 1;
    EXPECT_EQ(kept, StackWatcher::kMaxStacks) << events;
  }
}

}  // namespace
}  // namespace sim
