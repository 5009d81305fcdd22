#include "sim/scenario/scenario_bytes.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/scenario/binary_format.h"
#include "sim/scenario/scenario_shapes.h"
#include "sim/scenario/scenario_text.h"
#include "sim/scenario/testing/random_scenario.h"

namespace sim {
namespace {

using ::testing::HasSubstr;

std::span<const uint8_t> AsBytes(const std::string& bytes) {
  return {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
}

std::string RandomBytes(std::mt19937_64& random, size_t max_size) {
  std::string bytes(random() % (max_size + 1), '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  // Half of the inputs have low values in their fields, as a fuzzer's inputs do.
  if (random() % 2 == 0) {
    for (char& byte : bytes) {
      if (random() % 2 == 0) byte &= 0x0f;
    }
  }
  return bytes;
}

Scenario Parsed(absl::string_view text) {
  absl::StatusOr<Scenario> scenario = ParseScenario(text, "t.scn");
  EXPECT_TRUE(scenario.ok()) << scenario.status() << "\n" << text;
  return scenario.ok() ? *scenario : Scenario();
}

const BinaryFormat& NewestFormat() { return *FormatOf(kBinaryVersion, kBinaryLevel); }

// The error message of EncodeScenario for `text`; "" without an error.
std::string Refusal(absl::string_view text) {
  return std::string(EncodeScenario(Parsed(text)).status().message());
}

TEST(DecodeScenario, NoBytesAreAScenarioWithoutOperations) {
  EXPECT_EQ(DecodeScenario({}), Scenario());
}

TEST(DecodeScenario, AnyBytesAreAScenarioWithATextAndWithinTheLimits) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 20000; ++i) {
    const std::string bytes = RandomBytes(random, 700);
    const Scenario scenario = DecodeScenario(AsBytes(bytes));
    ASSERT_LE(scenario.ops.size(), kMaxBinaryOps);
    for (const Op& op : scenario.ops) ASSERT_LE(op.pattern.size(), kMaxBinaryFillBytes);
    const PageTotals pages = TotalPagesMapped(scenario.ops);
    ASSERT_LE(pages.cow, kMaxBinaryPages);
    if (pages.all > kMaxBinaryPages) {
      ASSERT_LE(FramesOf(scenario.machine), kFewFrames);
    }
    const std::string text = PrintScenario(scenario);
    ASSERT_EQ(Parsed(text), scenario) << text;
  }
}

TEST(DecodeScenario, AllFramesAreNoNumberOfThem) {
  const Scenario max = Parsed("machine frames=max\nframes max\n");
  const Scenario most = Parsed("machine frames=0xffffffffffffffff\nframes 0xffffffffffffffff\n");
  EXPECT_NE(max, most);
  for (const Scenario& scenario : {max, most}) {
    Scenario decoded = DecodeScenario(AsBytes(*EncodeScenario(scenario)));
    EXPECT_EQ(decoded, WithoutExpectations(scenario));
    EXPECT_EQ(FramesOf(scenario.machine), kMachineFrames);
  }
}

TEST(DecodeScenario, ADecodedScenarioEncodesAndDecodesToItself) {
  std::mt19937_64 random(4);
  for (int i = 0; i < 800; ++i) {
    const Scenario scenario = DecodeScenario(AsBytes(RandomBytes(random, 400)));
    const absl::StatusOr<std::string> bytes = EncodeScenario(scenario);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    ASSERT_EQ(DecodeScenario(AsBytes(*bytes)), scenario) << PrintScenario(scenario);
  }
}

TEST(DecodeScenario, APrefixDecodesToAPrefixOfTheOperations) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 50; ++i) {
    const std::string bytes = RandomBytes(random, 600);
    Scenario whole = DecodeScenario(AsBytes(bytes));
    // Only sizes with a whole header: a part of the header means another machine and format.
    for (size_t size = 8; size <= bytes.size(); ++size) {
      const Scenario prefix = DecodeScenario(AsBytes(bytes).first(size));
      ASSERT_LE(prefix.ops.size(), whole.ops.size());
      for (size_t j = 0; size >= 16 && j < prefix.ops.size(); ++j) {
        if (whole.ops[j].verb == Verb::kFrames)
          continue;  // the decoder may limit the number of frames
        ASSERT_EQ(prefix.ops[j], whole.ops[j]) << size;
      }
    }
  }
}

