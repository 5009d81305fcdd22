// The binary form is frozen: the meaning of these bytes must never change, because crash files and
// the corpora of fuzzing services would become other scenarios. A change that fails here needs a
// new version of the format, in addition to the old version.
#include <iterator>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "sim/scenario/binary_format.h"
#include "sim/scenario/names.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

std::string Decoded(const std::string& bytes) {
  return PrintScenario(
      DecodeScenario({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}));
}

// Each operation here shows another verb, shape or literal. Two slots to a line.
constexpr absl::string_view kBytes = R"(
01020b8905000000 0000130000010108
00000d0700030000 00002f0f000f0000
0010000100550000 0010000000000000
0101004502080301 0202010600060000
0300000500100400 0300001700020600
03000004000a0700 0300000901070000
03000003000e4100 1020000000000000
0300000c000f0509 612200ff0a010203
0400000000000d00 04000000000e0000
0501000200020100 0601000a03040100
0700000b01000003 0800000801000000
0900030701000000 0a03041881000000
0b00050d00030200 0c00024e00070001
0b00012003080102 0b00090200090001
0b00000300163f00 0b00060502050101
0c000c07050a0200 0c000302000b0002
0b000a0100010003 0d000d0901000000
0e00080a02000000 0f00003502000000
10000307010e0000 1100000703000400
1208030800000000 1330000600030000
14f0020500000000 0900000000000000
15000005000c0300 161800000001c800
17001c0e000c0500 8000000b0100000d
ff00030b0000000b
)";

constexpr absl::string_view kText = R"(machine cpus=3 frames=1 lock=on
map 0x550000000000 0x1000 rw- eager
map 0x550000001000 0x1000 r-- lazy
fill 0x550000000fa0 0x64 0x63
map 0x550000000000 0x2000 rw- lazy
map 0x550000002000 0x2000 r-- eager
map 0x550001001000 0x1000 rwx kernel
@1 unmap 0x550000003000 0x3
@2 protect 0x550001001000 0x1000 r--
fill 0x550001001000 "rqhdl\0"
fill 0x550001002000 "\xc3\xa9\xe0\xa0\x80\xf0\x90\x80\x80\xc2\x80\xef\xbf\xbf\xed\x9f\xbf\xc3\xa9\0"
fill 0x550001002014 "\xf0\x9d\x84\0"
fill 0x550001001fff "A"
fill 0x550001001fff 0x2010 0x41
fill 0x550000009000 "a\"\0\xff\n"
frames 5
frames max
@1 user.load 0x550000009000 0xfff
@1 user.store 0x550001000ffe 0x1001
kernel.load 0x550fffffffff
kernel.store 0x550001001fff
const.get u64 0x550001001ff8
mut.get u32x3 0x550001001f04
const.slice u64x3 0x550001001000 171
mut.slice u32 0x550001003000 0x3fffffffffffffff
const.slice u16 0x550000001ffc 0x3ffffffffffffffe
const.slice q8192 0x550001003000 0x7fffd57fff7fe
const.slice u8 0x550001003000 32768
const.slice b3 0x550000002003 1364
mut.slice u64 0x550001001fe8 0x1ffdffc04
mut.slice u64 0x550001003000 0x1ffdffc04
const.slice page 0x550000003000 0
const.cstr u32x3 0x550001001ff4
mut.cstr q4096 0x550001002000
const.str 0x550001001008
const.access u64 0x550001001ff8
mut.access u8 0x550001001ffe 4
race fault 1 map 0x550001002000 0x1000 rw- eager
race use 2 unmap 0x550001002000 0x1000
race use 9 protect 0x550001002000 0x1000 -w-
race check 1 fill 0x550001002000 "zbms\0"
race check 1 frames 0
map 0x550001003000 0x6000 rw- lazy
const.get u8 0xffffffffffffdfff
const.access u64 0xfffffffffffff000 0
)";

