// Compares the results of the library with those of the host kernel for the same pages.
#include "sim/oracle/host_opinion.h"

#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/oracle/host_comparison.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario_text.h"
#include "sim/scenario/testing/random_scenario.h"

namespace sim {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr HostWitness kWitnesses[] = {HostWitness::kProcessVm, HostWitness::kPopulate,
                                      HostWitness::kPipe};

class HostOpinionTest : public testing::Test {
 protected:
  void SetUp() override {
    auto host = HostOpinion::Create();
    ASSERT_TRUE(host.ok()) << host.status();
    host_ = *std::move(host);
    auto runner = Runner::Create();
    ASSERT_TRUE(runner.ok()) << runner.status();
    runner_ = *std::move(runner);
    comparison_.emplace(host_.get());
    runner_->set_observer(&*comparison_);
  }

  void Parse(const std::string& text) {
    const auto scenario = ParseScenario(text, "test");
    ASSERT_TRUE(scenario.ok()) << scenario.status();
    scenario_ = *scenario;
  }

  const Trace& RunScenario() {
    comparison_->Begin(scenario_);
    return runner_->Run(scenario_);
  }

  HostReport Compare(const std::string& text) {
    Parse(text);
    return comparison_->Compare(RunScenario());
  }

  // The number of opinions on one access.
  uint64_t Witnesses() const {
    uint64_t count = 0;
    for (const HostWitness witness : kWitnesses) count += host_->Has(witness);
    return count;
  }

  uint64_t Known(const HostReport& report, KnownDifference difference) {
    return report.known[static_cast<size_t>(difference)];
  }