TEST(DecodeScenario, AnOperationWithoutItsLiteralIsDropped) {
  Scenario scenario = Parsed("frames 1\nconst.get u8 0x123456789abcdef0\n");
  const std::string bytes = *EncodeScenario(scenario);
  ASSERT_EQ(bytes.size(), 32u);
  scenario.ops.pop_back();
  EXPECT_EQ(DecodeScenario(AsBytes(bytes).first(31)), scenario);
}

TEST(DecodeScenarioInto, OverwritesThePreviousContents) {
  std::mt19937_64 random(6);
  Scenario reused;
  for (int i = 0; i < 2000; ++i) {
    if (i % 3 == 0) reused = RandomScenario(random, {.max_ops = 90, .expectations = true});
    const std::string bytes = RandomBytes(random, 300);
    DecodeScenarioInto(AsBytes(bytes), &reused);
    ASSERT_EQ(reused, DecodeScenario(AsBytes(bytes)));
    for (const Op& op : reused.ops) ASSERT_EQ(op.line, 0);
  }
}

TEST(EncodeScenario, RandomScenariosRoundTrip) {
  std::mt19937_64 random(8);
  for (int i = 0; i < 800; ++i) {
    const Scenario scenario = RandomScenario(random, {.max_ops = 24, .expectations = true});
    const absl::StatusOr<std::string> bytes = EncodeScenario(scenario);
    ASSERT_TRUE(bytes.ok()) << bytes.status() << "\n" << PrintScenario(scenario);
    ASSERT_EQ(DecodeScenario(AsBytes(*bytes)), WithoutExpectations(scenario))
        << PrintScenario(scenario);
  }
}