TEST(BinaryVersion1, ACommittedFileKeepsItsMeaning) {
  const std::string digits = absl::StrReplaceAll(kBytes, {{" ", ""}, {"\n", ""}});
  EXPECT_EQ(Decoded(absl::HexStringToBytes(digits)), kText);
}

// FNV-1a, 64 bits, of everything added.
class Fingerprint {
 public:
  void Add(const std::string& text) {
    for (const char c : text) value_ = (value_ ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  }
  uint64_t value() const { return value_; }

 private:
  uint64_t value_ = 0xcbf29ce484222325;
};

// The text of the operation that `slot` decodes to, after a layout and one access. Literals follow
// the slot, in case it needs them.
std::string DecodedSlot(const std::string& slot, char version = 1, char level = 0) {
  constexpr int kLinesBefore = 8;  // machine, six maps, the access
  static const std::string literals = [] {
    std::string made;
    for (int i = 0; i < 1024; ++i) made.push_back(static_cast<char>(i * 37));
    return made;
  }();
  std::string bytes("\x01\x02\x0e\x00\x2a\x00\x00\x00", 8);
  bytes[0] = version;
  bytes[5] = level;
  bytes += std::string("\x0b\x00\x00\x09\x02\x02\x01\x01", 8);
  bytes += slot;
  bytes += literals;
  Scenario scenario =
      DecodeScenario({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  // The literals that the slot does not need are a hundred further operations. Printing them took
  // most of the time of these tests. Each operation is at least a line.
  if (scenario.ops.size() > kLinesBefore) scenario.ops.resize(kLinesBefore);
  const std::string text = PrintScenario(scenario);
  size_t start = 0;
  for (int line = 0; line < kLinesBefore; ++line) start = text.find('\n', start) + 1;
  return text.substr(start, text.find('\n', start) - start);
}

TEST(BinaryVersion1, EveryOpcodeKeepsItsMeaning) {
  Fingerprint fingerprint;
  for (int opcode = 0; opcode < 256; ++opcode) {
    fingerprint.Add(DecodedSlot({static_cast<char>(opcode), 1, 3, 0x15, 1, 0x12, 2, 1}));
  }
  EXPECT_EQ(fingerprint.value(), 17844469744734427150u);
}

TEST(BinaryVersion1, EveryValueOfEveryFieldKeepsItsMeaning) {
  Fingerprint fingerprint;
  for (int opcode = 0; opcode < 23; ++opcode) {
    for (int field = 1; field < 8; ++field) {
      for (int value = 0; value < 256; ++value) {
        std::string slot = {static_cast<char>(opcode), 1, 3, 0x15, 1, 0x12, 2, 1};
        slot[field] = static_cast<char>(value);
        fingerprint.Add(DecodedSlot(slot));
      }
    }
  }
  EXPECT_EQ(fingerprint.value(), 9596922059210014810u);
}

TEST(BinaryVersion1, EveryHeaderKeepsItsMeaning) {
  Fingerprint fingerprint;
  for (int field = 0; field < 8; ++field) {
    for (int value = 0; value < 256; ++value) {
      if (field == 0 && value == 3) continue;  // version 3
      std::string bytes("\x01\x00\x00\x00\x00\x00\x00\x00", 8);
      bytes[field] = static_cast<char>(value);
      bytes += std::string("\x03\x00\x00\x00\x00\x04\x07\x00", 8);
      bytes += std::string("\x04\x07\x00\x00\x00\x00\x05\x00", 8);
      fingerprint.Add(Decoded(bytes));
    }
  }
  EXPECT_EQ(fingerprint.value(), 5228031305457260683u);
}

// The additions of version 2 to version 1.
constexpr absl::string_view kBytes2 = R"(
0203000000000000 0000430500000200
0000630c00040310 0000710f00030000
0000020000550000 0000830f00030000
0000030000550000 0000630f00040000
0000040000550000 0000a30f00040100
0000050000550000 0000570f00030000
0000060000550000 f0debc9a78563412
1200000f000f0000 0008010000550000
3412000000000000 2659000500010005
192a0005000e0005 2303000500000006
2510041502000706 1cf9000901000006
2c01000000000000 0d01013504000005
13020034d5804002
)";

constexpr absl::string_view kText2 = R"(machine cpus=4 frames=max lock=on
map 0x550000000000 0x3000 rw- shared
map 0x550000010000 0x4000 rw- file:0x3000
map 0x550000020000 0x4000 r-- file:0x2000
map 0x550000030000 0x4000 rw- file:0x3fff
map 0x550000040000 0x1000 rw- file:0x0
map 0x550000050000 0x2000 rw- file:0x1001
map 0x550000060000 0x2000 rwx file:0x123456789abcdef0
truncate 0x550000010800 0x1234
@1 race load 3 truncate 0x550000010000 0x0
@2 race fault 2 user.load 0x550000010000 0x1
@3 race check 1 const.str 0x550000000000
race use 1 mut.access u32x3 0x550000000004 7
@1 race load 300 kernel.store 0x550000000fff
@1 const.cstr u16 0x550000010010
@2 copy_str 0x550000000100 0x40
)";

TEST(BinaryVersion2, ACommittedFileKeepsItsMeaning) {
  const std::string digits = absl::StrReplaceAll(kBytes2, {{" ", ""}, {"\n", ""}});
  EXPECT_EQ(Decoded(absl::HexStringToBytes(digits)), kText2);
}

TEST(BinaryVersion2, EveryOpcodeKeepsItsMeaning) {
  Fingerprint fingerprint;
  for (int opcode = 0; opcode < 256; ++opcode) {
    for (const int kind_and_perms : {0x03, 0x55, 0x6a, 0x7f, 0x84, 0x93, 0xa3, 0xb3, 0xc3, 0xf3}) {
      fingerprint.Add(DecodedSlot(
          {static_cast<char>(opcode), 0x19, static_cast<char>(kind_and_perms), 0x15, 1, 0x12, 2, 1},
          /*version=*/2));
    }
  }
  EXPECT_EQ(fingerprint.value(), 15826511067245122186u);
}

TEST(BinaryVersion2, EveryValueOfEveryFieldKeepsItsMeaning) {
  Fingerprint fingerprint;
  // The verbs, and as races.
  for (int opcode = 0; opcode < 40; ++opcode) {
    if (opcode % 20 == 19) continue;  // copy_str: a limit was added to its length later
    for (int field = 1; field < 8; ++field) {
      for (int value = 0; value < 256; ++value) {
        std::string slot = {static_cast<char>(opcode), 1, 3, 0x15, 1, 0x12, 2, 1};
        slot[field] = static_cast<char>(value);
        fingerprint.Add(DecodedSlot(slot, /*version=*/2));
      }
    }
  }
  EXPECT_EQ(fingerprint.value(), 2986717559363154059u);
}

// Every verb, at level 0 of version 3; as races, some; and a length of 2^64 - 1 by shape and as a
// literal.
constexpr absl::string_view kBytes3 = R"(
030b00ff00000000 6400000000000000
0000030500000200 0000630c00040310
0000570f00040100 0000060000550000
f0debc9a78563412 0100004900240002
0201010900000002 03000039010f0802
6162636465666700 03000005000e6102
0008000000000000 1200000f000f0000
0008010000550000 3412000000000000
04000000000e0000 04000000000c4100
0500003201802002 0602000500020202
0700000901000002 0800004901000002
0900030200000006 0a00040900000002
0b00000500020002 0c00090500070002
0d00013504000002 0e00060901000002
0f00000200000005 1300000200020000
10000302000e0000 1000000500070002
11000a0900020002 1100000500010002
edf9000500010001 2c01000000000000
fa2a0005000e0001 ec03000500804002
ee10041502000702 09000a0b0000000d
10000302000f0000 ffffffffffffffff
)";

