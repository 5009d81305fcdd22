// Hand-made predictions for accesses during which another CPU acts.
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "sim/oracle/testing/predict.h"

namespace sim {
namespace {

constexpr absl::string_view kTwoPages =
    "map 0x550000000000 0x2000 rw- lazy\n"
    "fill 0x550000000ffe \"ab\"\n";

Expectation LastOf(absl::string_view text) { return ExpectPredicted(text).back(); }

TEST(ModelRacesTest, GetPanicsWhereAccessRecovers) {
  LastOf(absl::StrCat(kTwoPages, R"(
    race check 1 unmap 0x550000000000 0x2000
    const.get u8 0x550000000000 => violation fault.kernel_bug)"));
  LastOf(absl::StrCat(kTwoPages, R"(
    race check 1 unmap 0x550000000000 0x2000
    const.access u8 0x550000000000 => EFAULT)"));
  const Expectation panic = LastOf(absl::StrCat(kTwoPages, R"(
    race use 1 unmap 0x550000001000 0x1000
    const.slice u8 0x550000000000 0x2000 => violation fault.kernel_bug)"));
  EXPECT_EQ(panic.panic_address, kWindowStart + 0x1000);
}

TEST(ModelRacesTest, APanicNeedsAFaultThatHardwareSees) {
  // x86 permits loads from a present page with any of the permissions r, w and x; a store needs w.
  LastOf(absl::StrCat(kTwoPages, R"(
    race use 1 protect 0x550000000000 0x2000 -w-
    mut.slice u8 0x550000000000 0x2000 => ok)"));
  LastOf(absl::StrCat(kTwoPages, R"(
    race use 1 protect 0x550000000000 0x2000 --x
    const.slice u8 0x550000000000 0x2000 => ok)"));
  LastOf(absl::StrCat(kTwoPages, R"(
    race use 1 protect 0x550000001000 0x1000 r--
    mut.slice u8 0x550000000000 0x2000 => violation fault.kernel_bug)"));
  LastOf(absl::StrCat(kTwoPages, R"(
    race use 1 protect 0x550000001000 0x1000 ---
    const.slice u8 0x550000000000 0x2000 => violation fault.kernel_bug)"));
}

TEST(ModelRacesTest, AccessPopulatesAMissingPageAgain) {
  const Expectation access = LastOf(absl::StrCat(kTwoPages, R"(
    race check 1 unmap 0x550000000000 0x1000
    race check 1 map 0x550000000000 0x1000 r-- lazy
    const.access u8 0x550000000ffe 2 => ok len=2 fnv=08328807b4eb6fed)"));
  EXPECT_EQ(access.faults, 1u);
  EXPECT_EQ(access.raced, 2u);
  LastOf(absl::StrCat(kTwoPages, R"(
    race check 1 unmap 0x550000000000 0x1000
    race check 1 map 0x550000000000 0x1000 r-- lazy
    mut.access u8 0x550000000ffe 2 => EFAULT)"));
  LastOf(absl::StrCat(kTwoPages, R"(
    race check 1 unmap 0x550000000000 0x1000
    race check 1 map 0x550000000000 0x1000 rw- lazy
    race check 1 frames 0
    const.access u8 0x550000000ffe 2 => EFAULT)"));
}

TEST(ModelRacesTest, ARaceAfterTheCheckComesAfterPopulationWhereThereIsALock) {
  for (const char* lock : {"on", "off"}) {
    const Expectation access =
        LastOf(absl::StrFormat("machine frames=2 lock=%s\n"
                               "map 0x550000000000 0x2000 rw- lazy\n"
                               "race check 1 frames 0\n"
                               "const.access u8 0x550000000000 0x2000 => %s\n",
                               lock, lock[1] == 'n' ? "ok" : "ENOMEM"));
    EXPECT_EQ(access.pages_populated, lock[1] == 'n' ? 2u : 0u);
  }
}

TEST(ModelRacesTest, PopulationOfWhatARaceUnmappedIsRefusedWhole) {
  const Expectation access = LastOf(
      "machine lock=off\n"
      "map 0x550000000000 0x2000 rw- lazy\n"
      "race check 1 unmap 0x550000001000 0x1000\n"
      "const.access u8 0x550000000000 0x2000 => EFAULT\n");
  EXPECT_EQ(access.pages_populated, 0u);
}

TEST(ModelRacesTest, ARefusedCheckCarriesOutRacesToo) {
  const auto all = ExpectPredicted(R"(
    map 0x550000000000 0x1000 r-- lazy
    race check 1 map 0x550000001000 0x1000 r-- eager
    mut.get u8 0x550000000000 => EFAULT
  )");
  EXPECT_EQ(all[2].pages_populated, 1u);
}

TEST(ModelRacesTest, RacesThatDidNotHappenAreDropped) {
  const auto all = ExpectPredicted(absl::StrCat(kTwoPages, R"(
    race check 2 unmap 0x550000000000 0x2000
    race fault 1 unmap 0x550000000000 0x2000
    race use 2 unmap 0x550000000000 0x2000
    const.get u8 0x550000000000 => ok
    const.str 0x550000000000 => ok
  )"));
  EXPECT_EQ(all[4].outcome.kind, Outcome::Kind::kArmed);
  EXPECT_EQ(all[5].raced, 0u);
}

TEST(ModelRacesTest, RacesStayArmedAcrossSetUp) {
  ExpectPredicted(absl::StrCat(kTwoPages, R"(
    race use 1 unmap 0x550000000000 0x2000
    frames 5
    fill 0x550000000000 1 1
    const.access u8 0x550000000000 => EFAULT
  )"));
}

TEST(ModelRacesTest, AFaultThatARaceResolvedTakesNoFrame) {
  const Expectation access = LastOf(R"(
    machine frames=1
    map 0x550000000000 0x1000 r-- lazy
    race fault 1 fill 0x550000000000 "x\0"
    const.str 0x550000000000 => ok len=1)");
  EXPECT_EQ(access.pages_populated, 1u);
  EXPECT_EQ(access.frames_free, 0u);
}

TEST(ModelRacesTest, AFaultIsJudgedByTheStateAfterTheRace) {
  static constexpr char kLine[] =
      "map 0x550000000000 0x1000 r-- lazy\n"
      "race fault 1 %s\n"
      "user.load 0x550000000000 1 => %s\n";
  ExpectPredicted(absl::StrFormat(kLine, "unmap 0x550000000000 0x1000", "EFAULT"));
  ExpectPredicted(absl::StrFormat(kLine, "protect 0x550000000000 0x1000 -w-", "EFAULT"));
  ExpectPredicted(absl::StrFormat(kLine, "frames 0", "EFAULT"));
  ExpectPredicted(absl::StrFormat(kLine, "protect 0x550000000000 0x1000 rwx", "ok"));
  ExpectPredicted(R"(
    map 0x550000000000 0x1000 -w- lazy
    race fault 1 fill 0x550000000000 1 1
    user.load 0x550000000000 1 => ok)");
}

TEST(ModelRacesTest, FaultsAreCountedOverTheWholeAccess) {
  const auto all = ExpectPredicted(R"(
    map 0x550000000000 0x4000 rw- lazy
    race fault 3 unmap 0x550000002000 0x1000
    user.store 0x550000000800 0x3000 => EFAULT
  )");
  EXPECT_EQ(all[2].faults, 3u);
  EXPECT_EQ(all[2].pages_populated, 2u);
}

TEST(ModelRacesTest, TheScanChecksPageByPageSoThatARaceCanComeBetween) {
  ExpectPredicted(absl::StrCat(kTwoPages, R"(
    race check 1 unmap 0x550000001000 0x1000
    const.cstr u8 0x550000000ffe => EFAULT
  )"));
  ExpectPredicted(absl::StrCat(kTwoPages, R"(
    race check 2 unmap 0x550000000000 0x1000
    const.str 0x550000000ffe => EFAULT
  )"));
  ExpectPredicted(absl::StrCat(kTwoPages, R"(
    race check 2 unmap 0x550000000000 0x1000
    const.cstr u8 0x550000000ffe => violation fault.kernel_bug
  )"));
  ExpectPredicted(absl::StrCat(kTwoPages, R"(
    race check 1 fill 0x550000000fff "c\0"
    const.str 0x550000000ffe => ok len=2
  )"));
}

TEST(ModelRacesTest, Case75AnOverwrittenTerminatorDoesNotLengthenTheResult) {
  ExpectPredicted(absl::StrCat(kTwoPages, R"(
    race use 1 fill 0x550000001000 "cd\0"
    const.str 0x550000000ffe => ok len=2
    const.str 0x550000000ffe => ok len=4
  )"));
}

TEST(ModelRacesTest, TextIsReadToItsEndBeforeItIsCalledIllFormed) {
  static constexpr char kText[] =
      "map 0x550000000000 0x2000 rw- lazy\n"
      "map 0x550000002000 0x1000 rw- lazy\n"
      "fill 0x550000000ffe \"%s\"\n"
      "fill 0x550000001000 0x1000 0x61\n"
      "race fault 1 unmap 0x550000001000 0x1000\n"
      "const.str 0x550000000ffe => EFAULT\n";
  ExpectPredicted(absl::StrFormat(kText, "ab"));
  ExpectPredicted(absl::StrFormat(kText, "\\xff\\xff"));
}

TEST(ModelRacesTest, BytesReadBeforeARaceStayRead) {
  // "a" is read before the fault on the second page, and overwritten during the fault.
  ExpectPredicted(R"(
    map 0x550000000000 0x2000 rw- lazy
    fill 0x550000000fff "a"
    race check 1 unmap 0x550000001000 0x1000
    race check 1 map 0x550000001000 0x1000 r-- lazy
    race fault 1 fill 0x550000000fff "bc"
    const.access u8 0x550000000fff 2 => ok len=2 fnv=089c4507b5459a1d
  )");
}

TEST(ModelRacesTest, ARacedAccessIsOneOfAnotherCpuAndPopulatesForBoth) {
  const Expectation access = LastOf(R"(
    machine cpus=3 frames=1
    map 0x550000000000 0x1000 rw- lazy
    @2 race fault 1 user.store 0x550000000000 1
    @1 race check 1 const.slice u8 0x550000000000 9
    @2 race check 1 const.get u8 0x550000001000
    const.str 0x550000000000 => ok len=0)");
  ASSERT_EQ(access.raced_accesses.size(), 2u);  // no later operation can fault
  EXPECT_EQ(access.raced_accesses[0].op_index, 2u);
  EXPECT_EQ(access.raced_accesses[0].outcome.kind, Outcome::Kind::kOk);
  EXPECT_EQ(access.raced_accesses[0].outcome.length, 9u);
  EXPECT_EQ(access.raced_accesses[1].op_index, 3u);
  EXPECT_EQ(access.raced_accesses[1].outcome, Outcome::Error(EFAULT));
  EXPECT_EQ(access.faults, 0u);
  EXPECT_EQ(access.frames_free, 0u);
}

TEST(ModelRacesTest, ACpuDoesNotInterruptItselfByAnAccess) {
  const Expectation access = LastOf(R"(
    machine cpus=2
    map 0x550000000000 0x1000 rw- lazy
    @1 race check 1 kernel.load 0
    @1 const.get u8 0x550000000000 => ok)");
  EXPECT_TRUE(access.raced_accesses.empty());
}

TEST(ModelRacesTest, AKernelBugOfAnotherCpuEndsTheRun) {
  const auto all = ExpectPredicted(R"(
    machine cpus=2
    map 0x550000000000 0x1000 rw- lazy
    @1 race check 1 kernel.load 0
    @0 const.get u8 0x550000000000 => violation fault.kernel_bug
    const.get u8 0x550000000000
  )");
  EXPECT_EQ(all[2].panic_address, 0u);
  EXPECT_EQ(all[3].outcome.kind, Outcome::Kind::kNotRun);
}

// The outcome of the last line of `text` if the race of the second-last line happens at a load from
// `address` in attempt number `attempt`.
Outcome WithLoadRaceAt(absl::string_view text, uint64_t attempt, uint64_t address) {
  const Scenario scenario = ScenarioOf(text);
  Model model(scenario.machine);
  const size_t last = scenario.ops.size() - 1;
  for (size_t i = 0; i < last; ++i) model.Step(scenario.ops[i]);
  const Model::FiredRace race{
      .op_index = last - 1, .point = RacePoint::kLoad, .attempts = attempt, .address = address};
  return model.Replay(scenario.ops[last], {&race, 1}).outcome;
}

TEST(ModelRacesTest, ARaceAtALoadAffectsThatLoadAndLaterOnes) {
  static constexpr char kText[] =
      "map 0x550000000000 0x1000 rw- eager\n"
      "fill 0x550000000000 \"hallo\\0\"\n"
      "race load 1 fill 0x550000000001 \"e\"\n"
      "copy_str 0x550000000000 6\n";
  const Outcome hello = Outcome::Ok(5, 0xa430d84680aabd0b);
  EXPECT_EQ(WithLoadRaceAt(kText, 1, kWindowStart), hello);
  EXPECT_EQ(WithLoadRaceAt(kText, 1, kWindowStart + 1), hello);
  EXPECT_EQ(WithLoadRaceAt(kText, 1, kWindowStart + 2), Outcome::Ok(5, 0x93e0d8693ad79cc7));
}

TEST(ModelRacesTest, ARaceAtALoadBelongsToItsAttempt) {
  static constexpr char kText[] =
      "map 0x550000000000 0x1000 rw- eager\n"
      "fill 0x550000000000 \"text\\0\"\n"
      "race load 1 fill 0x550000000000 \"\\xff\\xff\\xff\\xff\\xff\\0\"\n"
      "const.str 0x550000000000\n";
  // A race during the search for the end replaces all bytes of the string, and its length; a race
  // during validation replaces only the bytes.
  EXPECT_EQ(WithLoadRaceAt(kText, 1, kWindowStart), Outcome::Error(EILSEQ));
  EXPECT_EQ(WithLoadRaceAt(kText, 2, kWindowStart), Outcome::Error(EILSEQ));
  static constexpr char kLonger[] =
      "map 0x550000000000 0x1000 rw- eager\n"
      "fill 0x550000000000 \"text\\0\"\n"
      "race load 1 fill 0x550000000004 \"s\\0\"\n"
      "const.str 0x550000000000\n";
  EXPECT_EQ(WithLoadRaceAt(kLonger, 1, kWindowStart + 4).length, 5u);
  EXPECT_EQ(WithLoadRaceAt(kLonger, 2, kWindowStart).length, 4u);
}

TEST(ModelRacesTest, MemoryUnmappedAtALoadIsUnmappedForThatLoad) {
  static constexpr char kText[] =
      "map 0x550000000000 0x2000 rw- eager\n"
      "fill 0x550000000ffe \"ab\\0\"\n"
      "race load 1 unmap 0x550000001000 0x1000\n"
      "copy_str 0x550000000ffe 9\n";
  EXPECT_EQ(WithLoadRaceAt(kText, 1, kWindowStart + 0xffe), Outcome::Error(EFAULT));
  EXPECT_EQ(WithLoadRaceAt(kText, 1, kWindowStart + 0x1000), Outcome::Error(EFAULT));
}

}  // namespace
}  // namespace sim
