#include "sim/scenario/scenario_text.h"

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/testing/random_scenario.h"
#include "sim/scenario/violation_names.h"

namespace sim {
namespace {

using ::testing::HasSubstr;

// The scenario of `text`; fails the test if `text` cannot be parsed.
Scenario Parsed(absl::string_view text) {
  absl::StatusOr<Scenario> scenario = ParseScenario(text, "t.scn");
  EXPECT_TRUE(scenario.ok()) << scenario.status() << "\n" << text;
  return scenario.ok() ? *scenario : Scenario();
}

Op ParsedOp(absl::string_view line) {
  Scenario scenario = Parsed(absl::StrCat("machine cpus=8\n", line));
  EXPECT_EQ(scenario.ops.size(), 1u) << line;
  return scenario.ops.empty() ? Op() : scenario.ops[0];
}

std::string MistakeIn(absl::string_view text) {
  const absl::StatusOr<Scenario> scenario = ParseScenario(text, "t.scn");
  if (scenario.ok()) return "no mistake";
  EXPECT_EQ(scenario.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(scenario.status().message());
}

TEST(ParseScenario, AnEmptyTextIsAScenarioWithTheDefaultMachine) {
  for (const char* text : {"", "\n", "# only a comment", "  \t\n\r\n#\n", "machine"}) {
    const Scenario scenario = Parsed(text);
    EXPECT_EQ(scenario.machine, MachineConfig()) << text;
    EXPECT_TRUE(scenario.ops.empty()) << text;
  }
}

TEST(ParseScenario, ReadsTheMachineInAnyOrder) {
  EXPECT_EQ(Parsed("machine lock=off frames=0x10 cpus=8").machine,
            (MachineConfig{.cpus = 8, .frames = 16, .lock = false}));
  EXPECT_EQ(Parsed("machine smap=on lock=off").machine,
            (MachineConfig{.lock = false, .smap = true}));
  EXPECT_EQ(Parsed("machine smap=off").machine, MachineConfig());
  EXPECT_EQ(Parsed("# first\n\n machine frames=max").machine, MachineConfig());
  EXPECT_EQ(Parsed("machine frames=0xffffffffffffffff").machine.frames, UINT64_MAX);
}

TEST(ParseScenario, KnowsTheLineOfEachOperation) {
  const Scenario scenario = Parsed("# one\nframes 1\n\nframes 2\r\n\tframes 3");
  ASSERT_EQ(scenario.ops.size(), 3u);
  EXPECT_EQ(scenario.ops[0].line, 2);
  EXPECT_EQ(scenario.ops[1].line, 4);
  EXPECT_EQ(scenario.ops[2].line, 5);
}

TEST(ParseScenario, ReadsEachFieldOfAnOperation) {
  const Op map = ParsedOp("@7 map 0x550000000000 8192 rw- lazy => ENOMEM # why");
  EXPECT_EQ(map.verb, Verb::kMap);
  EXPECT_EQ(map.cpu, 7);
  EXPECT_EQ(map.address, kWindowStart);
  EXPECT_EQ(map.length, 8192u);
  EXPECT_EQ(map.perms, kPermRead | kPermWrite);
  EXPECT_EQ(map.kind, AreaKind::kLazy);
  EXPECT_EQ(map.expect.kind, StatedExpectation::Kind::kError);
  EXPECT_EQ(map.expect.error, 12);

  const Op race = ParsedOp("race fault 4294967295 unmap 0 0xffffffffffffffff");
  ASSERT_TRUE(race.race.has_value());
  EXPECT_EQ(race.race->point, RacePoint::kFault);
  EXPECT_EQ(race.race->nth, 4294967295u);
  EXPECT_EQ(race.length, UINT64_MAX);

  const Op ok = ParsedOp("const.cstr u32x3 1 => ok len=3 fnv=ff");
  EXPECT_EQ(ok.type, ElementType::kU32x3);
  EXPECT_EQ(ok.expect.length, 3u);
  EXPECT_EQ(ok.expect.fingerprint, 0xffu);

  EXPECT_TRUE(ParsedOp("frames max").is_max);
  EXPECT_FALSE(ParsedOp("frames 3").is_max);
  EXPECT_TRUE(ParsedOp("const.access u8 1").is_single);
  EXPECT_TRUE(ParsedOp("mut.access u8 1 => ok").is_single);
  EXPECT_FALSE(ParsedOp("mut.access u8 1 0 => ok").is_single);
  EXPECT_EQ(ParsedOp("mut.access u8 1 0 => ok").length, 0u);
  const Op longest = ParsedOp("const.access u8 1 18446744073709551615");
  EXPECT_FALSE(longest.is_single);
  EXPECT_EQ(longest.length, UINT64_MAX);
  EXPECT_EQ(PrintOp(longest), "const.access u8 0x1 0xffffffffffffffff");
  EXPECT_EQ(ParsedOp("copy_str 0 65536").length, kMaxCopiedBytes);
  EXPECT_EQ(ParsedOp("race check 2 copy_str 0 1 => never").expect.kind,
            StatedExpectation::Kind::kNever);
  EXPECT_EQ(ParsedOp("frames 1 => violation frames.lost").expect.violation,
            ViolationKind::kFramesLost);
  EXPECT_EQ(ParsedOp("frames 1 => errno 3999").expect.error, 3999);
  EXPECT_EQ(ParsedOp("frames 1 => errno 3999").expect.length, std::nullopt);
  EXPECT_EQ(ParsedOp("frames 1 => errno 3999 done=0").expect.length, 0u);
  EXPECT_EQ(ParsedOp("frames 1 => EFAULT done=4096").expect.length, 4096u);
}

TEST(ParseScenario, ReadsTheEscapesOfAString) {
  using std::string_literals::operator""s;
  EXPECT_EQ(ParsedOp(R"(fill 0 "a#b => \0\n\t\\\"\x7F\xff0")").pattern,
            "a#b => \0\n\t\\\"\x7f\xff"
            "0"s);
  EXPECT_EQ(ParsedOp("fill 0 \"\xc3\xa9\t\"").pattern, "\xc3\xa9\t");
  const Op empty = ParsedOp("fill 0 \"\"");
  EXPECT_EQ(empty.pattern, "");
  EXPECT_EQ(empty.length, 0u);
}

TEST(ParseScenario, ReadsARepeatedByte) {
  const Op fill = ParsedOp("fill 0x1000 0x2000 0x41");
  EXPECT_EQ(fill.pattern, "A");
  EXPECT_EQ(fill.length, 0x2000u);
}

const std::string kTypes = "a type: u8, u16, u32, u64, u32x3, u64x3, b3, b4096, q4096, q8192, page";
const std::string kViolations =
    "a violation: access.result, access.kernel_half, access.double_fetch, "
    "access.wrong_pointer, access.buffer_overrun, access.buffer_contents, "
    "access.stray_store, access.torn, access.closed, access.out_of_attempt, access.order, "
    "access.misaligned, access.left_open, "
    "access.left_behind, flag.stuck, flag.set_outside, flag.clear_in_attempt, fault.kernel_bug, "
    "fault.out_of_range, "
    "fault.no_way_back, fault.retried, lock.taken_twice, lock.held_in_attempt, lock.not_released, "
    "lock.released_free, "
    "check.order, check.range, population.pages, population.error, frames.lost, time.unbounded";
const std::string kSomeVerbs = "a verb such as map, fill, const.get or race";

struct MistakeCase {
  std::string text;
  std::string message;  // after the file's name
};

const MistakeCase kMistakes[] = {
    {"mapp 0 0", "1:1: unexpected \"mapp\"; expected " + kSomeVerbs},
    {"# c\n\n  foo", "3:3: unexpected \"foo\"; expected " + kSomeVerbs},
    {"\xff\x01", "1:1: unexpected \"\\xff\\x01\"; expected " + kSomeVerbs},
    {"@0", "1:3: the line ends here; expected " + kSomeVerbs},
    {"@0 # c", "1:4: the line ends here; expected " + kSomeVerbs},
    {"map", "1:4: the line ends here; expected an address, in decimal or 0x-hexadecimal"},
    {"map zero", "1:5: unexpected \"zero\"; expected an address, in decimal or 0x-hexadecimal"},
    {"map 0x", "1:5: unexpected \"0x\"; expected an address, in decimal or 0x-hexadecimal"},
    {"map -1", "1:5: unexpected \"-1\"; expected an address, in decimal or 0x-hexadecimal"},
    {"map 18446744073709551616 0",
     "1:5: the number \"18446744073709551616\" needs over 64 bits; expected an address"},
    {"map 0x10000000000000000 0",
     "1:5: the number \"0x10000000000000000\" needs over 64 bits; expected an address"},
    {"map 0 4kB",
     "1:7: unexpected \"4kB\"; expected a length in bytes, in decimal or "
     "0x-hexadecimal"},
    {"map 0 1 rw", "1:9: unexpected \"rw\"; expected permissions from --- to rwx"},
    {"map 0 1 wr-", "1:9: unexpected \"wr-\"; expected permissions from --- to rwx"},
    {"map 0 1 rw-",
     "1:12: the line ends here; expected a kind: eager, lazy, kernel, cow, shared, file:BYTES"},
    {"map 0 1 rw- warm",
     "1:13: unexpected \"warm\"; expected a kind: eager, lazy, kernel, cow, shared, file:BYTES"},
    {"map 0 1 rw- lazy now", "1:18: unexpected \"now\"; expected => or the end of the line"},
    {"unmap 0 1 => ok fine", "1:17: unexpected \"fine\"; expected the end of the line"},
    {"unmap 0 1 =>",
     "1:13: the line ends here; expected ok, an error such as EFAULT, or violation NAME"},
    {"unmap 0 1 => EWHAT",
     "1:14: unexpected \"EWHAT\"; expected ok, an error such as EFAULT, or violation NAME"},
    {"unmap 0 1 => errno 0", "1:20: unexpected \"0\"; expected an error's number, from 1"},
    {"unmap 0 1 => errno 4096",
     "1:20: the number 4096 is too large; expected an error's number, at most 4095"},
    {"unmap 0 1 => EFAULT done=x",
     "1:21: unexpected \"done=x\"; expected done=N, a number of bytes, in decimal or "
     "0x-hexadecimal"},
    {"unmap 0 1 => EFAULT len=1", "1:21: unexpected \"len=1\"; expected the end of the line"},
    {"unmap 0 1 => violation", "1:23: the line ends here; expected " + kViolations},
    {"unmap 0 1 => violation A.b", "1:24: unexpected \"A.b\"; expected " + kViolations},
    {"unmap 0 1 => violation flag.stick",
     "1:24: unexpected \"flag.stick\"; expected " + kViolations},
    {"unmap 0 1 => violation flag", "1:24: unexpected \"flag\"; expected " + kViolations},
    {"unmap 0 1 => never",
     "1:14: unexpected \"never\"; expected ok, an error such as EFAULT, or violation NAME"},
    {"const.str 0 => ok len=x",
     "1:19: unexpected \"len=x\"; expected len=N, a number of elements, in decimal or "
     "0x-hexadecimal"},
    {"const.str 0 => ok len=1 fnv=0x1",
     "1:25: unexpected \"fnv=0x1\"; expected fnv=H, 1 to 16 hexadecimal digits without 0x"},
    {"const.str 0 => ok len=1 fnv=11111111222222223",
     "1:25: unexpected \"fnv=11111111222222223\"; expected fnv=H, 1 to 16 hexadecimal digits "
     "without 0x"},
    {"const.str 0 => ok fnv=1", "1:19: unexpected \"fnv=1\"; expected the end of the line"},
    {"const.get u128 0", "1:11: unexpected \"u128\"; expected " + kTypes},
    {"const.get 0", "1:11: unexpected \"0\"; expected " + kTypes},
    {"const.slice u8 0",
     "1:17: the line ends here; expected a length in elements, in decimal or 0x-hexadecimal"},
    {"const.access u8 0 18446744073709551616",
     "1:19: the number \"18446744073709551616\" needs over 64 bits; expected a length in elements"},
    {"frames many",
     "1:8: unexpected \"many\"; expected a number of frames, or max, in decimal or "
     "0x-hexadecimal"},
    {"fill 0 1 256", "1:10: the number 256 is too large; expected a byte, at most 255"},
    {"fill 0 1 \"x\"",
     "1:10: unexpected \"\\\"x\\\"\"; expected a byte, in decimal or 0x-hexadecimal"},
    {"fill 0 \"abc", "1:8: the string has no end; expected a \" after it"},
    {"fill 0 \"abc\\\"", "1:8: the string has no end; expected a \" after it"},
    {"fill 0 \"a\\q\"", "1:10: an unknown escape; expected \\0, \\n, \\t, \\\\, \\\" or \\xHH"},
    {"fill 0 \"a\\", "1:10: an unknown escape; expected \\0, \\n, \\t, \\\\, \\\" or \\xHH"},
    {"fill 0 \"\\x1\"", "1:9: \\x without its digits; expected two hexadecimal digits"},
    {"fill 0 \"\\xg0\"", "1:9: \\x without its digits; expected two hexadecimal digits"},
    {"fill 0 \"\x01\"", "1:9: a raw control character in a string; expected \\x01"},
    {"race", "1:5: the line ends here; expected a race point: check, fault, use, load"},
    {"race lode 1 frames 0",
     "1:6: unexpected \"lode\"; expected a race point: check, fault, use, load"},
    {"race check 0 frames 0",
     "1:12: unexpected \"0\"; expected which time the point is reached, from 1"},
    {"race check 4294967296 frames 0",
     "1:12: the number 4294967296 is too large; expected which time the point is reached, from "
     "1, at most 4294967295"},
    {"map 0 1 rw- file",
     "1:13: unexpected \"file\"; expected a kind: eager, lazy, kernel, cow, shared, file:BYTES"},
    {"map 0 1 rw- file:",
     "1:13: unexpected \"file:\"; expected file:BYTES, a file's length in bytes, in decimal or "
     "0x-hexadecimal"},
    {"map 0 1 rw- file:1x",
     "1:13: unexpected \"file:1x\"; expected file:BYTES, a file's length in bytes, in decimal or "
     "0x-hexadecimal"},
    {"truncate 0",
     "1:11: the line ends here; expected a file's length in bytes, in decimal or 0x-hexadecimal"},
    {"inject warm 1", "1:8: unexpected \"warm\"; expected what fails: frame, population, lock"},
    {"inject lock",
     "1:12: the line ends here; expected which time it fails, from 1, in decimal or "
     "0x-hexadecimal"},
    {"race check 1 race check 1 frames 0",
     "1:14: unexpected \"race\"; expected a verb such as unmap, fill or user.load"},
    {"race check 1 frames 0 => ok",
     "1:26: unexpected \"ok\"; expected never, all that a race line may state of its outcome"},
    {"race check 1 frames 0 =>",
     "1:25: the line ends here; expected never, all that a race line may state of its outcome"},
    {"race check 1 frames 0 => never ever",
     "1:32: unexpected \"ever\"; expected the end of the line"},
    {"atomic.load u16 0", "1:13: unexpected \"u16\"; expected a word: u32, u64"},
    {"atomic.store u32 0",
     "1:19: the line ends here; expected a value, in decimal or 0x-hexadecimal"},
    {"no_fault.write u8 0 1", "1:16: unexpected \"u8\"; expected a word: u32, u64"},
    {"no_fault.read u8 0 65537",
     "1:20: the number 65537 is too large; expected a number of calls, at most 65536"},
    {"copy_str 0 65537",
     "1:12: the number 65537 is too large; expected a length in bytes, at most 65536"},
    {"@1 frames 0", "1:1: unexpected \"@1\"; expected a CPU of this machine, @0 to @0"},
    {"machine cpus=2\n@2 frames 0",
     "2:1: unexpected \"@2\"; expected a CPU of this machine, @0 to @1"},
    {"@ frames 0", "1:1: unexpected \"@\"; expected a CPU of this machine, @0 to @0"},
    {"frames 0\nmachine", "2:1: machine after another line; expected it on the first line only"},
    {"machine\nmachine", "2:1: machine after another line; expected it on the first line only"},
    {"machine cpus=0", "1:9: unexpected \"cpus=0\"; expected a number of CPUs from 1 to 8"},
    {"machine cpus=9", "1:9: unexpected \"cpus=9\"; expected a number of CPUs from 1 to 8"},
    {"machine lock=maybe",
     "1:9: unexpected \"lock=maybe\"; expected cpus=N, frames=N, "
     "lock=on|off or smap=on|off, each once"},
    {"machine cpus=1 cpus=1",
     "1:16: unexpected \"cpus=1\"; expected cpus=N, frames=N, "
     "lock=on|off or smap=on|off, each once"},
    {"machine fast",
     "1:9: unexpected \"fast\"; expected cpus=N, frames=N, lock=on|off or "
     "smap=on|off, each once"},
    {"machine smap=maybe",
     "1:9: unexpected \"smap=maybe\"; expected cpus=N, frames=N, lock=on|off or "
     "smap=on|off, each once"},
    {"machine smap=on smap=on",
     "1:17: unexpected \"smap=on\"; expected cpus=N, frames=N, lock=on|off or "
     "smap=on|off, each once"},
    {"machine frames=few",
     "1:9: unexpected \"frames=few\"; expected a number of frames, or max, "
     "in decimal or 0x-hexadecimal"},
};

TEST(ParseScenario, ParsesTheNameOfEachViolation) {
  for (const absl::string_view name : kViolationNames) {
    EXPECT_EQ(
        ViolationName(ParsedOp(absl::StrCat("frames 1 => violation ", name)).expect.violation),
        name);
  }
}

TEST(ParseScenario, AnErrorHasItsPositionAndTheExpectedText) {
  for (const auto& [text, message] : kMistakes) {
    EXPECT_EQ(MistakeIn(text), absl::StrCat("t.scn:", message)) << text;
  }
}

TEST(ParseScenario, EnforcesItsLimits) {
  const std::string long_line = absl::StrCat("# ", std::string(kMaxLineBytes, 'x'));
  EXPECT_EQ(MistakeIn(absl::StrCat("frames 1\n", long_line)),
            "t.scn:2:524289: the line is too long; expected at most 524288 bytes");
  const std::string long_string(kMaxFillBytes + 1, 'x');
  EXPECT_EQ(MistakeIn(absl::StrCat("fill 0 \"", long_string, "\"")),
            "t.scn:1:8: the string is too long; expected at most 65536 bytes");
  std::string many;
  for (size_t i = 0; i <= kMaxTextOps; ++i) many += "frames 1\n";
  EXPECT_EQ(MistakeIn(many),
            "t.scn:1048577:1: too many operations; expected at most 1048576 in a scenario");
  many.resize(many.size() - 9);
  EXPECT_EQ(Parsed(many).ops.size(), kMaxTextOps);
}

TEST(ParseScenario, AnEscapeCountsAsOneByteOfTheLongestString) {
  const std::string almost(kMaxFillBytes - 1, 'x');
  EXPECT_EQ(ParsedOp(absl::StrCat("fill 0 \"", almost, "\\n\"")).pattern, almost + "\n");
  EXPECT_EQ(MistakeIn(absl::StrCat("fill 0 \"", almost, "\\n\\n\"")),
            "t.scn:1:8: the string is too long; expected at most 65536 bytes");
  EXPECT_EQ(MistakeIn(absl::StrCat("fill 0 \"", almost, "xx")),
            "t.scn:1:8: the string is too long; expected at most 65536 bytes");
  EXPECT_EQ(MistakeIn(absl::StrCat("fill 0 \"", almost, "x")),
            "t.scn:1:8: the string has no end; expected a \" after it");
}

TEST(ParseScenario, TheLongestFillOfEscapesFitsInALine) {
  Op op;
  op.verb = Verb::kFill;
  op.address = UINT64_MAX;
  op.pattern.assign(kMaxFillBytes, '\xff');
  op.length = op.pattern.size();
  EXPECT_EQ(ParsedOp(PrintOp(op)), op);
}

TEST(ParseScenario, NoBytesMakeItCrash) {
  std::mt19937_64 random(1);
  const std::vector<std::string> kWords = {"map",    "0x550000000000",
                                           "rw-",    "lazy",
                                           "\"a\\x", "\"",
                                           "=>",     "ok",
                                           "len=",   "fnv=",
                                           "@1",     "machine cpus=2",
                                           "\n",     "#",
                                           "race",   "1",
                                           "\r",     "check",
                                           "fill",   "\\",
                                           "errno",  "violation",
                                           "never",  "const.access",
                                           "u8",     std::string("\0", 1),
                                           "\xff"};
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    const int count = static_cast<int>(random() % 12);
    for (int j = 0; j < count; ++j) {
      text += random() % 8 == 0 ? std::string(1, static_cast<char>(random()))
                                : kWords[random() % kWords.size()];
      if (random() % 4 != 0) text += ' ';
    }
    const absl::StatusOr<Scenario> scenario = ParseScenario(text, "t.scn");
    if (scenario.ok()) {
      EXPECT_EQ(Parsed(PrintScenario(*scenario)), *scenario) << text;
    } else {
      EXPECT_THAT(std::string(scenario.status().message()), HasSubstr("; expected ")) << text;
    }
  }
}

TEST(PrintScenario, APrintedScenarioParsesToItself) {
  std::mt19937_64 random(20240229);
  for (int i = 0; i < 10000; ++i) {
    const Scenario scenario = RandomScenario(random, {.max_ops = 24, .expectations = true});
    const std::string text = PrintScenario(scenario);
    const absl::StatusOr<Scenario> parsed = ParseScenario(text, "t.scn");
    ASSERT_TRUE(parsed.ok()) << parsed.status() << "\n" << text;
    ASSERT_EQ(*parsed, scenario) << text;
    ASSERT_EQ(PrintScenario(*parsed), text);
  }
}

TEST(PrintMachine, NamesSmapWhereItIsOn) {
  EXPECT_EQ(PrintMachine({.smap = true}), "machine cpus=1 frames=max lock=on smap=on");
  EXPECT_EQ(PrintMachine({}), "machine cpus=1 frames=max lock=on");
}

TEST(PrintOp, IsCanonical) {
  EXPECT_EQ(PrintOp(ParsedOp("  @0   map 94008244183040 4096 rw-   eager # c")),
            "map 0x558000002000 0x1000 rw- eager");
  EXPECT_EQ(PrintOp(ParsedOp("@3 race use 1 protect 0 0 r-x")),
            "@3 race use 1 protect 0x0 0x0 r-x");
  EXPECT_EQ(PrintOp(ParsedOp("race load 3 frames 1 =>  never # c")),
            "race load 3 frames 1 => never");
  EXPECT_EQ(PrintOp(ParsedOp("fill 16 1 65")), "fill 0x10 \"A\"");
  EXPECT_EQ(PrintOp(ParsedOp("fill 16 2 65")), "fill 0x10 0x2 0x41");
  EXPECT_EQ(PrintOp(ParsedOp("fill 16 0 65")), "fill 0x10 0x0 0x41");
  EXPECT_EQ(PrintOp(ParsedOp("fill 16 \"\\x00\\x0A\\x7f\xc3\"")), R"(fill 0x10 "\0\n\x7f\xc3")");
  EXPECT_EQ(PrintOp(ParsedOp(R"(fill 16 "a\x09\x22\x5c\x1f~\x7e")")),
            R"(fill 0x10 "a\t\"\\\x1f~~")");
  EXPECT_EQ(PrintOp(ParsedOp("frames max")), "frames max");
  EXPECT_EQ(PrintOp(ParsedOp("frames 18446744073709551615")), "frames 0xffffffffffffffff");
  EXPECT_EQ(PrintOp(ParsedOp("const.slice u8 0 0x10")), "const.slice u8 0x0 16");
  EXPECT_EQ(PrintOp(ParsedOp("const.slice u8 0 18446744073709551615")),
            "const.slice u8 0x0 0xffffffffffffffff");
  EXPECT_EQ(PrintOp(ParsedOp("const.access q4096 0 =>  errno 14")),
            "const.access q4096 0x0 => EFAULT");
  EXPECT_EQ(PrintOp(ParsedOp("const.str 0 => ok len=5 fnv=AB")),
            "const.str 0x0 => ok len=5 fnv=00000000000000ab");
}

TEST(PrintOutcome, PrintsTheResultOfAnOperation) {
  EXPECT_EQ(PrintOutcome(Verb::kMap, Outcome::Ok()), "ok");
  EXPECT_EQ(PrintOutcome(Verb::kUserLoad, Outcome::Ok()), "ok");
  EXPECT_EQ(PrintOutcome(Verb::kConstStr, Outcome::Ok()), "ok len=0 fnv=cbf29ce484222325");
  EXPECT_EQ(PrintOutcome(Verb::kMutSlice, Outcome::Ok(5, 0x0123456789abcdef)),
            "ok len=5 fnv=0123456789abcdef");
  EXPECT_EQ(PrintOutcome(Verb::kConstGet, Outcome::Error(14)), "EFAULT");
  EXPECT_EQ(PrintOutcome(Verb::kConstGet, Outcome::Panic()), "panic");
  EXPECT_EQ(PrintOutcome(Verb::kUnmap, Outcome::Armed()), "armed");
  EXPECT_EQ(PrintOutcome(Verb::kUnmap, Outcome::NotRun()), "not run");
}

TEST(LooksLikeText, RecognizesAScenarioByItsFirstWord) {
  for (const char* text : {"", "\n\n", "# c", "machine", "  \r\n# c\nmap nonsense", "@1 what",
                           "race x", "const.get#c", "frames 1\n\xff"}) {
    EXPECT_TRUE(LooksLikeText(text)) << text;
  }
  for (const char* text : {"mapp", "machines", "\x01", "map 0\n\x02", "\xff map", "ELF"}) {
    EXPECT_FALSE(LooksLikeText(text)) << text;
  }
  EXPECT_FALSE(LooksLikeText(absl::string_view("map\0", 4)));
}

TEST(LooksLikeText, DistinguishesPrintedFromEncodedScenarios) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 1000; ++i) {
    const Scenario scenario = RandomScenario(random);
    EXPECT_TRUE(LooksLikeText(PrintScenario(scenario)));
    const absl::StatusOr<std::string> bytes = EncodeScenario(scenario);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    EXPECT_FALSE(LooksLikeText(*bytes));
  }
}

}  // namespace
}  // namespace sim