  std::unique_ptr<HostOpinion> host_;
  std::unique_ptr<Runner> runner_;
  std::optional<HostComparison> comparison_;
  Scenario scenario_;
};

TEST_F(HostOpinionTest, LibraryAndHostAgreeOnRandomMemory) {
  std::mt19937_64 random(3);
  HostReport all;
  constexpr uint64_t kAccesses = 400'000;
  while (all.compared() < kAccesses * Witnesses()) {
    scenario_ = RandomScenario(random, {.races = false, .kernel_accesses = false});
    const HostReport& report = comparison_->Compare(RunScenario());
    ASSERT_THAT(report.findings, SizeIs(0))
        << PrintScenario(scenario_) << PrintHostReport(scenario_, report);
    all.Add(report);
  }
  RecordProperty("opinions", PrintHostReport({}, all));
  // The test is only meaningful if there were comparisons.
  EXPECT_GT(all.both_permit, 50'000u);
  EXPECT_GT(all.both_refuse, 50'000u);
  EXPECT_GT(Known(all, KnownDifference::kAlignment), 5'000u);
  EXPECT_GT(Known(all, KnownDifference::kNoReadRights), 2'000u);
}

// Compares every witness with every permission, one page each, and with the library where they must
// agree.
TEST_F(HostOpinionTest, EveryWitnessSeesEveryPermission) {
  const HostReport report = Compare(
      "map 0x550000000000 0x1000 rw- eager\n"
      "map 0x550000002000 0x1000 r-- eager\n"
      "map 0x550000004000 0x1000 r-x eager\n"
      "map 0x550000006000 0x1000 --- eager\n"
      "map 0x550000008000 0x1000 rw- kernel\n"
      "fill 0x550000008000 1 7\n"
      "map 0x55000000a000 0x1000 rw- lazy\n"
      "map 0x55000000c000 0x1000 rw- cow\n"
      // Both permit: 9.
      "const.get u64 0x550000000000 => ok\n"
      "mut.get u64 0x550000000000 => ok\n"
      "const.get u64 0x550000002000 => ok\n"
      "const.get u64 0x550000004000 => ok\n"
      "const.get u64 0x55000000a000 => ok\n"
      "mut.get u64 0x55000000a000 => ok\n"
      "const.get u64 0x55000000c000 => ok\n"
      "mut.get u64 0x55000000c000 => ok\n"
      "const.slice u8 0x550000001000 0 => ok\n"
      // Both refuse: 8.
      "mut.get u64 0x550000002000 => EFAULT\n"
      "mut.get u64 0x550000004000 => EFAULT\n"
      "const.get u64 0x550000006000 => EFAULT\n"
      "const.get u64 0x550000008000 => EFAULT\n"
      "mut.get u64 0x550000008000 => EFAULT\n"
      "const.slice u8 0x550000000fff 2 => EFAULT\n"
      "const.get u64 0x0 => EFAULT\n"
      "const.get u64 0xffff800000000000 => EFAULT\n");
  EXPECT_THAT(report.findings, SizeIs(0)) << PrintHostReport(scenario_, report);
  EXPECT_EQ(report.both_permit, 9 * Witnesses());
  EXPECT_EQ(report.both_refuse, 8 * Witnesses());
  EXPECT_EQ(report.accesses_not_compared, 0u);
}

TEST_F(HostOpinionTest, WithoutFramesBothRefuse) {
  const HostReport report = Compare(
      "machine frames=0\n"
      "map 0x550000000000 0x1000 rw- lazy\n"
      "map 0x550000002000 0x1000 rw- cow\n"
      "const.get u8 0x550000000000 => errno 12\n"
      "const.cstr u8 0x550000000000 => EFAULT\n"
      "user.load 0x550000000000 1 => EFAULT\n"
      "mut.get u8 0x550000002000 => errno 12\n"
      "const.get u8 0x550000002000 => ok\n");
  EXPECT_THAT(report.findings, SizeIs(0)) << PrintHostReport(scenario_, report);
  EXPECT_EQ(report.both_refuse, 4 * Witnesses());
  EXPECT_EQ(report.both_permit, Witnesses());
}

TEST_F(HostOpinionTest, MemoryThatWasEvictedAndSharedIsComparedAndAnInjectedFailureIsNot) {
  const HostReport report = Compare(
      "map 0x550000000000 0x2000 rw- eager\n"
      "evict 0x550000000000 0x1000\n"
      "share 0x550000000000 0x2000\n"
      "const.get u8 0x550000000000 => ok\n"
      "mut.get u8 0x550000001000 => ok\n"
      "inject lock 1\n"
      "mut.get u8 0x550000001000 => EINTR\n"
      "mut.get u8 0x550000001000 => ok\n");
  EXPECT_THAT(report.findings, SizeIs(0)) << PrintHostReport(scenario_, report);
  EXPECT_EQ(report.both_permit, 3 * Witnesses());
  EXPECT_EQ(report.accesses_not_compared, 1u);
}

TEST_F(HostOpinionTest, LengthsOfStringsAreWhatTheHostReads) {
  const HostReport report = Compare(
      "map 0x550000000000 0x2000 r-- lazy\n"
      "fill 0x550000000ff8 \"twelve bytes\\0\"\n"
      "const.cstr u8 0x550000000ff8 => ok len=12\n"
      "const.str 0x550000000ff8 => ok len=12\n"
      "const.cstr u32 0x550000000ff8 => ok len=4\n"
      "mut.cstr u8 0x550000000ff8 => EFAULT\n");
  EXPECT_THAT(report.findings, SizeIs(0)) << PrintHostReport(scenario_, report);
  EXPECT_EQ(report.both_permit, 3 * Witnesses());
}

TEST_F(HostOpinionTest, CopiedStringsAreComparedUnlessTheBufferDecides) {
  const HostReport report = Compare(
      "map 0x550000000000 0x1000 r-- eager\n"
      "fill 0x550000000000 \"abc\\0\"\n"
      "fill 0x550000000ff0 16 97\n"
      "copy_str 0x550000000000 100 => ok len=3\n"
      "copy_str 0x550000000ff0 100 => EFAULT\n"
      "copy_str 0x550000000000 2 => ENAMETOOLONG\n");
  EXPECT_THAT(report.findings, SizeIs(0)) << PrintHostReport(scenario_, report);
  EXPECT_EQ(report.both_permit, Witnesses());
  EXPECT_EQ(report.both_refuse, Witnesses());
  EXPECT_EQ(report.accesses_not_compared, 1u);
}

// After the end of a file, host and library both find a bus error, also directly after a
// truncation.
TEST_F(HostOpinionTest, FilesEndForBoth) {
  const HostReport report = Compare(
      "map 0x550000000000 0x4000 rw- file:0x2001\n"
      "map 0x550000008000 0x1000 rw- shared\n"
      "const.slice u8 0x550000000000 0x3000 => ok\n"
      "const.slice u8 0x550000000000 0x3001 => EFAULT\n"
      "mut.get u8 0x550000003000 => EFAULT\n"
      "user.load 0x550000003000 1 => EFAULT\n"
      "mut.get u8 0x550000008000 => ok\n"
      "truncate 0x550000000000 0x1000\n"
      "const.get u8 0x550000000fff => ok\n"
      "const.get u8 0x550000001000 => EFAULT\n"
      "const.cstr u8 0x550000001000 => EFAULT\n");
  EXPECT_THAT(report.findings, SizeIs(0)) << PrintHostReport(scenario_, report);
  EXPECT_EQ(report.both_permit, 3 * Witnesses());
  EXPECT_EQ(report.both_refuse, 5 * Witnesses());
}

// The known differences, each as docs/semantics.md lists it.

TEST_F(HostOpinionTest, KnownToDifferHardwareReadsWriteOnlyAndExecuteOnlyMemory) {
  const HostReport report = Compare(
      "map 0x550000000000 0x1000 -w- eager\n"
      "map 0x550000002000 0x1000 --x eager\n"
      "const.get u64 0x550000000000 => EFAULT\n"
      "mut.get u64 0x550000000000 => EFAULT\n"
      "const.get u64 0x550000002000 => EFAULT\n"
      "user.load 0x550000000000 1 => ok\n"
      "user.load 0x550000002000 1 => ok\n"
      "mut.get u64 0x550000002000 => EFAULT\n");
  EXPECT_THAT(report.findings, SizeIs(0)) << PrintHostReport(scenario_, report);
  EXPECT_EQ(Known(report, KnownDifference::kNoReadRights), 3 * Witnesses());
  EXPECT_EQ(report.both_permit, 2 * Witnesses()) << "user code is the hardware's to judge";
  EXPECT_EQ(report.both_refuse, Witnesses()) << "execute-only memory cannot be written";
}

TEST_F(HostOpinionTest, KnownToDifferTheHostTakesAnyAlignment) {
  const HostReport report = Compare(
      "map 0x550000000000 0x1000 rw- eager\n"
      "const.get u64 0x550000000001 => EFAULT\n"
      "mut.slice u32 0x550000000002 3 => EFAULT\n"
      "const.get u64 0x550000000ffc => EFAULT\n");
  EXPECT_THAT(report.findings, SizeIs(0)) << PrintHostReport(scenario_, report);
  EXPECT_EQ(Known(report, KnownDifference::kAlignment), 2 * Witnesses());
  EXPECT_EQ(report.both_refuse, Witnesses()) << "the last one also leaves the page";
}

// Kernel areas lie in the window, but are not mapped in the process. So the processor denies this
// process the access, as it denies a user process the access to kernel pages.
TEST_F(HostOpinionTest, PresentKernelMemoryIsRefusedByAll) {
  const HostReport report = Compare(
      "map 0x550000000000 0x1000 rwx kernel\n"
      "fill 0x550000000000 4096 7\n"
      "const.get u8 0x550000000000 => EFAULT\n"
      "mut.get u8 0x550000000000 => EFAULT\n"
      "user.load 0x550000000000 1 => EFAULT\n");
  EXPECT_THAT(report.findings, SizeIs(0)) << PrintHostReport(scenario_, report);
  EXPECT_EQ(report.both_refuse, 3 * Witnesses());
}

// Before the library has populated memory, the host finds lazy memory absent and shared pages
// read-only. So HostComparison queries the host after each access.
TEST_F(HostOpinionTest, KnownToDifferBeforePopulation) {
  class AskBefore : public RunObserver {
   public:
    explicit AskBefore(HostOpinion* host) : host_(host) {}
    void BeforeOperation(size_t index, Machine& machine) override {
      if (index == 2) Ask(machine);
    }
    void AfterOperation(size_t index, Machine& machine, const Outcome& /*outcome*/) override {
      if (index == 3) Ask(machine);
    }
    void Ask(Machine& machine) {
      machine.address_space().SynchroniseWindow();
      for (const HostWitness witness : kWitnesses) {
        if (!host_->Has(witness)) continue;
        for (const uint64_t page : {uint64_t{0}, kPageBytes}) {
          answers += host_->Permits(witness, kWindowStart + page, 8, false) ? "r" : "-";
          answers += host_->Permits(witness, kWindowStart + page, 8, true) ? "w " : "- ";
        }
      }
      answers += "| ";
    }
    std::string answers;

   private:
    HostOpinion* const host_;
  };
  AskBefore ask(host_.get());
  runner_->set_observer(&ask);
  Parse(
      "map 0x550000000000 0x1000 rw- lazy\n"
      "map 0x550000001000 0x1000 rw- cow\n"
      "mut.get u64 0x550000000000 => ok\n"
      "mut.get u64 0x550000001000 => ok\n");
  runner_->Run(scenario_);
  std::string wanted;
  for (uint64_t i = 0; i < Witnesses(); ++i) wanted += "-- r- ";
  wanted += "| ";
  for (uint64_t i = 0; i < Witnesses(); ++i) wanted += "rw rw ";
  EXPECT_EQ(ask.answers, wanted + "| ");
}

// Zero bytes: the library returns ok for any address, but write(2) checks the address.
TEST_F(HostOpinionTest, KnownToDifferNothingInTheKernelHalf) {
  constexpr uint64_t kKernelHalf = 0xffff800000000000;
  const HostReport report = Compare(
      "const.slice u8 0xffff800000000000 0 => ok\n"
      "const.slice u8 0x10 0 => ok\n");
  EXPECT_THAT(report.findings, SizeIs(0));
  EXPECT_EQ(report.both_permit, Witnesses());
  EXPECT_EQ(report.accesses_not_compared, 1u);
  if (host_->Has(HostWitness::kPipe)) {
    EXPECT_FALSE(host_->Permits(HostWitness::kPipe, kKernelHalf, 0, false));
  }
  if (host_->Has(HostWitness::kProcessVm)) {
    EXPECT_TRUE(host_->Permits(HostWitness::kProcessVm, kKernelHalf, 0, false));
  }
}

TEST_F(HostOpinionTest, OperationsThatCannotBeComparedAreCounted) {
  const HostReport report = Compare(
      "map 0x550000000000 0x1000 rw- eager\n"
      "race check 1 unmap 0x550000000000 0x1000\n"
      "const.access u8 0x550000000000\n"                     // raced
      "const.slice u64 0x550000000000 0x2000000000000001\n"  // no such number of bytes
      "const.slice u8 0x550000000000 0xffffffffffffffff\n"   // wraps
      "const.get u8 0x560000000000\n"                        // may be the simulator's own
      "kernel.load 0x550000000000\n");                       // panics
  EXPECT_THAT(report.findings, SizeIs(0)) << PrintHostReport(scenario_, report);
  EXPECT_EQ(report.compared(), 0u);
  EXPECT_EQ(report.accesses_not_compared, 5u);
}

TEST_F(HostOpinionTest, AnAccessOfAsManyBytesAsTheLimitIsComparedAndNoneOfMore) {
  const std::string map = "map 0x550000000000 0x20000000 r-- cow\n";
  const HostReport at =
      Compare(map + "const.get page 0x550000000000\nuser.load 0x550000000000 0x10000000\n");
  EXPECT_EQ(at.accesses_not_compared, 0u) << PrintHostReport(scenario_, at);
  const HostReport above = Compare(map + "user.load 0x550000000000 0x10000001\n");
  EXPECT_EQ(above.accesses_not_compared, 1u) << PrintHostReport(scenario_, above);
}

// A wrong library: the test replaces the outcome of the real one.
class WrongLibraryTest : public HostOpinionTest {
 protected:
  HostReport CompareWith(const std::string& text, const Outcome& outcome) {
    Parse(text);
    Trace trace = RunScenario();
    trace.ops.back().outcome = outcome;
    return comparison_->Compare(trace);
  }
};

TEST_F(WrongLibraryTest, OkWhereTheHostRefusesIsFound) {
  const HostReport report = CompareWith(
      "map 0x550000000000 0x1000 r-- eager\nmut.get u8 0x550000000000\n", Outcome::Ok(1));
  EXPECT_THAT(report.findings, SizeIs(Witnesses()));
  EXPECT_THAT(PrintHostReport(scenario_, report),
              HasSubstr("line 2: mut.get u8 0x550000000000: host.process_vm: wanted a refusal, as "
                        "the host says, got ok len=1"));
}

TEST_F(WrongLibraryTest, RefusalWhereTheHostPermitsIsFound) {
  const HostReport report = CompareWith(
      "map 0x550000000000 0x1000 r-- eager\nconst.get u8 0x550000000000\n", Outcome::Error(EFAULT));
  EXPECT_THAT(report.findings, SizeIs(Witnesses()));
}

TEST_F(WrongLibraryTest, OkWhereItIsKnownToRefuseIsFound) {
  const std::string write_only = "map 0x550000000000 0x1000 -w- eager\n";
  EXPECT_THAT(CompareWith(write_only + "const.get u8 0x550000000000\n", Outcome::Ok(1)).findings,
              SizeIs(Witnesses()));
  const std::string readable = "map 0x550000000000 0x1000 rw- eager\n";
  EXPECT_THAT(CompareWith(readable + "const.get u16 0x550000000001\n", Outcome::Ok(1)).findings,
              SizeIs(Witnesses()));
}

TEST_F(WrongLibraryTest, WrongLengthOfAStringIsFound) {
  const HostReport report = CompareWith(
      "map 0x550000000000 0x1000 r-- eager\nfill 0x550000000000 \"abc\\0\"\n"
      "const.cstr u8 0x550000000000\n",
      Outcome::Ok(4));
  EXPECT_THAT(report.findings, SizeIs(Witnesses()));
  EXPECT_EQ(report.findings[0].wanted, "len=3, as the host reads");
}

}  // namespace
}  // namespace sim