constexpr absl::string_view kText3 = R"(machine cpus=4 frames=100 lock=off
map 0x550000000000 0x3000 rw- eager
map 0x550000010000 0x4000 rw- file:0x3000
map 0x550000060000 0x2000 rwx file:0x123456789abcdef0
unmap 0x550000002000 0x1000
@1 protect 0x550000001000 0x1000 r--
fill 0x550000000ff8 "abcdefg\0"
fill 0x550000000000 0x800 0x61
truncate 0x550000010800 0x1234
frames max
frames 65
user.load 0x550000000ff0 0x20
@2 user.store 0x550000000000 0x1001
kernel.load 0x550000000fff
kernel.store 0x550000001fff
const.get u64 0x550000000ff8
mut.get u32x3 0x550000001000
const.slice u8 0x550000000000 4096
mut.slice q8192 0x550000000000 0x7ffffffffffff
const.cstr u16 0x550000000010
mut.cstr b3 0x550000000ffd
const.str 0x550000000ff8
copy_str 0x550000000ff8 0x8
const.access u64 0x550000000ff8
const.access u8 0x550000000000 0xffffffffffffffff
mut.access page 0x550000001000 1
mut.access u8 0x550000000000 0
@1 race load 300 truncate 0x550000010000 0x0
@2 race fault 2 user.load 0x550000010000 0x1
@3 race check 1 copy_str 0x550000000000 0x40
race use 1 mut.access u32x3 0x550000000004 7
const.get page 0xffffffffffffe000
const.access u64 0x550000000004 0xffffffffffffffff
)";

