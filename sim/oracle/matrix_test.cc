// Numbered cases on the whole machine, with each subject. The cases cover what the test suites of
// other kernels test. Each case is a scenario whose lines state their outcomes; the oracle judges
// everything else. `~1ff8` stands for that offset in the window.
//
// Cases 76 to 89 and 91 are about the fault handler: sim/machine/fault_handling_test.cc.
#include <cstdint>
#include <memory>
#include <string>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "sim/oracle/oracle.h"
#include "sim/oracle/report.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario_text.h"
#include "sim/subject/subjects.h"

namespace sim {
namespace {

struct MatrixCase {
  const char* name;
  const char* text;
};

void PrintTo(const MatrixCase& c, std::ostream* out) { *out << c.name; }

// clang-format off
const MatrixCase kCases[] = {
    {"Case01_ConstOnReadableGivesTheValue",
     "map ~0 0x1000 r-- eager\n"
     "fill ~10 \"\\x01\\x02\\x03\\x04\"\n"
     "const.get u32 ~10 => ok len=1 fnv=be7a5e775165785d\n"},
    {"Case02_ConstOnWritableGivesTheValue",
     "map ~0 0x1000 rw- eager\n"
     "fill ~10 \"\\x01\\x02\\x03\\x04\"\n"
     "const.get u32 ~10 => ok len=1 fnv=be7a5e775165785d\n"},
    {"Case03_MutOnWritableReadsAndWrites",
     "map ~0 0x1000 rw- eager\n"
     "fill ~10 \"ab\"\n"
     "mut.get u16 ~10 => ok len=1 fnv=089c4407b545986a\n"
     "mut.access u16 ~10 => ok len=1 fnv=08c84807b56ada21\n"
     "const.get u16 ~10 => ok len=1 fnv=089c4407b545986a\n"},
    {"Case04_MutOnReadOnlyIsRefusedAndChangesNothing",
     "map ~0 0x1000 r-- eager\n"
     "fill ~10 \"ab\"\n"
     "mut.get u16 ~10 => EFAULT\n"
     "mut.access u16 ~10 => EFAULT\n"
     "const.get u16 ~10 => ok len=1 fnv=089c4407b545986a\n"},
    {"Case05_NoAccessIsRefused",
     "map ~0 0x1000 --- eager\n"
     "const.get u8 ~0 => EFAULT\n"
     "mut.get u8 ~0 => EFAULT\n"
     "const.access u8 ~0 => EFAULT\n"
     "const.cstr u8 ~0 => EFAULT\n"},
    {"Case06_UnmappedIsRefused",
     "const.get u8 ~0 => EFAULT\n"
     "mut.get u8 ~0 => EFAULT\n"
     "const.access u8 ~0 => EFAULT\n"
     "const.str ~0 => EFAULT\n"},
    {"Case07_NullIsRefused",
     "const.get u8 0 => EFAULT\n"
     "mut.get u64 0 => EFAULT\n"
     "const.str 0 => EFAULT\n"},
    {"Case08_AddressesBelowThePageAreRefused",
     "const.get u8 1 => EFAULT\n"
     "const.get u16 2 => EFAULT\n"
     "const.get u8 3 => EFAULT\n"
     "mut.get u32 4 => EFAULT\n"
     "const.str 4095 => EFAULT\n"
     "mut.slice u8 4094 2 => EFAULT\n"},
    {"Case09_KernelHalfIsRefusedWithoutAHardwareFault",
     "const.get u8 0xffff800000000000 => EFAULT\n"
     "mut.get u64 0xffffc00000000000 => EFAULT\n"
     "const.get u8 0xffffffffffffefff => EFAULT\n"
     "const.cstr u8 0xffffffffff600000 => EFAULT\n"
     "mut.access u64 0xffffffffff600000 => EFAULT\n"},
    {"Case10_NonCanonicalIsRefusedWithoutAHardwareFault",
     "const.get u8 0x0000800000000000 => EFAULT\n"
     "mut.get u64 0x1234567812345678 => EFAULT\n"
     "const.get u8 0xffff7fffffffffff => EFAULT\n"
     "const.str 0x8000000000000000 => EFAULT\n"},
    {"Case11_LastAddressesDoNotWrap",
     "const.get u8 0xffffffffffffffff => EFAULT\n"
     "mut.get u64 0xfffffffffffffff8 => EFAULT\n"
     "const.get q8192 0xffffffffffffe000 => EFAULT\n"
     "const.cstr u8 0xffffffffffffffff => EFAULT\n"},
    {"Case12_MisalignedIsRefusedBeforeAnythingIsChecked",
     "map ~0 0x1000 rw- eager\n"
     "const.get u16 ~1 => EFAULT\n"
     "mut.slice u16 ~1 1 => EFAULT\n"
     "const.cstr u16 ~1 => EFAULT\n"
     "const.get u32 ~1 => EFAULT\n"
     "mut.slice u32 ~1 1 => EFAULT\n"
     "const.cstr u32 ~1 => EFAULT\n"
     "const.get u32 ~2 => EFAULT\n"
     "mut.slice u32 ~2 1 => EFAULT\n"
     "const.cstr u32 ~2 => EFAULT\n"
     "const.get u32 ~3 => EFAULT\n"
     "mut.slice u32 ~3 1 => EFAULT\n"
     "const.cstr u32 ~3 => EFAULT\n"
     "const.get u64 ~1 => EFAULT\n"
     "mut.slice u64 ~1 1 => EFAULT\n"
     "const.cstr u64 ~1 => EFAULT\n"
     "const.get u64 ~2 => EFAULT\n"
     "mut.slice u64 ~2 1 => EFAULT\n"
     "const.cstr u64 ~2 => EFAULT\n"
     "const.get u64 ~3 => EFAULT\n"
     "mut.slice u64 ~3 1 => EFAULT\n"
     "const.cstr u64 ~3 => EFAULT\n"
     "const.get u64 ~4 => EFAULT\n"
     "mut.slice u64 ~4 1 => EFAULT\n"
     "const.cstr u64 ~4 => EFAULT\n"
     "const.get u64 ~5 => EFAULT\n"
     "mut.slice u64 ~5 1 => EFAULT\n"
     "const.cstr u64 ~5 => EFAULT\n"
     "const.get u64 ~6 => EFAULT\n"
     "mut.slice u64 ~6 1 => EFAULT\n"
     "const.cstr u64 ~6 => EFAULT\n"
     "const.get u64 ~7 => EFAULT\n"
     "mut.slice u64 ~7 1 => EFAULT\n"
     "const.cstr u64 ~7 => EFAULT\n"
     "const.get u32x3 ~1 => EFAULT\n"
     "mut.slice u32x3 ~1 1 => EFAULT\n"
     "const.cstr u32x3 ~1 => EFAULT\n"
     "const.get u32x3 ~2 => EFAULT\n"
     "mut.slice u32x3 ~2 1 => EFAULT\n"
     "const.cstr u32x3 ~2 => EFAULT\n"
     "const.get u32x3 ~3 => EFAULT\n"
     "mut.slice u32x3 ~3 1 => EFAULT\n"
     "const.cstr u32x3 ~3 => EFAULT\n"
     "const.get u64x3 ~1 => EFAULT\n"
     "mut.slice u64x3 ~1 1 => EFAULT\n"
     "const.cstr u64x3 ~1 => EFAULT\n"
     "const.get u64x3 ~2 => EFAULT\n"
     "mut.slice u64x3 ~2 1 => EFAULT\n"
     "const.cstr u64x3 ~2 => EFAULT\n"
     "const.get u64x3 ~3 => EFAULT\n"
     "mut.slice u64x3 ~3 1 => EFAULT\n"
     "const.cstr u64x3 ~3 => EFAULT\n"
     "const.get u64x3 ~4 => EFAULT\n"
     "mut.slice u64x3 ~4 1 => EFAULT\n"
     "const.cstr u64x3 ~4 => EFAULT\n"
     "const.get u64x3 ~5 => EFAULT\n"
     "mut.slice u64x3 ~5 1 => EFAULT\n"
     "const.cstr u64x3 ~5 => EFAULT\n"
     "const.get u64x3 ~6 => EFAULT\n"
     "mut.slice u64x3 ~6 1 => EFAULT\n"
     "const.cstr u64x3 ~6 => EFAULT\n"
     "const.get u64x3 ~7 => EFAULT\n"
     "mut.slice u64x3 ~7 1 => EFAULT\n"
     "const.cstr u64x3 ~7 => EFAULT\n"},
    {"Case13_ConstReadOfWriteOnlyIsRefused",
     "map ~0 0x1000 -w- eager\n"
     "const.get u8 ~0 => EFAULT\n"
     "const.cstr u8 ~0 => EFAULT\n"},
    {"Case14_ConstReadOfExecuteOnlyIsRefused",
     "map ~0 0x1000 --x eager\n"
     "const.get u8 ~0 => EFAULT\n"
     "const.access u8 ~0 => EFAULT\n"},
    {"Case15_MutOnWriteOnlyIsRefused",
     "map ~0 0x1000 -w- eager\n"
     "mut.get u8 ~0 => EFAULT\n"
     "mut.cstr u8 ~0 => EFAULT\n"},
    {"Case16_PackedValueOverTheEndIsRefused",
     "map ~0 0x1000 rw- eager\n"
     "map ~2000 0x1000 rw- eager\n"
     "map ~3000 0x1000 --- eager\n"
     "const.get b3 ~ffe => EFAULT\n"
     "const.slice u8 ~ffc 8 => EFAULT\n"
     "const.get b3 ~2ffe => EFAULT\n"
     "mut.slice u8 ~2ffc 8 => EFAULT\n"},
    {"Case17_ValueThatEndsAtTheEndIsFine",
     "map ~0 0x1000 rw- eager\n"
     "const.get u64 ~ff8 => ok len=1\n"
     "mut.get b3 ~ffd => ok len=1\n"
     "mut.get u64x3 ~fe8 => ok len=1\n"},
    {"Case18_ValueOverTwoWritableAreasIsFine",
     "map ~0 0x1000 rw- eager\n"
     "map ~1000 0x1000 rw- lazy\n"
     "mut.get b3 ~ffe => ok len=1\n"
     "const.get u64x3 ~ff0 => ok len=1\n"
     "mut.access u32x3 ~ffc => ok len=1\n"},
    {"Case19_ValueOverWritableAndReadOnlyIsForReading",
     "map ~0 0x1000 rw- eager\n"
     "map ~1000 0x1000 r-- eager\n"
     "const.get u64x3 ~ff0 => ok len=1\n"
     "mut.get u64x3 ~ff0 => EFAULT\n"
     "mut.access b3 ~ffe => EFAULT\n"},
    {"Case20_LazyPageIsResidentAfterwards",
     "machine frames=1\n"
     "map ~0 0x1000 rw- lazy\n"
     "mut.get u64 ~8 => ok len=1\n"
     "frames 0\n"
     "kernel.load ~ff8 => ok\n"},
    {"Case21_PopulationWithoutFramesIsEnomem",
     "machine frames=1\n"
     "map ~0 0x2000 rw- lazy\n"
     "const.slice u8 ~0 0x2000 => ENOMEM\n"
     "const.get u8 ~0 => ok\n"
     "const.get u8 ~1000 => ENOMEM\n"
     "mut.access u8 ~1000 => ENOMEM\n"},
    {"Case22_EmptySliceOfValidMemoryIsFine",
     "map ~0 0x1000 rw- eager\n"
     "const.slice u64 ~0 0 => ok len=0\n"
     "mut.slice u8 ~fff 0 => ok len=0\n"
     "mut.access u8 ~0 0 => ok len=0\n"},
    {"Case23_EmptySliceAnywhereIsFineIfAligned",
     "const.slice u64 ~0 0 => ok len=0\n"
     "mut.slice u64 0 0 => ok len=0\n"
     "const.slice u8 0xffffffffffffffff 0 => ok len=0\n"
     "const.slice u64 4 0 => EFAULT\n"
     "mut.slice page 0x800 0 => EFAULT\n"},
    {"Case24_LengthsThatNoMemoryHasAreRefused",
     "map ~0 0x1000 rw- eager\n"
     "const.slice u8 ~0 0xffffffffffffffff => EFAULT\n"
     "const.slice u64 ~0 0x2000000000000000 => EFAULT\n"
     "mut.slice u32x3 ~0 0x1555555555555556 => EFAULT\n"
     "const.slice u8 ~0 0x8000000000000000 => EFAULT\n"
     "const.slice u64 ~0 0x1000000000000000 => EFAULT\n"
     "const.access u16 ~0 0x8000000000000001 => EFAULT\n"
     "const.access u8 ~0 0xffffffffffffffff => EFAULT\n"
     "mut.access page ~0 0xffffffffffffffff => EFAULT\n"},
    {"Case25_RangesThatWrapAreRefused",
     "const.slice u8 0xffffffffffff0000 0x20000 => EFAULT\n"
     "mut.slice u64 0xfffffffffffffff8 2 => EFAULT\n"
     "const.slice u8 0xffffffffffffff00 0x100 => EFAULT\n"},
    {"Case26_RangesThatEndInTheLastPageAreRefused",
     "const.slice u8 0xfffffffffffff000 1 => EFAULT\n"
     "mut.slice u8 0xfffffffffffff001 0xffe => EFAULT\n"
     "const.get u8 0xfffffffffffffffe => EFAULT\n"},
    {"Case27_OnePageToTheByte",
     "map ~1000 0x1000 rw- eager\n"
     "const.slice u8 ~1000 4096 => ok len=4096\n"
     "const.slice u8 ~1000 4097 => EFAULT\n"
     "mut.slice u8 ~fff 4096 => EFAULT\n"
     "const.slice u8 ~fff 1 => EFAULT\n"},
    {"Case28_TwoPagesToTheByte",
     "map ~1000 0x2000 rw- eager\n"
     "const.slice u8 ~1000 8192 => ok len=8192\n"
     "mut.slice u8 ~1fff 4097 => ok len=4097\n"
     "const.slice u8 ~1001 8191 => ok len=8191\n"
     "const.slice u8 ~1000 8193 => EFAULT\n"
     "const.slice u8 ~fff 2 => EFAULT\n"},
    {"Case29_GoodEndsWithAHoleBetween",
     "map ~0 0x1000 rw- eager\n"
     "map ~2000 0x1000 rw- eager\n"
     "const.slice u8 ~0 0x3000 => EFAULT\n"
     "const.slice u8 ~fff 0x1002 => EFAULT\n"
     "mut.slice u64 ~ff8 514 => EFAULT\n"},
    {"Case30_NoAccessInTheMiddleOfThree",
     "map ~0 0x1000 rw- eager\n"
     "map ~1000 0x1000 --- eager\n"
     "map ~2000 0x1000 rw- eager\n"
     "const.slice u8 ~0 0x3000 => EFAULT\n"
     "mut.slice u8 ~fff 0x1002 => EFAULT\n"},
    {"Case31_TopOfTheWindowToTheByte",
     "machine frames=2\n"
     "map 0x550ffffff000 0x1000 rw- eager\n"
     "const.get u8 0x550fffffffff => ok len=1\n"
     "const.slice u8 0x550fffffffff 2 => EFAULT\n"
     "const.cstr u8 0x550fffffffff => ok len=0\n"
     "map ~0 0xffffff000 r-- lazy => ok\n"
     "const.slice u8 ~0 0x1000000000 => ENOMEM\n"
     "const.slice u8 ~0 0x1000000001 => EFAULT\n"},
    {"Case32_AroundTheWindowIsRefusedWithoutAHardwareFault",
     "map ~0 0x1000 rw- eager\n"
     "map 0x550ffffff000 0x1000 rw- eager\n"
     "const.get u8 0x54ffffffffff => EFAULT\n"
     "const.slice u8 0x54ffffffffff 2 => EFAULT\n"
     "mut.slice u8 0x550fffffff00 0x200 => EFAULT\n"
     "const.get u8 0x551000000000 => EFAULT\n"},
    {"Case33_UnmappedAfterwardsIsRefused",
     "map ~0 0x1000 rw- eager\n"
     "const.get u8 ~0 => ok\n"
     "unmap ~0 0x1000\n"
     "const.get u8 ~0 => EFAULT\n"
     "const.access u8 ~0 => EFAULT\n"},
    {"Case34_ProtectedAfterwardsIsForReadingUntilRestored",
     "map ~0 0x1000 rw- eager\n"
     "protect ~0 0x1000 r--\n"
     "mut.get u8 ~0 => EFAULT\n"
     "const.get u8 ~0 => ok\n"
     "protect ~0 0x1000 rw-\n"
     "mut.get u8 ~0 => ok\n"},
    {"Case35_ProtectSplitsAndMergesPageByPage",
     "map ~0 0x4000 rw- eager\n"
     "protect ~1000 0x1000 r--\n"
     "mut.slice u8 ~0 0x1000 => ok\n"
     "mut.slice u8 ~0 0x1001 => EFAULT\n"
     "mut.slice u8 ~2000 0x2000 => ok\n"
     "const.slice u8 ~0 0x4000 => ok\n"
     "protect ~2000 0x1000 ---\n"
     "const.slice u8 ~0 0x3000 => EFAULT\n"
     "const.get u8 ~3000 => ok\n"
     "protect ~0 0x4000 rw-\n"
     "mut.slice u8 ~0 0x4000 => ok\n"},
    {"Case36_MappingOverAHoleJoins",
     "map ~0 0x1000 rw- eager\n"
     "map ~2000 0x1000 rw- eager\n"
     "mut.slice u8 ~0 0x3000 => EFAULT\n"
     "map ~1000 0x1000 rw- lazy\n"
     "mut.slice u8 ~0 0x3000 => ok len=12288\n"},
    {"Case37_SharedPagesBehaveLikeOthers",
     "map ~0 0x2000 rw- cow\n"
     "const.slice u8 ~0 0x2000 => ok len=8192\n"
     "fill ~ffe \"abc\\0\"\n"
     "const.str ~ffe => ok len=3 fnv=e71fa2190541574b\n"
     "mut.slice u8 ~0 0x2001 => EFAULT\n"
     "mut.cstr u8 ~ffe => ok len=3\n"},
    {"Case59_TerminatorFirst",
     "map ~0 0x1000 rw- eager\n"
     "const.str ~0 => ok len=0\n"
     "mut.cstr u64 ~8 => ok len=0\n"},
    {"Case60_TerminatorInTheLastByteBeforeAHole",
     "map ~0 0x1000 rw- eager\n"
     "fill ~ff0 0xf 0x61\n"
     "const.str ~ff0 => ok len=15\n"
     "mut.cstr u8 ~ff0 => ok len=15\n"
     "const.str ~fff => ok len=0\n"},
    {"Case61_NoTerminatorBeforeAHoleOrNoAccess",
     "map ~0 0x1000 rw- eager\n"
     "fill ~ff0 0x10 0x61\n"
     "const.str ~ff0 => EFAULT\n"
     "map ~1000 0x1000 --- eager\n"
     "const.str ~ff0 => EFAULT\n"
     "mut.cstr u8 ~ff0 => EFAULT\n"},
    {"Case62_TerminatorInTheFirstByteOfTheNextPage",
     "map ~0 0x1000 rw- eager\n"
     "map ~1000 0x1000 r-- eager\n"
     "fill ~ff0 0x10 0x61\n"
     "const.str ~ff0 => ok len=16\n"
     "protect ~1000 0x1000 ---\n"
     "const.str ~ff0 => EFAULT\n"},
    {"Case63_ThreePagesAndMore",
     "map ~0 0x5000 rw- lazy\n"
     "fill ~800 0x4000 0x61\n"
     "const.str ~800 => ok len=16384\n"
     "mut.cstr u32 ~800 => ok len=4096\n"},
    {"Case64_MutOverAReadOnlySecondPage",
     "map ~0 0x1000 rw- eager\n"
     "map ~1000 0x1000 r-- eager\n"
     "fill ~ff0 0x11 0x61\n"
     "mut.cstr u8 ~ff0 => EFAULT\n"
     "const.cstr u8 ~ff0 => ok len=17\n"},
    {"Case67_RunsIntoTheTopOfTheWindow",
     "map 0x550ffffff000 0x1000 rw- eager\n"
     "fill 0x550ffffff000 0x1000 0x61\n"
     "const.str 0x550fffffff00 => EFAULT\n"
     "mut.cstr u16 0x550fffffff00 => EFAULT\n"},
    {"Case68_WideTerminatorsCountElements",
     "map ~0 0x1000 rw- eager\n"
     "fill ~0 \"a\\0b\\0\\0\\0\"\n"
     "const.cstr u16 ~0 => ok len=2\n"
     "fill ~100 \"a\\0\\0\\0b\\0\\0\\0\\0\\0\\0\\0\"\n"
     "const.cstr u32 ~100 => ok len=2\n"
     "fill ~200 8 1\n"
     "const.cstr u64 ~200 => ok len=1\n"
     "mut.cstr u64x3 ~200 => ok len=1\n"},
    {"Case69_MisalignedStringsAreRefused",
     "map ~0 0x1000 rw- eager\n"
     "const.cstr u16 ~1 => EFAULT\n"
     "mut.cstr u32 ~2 => EFAULT\n"
     "const.cstr u64 ~4 => EFAULT\n"
     "const.cstr page ~800 => EFAULT\n"},
    {"Case70_StraddlingElementsIntoNothing",
     "map ~0 0x1000 rw- eager\n"
     "map ~2000 0x1000 rw- eager\n"
     "map ~3000 0x1000 --- eager\n"
     "fill ~fe0 0x20 1\n"
     "fill ~2fe0 0x20 1\n"
     "const.cstr b3 ~fe0 => EFAULT\n"
     "const.cstr u32x3 ~fe0 => EFAULT\n"
     "mut.cstr u64x3 ~fe0 => EFAULT\n"
     "const.cstr b3 ~2fe0 => EFAULT\n"
     "const.cstr u32x3 ~2fe0 => EFAULT\n"
     "mut.cstr u64x3 ~2fe0 => EFAULT\n"
     "const.cstr b4096 ~2000 => EFAULT\n"},
    {"Case71_ElementsOfOddSizesEnd",
     "map ~0 0x6000 rw- lazy\n"
     "fill ~0 0xff0 1\n"
     "const.cstr b3 ~0 => ok len=1360\n"
     "const.cstr u32x3 ~0 => ok len=340\n"
     "mut.cstr u64x3 ~0 => ok len=170\n"
     "const.cstr b4096 ~0 => ok len=1\n"
     "mut.cstr q8192 ~0 => ok len=1\n"},
    {"Case72_StringAtANonCanonicalAddressIsNotEmpty",
     "const.str 0x0000800000000000 => EFAULT\n"
     "const.cstr u64 0x4141414141414140 => EFAULT\n"},
    {"Case73_IllFormedUtf8",
     "map ~0 0x1000 rw- eager\n"
     "fill ~0 \"\\x80\\0\"\n"
     "const.str ~0 => EILSEQ\n"
     "fill ~10 \"\\xc0\\x80\\0\"\n"
     "const.str ~10 => EILSEQ\n"
     "fill ~20 \"\\xed\\xa0\\x80\\0\"\n"
     "const.str ~20 => EILSEQ\n"
     "fill ~30 \"\\xf4\\x90\\x80\\x80\\0\"\n"
     "const.str ~30 => EILSEQ\n"
     "fill ~40 \"a\\xe2\\x82\\0\"\n"
     "const.str ~40 => EILSEQ\n"
     "fill ~50 \"\\xf0\\x9f\\x98\\x80\\0\"\n"
     "const.str ~50 => ok len=4\n"
     "fill ~60 \"\\xff\\0\"\n"
     "const.str ~60 => EILSEQ\n"
     "fill ~70 \"\\xe0\\x9f\\xbf\\0\"\n"
     "const.str ~70 => EILSEQ\n"
     "fill ~80 \"\\xf4\\x8f\\xbf\\xbf\\0\"\n"
     "const.str ~80 => ok len=4\n"},
    {"Case74_ArgvWithOneBadPointer",
     "map ~0 0x1000 rw- eager\n"
     "fill ~0 \"\\x00\\x01\\x00\\x00\\x00\\x55\\x00\\x00\\x00\\x10\\x00\\x00\\x00\\x55\\x00\\x00\"\n"
     "fill ~100 \"ls\\0\"\n"
     "const.cstr u64 ~0 => ok len=2\n"
     "const.str ~100 => ok len=2 fnv=08ad4d07b5541ae8\n"
     "const.str 0x550000001000 => EFAULT\n"},
    {"Case75_TerminatorOverwrittenBetweenScanAndUse",
     "map ~0 0x2000 rw- eager\n"
     "fill ~0 \"hello\\0\"\n"
     "race use 1 fill ~0 0x2000 0x61\n"
     "const.str ~0 => ok len=5 fnv=18daeb27949d2528\n"},
    {"Case65_BoundOfNothingReadsNothing",
     "map ~0 0x1000 rw- eager\n"
     "copy_str ~0 0 => ENAMETOOLONG\n"
     "copy_str ~5000 0 => ENAMETOOLONG\n"},
    {"Case66_BoundIsHit",
     "map ~0 0x1000 rw- eager\n"
     "fill ~ff8 \"1234567\\0\"\n"
     "copy_str ~ff8 7 => ENAMETOOLONG\n"
     "copy_str ~ff8 8 => ok len=7\n"
     "fill ~ff8 \"12345678\"\n"
     "copy_str ~ff8 8 => ENAMETOOLONG\n"
     "copy_str ~ff8 9 => EFAULT\n"},
    {"Case74b_ArgvWithOneBadPointerIsCopied",
     "map ~0 0x1000 rw- eager\n"
     "fill ~100 \"ls\\0\"\n"
     "copy_str ~100 16 => ok len=2 fnv=08ad4d07b5541ae8\n"
     "copy_str 0x550000001000 16 => EFAULT\n"},
};
// clang-format on

std::string WithAddresses(absl::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '~') {
      result += text[i];
      continue;
    }
    size_t end = i + 1;
    while (end < text.size() && absl::ascii_isxdigit(static_cast<unsigned char>(text[end]))) ++end;
    uint64_t offset = 0;
    EXPECT_TRUE(absl::SimpleHexAtoi(text.substr(i + 1, end - i - 1), &offset));
    absl::StrAppendFormat(&result, "%#x", kWindowStart + offset);
    i = end - 1;
  }
  return result;
}

