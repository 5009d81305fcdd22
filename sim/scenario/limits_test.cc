// The limits of the text form, of the binary form and of small kernels: each at the limit, and one
// above it (sim/testing/limits/limits.txt).
#include <algorithm>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/scenario/binary_format.h"
#include "sim/scenario/kernel_scenarios.h"
#include "sim/scenario/names.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/scenario_shapes.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

using ::testing::HasSubstr;

std::string MistakeIn(const std::string& text) {
  return std::string(ParseScenario(text, "t.scn").status().message());
}

Scenario Parsed(const std::string& text) {
  absl::StatusOr<Scenario> scenario = ParseScenario(text, "t.scn");
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  return scenario.ok() ? *scenario : Scenario();
}

Scenario Decoded(const std::string& bytes) {
  return DecodeScenario({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}

// The error message of EncodeScenario; "" if the bytes decode to the scenario.
std::string Refusal(const std::string& text) {
  const Scenario scenario = Parsed(text);
  const absl::StatusOr<std::string> bytes = EncodeScenario(scenario);
  if (!bytes.ok()) return std::string(bytes.status().message());
  EXPECT_EQ(Decoded(*bytes), WithoutExpectations(scenario)) << text;
  return "";
}

TEST(TextLimits, ALineIsAsLongAsItsLimit) {
  const std::string line = absl::StrCat("# ", std::string(kMaxLineBytes - 2, 'x'));
  EXPECT_EQ(MistakeIn(line), "");
  EXPECT_THAT(MistakeIn(absl::StrCat(line, "x")), HasSubstr("the line is too long"));
}

TEST(TextLimits, AStringIsAsLongAsItsLimit) {
  const std::string text(kMaxFillBytes, 'x');
  EXPECT_EQ(Parsed(absl::StrCat("fill 0 \"", text, "\"")).ops.front().length, kMaxFillBytes);
  EXPECT_THAT(MistakeIn(absl::StrCat("fill 0 \"", text, "x\"")),
              HasSubstr("the string is too long"));
}

TEST(TextLimits, ACountIsDecimalUpToItsLimit) {
  Op op;
  op.verb = Verb::kConstSlice;
  op.length = kMaxDecimalCount;
  EXPECT_EQ(PrintOp(op), "const.slice u8 0x0 1000000");
  ++op.length;
  EXPECT_EQ(PrintOp(op), "const.slice u8 0x0 0xf4241");
}

TEST(TextLimits, AnErrorHasANumberUpToItsLimit) {
  EXPECT_EQ(Parsed(absl::StrCat("frames 1 => errno ", kMaxErrno)).ops.front().expect.error,
            kMaxErrno);
  EXPECT_THAT(MistakeIn(absl::StrCat("frames 1 => errno ", kMaxErrno + 1)),
              HasSubstr("expected an error's number, at most 4095"));
}

TEST(TextLimits, ARacePointHasANumberUpToItsLimit) {
  EXPECT_EQ(Parsed("race check 4294967295 frames 0").ops.front().race->nth, 4294967295u);
  EXPECT_THAT(MistakeIn("race check 4294967296 frames 0"), HasSubstr("at most 4294967295"));
}

TEST(TextLimits, AMachineHasCpusUpToTheirLimit) {
  EXPECT_EQ(Parsed(absl::StrCat("machine cpus=", kMaxCpus)).machine.cpus, kMaxCpus);
  EXPECT_NE(MistakeIn(absl::StrCat("machine cpus=", kMaxCpus + 1)), "");
}

TEST(TextLimits, AStructIsAsLargeAsItsLimit) {
  EXPECT_EQ(ElementSize(ElementType::kPage), kMaxStructBytes);
  EXPECT_EQ(MistakeIn("read_versioned page 0 4096"), "");
  EXPECT_GT(ElementSize(ElementType::kQ8192), kMaxStructBytes);
  EXPECT_NE(MistakeIn("read_versioned q8192 0 4096"), "");
}

// A line of the verb with `length` in the place of its length; the other arguments are valid.
std::string LineOf(Verb verb, uint64_t length) {
  Op op;
  op.verb = verb;
  op.type = InfoOf(verb).arguments.Has(Argument::kWord) ? ElementType::kU32 : ElementType::kU8;
  op.length = length;
  return PrintOp(op);
}

TEST(TextLimits, ABufferIsAsLargeAsItsLimitForEachVerbThatHasOne) {
  int verbs = 0;
  for (const VerbInfo& info : AllVerbs()) {
    const ArgumentList& arguments = info.arguments;
    const bool has_length = arguments.Has(Argument::kBytes) || arguments.Has(Argument::kRoom) ||
                            arguments.Has(Argument::kLimit);
    if (!has_length || MaxLength(info.verb) != kMaxCopiedBytes) continue;
    ++verbs;
    EXPECT_EQ(MistakeIn(LineOf(info.verb, kMaxCopiedBytes)), "") << info.name;
    EXPECT_THAT(MistakeIn(LineOf(info.verb, kMaxCopiedBytes + 1)), HasSubstr("at most 65536"))
        << info.name;
  }
  EXPECT_GE(verbs, 8);
}

TEST(TextLimits, AnArrayFitsIntoTheBufferOrIsLargerThanAnyObject) {
  struct Limits {
    const char* type;
    uint64_t most;   // elements of 65,536 bytes
    uint64_t least;  // elements of more than 2^63 - 1 bytes
  };
  constexpr Limits kLimits[] = {{"u8", 65536, uint64_t{1} << 63},
                                {"u64", 8192, uint64_t{1} << 60},
                                {"u32x3", 5461, 768614336404564651},
                                {"u64x3", 2730, 384307168202282326},
                                {"page", 16, uint64_t{1} << 51}};
  for (const char* verb : {"read_array", "write_array", "zero_array"}) {
    for (const auto& [type, most, least] : kLimits) {
      const std::string line = absl::StrCat(verb, " ", type, " 0 ");
      const auto expected = HasSubstr(absl::StrCat("expected a length in elements: at most ", most,
                                                   ", or more than ", least - 1));
      EXPECT_EQ(MistakeIn(absl::StrCat(line, most)), "");
      EXPECT_THAT(MistakeIn(absl::StrCat(line, most + 1)), expected);
      EXPECT_THAT(MistakeIn(absl::StrCat(line, least - 1)), expected);
      EXPECT_EQ(MistakeIn(absl::StrCat(line, least)), "");
      EXPECT_EQ(MistakeIn(absl::StrCat(line, UINT64_MAX)), "");
    }
  }
}

TEST(BinaryLimits, ALengthOfAnArrayThatItDoesNotTakeIsTheLargestOfItsBuffer) {
  Scenario scenario;
  Op& op = scenario.ops.emplace_back();
  op.verb = Verb::kZeroArray;
  op.address = kWindowStart;
  op.type = ElementType::kU64x3;
  for (const uint64_t length : {uint64_t{2730}, 384307168202282326u, UINT64_MAX}) {
    op.length = length;
    const std::string bytes = EncodeScenario(scenario).value();
    EXPECT_EQ(Decoded(bytes).ops[0].length, length);
  }
  // A literal length after the operation, in its last 8 bytes.
  op.length = 384307168202282326u;
  std::string bytes = EncodeScenario(scenario).value();
  bytes.resize(16);
  bytes[8 + 5] = kLiteralLength;
  for (const uint64_t length : {uint64_t{2731}, uint64_t{65536}, 384307168202282325u}) {
    std::string with_literal = bytes;
    AppendPointer(length, &with_literal);
    EXPECT_EQ(Decoded(with_literal).ops[0].length, 2730u) << length;
    op.length = length;
    EXPECT_THAT(std::string(EncodeScenario(scenario).status().message()),
                HasSubstr("a length beyond the kernel's largest buffer"));
  }
}

TEST(BinaryLimits, AreasHaveAsManyPagesInTotalAsTheirLimit) {
  const auto lazy = [](uint64_t pages, uint64_t frames) {
    return absl::StrCat("machine frames=", frames, "\nmap 0x550000000000 ", pages * kPageBytes,
                        " rw- lazy\n");
  };
  EXPECT_EQ(Refusal(lazy(kMaxBinaryPages, kMachineFrames - 1)), "");
  EXPECT_THAT(Refusal(lazy(kMaxBinaryPages + 1, kMachineFrames - 1)),
              HasSubstr("the areas have 1025 pages"));
  EXPECT_EQ(Refusal(lazy(kMaxBinaryPages + 1, kFewFrames)), "");
  EXPECT_THAT(Refusal(lazy(kMaxBinaryPages + 1, kFewFrames + 1)), HasSubstr("frames=64 or less"));
  const auto cow = [](uint64_t pages) {
    return absl::StrCat("machine frames=1\nmap 0x550000000000 ", pages * kPageBytes,
                        " rw- cow\nmap 0x550010000000 0x1000 rw- lazy\n");
  };
  EXPECT_EQ(Refusal(cow(kMaxBinaryPages)), "");
  EXPECT_THAT(Refusal(cow(kMaxBinaryPages + 1)), HasSubstr("the cow areas have 1025 pages"));
}

TEST(BinaryLimits, AShapedMapHasAsManyPagesAsItsLimit) {
  constexpr uint8_t kPowerOfTwo = 11;  // the form of a length
  constexpr uint8_t kPowerOfLimit = 18;
  static_assert(uint64_t{1} << kPowerOfLimit == kMaxShapedPages * kPageBytes);
  Op op;
  op.verb = Verb::kMap;
  op.address = kWindowStart;
  const SlotFields& fields = FormatOf(kBinaryVersion, kBinaryLevel)->FieldsOf(Verb::kMap);
  History history;
  const auto pages = [&](uint8_t power) {
    return LengthFromShape({op, fields}, kPowerOfTwo, 0, power, history) / kPageBytes;
  };
  EXPECT_EQ(pages(kPowerOfLimit - 1), kMaxShapedPages / 2);
  EXPECT_EQ(pages(kPowerOfLimit), kMaxShapedPages);
  EXPECT_EQ(pages(kPowerOfLimit + 1), kMaxShapedPages);
}

TEST(BinaryLimits, ATextIsALiteralUpToItsLimit) {
  const auto text = [](size_t size) {
    return absl::StrCat("write_str 0x550000000000 0 \"", std::string(size, '!'), "\"\n");
  };
  EXPECT_EQ(Refusal(text(kMaxLiteralText)), "");
  EXPECT_THAT(Refusal(text(kMaxLiteralText + 1)), HasSubstr("a text that is too long"));
}

TEST(BinaryLimits, AShapedTextHasAsManyBytesAsItsLimit) {
  Op op;
  op.verb = Verb::kWriteStr;
  const auto text_size = [&op](uint8_t shape) {
    std::string text;
    TextFromShape(op, shape, &text);
    return text.size();
  };
  for (const uint64_t room : {kMaxBinaryFillBytes, kMaxBinaryFillBytes + 1}) {
    op.length = room;  // with the terminator
    EXPECT_EQ(text_size(1), room - 1);
  }
  op.length = kMaxBinaryFillBytes + 2;
  EXPECT_EQ(text_size(1), kMaxBinaryFillBytes);
  for (const uint64_t room : {kMaxBinaryFillBytes, kMaxBinaryFillBytes + 1}) {
    op.length = room;
    EXPECT_EQ(text_size(3), kMaxBinaryFillBytes) << "too long for its room, or cut";
  }
}

TEST(BinaryLimits, PointersAreAsManyAsTheirLimit) {
  const auto pointers = [](size_t count) {
    std::string line = "pointers 0x550000000000";
    for (size_t i = 0; i < count; ++i) absl::StrAppend(&line, " ", i + 1);
    return line + "\n";
  };
  EXPECT_EQ(Refusal(pointers(kMaxLiteralPointers)), "");
  EXPECT_THAT(Refusal(pointers(kMaxLiteralPointers + 1)), HasSubstr("too many pointers"));
}

TEST(BinaryLimits, LengthsAndFramesAroundTheLargestSmallOneAreKept) {
  for (const uint64_t length : {254, 255, 256, 257}) {
    EXPECT_EQ(Refusal(absl::StrCat("const.slice u8 0x550000000003 ", length, "\n")), "");
    EXPECT_EQ(Refusal(absl::StrCat("frames ", length, "\n")), "");
  }
}

TEST(BinaryLimits, AShapedFillHasAsManyPagesAsItsLimit) {
  constexpr uint8_t kToAreaEnd = 8;  // the form of a fill
  constexpr uint64_t kPages = 16;
  for (const uint64_t pages : {kPages - 1, kPages, kPages + 1}) {
    Op map;
    map.verb = Verb::kMap;
    map.address = kWindowStart;
    map.length = pages * kPageBytes;
    History history;
    history.Add(map, map.length);
    Op fill;
    fill.verb = Verb::kFill;
    fill.address = kWindowStart;
    FillFromShape(&fill, kToAreaEnd, 0, 0, 0, history);
    EXPECT_EQ(fill.length, std::min(pages, kPages) * kPageBytes) << pages;
  }
}

TEST(FlatKernelLimits, AFillHasAsManyPagesAsItsLimit) {
  const auto fills_kept = [](uint64_t bytes) {
    Scenario scenario = Parsed(
        absl::StrCat("map 0x550000000000 0x100000 rw- eager\nfill 0x550000000000 ", bytes, " 1\n"));
    KeepStringsOnFlatMemory(&scenario);
    return scenario.ops.size() - 1;
  };
  EXPECT_EQ(fills_kept(64 * kPageBytes), 1u);
  EXPECT_EQ(fills_kept(64 * kPageBytes + 1), 0u);
}

}  // namespace
}  // namespace sim
