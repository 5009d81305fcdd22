#include "sim/scenario/named_bytes.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

using Wide = NamedBytes::Wide;

constexpr Wide kAll = Wide{1} << 64;

Op Parsed(absl::string_view line) { return ParseScenario(line, "test").value().ops[0]; }

struct Case {
  const char* line;
  Wide least;
  Wide most;
};

TEST(NamedBytes, AreThoseThatTheLineNames) {
  const Case kCases[] = {
      {"map 0x1000 0x3000 rw- lazy", 0x3000, 0x3000},
      {"unmap 0x1000 0x3001", 0x3001, 0x3001},
      {"fill 0x1000 \"abc\"", 3, 3},
      {"fill 0x1000 500 1", 500, 500},
      {"truncate 0x1000 0x2000", 1, 1},  // the file that is there, wherever its new end is
      {"user.store 0x1000 0xffffffffffffffff", UINT64_MAX, UINT64_MAX},
      {"kernel.load 0x1000", 1, 1},
      {"const.get u64x3 0x1000", 24, 24},
      {"mut.slice q8192 0x1000 3", 3 * 8192, 3 * 8192},
      {"const.slice u64 0x1000 0xffffffffffffffff", Wide{UINT64_MAX} * 8, Wide{UINT64_MAX} * 8},
      {"mut.access page 0x1000", 4096, 4096},
      {"const.access u16 0x1000 0xffffffffffffffff", Wide{UINT64_MAX} * 2, Wide{UINT64_MAX} * 2},
      {"const.access u16 0x1000 0", 0, 0},
      {"read_array u64x3 0x1000 5", 120, 120},
      {"write_array u16 0x1000 0", 0, 0},
      {"zero_array u64 0x1000 0x2000000000000001", (kAll / 8 + 1) * 8, (kAll / 8 + 1) * 8},
      {"const.cstr u32 0xfffffffffffffff0", 4, 16},
      {"const.str 0", 1, kAll},
      {"copy_str 0x550000000fff 0x2", 1, 2},
      {"copy_str 0x1000 0", 0, 0},
      {"read_versioned u64x3 0x1000 0x28", 40, 40},
      {"write_versioned q4096 0x1000 0x1000", 4096, 4096},
      {"read_versioned u64x3 0x1000 0xffffffffffffffff", 0, 0},
      {"writev 0x1000 3 100", 48, 48},  // the table
      {"readv 0x1000 1025 100", 0, 0},
      {"write_str 0x1000 5 \"text\"", 5, 5},
      {"pointers 0x1000 1 2 0", 24, 24},
      {"write_str 0x1000 4 \"text\"", 0, 0},
      {"write_str 0x1000 0xffffffffffffffff \"tex\\0\"", 0, 0},
      {"write_str 0x1000 1 \"\"", 1, 1},
      {"write_str 0x1000 0 \"\"", 0, 0},
      {"race check 1 unmap 0x1000 0x1000", 0x1000, 0x1000},
  };
  for (const auto& [line, least, most] : kCases) {
    const Op op = Parsed(line);
    const std::optional<NamedBytes> named = BytesNamedBy(op);
    ASSERT_TRUE(named.has_value()) << line;
    EXPECT_EQ(named->start, op.address) << line;
    EXPECT_TRUE(named->LeastBytes() == least) << line;
    EXPECT_TRUE(named->MostBytes() == most) << line;
    EXPECT_EQ(named->is_bounded, most == least || op.verb == Verb::kCopyStr) << line;
  }
  EXPECT_EQ(BytesNamedBy(Parsed("frames 5")), std::nullopt);
}

TEST(NamedBytes, OfAResultHaveTheTerminator) {
  EXPECT_TRUE(BytesOfResult(Parsed("const.slice u32 0x1000 5"), 5) == 20);
  EXPECT_TRUE(BytesOfResult(Parsed("const.cstr u32 0x1000"), 5) == 24);
  EXPECT_TRUE(BytesOfResult(Parsed("copy_str 0x1000 0x1000"), 5) == 6);
  EXPECT_TRUE(BytesOfResult(Parsed("read_versioned u64x3 0x1000 16"), 16) == 16);
  EXPECT_TRUE(BytesOfResult(Parsed("read_array u64x3 0x1000 2"), 48) == 48);
  EXPECT_TRUE(BytesOfResult(Parsed("writev 0x1000 3 100"), 100) == 0);
  EXPECT_TRUE(BytesOfResult(Parsed("const.cstr u64 0x1000"), UINT64_MAX) == kAll * 8);
  EXPECT_TRUE(BytesOfResult(Parsed("user_strings 0x1000 9 64"), 2) == 24);
  EXPECT_TRUE(BytesOfResult(Parsed("write_str 0x1000 9 \"text\""), 4) == 5);
}

TEST(NamedBytes, ALengthCountsThemOnlyWhereItIsTheirSize) {
  EXPECT_EQ(BytesPerLength(Parsed("unmap 0x1000 0x1000")), 1u);
  EXPECT_EQ(BytesPerLength(Parsed("copy_str 0x1000 0x1000")), 1u);
  EXPECT_EQ(BytesPerLength(Parsed("write_str 0x1000 9 \"text\"")), 0u);
  EXPECT_EQ(BytesPerLength(Parsed("mut.slice u64x3 0x1000 2")), 24u);
  EXPECT_EQ(BytesPerLength(Parsed("mut.access u64x3 0x1000 2")), 24u);
  EXPECT_EQ(BytesPerLength(Parsed("zero_array u64x3 0x1000 2")), 24u);
  EXPECT_EQ(BytesPerLength(Parsed("mut.access u64x3 0x1000")), 0u);
  EXPECT_EQ(BytesPerLength(Parsed("truncate 0x1000 2")), 0u);
  EXPECT_EQ(BytesPerLength(Parsed("fill 0x1000 2 0")), 0u);
  EXPECT_EQ(BytesPerLength(Parsed("frames 2")), 0u);
  EXPECT_EQ(BytesPerLength(Parsed("const.get u64 0x1000")), 0u);
}

TEST(NamedBytes, AnAlignedValueOfTheSizeOfAWordOrOfAPartOfOneIsOneAccess) {
  const struct {
    const char* text;
    bool is_one;
    uint64_t align;
  } kCases[] = {
      {"read_value u8 0x1001", true, 1},
      {"read_value u64 0x1008", true, 8},
      {"read_value u64 0x1004", false, 8},
      {"read_value u32x3 0x1000", false, 4},
      {"read_value b3 0x1000", false, 1},
      {"read_unaligned u32 0x1004", true, 1},
      {"read_unaligned u32 0x1002", false, 1},
      {"write_value u16 0x1002", true, 2},
      {"write_unaligned u64 0x1001", false, 1},
      {"write_value page 0x1000", false, 4096},
      {"atomic.load u32 0x1004", true, 4},
      {"atomic.fetch_add u64 0x1004 1", false, 8},
      {"no_fault.read u64x3 0x1000 2", false, 8},
      {"no_fault.write u64 0x1000 2", true, 8},
      {"copy_in 0x1000 8", false, 1},
      {"read_array u64 0x1000 1", false, 8},
      {"zero_array u32x3 0x1000 1", false, 4},
      {"const.get u64 0x1000", false, 8},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(IsOneAccess(Parsed(test.text)), test.is_one) << test.text;
    EXPECT_EQ(RequiredAlign(Parsed(test.text)), test.align) << test.text;
  }
}

}  // namespace
}  // namespace sim
