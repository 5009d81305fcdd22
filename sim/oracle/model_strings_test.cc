// Hand-made predictions for strings, and for arrays that end in a terminator. A number in the name
// of a test is the number of the case in matrix_test.cc.
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "sim/oracle/model_arithmetic.h"
#include "sim/oracle/testing/predict.h"

namespace sim {
namespace {

TEST(ModelStringsTest, Case59To63TerminatorsAtEveryEdge) {
  ExpectPredicted(R"(
    map 0x550000000000 0x1000 rw- lazy
    const.cstr u8 0x550000000000 => ok len=0 fnv=cbf29ce484222325
    fill 0x550000000000 4096 0x61
    const.cstr u8 0x550000000000 => EFAULT
    const.cstr u8 0x550000000fff => EFAULT
    fill 0x550000000fff 1 0
    const.cstr u8 0x550000000000 => ok len=4095
    const.cstr u8 0x550000000fff => ok len=0
    fill 0x550000000fff 1 0x61
    map 0x550000001000 0x2000 r-- lazy
    const.cstr u8 0x550000000000 => ok len=4096
    protect 0x550000001000 0x1000 ---
    const.cstr u8 0x550000000000 => EFAULT
    protect 0x550000001000 0x1000 r--
    fill 0x550000001000 0x1000 0x62
    const.cstr u8 0x550000000fff => ok len=4097
    mut.cstr u8 0x550000000fff => EFAULT
  )");
}

// The contents of a buffer that `bytes` were copied to.
Effects EffectsOfCopying(std::string_view bytes) {
  Effects effects;
  effects.copied_bytes = bytes.size();
  effects.copied_fingerprint = model_internal::BufferHash(bytes);
  return effects;
}

TEST(ModelStringsTest, ACopyHoldsWhatWasReadWhateverTheOutcome) {
  using namespace std::string_view_literals;
  const struct {
    const char* access;
    std::string_view copied;
  } kCases[] = {
      {"copy_str 0x550000000ffa 64", "text\0"sv},
      {"copy_str 0x550000000ffa 5", "text\0"sv},
      {"copy_str 0x550000000ffa 4", "text"sv},
      {"copy_str 0x550000000ffe 1", "\0"sv},
      {"copy_str 0x550000000fff 64", "a"sv},
      {"copy_str 0x550000001000 64", ""sv},
      {"copy_str 0x550000000ffa 0", ""sv},
      {"copy_str 0x550000000800 64", "b\xff\0"sv},
      {"copy_bytes_until_nul 0x550000000ffa 64", "text\0"sv},
      {"copy_bytes_until_nul 0x550000000ffa 3", "tex"sv},
      {"copy_bytes_until_nul 0x550000000800 64", "b\xff\0"sv},
      {"str_length 0x550000000ffa 64", ""sv},
      {"const.str 0x550000000ffa", ""sv},
      // The last byte has no effect: it equals the UntouchedByte of this call at this index.
      {"copy_str 0x550000000900 2", "b"sv},
      {"copy_str 0x550000000900 9", "b\xf8\0"sv},
      {"copy_str 0x550000000901 1", "\xf8"sv},
  };
  for (const auto& test : kCases) {
    const Scenario scenario = ScenarioOf(absl::StrCat(R"(
      map 0x550000000000 0x1000 rw- eager
      fill 0x550000000ffa "text\0a"
      fill 0x550000000800 "b\xff\0"
      fill 0x550000000900 "b\xf8\0"
    )",
                                                      test.access, "\n"));
    Model model(scenario.machine);
    Effects effects;
    for (const Op& op : scenario.ops) effects = model.Step(op).effects;
    EXPECT_EQ(effects, EffectsOfCopying(test.copied)) << test.access;
  }
}

TEST(ModelStringsTest, ACopyByAnotherCpuIsPredictedToo) {
  const Scenario scenario = ScenarioOf(R"(
    machine cpus=2
    map 0x550000000000 0x2000 rw- eager
    fill 0x550000000000 "one\0"
    fill 0x550000001000 "another\0"
    @1 race check 1 copy_str 0x550000001000 64
    copy_str 0x550000000000 64
  )");
  Model model(scenario.machine);
  Expectation expected;
  for (const Op& op : scenario.ops) expected = model.Step(op);
  EXPECT_EQ(expected.effects, EffectsOfCopying({"one\0", 4}));
  ASSERT_EQ(expected.raced_accesses.size(), 1u);
  EXPECT_EQ(expected.raced_accesses[0].effects, EffectsOfCopying({"another\0", 8}));
}

TEST(ModelStringsTest, Case64AMutableStringMustBeWritableUpToItsTerminator) {
  ExpectPredicted(R"(
    map 0x550000000000 0x1000 rw- eager
    map 0x550000001000 0x1000 r-- eager
    fill 0x550000000ffd "ab\0"
    mut.cstr u8 0x550000000ffd => ok len=2
    fill 0x550000000ffd "abc\0"
    mut.cstr u8 0x550000000ffd => EFAULT
    const.cstr u8 0x550000000ffd => ok len=3
  )");
}

TEST(ModelStringsTest, Case67AStringThatRunsIntoTheEndOfTheWindowIsRefused) {
  ExpectPredicted(R"(
    map 0x550ffffff000 0x1000 rw- eager
    fill 0x550ffffff000 0x1000 1
    const.cstr u8 0x550ffffff000 => EFAULT
    const.str 0x550fffffffff => EFAULT
    fill 0x550fffffffff 1 0
    const.str 0x550ffffff000 => ok len=4095
  )");
}

TEST(ModelStringsTest, Case68AnElementEndsAnArrayOnlyIfAllOfItIsZero) {
  const struct {
    const char* type;
    uint64_t size;
  } kTypes[] = {{"u16", 2}, {"u32", 4}, {"u64", 8}, {"b3", 3}, {"u32x3", 12}, {"u64x3", 24}};
  for (const auto& test : kTypes) {
    // Two elements whose only byte is the first or the last, then one of zeros.
    ExpectPredicted(
        absl::StrFormat("map 0x550000000000 0x3000 rw- lazy\n"
                        "fill %1$#x 1 1\n"
                        "fill %2$#x 1 1\n"
                        "const.cstr %3$s 0x550000000000 => ok len=2\n"
                        "mut.cstr %3$s 0x550000000000 => ok len=2\n",
                        kWindowStart, kWindowStart + 2 * test.size - 1, test.type));
  }
}

TEST(ModelStringsTest, Case69MisalignedArraysAreRefused) {
  ExpectPredicted(R"(
    map 0x550000000000 0x1000 rw- lazy
    const.cstr u16 0x550000000001 => EFAULT
    mut.cstr u64 0x550000000004 => EFAULT
    const.cstr u32x3 0x550000000002 => EFAULT
  )");
}

TEST(ModelStringsTest, Case70ElementsThatStraddleAreCheckedWhole) {
  const struct {
    const char* type;
    uint64_t size;
    uint64_t offset;  // of an element across the page end
  } kTypes[] = {{"b3", 3, 0xffe},
                {"u32x3", 12, 0xffc},
                {"u64x3", 24, 0xff0},
                {"b4096", 4096, 1},
                {"q8192", 8192, 8}};
  for (const auto& test : kTypes) {
    const std::string access =
        absl::StrFormat("const.cstr %s %#x", test.type, kWindowStart + test.offset);
    ExpectPredicted(absl::StrCat("map 0x550000000000 0x1000 rw- eager\n", access, " => EFAULT\n",
                                 "map 0x550000001000 0x1000 --- eager\n", access, " => EFAULT\n"));
    ExpectPredicted(
        absl::StrCat("map 0x550000000000 0x3000 r-- eager\n", access, " => ok len=0\n"));
  }
}

TEST(ModelStringsTest, Case71LargeElementsEndToo) {
  ExpectPredicted(R"(
    map 0x550000000000 0x8000 rw- lazy
    fill 0x550000000008 1 1
    fill 0x550000003007 1 1
    const.cstr q4096 0x550000000008 => ok len=1
    const.cstr q8192 0x550000000008 => ok len=2
    const.cstr b4096 0x550000000009 => ok len=0
    const.cstr page 0x550000000000 => ok len=1
  )");
}

TEST(ModelStringsTest, Case72NonCanonicalAndNullStringsAreRefused) {
  ExpectPredicted(R"(
    const.str 0x800000000000 => EFAULT
    const.str 0xffff7fffffffffff => EFAULT
    const.str 0 => EFAULT
    const.cstr q8192 0xffffffffffffe000 => EFAULT
  )");
}

TEST(ModelStringsTest, Case73OnlyWellFormedUtf8IsText) {
  const struct {
    const char* bytes;
    const char* result;
  } kCases[] = {
      {"", "ok len=0"},
      {"plain", "ok len=5"},
      {"\\xc2\\x80", "ok len=2"},
      {"\\xdf\\xbf", "ok len=2"},
      {"\\xe0\\xa0\\x80", "ok len=3"},
      {"\\xed\\x9f\\xbf", "ok len=3"},
      {"\\xee\\x80\\x80", "ok len=3"},
      {"\\xf0\\x90\\x80\\x80", "ok len=4"},
      {"\\xf4\\x8f\\xbf\\xbf", "ok len=4"},
      {"\\x80", "EILSEQ"},
      {"\\xbf\\xbf", "EILSEQ"},
      {"\\xc0\\x80", "EILSEQ"},
      {"\\xc1\\xbf", "EILSEQ"},
      {"\\xe0\\x9f\\xbf", "EILSEQ"},
      {"\\xed\\xa0\\x80", "EILSEQ"},
      {"\\xed\\xbf\\xbf", "EILSEQ"},
      {"\\xf0\\x8f\\xbf\\xbf", "EILSEQ"},
      {"\\xf4\\x90\\x80\\x80", "EILSEQ"},
      {"\\xf5\\x80\\x80\\x80", "EILSEQ"},
      {"\\xff", "EILSEQ"},
      {"ok\\xc3", "EILSEQ"},
      {"\\xe2\\x82", "EILSEQ"},
      {"\\xf0\\x9f\\x98", "EILSEQ"},
      {"\\xc3(", "EILSEQ"},
      {"\\xf0\\x9f(\\x80", "EILSEQ"},
      {"\\xe2\\x82\\xac\\x80", "EILSEQ"},
  };
  for (const auto& test : kCases) {
    ExpectPredicted(
        absl::StrFormat("map 0x550000000000 0x2000 r-- lazy\n"
                        "fill 0x550000000ffe \"%s\\0\"\n"
                        "const.str 0x550000000ffe => %s\n",
                        test.bytes, test.result));
  }
}

TEST(ModelStringsTest, Case74OneBadPointerOfAnArgvIsRefusedAndOnlyThat) {
  ExpectPredicted(R"(
    map 0x550000000000 0x1000 rw- lazy
    fill 0x550000000000 "\x00\x01\x00\x00\x00\x55\x00\x00\x00\x00\x00\x10\x00\x55\x00\x00"
    fill 0x550000000100 "arg\0"
    const.cstr u64 0x550000000000 => ok len=2
    const.str 0x550000000100 => ok len=3
    const.str 0x550010000000 => EFAULT
  )");
}

TEST(ModelStringsTest, AConstStringPopulatesOnlyThePagesThatItReads) {
  const auto all = ExpectPredicted(R"(
    machine frames=3
    map 0x550000000000 0x4000 rw- lazy
    fill 0x550000000fff 1 1
    const.cstr u8 0x550000000fff => ok len=1
    const.cstr q8192 0x550000001008 => EFAULT
    frames 1
    const.cstr q8192 0x550000001008 => ok len=0
  )");
  EXPECT_EQ(all[2].pages_populated, 2u);
  EXPECT_EQ(all[2].faults, 1u);
  EXPECT_EQ(all[2].checks, 2u);
  EXPECT_EQ(all[3].pages_populated, 3u);
  EXPECT_EQ(all[5].checks, 1u);
  EXPECT_EQ(all[5].pages_populated, 4u);
}

// 64: bound reached at, before and after the terminator. 65, 66: memory after the bound.
TEST(ModelStringsTest, Case64To66ACopyEndsWithItsBuffer) {
  ExpectPredicted(R"(
    map 0x550000000000 0x1000 rw- lazy
    fill 0x550000000000 0x1000 0x61
    fill 0x550000000ffa "hello\0"
    copy_str 0x550000000ffa 7 => ok len=5 fnv=a430d84680aabd0b
    copy_str 0x550000000ffa 6 => ok len=5 fnv=a430d84680aabd0b
    copy_str 0x550000000ffa 5 => ENAMETOOLONG
    copy_str 0x550000000ffa 0 => ENAMETOOLONG
    copy_str 0x550000001000 0 => ENAMETOOLONG
    copy_str 0x550000001000 1 => EFAULT
    fill 0x550000000fff "!"
    copy_str 0x550000000ffa 6 => ENAMETOOLONG
    copy_str 0x550000000ffa 7 => EFAULT
  )");
}

TEST(ModelStringsTest, StringsOfAnArrayAreInTheBufferAsFarAsTheyWereRead) {
  using namespace std::string_view_literals;
  const struct {
    const char* access;
    Outcome outcome;
    std::string_view copied;
  } kCases[] = {
      {"user_strings 0x550000000708 3 9", Outcome::Error(EFAULT), "a"sv},
      {"user_strings 0x550000000700 3 9", Outcome::Error(EFAULT), "text\0a"sv},
      {"user_strings 0x550000000700 1 9", Outcome::Error(E2BIG), "text\0"sv},
      {"user_strings 0x550000000700 3 5", Outcome::Error(E2BIG), "text\0"sv},
      {"user_strings 0x550000000700 3 4", Outcome::Error(E2BIG), "text"sv},
      {"user_strings 0x550000000700 0 9", Outcome::Error(E2BIG), ""sv},
      {"user_strings 0x550000000701 3 9", Outcome::Error(EFAULT), ""sv},
      {"user_strings 0x550000000710 0 0", Outcome::Ok(0), ""sv},
  };
  for (const auto& test : kCases) {
    const Scenario scenario = ScenarioOf(absl::StrCat(R"(
      map 0x550000000000 0x1000 rw- eager
      fill 0x550000000ffa "text\0a"
      pointers 0x550000000700 0x550000000ffa 0x550000000fff 0
    )",
                                                      test.access, "\n"));
    Model model(scenario.machine);
    Expectation last;
    for (const Op& op : scenario.ops) last = model.Step(op);
    EXPECT_EQ(last.outcome, test.outcome) << test.access;
    EXPECT_EQ(last.effects, EffectsOfCopying(test.copied)) << test.access;
  }
}