TEST(BinaryVersion3, ACommittedFileKeepsItsMeaning) {
  const std::string digits = absl::StrReplaceAll(kBytes3, {{" ", ""}, {"\n", ""}});
  EXPECT_EQ(Decoded(absl::HexStringToBytes(digits)), kText3);
}

TEST(BinaryVersion3, EveryOpcodeKeepsItsMeaning) {
  Fingerprint fingerprint;
  for (int opcode = 0; opcode < 256; ++opcode) {
    for (const int kind_and_perms : {0x03, 0x55, 0x6a, 0x7f, 0x84, 0x93, 0xa3, 0xb3, 0xc3, 0xf3}) {
      fingerprint.Add(DecodedSlot(
          {static_cast<char>(opcode), 0x19, static_cast<char>(kind_and_perms), 0x15, 1, 0x12, 2, 1},
          /*version=*/3));
    }
  }
  EXPECT_EQ(fingerprint.value(), 9782661743064882917u);
}

TEST(BinaryVersion3, EveryValueOfEveryFieldKeepsItsMeaning) {
  Fingerprint fingerprint;
  // The verbs of level 0, and as races.
  for (int opcode = 0; opcode < 256; opcode += opcode == 19 ? 217 : 1) {
    for (int field = 1; field < 8; ++field) {
      for (int value = 0; value < 256; ++value) {
        std::string slot = {static_cast<char>(opcode), 1, 3, 0x15, 1, 0x12, 2, 1};
        slot[field] = static_cast<char>(value);
        fingerprint.Add(DecodedSlot(slot, /*version=*/3));
      }
    }
  }
  EXPECT_EQ(fingerprint.value(), 14805964665383558861u);
}

// Fingerprint of the meaning of each opcode of version 3 at `level`.
uint64_t FingerprintOfLevel(char level) {
  Fingerprint fingerprint;
  for (int opcode = 0; opcode < 256; ++opcode) {
    fingerprint.Add(DecodedSlot({static_cast<char>(opcode), 0x19, 0x55, 0x15, 1, 0x12, 2, 1},
                                /*version=*/3, level));
  }
  return fingerprint.value();
}

// Level 1 has copy_in.
TEST(BinaryVersion3, EveryOpcodeOfLevel1KeepsItsMeaning) {
  EXPECT_EQ(FingerprintOfLevel(1), 13621692955282347277u);
}

