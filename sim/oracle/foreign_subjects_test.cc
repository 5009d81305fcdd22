// Correct subjects by other authors, in random scenarios: the oracle finds no violation, whichever
// verbs they do not offer.
#include <cerrno>
#include <cstdint>
#include <memory>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sim/oracle/contract.h"
#include "sim/oracle/oracle.h"
#include "sim/oracle/report.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario_text.h"
#include "sim/scenario/testing/random_scenario.h"
#include "sim/subject/subjects.h"

namespace sim {
namespace {

// `file`: a shared object. Each scenario is judged by `contract`.
void ExpectNoFindings(const std::string& file, const Contract& contract, uint64_t least_ok) {
  const auto subject = FindSubject(file);
  ASSERT_TRUE(subject.ok()) << subject.status();
  const std::unique_ptr<Runner> runner = *Runner::Create();
  runner->set_subject(**subject);
  Oracle oracle(contract);
  std::mt19937_64 random(1);
  uint64_t ok = 0;
  for (int i = 0; i < 40'000; ++i) {
    const Scenario scenario = RandomScenario(random);
    const Trace& trace = runner->Run(scenario);
    for (size_t op = 0; op < trace.ops.size(); ++op) {
      ok += IsLibraryAccess(scenario.ops[op].verb) &&
            trace.ops[op].outcome.kind == Outcome::Kind::kOk;
    }
    const Verdict& verdict = oracle.Judge(scenario, trace);
    ASSERT_TRUE(verdict.ok()) << i << PrintScenario(scenario) << PrintVerdict(scenario, verdict);
  }
  // The test is only meaningful if there were cases.
  EXPECT_GT(ok, least_ok);
}

TEST(ForeignSubjectsTest, ALendingSubjectHasNoFindings) {
  ExpectNoFindings(LENDER, kAxptrContract, 100);
}

TEST(ForeignSubjectsTest, ACopyingSubjectHasNoFindingsByLinux) {
  ExpectNoFindings(COPYING, kLinuxContract, 100);
}

TEST(ForeignSubjectsTest, ALinuxLikeSubjectHasNoFindings) {
  ExpectNoFindings(LINUX_LIKE, kLinuxContract, 10'000);
}

// Expects that a run of the scenario has no finding, and that the outcome of its last operation is
// open.
void ExpectLastOutcomeOpen(const std::string& file, const std::string& text) {
  const auto subject = FindSubject(file);
  ASSERT_TRUE(subject.ok()) << subject.status();
  const std::unique_ptr<Runner> runner = *Runner::Create();
  runner->set_subject(**subject);
  const auto scenario = ParseScenario(text, "test");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  Oracle oracle(kLinuxContract);
  const Verdict& verdict = oracle.Judge(*scenario, runner->Run(*scenario));
  EXPECT_TRUE(verdict.ok()) << PrintVerdict(*scenario, verdict);
  ASSERT_TRUE(verdict.not_judged.has_value());
  EXPECT_EQ(verdict.not_judged->reason, NotJudgedReason::kOutcomeOpen);
}

// The subject checks and populates under the lock. Another CPU acquires the lock before the bytes
// are copied. The hardware then permits accesses to pages that the kernel would no longer populate.
TEST(ForeignSubjectsTest, PagesPopulatedBeforeTheirPermissionsWereRemovedAreNotJudged) {
  ExpectLastOutcomeOpen(COPYING,
                        "machine cpus=2\nmap 0x550000000000 0x1000 rw- lazy\n"
                        "@1 race check 1 protect 0x550000000000 0x1000 -w-\n"
                        "copy_in 0x550000000000 8\n");
}

// The subject has populated the page at its first check, and the model populates it at a fault.
TEST(ForeignSubjectsTest, AKernelStoreToAPageThatMayBePopulatedIsNotJudged) {
  ExpectLastOutcomeOpen(
      COPYING,
      "machine cpus=2\nmap 0x550000000000 0x1000 rw- eager\n"
      "map 0x550000001000 0x1000 rw- lazy\n"
      "@1 race check 2 kernel.store 0x550000001000\ncopy_in 0x550000000001 0x1000\n");
}

// Each page populated at the check has its frame before the other CPU takes the rest.
TEST(ForeignSubjectsTest, FramesTakenDuringChecksAreNotJudged) {
  ExpectLastOutcomeOpen(COPYING,
                        "machine cpus=2\nmap 0x550000000000 0x2000 rw- lazy\nframes 8\n"
                        "@1 race check 1 frames 1\ncopy_in 0x550000000000 0x2000\n");
}

// The subject populates the first page and takes both frames; `share` gives the page away, and the
// copy of it takes a third.
TEST(ForeignSubjectsTest, APopulatedPageThatIsSharedMeanwhileIsNotJudgedWhereFramesAreFew) {
  ExpectLastOutcomeOpen(COPYING,
                        "machine cpus=2 frames=2\nmap 0x550000000000 0x2000 rw- cow\n"
                        "@1 race check 1 share 0x550000000000 0x2000\n"
                        "copy_out 0x550000000ffd 0x1001\n");
}

// The hardware permits loads from a present page that only permits stores, and the handler does
// not.
TEST(ForeignSubjectsTest, AUsersLoadFromAPageThatMayBePopulatedIsNotJudged) {
  ExpectLastOutcomeOpen(COPYING,
                        "machine cpus=2\nmap 0x550000000000 0x2000 -w- lazy\n"
                        "@1 race check 2 user.load 0x550000001002 1\n"
                        "copy_out 0x550000000002 0x1fee\n");
}

// The word at the end of the first page is stored again, byte by byte, after its fault.
TEST(ForeignSubjectsTest, WhatAnotherCpuReadsBeforeTheFaultOfAStoreIsNotJudged) {
  for (const char* const reader :
       {"copy_in 0x550000000fff 1", "const.access u8 0x550000000ff0 16",
        "str_length 0x550000000ffe 2", "user_strings 0x550000000f00 1 8"}) {
    ExpectLastOutcomeOpen(LINUX_LIKE,
                          absl::StrCat("machine cpus=2\nmap 0x550000000000 0x1000 rw- eager\n"
                                       "map 0x550000001000 0x1000 r-- lazy\n@1 race fault 1 ",
                                       reader, "\ncopy_out 0x550000000fff 34\n"));
  }
}

// Linux reads the tail of the struct first, which faults; the start, below the area, is not
// touched, and the area does not grow.
TEST(ForeignSubjectsTest, HowFarAnAreaHasGrownAfterAnErrorIsNotJudged) {
  const auto subject = FindSubject(LINUX_LIKE);
  ASSERT_TRUE(subject.ok()) << subject.status();
  const std::unique_ptr<Runner> runner = *Runner::Create();
  runner->set_subject(**subject);
  const auto scenario = ParseScenario(
      "map 0x550000001000 0x1000 --- eager\ngrow 0x550000001000 0x2000\n"
      "read_versioned u64 0x550000000ff8 9\nprotect 0x550000000000 0x1000 rw-\n",
      "test");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  Oracle oracle(kLinuxContract);
  const Verdict& verdict = oracle.Judge(*scenario, runner->Run(*scenario));
  EXPECT_TRUE(verdict.ok()) << PrintVerdict(*scenario, verdict);
  EXPECT_EQ(verdict.not_judged, (NotJudged{3, NotJudgedReason::kStateOpen, 0}));
}

// Linux's clear_user of the tail precedes the copy of the struct. The result does not show which of
// them happened before the error, and the access of the first CPU reads the bytes.
TEST(ForeignSubjectsTest, ARaceThatWritesAStructInAnyOrderIsNotJudged) {
  ExpectLastOutcomeOpen(
      LINUX_LIKE,
      "machine cpus=2\nmap 0x550000000000 0x1000 rw- eager\nmap 0x550000001000 0x1000 rw- lazy\n"
      "@1 race fault 1 write_versioned b3 0x550000001007 0xffe\n"
      "const.access u64x3 0x550000000ff0\n");
}

// The word that crosses the pages is loaded again after the fault in the second page.
// It clears the tail of the struct first, and then faults on what is before the tail.
TEST(ForeignSubjectsTest, AnotherCpusReadOfATailThatIsWrittenFirstIsNotJudged) {
  ExpectLastOutcomeOpen(LINUX_LIKE,
                        "machine cpus=2\n"
                        "map 0x550000010000 0x1000 rw- eager\n"
                        "fill 0x550000010000 \"a tail\"\n"
                        "@1 race fault 1 copy_in 0x550000010000 8\n"
                        "write_versioned u64 0x55000000fff8 24\n");
}

TEST(ForeignSubjectsTest, BytesBeforeAFaultThatAnotherCpuChangesAreNotJudged) {
  ExpectLastOutcomeOpen(
      LINUX_LIKE,
      "machine cpus=2\nmap 0x550000000000 0x1000 rw- eager\nmap 0x550000001000 0x1000 rw- lazy\n"
      "@1 race fault 1 fill 0x550000000ff8 8 0x61\n"
      "read_unaligned u64 0x550000000ffc\n");
}

// The library chooses the order of populations in an access. The populations of a system call are
// determined.
TEST(ForeignSubjectsTest, AnAccessThatMeetsAnInjectedFailureIsNotJudgedAndASystemCallIs) {
  const auto subject = FindSubject(COPYING);
  ASSERT_TRUE(subject.ok()) << subject.status();
  const std::unique_ptr<Runner> runner = *Runner::Create();
  runner->set_subject(**subject);
  Oracle oracle(kLinuxContract);
  const auto scenario = ParseScenario(
      "inject frame 2\nmap 0x550000000000 0x2000 rw- eager => ENOMEM\n"
      "map 0x550000000000 0x2000 rw- lazy\ninject population 1\ncopy_in 0x550000000000 8\n",
      "test");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  const Trace& trace = runner->Run(*scenario);
  EXPECT_EQ(trace.ops[1].outcome, Outcome::Error(ENOMEM));
  EXPECT_EQ(trace.ops[4].injected, 1u);
  const Verdict& verdict = oracle.Judge(*scenario, trace);
  EXPECT_TRUE(verdict.ok()) << PrintVerdict(*scenario, verdict);
  EXPECT_EQ(verdict.not_judged, (NotJudged{4, NotJudgedReason::kInjectionOpen, 0}));
}

}  // namespace
}  // namespace sim