TEST(ModelStringsTest, ABoundIsReachedAlikeByEveryVerbThatHasOne) {
  ExpectPredicted(R"(
    map 0x550000000000 0x1000 rw- lazy
    fill 0x550000000ffa "\xffello\0"
    str_length 0x550000000ffa 6 => ok len=5
    str_length 0x550000000ffa 5 => ENAMETOOLONG
    str_length 0x550000000ffa 0xffffffffffffffff => ok len=5
    str_length 0x550000001000 0 => ENAMETOOLONG
    str_length 0x550000001000 1 => EFAULT
    copy_bytes_until_nul 0x550000000ffa 6 => ok len=5
    copy_bytes_until_nul 0x550000000ffa 5 => ENAMETOOLONG done=5
    copy_bytes_until_nul 0x550000001000 0 => ENAMETOOLONG done=0
    fill 0x550000000fff "!"
    str_length 0x550000000ffa 6 => ENAMETOOLONG
    str_length 0x550000000ffa 0xffffffffffffffff => EFAULT
    copy_bytes_until_nul 0x550000000ffa 7 => EFAULT done=6
  )");
}

TEST(ModelStringsTest, ATextIsTooLongBeforeItContainsAZeroAndBothBeforeItsMemory) {
  ExpectPredicted(R"(
    map 0x550000000000 0x1000 -w- lazy
    write_str 0x550000001000 4 "tex\0" => ENAMETOOLONG done=0
    write_str 0x550000001000 5 "tex\0" => EINVAL done=0
    write_str 0x550000001000 5 "text" => EFAULT done=0
    write_str 0x550000000ffc 4 "text" => ENAMETOOLONG done=0
    write_str 0x550000000ffc 5 "text" => EFAULT done=4
    write_str 0x550000000ffb 5 "text" => ok len=4
    protect 0x550000000000 0x1000 r--
    const.slice u8 0x550000000ffa 6 => ok len=6 fnv=90dc7f936c90d7d8
    write_str 0x550000000ffb 5 "text" => EFAULT done=0
  )");
}

