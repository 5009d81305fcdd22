// Hand-made predictions for values, slices and set-up operations. A number in the name of a test is
// the number of the case in matrix_test.cc.
#include "sim/oracle/model.h"

#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "sim/oracle/testing/predict.h"

namespace sim {
namespace {

TEST(ModelTest, SetUpErrorsAreThoseOfTheSystemCalls) {
  ExpectPredicted(R"(
    map 0x550000000000 0x2000 rw- lazy => ok
    map 0x550000001000 0x1000 rw- lazy => EEXIST
    map 0x550000001000 0x2000 rw- lazy => EEXIST
    map 0x550000000800 0x1000 rw- lazy => EINVAL
    map 0x550000002000 0x800 rw- lazy => EINVAL
    map 0x550000002000 0 rw- lazy => EINVAL
    map 0x54fffffff000 0x1000 rw- lazy => EINVAL
    map 0x55fffffff000 0x2000 rw- lazy => EINVAL
    map 0x560ffffff000 0x1000 rw- lazy => EINVAL
    map 0x550fffffe000 0x2000 rw- lazy => ok
    map 0x550fffffd000 0xfffffffffffff000 rw- lazy => EINVAL
    protect 0x550000000000 0x3000 r-- => ENOMEM
    protect 0x550000000000 0 r-- => EINVAL
    protect 0x550000000000 0x2000 r-- => ok
    unmap 0x550000001000 0x4000 => ok
    unmap 0x550000009000 0x1000 => ok
    unmap 0x550000000000 1 => EINVAL
    fill 0x550000000000 0x1000 7 => ok
    fill 0x550000000fff 2 7 => ENOMEM
    fill 0x550000009000 0 7 => ok
    fill 0xffffffffffffffff 2 7 => ENOMEM
  )");
}

// By hand: 'a' ^ 0x15 is 't', 'h' ^ 0x1a is 'r', 'd' ^ 0x0f is 'k'.
TEST(ModelTest, AStoreChangesTheFirstByteAndTheLast) {
  ExpectPredicted(R"(
    map 0x550000000000 0x2000 rw- eager => ok
    fill 0x550000000000 "abcdefgh" => ok
    mut.get u64 0x550000000000 => ok len=1 fnv=25da8c1836a8d66d
    const.str 0x550000000000 => ok len=8 fnv=dd12552fa6a07856
    mut.cstr u8 0x550000000000 => ok len=8 fnv=dd12552fa6a07856
    const.str 0x550000000000 => ok len=8 fnv=25da8c1836a8d66d
    mut.access u8 0x550000000003 => ok len=1 fnv=af63d94c8601e773
    const.str 0x550000000000 => ok len=8 fnv=e978a2d5fe9cd634
    user.store 0x550000000fff 2 => ok
    kernel.store 0x550000001000 => ok
    const.slice u8 0x550000000fff 2 => ok len=2 fnv=0857df07b50b1fff
    mut.slice u8 0x550000000fff 2 => ok len=2 fnv=0857df07b50b1fff
    const.slice u8 0x550000000fff 2 => ok len=2 fnv=08327907b4eb5670
  )");
}

TEST(ModelTest, AStoreThatIsRefusedLeavesTheOneBeforeIt) {
  ExpectPredicted(R"(
    machine cpus=2
    map 0x550000000000 0x2000 rw- eager => ok
    @1 race check 1 protect 0x550000001000 0x1000 r--
    mut.access u8 0x550000000fff 2 => EFAULT
    const.slice u8 0x550000000fff 2 => ok len=2 fnv=0857ea07b50b32b0
    @1 race check 1 protect 0x550000000000 0x1000 r--
    mut.access u8 0x550000000ffe 2 => EFAULT
    const.slice u8 0x550000000ffe 3 => ok len=3 fnv=d905b4186bd28d5a
  )");
}

TEST(ModelTest, FramesAreTakenAndFreed) {
  const auto all = ExpectPredicted(R"(
    machine frames=5
    map 0x550000000000 0x2000 rw- eager => ok
    map 0x550000002000 0x4000 rw- eager => ENOMEM
    map 0x550000002000 0x4000 rw- lazy => ok
    fill 0x550000002000 0x4000 1 => ENOMEM
    fill 0x550000003fff 2 1 => ok
    fill 0x550000003fff 2 2 => ok
    unmap 0x550000001000 0x3000 => ok
    frames 1 => ok
    frames max => ok
  )");
  EXPECT_EQ(all[0].frames_free, 3u);
  EXPECT_EQ(all[3].pages_populated, 2u);
  EXPECT_EQ(all[4].frames_free, 1u);
  EXPECT_EQ(all[4].populated_in_reach, 0b110u);
  EXPECT_EQ(all[6].frames_free, 3u);
  EXPECT_EQ(all[6].pages_populated, 2u);
  EXPECT_EQ(all[7].frames_free, 1u);
  EXPECT_EQ(all[8].frames_free, kMachineFrames - 2) << "all that the two pages do not own";
}

TEST(ModelTest, ReachBeginsAPageBeforeAndEndsWithTheWindow) {
  const auto all = ExpectPredicted(R"(
    map 0x550000000000 0x3000 rw- eager
    user.load 0x550000001800 1 => ok
    map 0x550fffffe000 0x2000 rw- eager
    user.load 0x550fffffffff 1 => ok
    user.load 0x551000000000 1 => EFAULT
  )");
  EXPECT_EQ(all[0].populated_in_reach, 0b111u);
  EXPECT_EQ(all[1].populated_in_reach, 0b111u);
  EXPECT_EQ(all[2].populated_in_reach, 0b110u);
  EXPECT_EQ(all[3].populated_in_reach, 0b11u);
  EXPECT_EQ(all[4].populated_in_reach, 0u);
}

TEST(ModelTest, FingerprintIsFnv1aOfTheBytes) {
  ExpectPredicted(R"(
    map 0x550000000000 0x3000 rw- lazy
    fill 0x550000000ffe "hello"
    const.slice u8 0x550000000ffe 5 => ok len=5 fnv=a430d84680aabd0b
    const.get u8 0x550000002000 => ok len=1 fnv=af63bd4c8601b7df
    const.slice u8 0x550000000000 0 => ok len=0 fnv=cbf29ce484222325
    fill 0x550000000ffe 1 0x61
    const.get u8 0x550000000ffe => ok len=1 fnv=af63dc4c8601ec8c
    unmap 0x550000000000 0x2000
    map 0x550000000000 0x2000 rw- lazy
    const.get u8 0x550000000ffe => ok len=1 fnv=af63bd4c8601b7df
  )");
}

// 1 const on R. 2 const on W. 3 mut on W. 4 mut on R. 5 no access. 6 unmapped. 13 WO read. 14 XO
// read. 15 mut on WO. 20 lazy: resident after.
TEST(ModelTest, Cases1To6And13To15PermissionsDecideForEveryKindOfArea) {
  const struct {
    const char* perms;
    bool readable;
    bool writable;
  } kCases[] = {{"---", false, false}, {"r--", true, false}, {"-w-", false, false},
                {"--x", false, false}, {"rw-", true, true},  {"r-x", true, false},
                {"-wx", false, false}, {"rwx", true, true}};
  for (const auto& test : kCases) {
    for (const char* kind : {"eager", "lazy", "kernel"}) {
      const bool is_user = kind[0] != 'k';
      const char* const_result = is_user && test.readable ? "ok" : "EFAULT";
      const char* mut_result = is_user && test.writable ? "ok" : "EFAULT";
      const auto all =
          ExpectPredicted(absl::StrFormat("map 0x550000000000 0x1000 %s %s\n"
                                          "const.get u64 0x550000000000 => %s\n"
                                          "mut.get u64 0x550000000ff8 => %s\n"
                                          "const.slice b3 0x550000000001 2 => %s\n"
                                          "mut.slice page 0x550000000000 1 => %s\n"
                                          "const.access u8 0x550000000000 => %s\n"
                                          "mut.access u8 0x550000000000 => %s\n",
                                          test.perms, kind, const_result, mut_result, const_result,
                                          mut_result, const_result, mut_result));
      const bool populated = kind[0] == 'e' || (is_user && test.readable);
      EXPECT_EQ(all.back().pages_populated, populated ? 1u : 0u) << test.perms << kind;
    }
  }
}

TEST(ModelTest, Case6To11AddressesOutsideUserMemoryAreRefusedWithoutAFault) {
  for (const char* address : {"0", "1", "0x1000", "4095", "0x54ffffffffff", "0x551000000000",
                              "0x7fffffffffff", "0x800000000000", "0xffff7fffffffffff",
                              "0xffff800000000000", "0xffffffffff600000", "0xffffffffffffffff"}) {
    const auto all =
        ExpectPredicted(absl::StrFormat("const.get u8 %1$s => EFAULT\n"
                                        "mut.access u8 %1$s 1 => EFAULT\n"
                                        "mut.cstr u8 %1$s => EFAULT\n"
                                        "user.load %1$s 1 => EFAULT\n",
                                        address));
    for (const Expectation& one : all) EXPECT_EQ(one.faults, 0u);
  }
}

TEST(ModelTest, Case11And26RangesThatEndInTheLastPageAreRefusedWithoutACheck) {
  for (const char* access :
       {"const.get u8 0xffffffffffffffff", "const.get u64 0xfffffffffffffff8",
        "const.slice u8 0xffffffffffffffff 1", "mut.slice u8 0xfffffffffffff000 1",
        "const.slice u8 0xffffffffffffefff 2", "const.slice u8 0x550000000000 0xffffafffffffffff",
        "const.cstr u8 0xfffffffffffff000", "mut.cstr q8192 0xffffffffffffe000"}) {
    const auto all = ExpectPredicted(absl::StrCat(access, " => EFAULT"));
    EXPECT_EQ(all[0].checks, 0u) << access;
    EXPECT_FALSE(all[0].may_ask) << access;
  }
  // One page lower, the address space denies the access.
  EXPECT_EQ(ExpectPredicted("const.slice u8 0xffffffffffffefff 1 => EFAULT")[0].checks, 1u);
}

TEST(ModelTest, Case12MisalignedIsRefusedBeforeAnyCheck) {
  const struct {
    const char* type;
    int align;
  } kTypes[] = {{"u16", 2}, {"u32", 4}, {"u64", 8}, {"u32x3", 4}, {"u64x3", 8}, {"q4096", 8}};
  for (const auto& test : kTypes) {
    for (int offset = 1; offset < test.align; ++offset) {
      const auto all =
          ExpectPredicted(absl::StrFormat("map 0x550000000000 0x4000 rw- eager\n"
                                          "const.get %1$s %2$#x => EFAULT\n"
                                          "mut.slice %1$s %2$#x 0 => EFAULT\n"
                                          "const.access %1$s %2$#x 0 => EFAULT\n"
                                          "mut.cstr %1$s %2$#x => EFAULT\n",
                                          test.type, kWindowStart + static_cast<uint64_t>(offset)));
      for (const Expectation& one : all) EXPECT_FALSE(one.may_ask);
    }
  }
  ExpectPredicted("map 0x550000000000 0x4000 rw- eager\nconst.get page 0x550000000800 => EFAULT");
}

TEST(ModelTest, Case16To19NeighboursDecideForValuesThatReachThem) {
  ExpectPredicted(R"(
    map 0x550000000000 0x1000 rw- lazy
    const.get u32x3 0x550000000ff8 => EFAULT
    const.get u64 0x550000000ff8 => ok
    map 0x550000001000 0x1000 --- lazy
    const.get u32x3 0x550000000ff8 => EFAULT
    protect 0x550000001000 0x1000 r--
    const.get u32x3 0x550000000ff8 => ok
    mut.get u32x3 0x550000000ff8 => EFAULT
    mut.get u64 0x550000000ff8 => ok
    protect 0x550000001000 0x1000 rw-
    mut.get u32x3 0x550000000ff8 => ok
  )");
}

TEST(ModelTest, Case20And21PopulationGoesPageByPageUntilFramesRunOut) {
  const auto all = ExpectPredicted(R"(
    machine frames=3
    map 0x550000000000 0x8000 rw- lazy
    const.get u8 0x550000002000 => ok
    const.slice u8 0x550000000fff 0x2001 => ok
    mut.slice u8 0x550000003000 1 => ENOMEM
    unmap 0x550000001000 0x1000
    frames 2
    const.slice u8 0x550000003fff 0x3000 => ENOMEM
  )");
  EXPECT_EQ(all[1].pages_populated, 1u);
  EXPECT_EQ(all[2].pages_populated, 3u);
}

TEST(ModelTest, Case21PagesBeforeTheErrorStayPopulated) {
  const auto all = ExpectPredicted(R"(
    machine frames=2
    map 0x550000000000 0x8000 rw- lazy
    fill 0x550000001000 1 1
    const.slice u8 0x550000000000 0x4000 => ENOMEM
  )");
  EXPECT_EQ(all[2].populated_in_reach, 0b11u);
  EXPECT_EQ(all[2].frames_free, 0u);
}

TEST(ModelTest, Case22And23AnEmptySliceIsOkAtEveryAlignedAddress) {
  const auto all = ExpectPredicted(R"(
    const.slice u64 0 0 => ok len=0
    mut.slice u64 0xfffffffffffffff8 0 => ok len=0
    const.access page 0x550000000000 0 => ok len=0
    mut.access u8 0xffffffffffffffff 0 => ok len=0
    const.slice u64 4 0 => EFAULT
  )");
  for (const Expectation& one : all) EXPECT_FALSE(one.may_ask);
}

TEST(ModelTest, Case24LengthsBeyondAnyObjectAreRefused) {
  const struct {
    const char* type;
    uint64_t size;
  } kTypes[] = {{"u8", 1}, {"u64", 8}, {"b3", 3}, {"u32x3", 12}, {"q8192", 8192}};
  for (const auto& test : kTypes) {
    const uint64_t most = INT64_MAX / test.size;
    for (const uint64_t length :
         {UINT64_MAX, UINT64_MAX / test.size, UINT64_MAX / test.size + 1, most + 1, most}) {
      if (length == UINT64_MAX / test.size + 1 && test.size == 1) continue;  // wraps to 0
      const auto all =
          ExpectPredicted(absl::StrFormat("map 0x550000000000 0x4000 rw- eager\n"
                                          "const.slice %1$s 0x550000000000 %2$d => EFAULT\n"
                                          "mut.slice %1$s 0x550000000000 %2$d => EFAULT\n",
                                          test.type, length));
      EXPECT_EQ(all[1].may_ask, length == most) << test.type << length;
    }
  }
}

TEST(ModelTest, Case25StartPlusLengthThatWrapsIsRefused) {
  ExpectPredicted(R"(
    map 0x550000000000 0x1000 rw- eager
    const.slice u8 0xfffffffffffff000 0x1000 => EFAULT
    const.slice u8 0xffffd50000000000 0x7fffffffffffffff => EFAULT
    mut.slice u64 0xffffffffffffff00 0x100 => EFAULT
  )");
}

TEST(ModelTest, Case27And28EveryByteOfTheRangeCounts) {
  ExpectPredicted(R"(
    map 0x550000001000 0x1000 rw- lazy
    const.slice u8 0x550000001000 4096 => ok len=4096
    const.slice u8 0x550000001000 4097 => EFAULT
    const.slice u8 0x550000000fff 1 => EFAULT
    map 0x550000002000 0x1000 rw- eager
    const.slice u8 0x550000001000 8192 => ok
    const.slice u8 0x550000001fff 4097 => ok
    const.slice u8 0x550000001001 8191 => ok
    const.slice u8 0x550000001000 8193 => EFAULT
    const.slice u8 0x550000000fff 2 => EFAULT
  )");
}

TEST(ModelTest, Case29And30AHoleOrForbiddenPageInTheMiddleRefusesAll) {
  ExpectPredicted(R"(
    map 0x550000000000 0x1000 rw- eager
    map 0x550000002000 0x1000 rw- eager
    const.slice u8 0x550000000000 0x3000 => EFAULT
    map 0x550000001000 0x1000 --- eager
    const.slice u8 0x550000000000 0x3000 => EFAULT
    protect 0x550000001000 0x1000 r--
    const.slice u8 0x550000000000 0x3000 => ok
    mut.slice u8 0x550000000000 0x3000 => EFAULT
  )");
}

TEST(ModelTest, Case31And32OnlyRangesInsideTheWindowAreAllowed) {
  ExpectPredicted(R"(
    map 0x550fffffe000 0x2000 rw- lazy
    const.slice u8 0x550fffffffff 1 => ok
    const.slice u8 0x550fffffffff 2 => EFAULT
    map 0x550000000000 0x1000 rw- lazy
    const.slice u8 0x54ffffffffff 1 => EFAULT
    const.slice u8 0x54ffffffffff 2 => EFAULT
    const.slice u8 0x551000000000 1 => EFAULT
  )");
  const auto whole = ExpectPredicted(R"(
    map 0x550000000000 0x1000000000 rw- lazy => ok
    const.slice u8 0x550000000000 0x1000000000 => ENOMEM
  )");
  EXPECT_EQ(whole[1].pages_populated, kMachineFrames);
  EXPECT_EQ(whole[1].frames_free, 0u);
}

TEST(ModelTest, Case33To36EachCallDependsOnTheAreasAtThatTime) {
  ExpectPredicted(R"(
    map 0x550000000000 0x3000 rw- eager
    mut.slice u8 0x550000000000 0x3000 => ok
    protect 0x550000001000 0x1000 r--
    mut.slice u8 0x550000000000 0x3000 => EFAULT
    mut.slice u8 0x550000000000 0x1000 => ok
    const.slice u8 0x550000000000 0x3000 => ok
    protect 0x550000001000 0x1000 rw-
    mut.slice u8 0x550000000000 0x3000 => ok
    unmap 0x550000001000 0x1000
    const.slice u8 0x550000000000 0x3000 => EFAULT
    const.get u8 0x550000001000 => EFAULT
    map 0x550000001000 0x1000 r-- lazy
    const.slice u8 0x550000000000 0x3000 => ok
  )");
}

TEST(ModelTest, UserCodePopulatesPermittedPages) {
  const auto all = ExpectPredicted(R"(
    machine frames=4
    map 0x550000000000 0x1000 r-- lazy
    map 0x550000001000 0x1000 -w- lazy
    map 0x550000002000 0x1000 --- eager
    map 0x550000003000 0x1000 -w- eager
    map 0x550000004000 0x1000 rw- kernel
    user.load 0x550000000000 0 => ok
    user.load 0x550000000fff 1 => ok
    user.store 0x550000000000 1 => EFAULT
    user.load 0x550000001000 1 => EFAULT
    user.store 0x550000001000 1 => ok
    user.load 0x550000001000 1 => ok
    user.load 0x550000002000 1 => EFAULT
    user.load 0x550000003000 1 => ok
    user.load 0x550000004000 1 => EFAULT
    fill 0x550000004000 1 1 => ENOMEM
    frames 1
    fill 0x550000004000 1 1 => ok
    user.load 0x550000004000 1 => EFAULT
    user.load 0x550000000fff 2 => ok
    user.load 0x550000000fff 0xffffffffffffffff => EFAULT
  )");
  EXPECT_EQ(all[5].pages_populated, 2u);
  EXPECT_EQ(all[6].pages_populated, 3u);
  EXPECT_EQ(all[9].pages_populated, 4u);
}

TEST(ModelTest, KernelCodePanicsWhereverTheHardwareRefuses) {
  for (const char* access : {"kernel.load 0x550000000000",   // lazy, absent
                             "kernel.store 0x550000001000",  // read-only
                             "kernel.load 0x550000002000",   // the kernel's, in the user's window
                             "kernel.load 0x550000003000",   // not mapped
                             "kernel.load 0", "kernel.store 0xffff800000000000"}) {
    const auto all =
        ExpectPredicted(absl::StrFormat("map 0x550000000000 0x1000 rw- lazy\n"
                                        "map 0x550000001000 0x1000 r-- eager\n"
                                        "map 0x550000002000 0x1000 rw- kernel\n"
                                        "kernel.load 0x550000001fff => ok\n"
                                        "%s => violation fault.kernel_bug\n"
                                        "const.get u8 0x550000001000\n",
                                        access));
    EXPECT_EQ(all.back().outcome.kind, Outcome::Kind::kNotRun);
    EXPECT_EQ(all[4].faults, 0u);
  }
}

TEST(ModelTest, AFileEndsWithThePageOfItsLastByte) {
  const auto all = ExpectPredicted(R"(
    machine frames=8
    map 0x550000000000 0x4000 rw- file:0x1001 => ok
    const.slice u8 0x550000000000 0x2000 => ok
    const.get u8 0x550000002000 => EFAULT
    const.slice u8 0x550000000000 0x2001 => EFAULT
    mut.access u8 0x550000001fff 2 => EFAULT
    const.access u8 0x550000003000 0 => ok len=0
    user.load 0x550000003000 1 => EFAULT
    user.store 0x550000001fff 1 => ok
    fill 0x550000001fff 1 1 => ok
    fill 0x550000002000 1 1 => ENOMEM
    map 0x550000004000 0x1000 rw- file:0 => ok
    const.get u8 0x550000004000 => EFAULT
    map 0x550000005000 0x1000 rw- file:0xffffffffffffffff => ok
    const.get u8 0x550000005fff => ok
    kernel.load 0x550000002000 => violation fault.kernel_bug
  )");
  EXPECT_EQ(all[1].pages_populated, 2u);
  EXPECT_EQ(all[3].checks, 1u);  // the areas permit it
  EXPECT_EQ(all[12].pages_populated, 2u);
  EXPECT_EQ(all[13].frames_free, 5u);
}

TEST(ModelTest, PagesBeforeTheEndOfAFileArePopulatedBeforeTheError) {
  const auto all = ExpectPredicted(R"(
    map 0x550000000000 0x4000 rw- file:0x2000
    const.slice u8 0x550000000000 0x3000 => EFAULT
  )");
  EXPECT_EQ(all[1].pages_populated, 2u);
}

TEST(ModelTest, TruncationRemovesPagesAndClearsTheTailOfTheLastOne) {
  const auto all = ExpectPredicted(R"(
    map 0x550000000000 0x3000 rw- file:0x3000
    fill 0x550000000ffe "hello"
    truncate 0x550000002000 0x1001 => ok
    const.slice u8 0x550000000ffe 4 => ok len=4 fnv=0a98e8cc5fa2192a
    const.get u8 0x550000002000 => EFAULT
    truncate 0x550000000000 0xfff => ok
    const.get u8 0x550000001000 => EFAULT
    truncate 0x550000000000 0x2000 => ok
    const.cstr u8 0x550000000ffe => ok len=1
    protect 0x550000001000 0x1000 r--
    unmap 0x550000000000 0x1000
    truncate 0x550000001000 0x1000 => ok
    const.get u8 0x550000001000 => EFAULT
    truncate 0x550000000000 0x1000 => EINVAL
    map 0x550000000000 0x1000 rw- shared
    truncate 0x550000000000 0x800 => ok
    unmap 0x550000000000 0x1000
    map 0x550000000000 0x1000 rw- eager
    truncate 0x550000000000 0x1000 => EINVAL
  )");
  EXPECT_EQ(all[2].pages_populated, 2u);
  EXPECT_EQ(all[5].pages_populated, 1u);
  EXPECT_EQ(all[8].pages_populated, 1u);
  EXPECT_EQ(all[11].pages_populated, 0u);
  EXPECT_EQ(all[11].frames_free, kMachineFrames);
}

TEST(ModelTest, EvictedMemoryIsPopulatedFromItsBacking) {
  const auto all = ExpectPredicted(R"(
    machine frames=2
    map 0x550000000000 0x1000 rw- eager
    fill 0x550000000000 "anonymous"
    map 0x550000001000 0x1000 rw- file:0x1000
    fill 0x550000001000 "of a file"
    evict 0x550000000000 0x3000 => ok
    const.cstr u8 0x550000000000 => ok len=0
    const.cstr u8 0x550000001000 => ok len=9
    evict 0x550000001000 0x1000 => ok
    truncate 0x550000001000 4 => ok
    const.cstr u8 0x550000001000 => ok len=4
    unmap 0x550000000000 0x2000
    map 0x550000000000 0x1000 rw- cow => ok
    evict 0x550000000000 0x1000 => ok
    kernel.load 0x550000000000 => violation fault.kernel_bug
  )");
  EXPECT_EQ(all[4].pages_populated, 0u);
  EXPECT_EQ(all[4].frames_free, 2u);
  EXPECT_EQ(all[6].frames_free, 0u);
  EXPECT_EQ(all[12].pages_populated, 0u);
  EXPECT_EQ(all[12].pages_shared, 0u);
}

TEST(ModelTest, MemoryThatIsSharedLaterIsCopiedAtItsFirstWrite) {
  const auto all = ExpectPredicted(R"(
    machine frames=3
    map 0x550000000000 0x2000 rw- eager
    fill 0x550000000000 "parent"
    share 0x550000000000 0x3000 => ok
    const.str 0x550000000000 => ok len=6
    write_value u8 0x550000000000 => ok
    write_value u8 0x550000000000 => ok
    write_value u8 0x550000001000 => ENOMEM
    user.store 0x550000001000 1 => EFAULT
    share 0x550000000000 0x1000 => ok
    evict 0x550000000000 0x2000 => ok
    map 0x550000002000 0x1000 rw- file:0x1000
    frames 2
    user.store 0x550000002000 1 => ok
    share 0x550000002000 0x1000 => ok
    share 0x550000002000 1 => EINVAL
  )");
  EXPECT_EQ(all[2].frames_free, 1u);
  EXPECT_EQ(all[2].pages_shared, 2u);
  EXPECT_EQ(all[3].pages_shared, 2u);
  EXPECT_EQ(all[5].pages_shared, 1u);
  EXPECT_EQ(all[5].frames_free, 0u);
  EXPECT_EQ(all[8].pages_shared, 2u);
  EXPECT_EQ(all[9].pages_populated, 0u);
  EXPECT_EQ(all[9].frames_free, 0u);
  EXPECT_EQ(all[13].pages_shared, 0u);
}

TEST(ModelTest, AnAreaGrowsDownAtFaultsInsideItsLimits) {
  const auto all = ExpectPredicted(R"(
    machine frames=4
    map 0x550000000000 0x1000 r-- lazy
    map 0x550000008000 0x2000 rw- cow
    user.store 0x550000007fff 1 => EFAULT
    grow 0x550000009fff 0x7000 => ok
    const.get u8 0x550000007fff => EFAULT
    user.store 0x550000006000 1 => ok
    copy_in 0x550000006000 0x2000 => ok len=0x2000
    user.load 0x550000003000 1 => ok
    user.load 0x550000002fff 1 => EFAULT
    grow 0x550000003000 0xffffffffffffffff => ok
    user.load 0x550000001fff 1 => EFAULT
    user.store 0x550000002000 1 => ok
    protect 0x550000000000 0x1000 --- => ok
    user.load 0x550000001000 1 => EFAULT
    copy_in 0x550000001000 1 => ENOMEM done=0
    grow 0x55000000a000 0x1000 => EINVAL
  )");
  EXPECT_EQ(all[5].pages_populated, 3u) << "two of cow memory, and one";
  EXPECT_EQ(all[5].frames_free, 3u);
  EXPECT_EQ(all[13].frames_free, 0u);
}

TEST(ModelTest, TwoMappingsOfAFileShowTheSameBytesInOneFrame) {
  const auto all = ExpectPredicted(R"(
    machine frames=2
    map 0x550000000000 0x2000 rw- file:0x1800
    fill 0x550000001000 "before\0"
    alias 0x550000008000 0x1000 r-- 0x550000001000 => ok
    const.str 0x550000008000 => ok len=6
    fill 0x550000000fff "abc\0"
    const.str 0x550000008000 => ok len=2
    write_value u8 0x550000008000 => EFAULT done=0
    unmap 0x550000000000 0x2000 => ok
    const.str 0x550000008000 => ok len=2
    alias 0x550000001000 0x1000 rw- 0x550000008000 => ok
    evict 0x550000001000 0x1000 => ok
    truncate 0x550000008000 0x1001 => ok
    const.str 0x550000001000 => ok len=1
    truncate 0x550000001000 0x1000 => ok
    const.str 0x550000008000 => EFAULT
    alias 0x550000002000 0x2000 rw- 0x550000008000 => EINVAL
  )");
  EXPECT_EQ(all[3].pages_populated, 2u);
  EXPECT_EQ(all[3].pages_shared, 1u);
  EXPECT_EQ(all[3].frames_free, 1u);
  EXPECT_EQ(all[4].frames_free, 0u);
  EXPECT_EQ(all[7].frames_free, 1u);
  EXPECT_EQ(all[10].frames_free, 2u);
  EXPECT_EQ(all[10].pages_populated, 0u);
  EXPECT_EQ(all[13].frames_free, 2u);
}

TEST(ModelTest, SharedMemoryIsAFileAsLongAsItsArea) {
  const auto all = ExpectPredicted(R"(
    machine frames=2
    map 0x550000000000 0x3000 rw- shared => ok
    mut.slice u8 0x550000000000 0x2000 => ok
    const.get u8 0x550000002000 => ENOMEM
    user.load 0x550000002000 1 => EFAULT
  )");
  EXPECT_EQ(all[1].pages_populated, 2u);
}

TEST(ModelTest, AnArrayIsRefusedAsAWholeBeforeAnyCheck) {
  const auto all = ExpectPredicted(R"(
    map 0x550000000000 0x1000 rw- eager => ok
    read_array u64 0x550000000004 2 => EFAULT done=0
    write_array u32x3 0x550000000002 2 => EFAULT done=0
    zero_array page 0x550000000800 0 => EFAULT done=0
    read_array u64 0x550000000000 0x2000000000000001 => EFAULT done=0
    write_array u8 0x550000000000 0x8000000000000000 => EFAULT done=0
    zero_array u64x3 0x550000000000 0xaaaaaaaaaaaaaab => EFAULT done=0
    zero_array u64 0xfffffffffffffff8 0 => ok len=0
    zero_array u32x3 0x550000000004 1 => ok len=12
  )");
  for (size_t i = 1; i < all.size() - 1; ++i) EXPECT_EQ(all[i].checks, 0u) << i;
  EXPECT_EQ(all.back().checks, 1u);
}

TEST(ModelTest, AnArrayEndsWithTheBytesBeforeARefusedPage) {
  ExpectPredicted(R"(
    map 0x550000000000 0x1000 rw- eager => ok
    fill 0x550000000fe8 "abcdefghijklmnopqrstuvwx" => ok
    read_array u64x3 0x550000000ff0 1 => EFAULT done=16
    read_array u64 0x550000000fe8 3 => ok len=24 fnv=cfc57122610faddd
    zero_array b3 0x550000000ffe 2 => EFAULT done=2
    const.str 0x550000000fe8 => ok len=22 fnv=37bb4e18bcdafaba
    write_array u32x3 0x550000000fe8 3 => EFAULT done=24
    read_array u64 0x550000000fe8 3 => ok len=24 fnv=419b0e055ac6b721
  )");
}

TEST(ModelTest, ResetClearsAllState) {
  Model model({.frames = 3});
  const Scenario scenario = ScenarioOf("map 0x550000000000 0x1000 rw- eager\nkernel.load 0\n");
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(model.Step(scenario.ops[0]).outcome, Outcome::Ok());
    EXPECT_EQ(model.Step(scenario.ops[1]).outcome, Outcome::Panic());
    model.Reset({.frames = 1});
  }
  EXPECT_EQ(model.Step(scenario.ops[0]).frames_free, 0u);
}

}  // namespace
}  // namespace sim