TEST(BinaryVersion3, EveryValueOfEveryFieldOfLevel1KeepsItsMeaning) {
  Fingerprint fingerprint;
  for (const int opcode : {20, 235}) {
    for (int field = 1; field < 8; ++field) {
      for (int value = 0; value < 256; ++value) {
        std::string slot = {static_cast<char>(opcode), 1, 3, 0x15, 1, 0x12, 2, 1};
        slot[field] = static_cast<char>(value);
        const std::string decoded = DecodedSlot(slot, /*version=*/3, /*level=*/1);
        EXPECT_NE(decoded.find("copy_in "), std::string::npos) << decoded;
        fingerprint.Add(decoded);
      }
    }
  }
  EXPECT_EQ(fingerprint.value(), 13096167234940257437u);
}

// Level 2 has copy_out.
TEST(BinaryVersion3, EveryOpcodeOfLevel2KeepsItsMeaning) {
  EXPECT_EQ(FingerprintOfLevel(2), 14304511822383442733u);
  EXPECT_NE(
      DecodedSlot({21, 1, 3, 0x15, 1, 0x12, 2, 1}, /*version=*/3, /*level=*/2).find("copy_out"),
      std::string::npos);
}

// Level 3 has zero_user.
TEST(BinaryVersion3, EveryOpcodeOfLevel3KeepsItsMeaning) {
  EXPECT_EQ(FingerprintOfLevel(3), 9008772502579196557u);
  EXPECT_NE(
      DecodedSlot({22, 1, 3, 0x15, 1, 0x12, 2, 1}, /*version=*/3, /*level=*/3).find("zero_user"),
      std::string::npos);
}

// The first level that has `verb`.
char LevelOf(Verb verb) { return static_cast<char>(InfoOf(verb).number + 1 - kVerbsOfLevel0); }

// Fingerprint of the meaning of every value of every field of `verb`, at the first level that has
// `verb`.
uint64_t FingerprintOfFields(Verb verb) {
  Fingerprint fingerprint;
  for (const int opcode : {int{InfoOf(verb).number}, 255 - InfoOf(verb).number}) {
    for (int field = 1; field < 8; ++field) {
      for (int value = 0; value < 256; ++value) {
        std::string slot = {static_cast<char>(opcode), 1, 5, 0x15, 1, 0x12, 2, 1};
        slot[field] = static_cast<char>(value);
        const std::string decoded = DecodedSlot(slot, /*version=*/3, LevelOf(verb));
        EXPECT_NE(decoded.find(std::string(InfoOf(verb).name)), std::string::npos) << decoded;
        fingerprint.Add(decoded);
      }
    }
  }
  return fingerprint.value();
}

TEST(BinaryVersion3, EveryValueOfEveryFieldOfAStructKeepsItsMeaning) {
  EXPECT_EQ(FingerprintOfFields(Verb::kReadVersioned), 17130385163146886521u);
  EXPECT_EQ(FingerprintOfFields(Verb::kWriteVersioned), 5201629313363723037u);
}

TEST(BinaryVersion3, EveryValueOfEveryFieldOfIoVectorsKeepsItsMeaning) {
  EXPECT_EQ(FingerprintOfFields(Verb::kReadv), 10261395412533142979u);
  EXPECT_EQ(FingerprintOfFields(Verb::kWritev), 17242687157885490587u);
}

// Fingerprint of fills of form 12 at `level`.
uint64_t FingerprintOfFills(char level) {
  Fingerprint fingerprint;
  for (int which = 0; which < 16; ++which) {
    for (int count = 0; count < 256; ++count) {
      const int form = 12 | which << 4;
      fingerprint.Add(DecodedSlot(
          {3, 1, 0, 0x15, 1, static_cast<char>(form), static_cast<char>(count), 1}, 3, level));
    }
  }
  return fingerprint.value();
}

TEST(BinaryVersion3, FillForm12IsATextAndATableOfIoVectorsFromTheLevelOfReadv) {
  EXPECT_EQ(FingerprintOfFills(static_cast<char>(LevelOf(Verb::kReadv) - 1)),
            15892500630256924110u);
  EXPECT_EQ(FingerprintOfFills(0), 15892500630256924110u);
  EXPECT_EQ(FingerprintOfFills(LevelOf(Verb::kReadv)), 10764788977450229677u);
  EXPECT_EQ(FingerprintOfFills(kBinaryLevel), 10764788977450229677u);
}