TEST(EncodeScenario, WritesShapesIfPossible) {
  const std::string bytes = *EncodeScenario(Parsed(R"(
map 0x550000000000 0x2000 rw- lazy
const.slice u32 0x550000001ff0 4
const.slice u64 0x550000001ff0 0x1fffffffffffffff
mut.get u64 0x550000001ffc
user.load 0x550000000ff0 32
unmap 0x550000000000 0x2000
)"));
  EXPECT_EQ(bytes.size(), 8u + 6 * 8u) << absl::BytesToHexString(bytes);
}

// The smallest count, without its sign, of all shapes that result in the address of `shaped.op`; 65
// if there is none.
int SmallestCount(ShapedOp shaped, const History& history) {
  int smallest = 65;
  for (unsigned i = 0; i < kLiteralAddress * kAddressUnitCount * 4 * 32; ++i) {
    const AddressShape shape = {.base = static_cast<uint8_t>(i % kLiteralAddress),
                                .unit = static_cast<uint8_t>(i / kLiteralAddress % 4),
                                .select = static_cast<uint8_t>(i / kLiteralAddress / 4 % 4),
                                .which = static_cast<uint8_t>(i / kLiteralAddress / 16)};
    const uint64_t offset = shaped.op.address - AddressBase(shape, shaped, history);
    const std::optional<uint8_t> byte =
        AddressOffsetByte(shape, shaped, static_cast<int64_t>(offset));
    if (byte) smallest = std::min(smallest, std::abs(CountFromByte(*byte)));
  }
  return smallest;
}

TEST(EncodeScenario, NoOtherShapeOfAnAddressHasASmallerCount) {
  std::mt19937_64 random(10);
  for (int i = 0; i < 100; ++i) {
    const Scenario whole = RandomScenario(random, {.max_ops = 8});
    Scenario scenario = {.machine = whole.machine, .ops = {}};
    History history;
    for (const Op& op : whole.ops) {
      const size_t slot = EncodeScenario(scenario)->size();
      scenario.ops.push_back(op);
      if (!HasAddress(op.verb)) continue;
      const std::string bytes = *EncodeScenario(scenario);
      const bool is_literal = (bytes[slot + 3] & 15) == kLiteralAddress;
      const int count = CountFromByte(static_cast<uint8_t>(bytes[slot + 4]));
      ASSERT_EQ(is_literal ? 65 : std::abs(count),
                SmallestCount({op, NewestFormat().FieldsOf(op.verb)}, history))
          << PrintScenario(scenario);
      history.Add(op, NewestFormat().bytes_of(op));
    }
  }
}

// The binary form of `line` after three areas. `line` has no literal, so its slot is the last 8
// bytes.
std::string BytesAfterAreas(absl::string_view line) {
  return *EncodeScenario(Parsed(absl::StrCat("map 0x550000003000 0x3000 rw- lazy\n",
                                             "map 0x550000010000 0x5000 rw- lazy\n",
                                             "map 0x550000000000 0x1000 rw- lazy\n", line)));
}

TEST(EncodeScenario, ATextThatHasAShapeIsNoLiteral) {
  std::string bytes = BytesAfterAreas("write_str 0x550000003fc0 150 \"\"");
  for (uint8_t shape = 0; shape < kLiteralText; ++shape) {
    bytes[bytes.size() - 6] = static_cast<char>(shape);
    const Scenario scenario = DecodeScenario(AsBytes(bytes));
    ASSERT_EQ(EncodeScenario(scenario)->size(), bytes.size()) << PrintScenario(scenario);
  }
}

TEST(EncodeScenario, RefusesValuesBeyondTheLimits) {
  std::string many;
  for (int i = 0; i < 65; ++i) many += "frames 1\n";
  EXPECT_EQ(Refusal(many), "there are 65 operations; the binary form has room for 64");
  many.resize(many.size() - 9);
  EXPECT_EQ(Refusal(many), "");

  const std::string longest(kMaxBinaryFillBytes, 'x');
  EXPECT_EQ(Refusal(absl::StrCat("fill 0 \"", longest, "\"")), "");
  EXPECT_EQ(Refusal(absl::StrCat("frames 1\nfill 0 \"", longest, "x\"")),
            "operation 2: a fill with a string that is too long");
}

TEST(EncodeScenario, TheLargestLengthOfAnAccessIsALength) {
  for (const absl::string_view type : {"u8", "u64", "page"}) {
    for (const absl::string_view length : {"", " 0xffffffffffffffff", " 0xfffffffffffffffe"}) {
      const Scenario scenario =
          Parsed(absl::StrCat("const.access ", type, " 0x550000000000", length));
      EXPECT_EQ(DecodeScenario(AsBytes(*EncodeScenario(scenario))), WithoutExpectations(scenario));
    }
  }
}

// In versions 1 and 2 this length means no length.
TEST(DecodeScenario, TheLargestLengthOfAnAccessWasNoLength) {
  // The length is a literal: the last eight bytes.
  std::string bytes = *EncodeScenario(Parsed("const.access u8 0x550000000000 0x123456789abcdef0"));
  for (size_t i = bytes.size() - 8; i < bytes.size(); ++i) bytes[i] = '\xff';
  for (const char version : {'\1', '\2'}) {
    bytes[0] = version;
    const Scenario scenario = DecodeScenario(AsBytes(bytes));
    ASSERT_EQ(scenario.ops.size(), 1u);
    EXPECT_EQ(PrintOp(scenario.ops[0]), "const.access u8 0x550000000000");
  }
}

TEST(DecodeScenario, ABufferOfCopyStrIsAsLargeAsItsLimit) {
  // The length is a literal: the last eight bytes.
  std::string bytes = *EncodeScenario(Parsed("copy_str 0x550000000000 0xfedc"));
  ASSERT_EQ(bytes.size(), 24u);
  bytes[bytes.size() - 1] = '\x12';
  const Scenario scenario = DecodeScenario(AsBytes(bytes));
  ASSERT_EQ(scenario.ops.size(), 1u);
  EXPECT_EQ(PrintOp(scenario.ops[0]), "copy_str 0x550000000000 0x10000");
  // Larger lengths have no binary form either.
  Scenario larger = scenario;
  ++larger.ops[0].length;
  EXPECT_EQ(EncodeScenario(larger).status().message(),
            "operation 1: a length beyond the kernel's largest buffer");
}

TEST(EncodeScenario, MuchMemoryNeedsFewFrames) {
  const absl::string_view whole_window = "map 0x550000000000 0x1000000000 r-- lazy\n";
  EXPECT_THAT(Refusal(whole_window), HasSubstr("needs frames=64 or less"));
  EXPECT_THAT(Refusal(absl::StrCat("machine frames=64\n", whole_window, "frames 65\n")),
              HasSubstr("needs frames=64 or less"));
  EXPECT_EQ(Refusal(absl::StrCat("machine frames=64\n", whole_window, "frames 64\n")), "");
  // These maps fail for any number of frames, so they count as no pages.
  EXPECT_EQ(Refusal("map 0x550000000000 0x2000000000 r-- lazy"), "");
  EXPECT_EQ(Refusal("map 0x550000001000 0x1000000000 r-- lazy"), "");
  EXPECT_EQ(Refusal("map 0x550000000000 0x400000 rw- eager"), "");
  EXPECT_THAT(Refusal("map 0x550000000000 0x401000 rw- eager"), HasSubstr("1025 pages"));
}

TEST(EncodeScenario, MuchMemoryIsNotSharedMemory) {
  EXPECT_EQ(Refusal("map 0x550000000000 0x400000 r-- cow"), "");
  EXPECT_EQ(Refusal("machine frames=1\nmap 0x550000000000 0x1000000000 r-- cow"),
            "the cow areas have 16777216 pages; the binary form has at most 1024");
}

TEST(DecodeScenario, MuchSharedMemoryBecomesLazy) {
  // The length is a literal after the header and the slot. The test sets it to the window's length.
  const std::string small =
      *EncodeScenario(Parsed("machine frames=1\nmap 0x550000000000 0x123000 r-- cow"));
  ASSERT_EQ(small.size(), 24u);
  std::string large = small;
  large[18] = large[17] = large[16] = '\0';
  large[20] = '\x10';
  const Scenario scenario = DecodeScenario(AsBytes(large));
  ASSERT_EQ(scenario.ops.size(), 1u);
  EXPECT_EQ(PrintOp(scenario.ops[0]), "map 0x550000000000 0x1000000000 r-- lazy");
}

TEST(EncodeScenario, RefusesValuesThatNoTextHas) {
  const Scenario good = Parsed("machine cpus=2\nframes 1");
  const auto refusal_with = [&](auto change) {
    Scenario scenario = good;
    change(&scenario);
    return std::string(EncodeScenario(scenario).status().message());
  };
  EXPECT_EQ(refusal_with([](Scenario* s) { s->machine.cpus = 0; }), "not 1 to 8 CPUs");
  EXPECT_EQ(refusal_with([](Scenario* s) { s->machine.cpus = 9; }), "not 1 to 8 CPUs");
  EXPECT_EQ(refusal_with([](Scenario* s) { s->ops[0].cpu = 2; }),
            "operation 1: a CPU that the machine does not have");
  EXPECT_EQ(refusal_with([](Scenario* s) { s->ops[0].race = Race{.nth = 0}; }),
            "operation 1: a race at the 0th time");
  EXPECT_EQ(refusal_with([](Scenario* s) { s->ops[0].perms = 8; }),
            "operation 1: permissions beyond rwx");
  EXPECT_THAT(refusal_with([](Scenario* s) { s->ops[0].address = 1; }),
              HasSubstr("a value that has no text"));
  EXPECT_EQ(refusal_with([](Scenario* s) {
              s->ops[0].verb = Verb::kFill;
              s->ops[0].pattern = "ab";
            }),
            "operation 1: a fill with a length that is not its string's");
}

TEST(BinaryFormat, TheFirstByteIsTheVersion) {
  for (int byte = 0; byte < 256; ++byte) {
    EXPECT_EQ(BinaryVersionOf(static_cast<uint8_t>(byte)), byte <= 1 ? 1 : byte == 3 ? 3 : 2);
  }
}

TEST(BinaryFormat, EveryVerbAndEveryRaceHasAnOpcode) {
  for (const VerbInfo& info : AllVerbs()) {
    for (const bool is_race : {false, true}) {
      const Opcode opcode{info.verb, is_race};
      const std::optional<uint8_t> byte = OpcodeByte(NewestFormat(), opcode);
      ASSERT_TRUE(byte.has_value());
      EXPECT_EQ(*byte, is_race ? 255 - info.number : info.number) << info.name;
      EXPECT_EQ(NewestFormat().opcodes[*byte], opcode) << info.name;
    }
  }
}

TEST(BinaryFormat, FrozenVersionsHaveTheVerbsOfTheirTime) {
  for (const VerbInfo& info : AllVerbs()) {
    const Opcode opcode{info.verb, false};
    EXPECT_EQ(OpcodeByte(kBinaryFormat1, opcode).has_value(), info.since <= 1) << info.name;
    EXPECT_EQ(OpcodeByte(kBinaryFormat2, opcode).has_value(), info.since <= 2) << info.name;
    EXPECT_EQ(info.number < kVerbsOfLevel0, info.since <= 2) << info.name;
  }
  EXPECT_EQ(OpcodeByte(kBinaryFormat1, {Verb::kUserLoad, true}), std::nullopt);
  EXPECT_EQ(KindByte(kBinaryFormat1, {AreaKind::kShared}), std::nullopt);
}

TEST(BinaryFormat, ALevelThatIsUnknownHasNoOperations) {
  std::string bytes = *EncodeScenario(Parsed("machine cpus=3\nframes 1"));
  EXPECT_EQ(DecodeScenario(AsBytes(bytes)).ops.size(), 1u);
  bytes[5] = static_cast<char>(kBinaryLevel + 1);
  EXPECT_EQ(FormatOf(kBinaryVersion, kBinaryLevel + 1), nullptr);
  EXPECT_EQ(DecodeScenario(AsBytes(bytes)), Parsed("machine cpus=3"));
  // The byte means nothing in the versions before.
  bytes[0] = 2;
  EXPECT_EQ(DecodeScenario(AsBytes(bytes)).ops.size(), 1u);
}

TEST(BinaryFormat, SmapIsABitNextToTheLevel) {
  std::string bytes = *EncodeScenario(Parsed("machine cpus=3 smap=on\nframes 1"));
  EXPECT_EQ(static_cast<uint8_t>(bytes[5]), kSmapBit | kBinaryLevel);
  EXPECT_EQ(DecodeScenario(AsBytes(bytes)), Parsed("machine cpus=3 smap=on\nframes 1"));
  // At each existing level, the bit does not change the operations.
  for (int level = 0; level <= kBinaryLevel; ++level) {
    EXPECT_EQ(FormatOf(3, static_cast<uint8_t>(kSmapBit | level)),
              FormatOf(3, static_cast<uint8_t>(level)));
  }
  EXPECT_EQ(FormatOf(3, kSmapBit | (kBinaryLevel + 1)), nullptr);
  // The byte means nothing in the versions before.
  for (const char version : {'\1', '\2'}) {
    bytes[0] = version;
    EXPECT_FALSE(DecodeScenario(AsBytes(bytes)).machine.smap);
    EXPECT_EQ(DecodeScenario(AsBytes(bytes)).ops.size(), 1u);
  }
}

// kernel.* has only the opcodes of its numbers, because it usually ends the run. A third of the
// opcodes are races.
TEST(BinaryFormat, OpcodesAreDistributedByWeight) {
  std::map<Verb, int> calls;
  int races = 0;
  for (const Opcode& opcode : NewestFormat().opcodes) {
    races += opcode.is_race;
    if (!opcode.is_race) ++calls[opcode.verb];
  }
  EXPECT_GE(races, 75);
  EXPECT_LE(races, 105);
  EXPECT_EQ(calls[Verb::kKernelLoad], 1);
  EXPECT_EQ(calls[Verb::kKernelStore], 1);
  EXPECT_GT(calls[Verb::kFill], calls[Verb::kProtect]);
  EXPECT_GT(calls[Verb::kProtect], calls[Verb::kUserLoad]);
  for (const VerbInfo& info : AllVerbs()) {
    if (info.weight != 0) {
      EXPECT_GE(calls[info.verb], 3) << info.name;
    }
  }
}

TEST(BinaryFormat, EveryKindHasItsBits) {
  for (int kind = 0; kind < kAreaKindCount; ++kind) {
    KindShape shape{static_cast<AreaKind>(kind)};
    if (shape.kind == AreaKind::kFile) shape.file_length = FileLength::kLiteral;
    const std::optional<uint8_t> byte = KindByte(NewestFormat(), shape);
    ASSERT_TRUE(byte.has_value());
    EXPECT_EQ(KindFromByte(NewestFormat(), *byte), shape);
  }
}

TEST(Shapes, EveryCountHasItsByte) {
  for (int count = -64; count <= 63; ++count) {
    const std::optional<uint8_t> byte = CountByte(count);
    ASSERT_TRUE(byte.has_value()) << count;
    EXPECT_EQ(CountFromByte(*byte), count);
  }
  EXPECT_EQ(CountByte(-65), std::nullopt);
  EXPECT_EQ(CountByte(64), std::nullopt);
  EXPECT_EQ(CountFromByte(0), 0);
}

}  // namespace
}  // namespace sim