TEST(ModelStringsTest, ACopyIsTooLongBeforeItIsIllFormed) {
  ExpectPredicted(R"(
    map 0x550000000000 0x1000 r-- lazy
    fill 0x550000000000 "a\xff\0"
    copy_str 0x550000000000 2 => ENAMETOOLONG
    copy_str 0x550000000000 3 => EILSEQ
    fill 0x550000000000 "\xc3\xa9\0"
    copy_str 0x550000000000 2 => ENAMETOOLONG
    copy_str 0x550000000000 3 => ok len=2
  )");
}

TEST(ModelStringsTest, AMutableStringPopulatesWhatItChecksAndPassesTheErrorOn) {
  const auto all = ExpectPredicted(R"(
    machine frames=1
    map 0x550000000000 0x4000 rw- lazy
    fill 0x550000000fff 1 1
    mut.cstr u8 0x550000000fff => ENOMEM
    const.cstr u8 0x550000000fff => EFAULT
    frames 1
    mut.cstr b3 0x550000000fff => ok len=1
    mut.cstr b3 0x550000001fff => ENOMEM
    frames 2
    mut.cstr b3 0x550000001fff => ok len=0
  )");
  EXPECT_EQ(all[2].checks, 2u);
  EXPECT_EQ(all[2].faults, 0u);
  EXPECT_EQ(all[3].faults, 1u);
}

}  // namespace
}  // namespace sim