struct LevelCase {
  const char* verb;  // the verb that the level adds
  uint64_t fingerprint;
};

// From level 4 on.
constexpr LevelCase kLevels[] = {
    {"read_versioned ", 5029260598529519880u},
    {"write_versioned ", 17447675982570764521u},
    {"readv ", 7283997925940242249u},
    {"writev ", 9312191456611603968u},
    {"read_value ", 15726472490733436951u},
    {"read_unaligned ", 7371018803286359679u},
    {"write_value ", 4765534845692781327u},
    {"write_unaligned ", 2132351376345958875u},
    {"atomic.load ", 10957535449216339898u},
    {"atomic.store ", 11485526495851246978u},
    {"atomic.exchange ", 17456153825768507797u},
    {"atomic.compare_exchange ", 5992352982039243713u},
    {"atomic.fetch_add ", 10301121617988073661u},
    {"atomic.fetch_or ", 12164402338872940053u},
    {"atomic.fetch_and ", 13540792816356207343u},
    {"atomic.fetch_xor ", 13700778213043718187u},
    {"no_fault.read ", 14346235817305504035u},
    {"no_fault.write ", 15193725590951136787u},
    {"no_fault.exchange ", 9052489928569062586u},
    {"str_length ", 7132843104595338439u},
    {"copy_bytes_until_nul ", 6042597650035290835u},
    {"write_str ", 6741872890018355714u},
    {"pointers ", 9700731310233611808u},
    {"user_strings ", 13022233128536740954u},
};

TEST(BinaryVersion3, EveryOpcodeOfEveryFurtherLevelKeepsItsMeaning) {
  for (size_t i = 0; i < std::size(kLevels); ++i) {
    const auto level = static_cast<char>(4 + i);
    const auto opcode = static_cast<char>(23 + i);
    EXPECT_EQ(FingerprintOfLevel(level), kLevels[i].fingerprint) << kLevels[i].verb;
    EXPECT_NE(DecodedSlot({opcode, 1, 3, 0x15, 1, 0x12, 2, 1}, /*version=*/3, level)
                  .find(kLevels[i].verb),
              std::string::npos)
        << kLevels[i].verb;
  }
}

TEST(BinaryVersion3, EveryValueOfTheTypeOfAWordKeepsItsMeaning) {
  for (int value = 0; value < 256; ++value) {
    const std::string slot = {31, 1, static_cast<char>(value), 0x15, 1, 0x12, 2, 1};
    const char* const type = value % 2 == 0 ? "atomic.load u32 " : "atomic.load u64 ";
    EXPECT_NE(DecodedSlot(slot, /*version=*/3, LevelOf(Verb::kAtomicLoad)).find(type),
              std::string::npos);
  }
}

// The first byte, for all versions at once.
TEST(BinaryVersions, EveryFirstByteKeepsItsMeaning) {
  // As version 1 a race; as version 2 copy_str; as version 3 a weighted opcode.
  for (int first = 0; first < 256; ++first) {
    const int version = first <= 1 ? 1 : first == 3 ? 3 : 2;
    EXPECT_EQ(DecodedSlot({0x2d, 1, 3, 0x15, 1, 0x12, 2, 1}, static_cast<char>(first)),
              DecodedSlot({0x2d, 1, 3, 0x15, 1, 0x12, 2, 1}, static_cast<char>(version)));
  }
  EXPECT_NE(DecodedSlot({0x13, 1, 3, 0x15, 1, 0x12, 2, 1}, 1),
            DecodedSlot({0x13, 1, 3, 0x15, 1, 0x12, 2, 1}, 2));
  EXPECT_NE(DecodedSlot({0x15, 1, 3, 0x15, 1, 0x12, 2, 1}, 2),
            DecodedSlot({0x15, 1, 3, 0x15, 1, 0x12, 2, 1}, 3));
}

}  // namespace
}  // namespace sim