// The kind of memory that a case is run with. A file is longer than any area; accesses after the
// end of a file have cases of their own.
struct BackingCase {
  const char* name;
  const char* kind;  // null: the kind that the case states
};

void PrintTo(const BackingCase& c, std::ostream* out) { *out << c.name; }

const BackingCase kBackings[] = {{"AsStated", nullptr},
                                 {"Anonymous", "lazy"},
                                 {"CopyOnWrite", "cow"},
                                 {"SharedMemory", "shared"},
                                 {"File", "file:0x1000000000"}};

std::string WithBacking(const std::string& text, const BackingCase& backing) {
  // Reading shared pages takes no frames, so a case about frames must keep its own kind.
  const bool counts_frames = absl::StrContains(text, "frames");
  if (backing.kind == nullptr || (counts_frames && backing.kind == std::string("cow"))) return text;
  const std::string end = absl::StrCat(" ", backing.kind, "\n");
  return absl::StrReplaceAll(text, {{" eager\n", end}, {" lazy\n", end}});
}

class MatrixTest : public testing::TestWithParam<std::tuple<MatrixCase, BackingCase>> {};

TEST_P(MatrixTest, HasTheStatedOutcome) {
  const auto& [matrix_case, backing] = GetParam();
  const absl::StatusOr<Scenario> scenario =
      ParseScenario(WithBacking(WithAddresses(matrix_case.text), backing), matrix_case.name);
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  const absl::StatusOr<std::unique_ptr<Runner>> runner = Runner::Create();
  ASSERT_TRUE(runner.ok()) << runner.status();
  Oracle oracle;
  for (const axptr_subject* const subject : LinkedSubjects()) {
    SCOPED_TRACE(subject->name);
    (*runner)->set_subject(*subject);
    const Trace& trace = (*runner)->Run(*scenario);
    const Verdict& verdict = oracle.Judge(*scenario, trace);
    EXPECT_TRUE(verdict.violations.empty()) << PrintVerdict(*scenario, verdict);
    EXPECT_TRUE(verdict.IsWhole());
    EXPECT_EQ(PrintUnmet(*scenario, CheckStated(*scenario, trace, verdict)), "");
  }
}

INSTANTIATE_TEST_SUITE_P(Matrix, MatrixTest,
                         testing::Combine(testing::ValuesIn(kCases), testing::ValuesIn(kBackings)),
                         [](const auto& test) {
                           return absl::StrCat(std::get<0>(test.param).name, "_",
                                               std::get<1>(test.param).name);
                         });

}  // namespace
}  // namespace sim
