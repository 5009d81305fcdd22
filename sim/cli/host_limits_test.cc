// axsim on a host with low limits, and scenarios that could need many resources of the host.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/cli/testing/run_program.h"
#include "sim/machine/sanitizer.h"
#include "sim/scenario/scenario.h"

namespace sim {
namespace {

using ::testing::HasSubstr;

#if defined(SIM_WITH_ASAN) || defined(SIM_WITH_TSAN)
constexpr bool kIsSanitized = true;  // a sanitizer needs additional memory and addresses
#else
constexpr bool kIsSanitized = false;
#endif

constexpr char kFaults[] =
    "map 0x550000000000 0x2000 rw- lazy\n"
    "map 0x550000004000 0x2000 r-- file:0\n"
    "const.cstr u8 0x550000000000 => ok len=0\n"
    "user.load 0x550000004000 1 => EFAULT\n"
    "user.load 0x550000006000 1 => EFAULT\n";

ProgramResult RunScenario(const std::string& text) {
  return RunProgram({AXSIM, "run", "--quiet", "-"}, text);
}

// Runs axsim in a shell after `commands`, with `redirections` after its arguments.
ProgramResult RunAfter(const std::string& commands, const std::string& redirections = "") {
  return RunProgram({"sh", "-c", absl::StrCat(commands, "; exec " AXSIM " run -", redirections)},
                    kFaults);
}

std::string MapLine(uint64_t page, uint64_t pages, const std::string& rest) {
  return absl::StrFormat("map %#x %#x %s\n", kWindowStart + page * kPageBytes, pages * kPageBytes,
                         rest);
}

TEST(HostLimitsTest, FaultsAreHandledWhateverTheParentDoesWithTheirSignals) {
  for (const int signal : {SIGSEGV, SIGBUS, SIGCHLD, SIGALRM}) {
    sigset_t mask;
    sigset_t before;
    sigemptyset(&mask);
    sigaddset(&mask, signal);
    sigprocmask(SIG_BLOCK, &mask, &before);
    const ProgramResult blocked = RunScenario(kFaults);
    sigprocmask(SIG_SETMASK, &before, nullptr);
    EXPECT_EQ(blocked.status, 0) << strsignal(signal) << blocked.out << blocked.err;
  }
  const ProgramResult ignored = RunAfter("trap '' SEGV BUS CHLD");
  EXPECT_EQ(ignored.status, 0) << ignored.out << ignored.err;
}

TEST(HostLimitsTest, ClosedStreamsAreErrorsAndTheirDescriptorsAreNotReused) {
  const ProgramResult no_output = RunAfter("true", " >&-");
  EXPECT_EQ(no_output.status, 2);
  EXPECT_THAT(no_output.err, HasSubstr("cannot write standard output"));
  const ProgramResult no_input = RunAfter("true", " <&-");
  EXPECT_EQ(no_input.status, 2);
  EXPECT_THAT(no_input.err, HasSubstr("standard input: cannot read"));
  EXPECT_EQ(RunAfter("true", " 2>&-").status, 0);
}

TEST(HostLimitsTest, LimitsThatAreTooLowAreNamed) {
  const ProgramResult stack = RunAfter("ulimit -s 512");
  EXPECT_EQ(stack.status, 2);
  EXPECT_THAT(stack.err, HasSubstr("the stack is limited to 512 KiB; expected at least 1024 KiB"));
  EXPECT_EQ(RunAfter("ulimit -s 1024").status, 0);
  const ProgramResult file = RunAfter("ulimit -f 1000");
  EXPECT_EQ(file.status, 2);
  EXPECT_THAT(file.err, HasSubstr("expected at least 64 GiB for the user window (ulimit -f)"));
  if (kIsSanitized) return;
  const ProgramResult addresses = RunAfter("ulimit -v 1000000");
  EXPECT_EQ(addresses.status, 2);
  EXPECT_THAT(addresses.err, HasSubstr("cannot reserve 64 GiB"));
  EXPECT_EQ(RunAfter("ulimit -v 136314880").status, 0) << "130 GiB";
}

// Linux allows 65530 mappings in a process by default. Without the limit of the window, each page
// would create two mappings here.
TEST(HostLimitsTest, AlternatingPagesAreNotLimitedByTheHostsMappings) {
  constexpr uint64_t kAccesses = 40'000;
  std::string text = MapLine(0, 2 * kAccesses, "rw- lazy");
  for (uint64_t i = 0; i < kAccesses; ++i) {
    absl::StrAppendFormat(&text, "const.get u8 %#x => ok\n", kWindowStart + 2 * i * kPageBytes);
  }
  const ProgramResult result = RunScenario(text);
  EXPECT_EQ(result.status, 0) << result.out << result.err;
}

TEST(HostLimitsTest, AreasOfDifferentPermissionsAreNotLimitedByTheHostsMappings) {
  constexpr uint64_t kAreas = 40'000;
  std::string text;
  for (uint64_t i = 0; i < kAreas; ++i) {
    text += MapLine(i, 1, i % 2 == 0 ? "r-- eager" : "rw- eager");
  }
  absl::StrAppendFormat(&text, "const.slice u8 %#x %#x => ok\n", kWindowStart, kAreas * kPageBytes);
  const ProgramResult result = RunScenario(text);
  EXPECT_EQ(result.status, 0) << result.out << result.err;
}

TEST(HostLimitsTest, EmptyFilesAreNotLimitedByTheHostsMappings) {
  constexpr uint64_t kFiles = 40'000;
  std::string text;
  for (uint64_t i = 0; i < kFiles; ++i) text += MapLine(2 * i, 1, "rw- file:0");
  for (uint64_t i = 0; i < kFiles; ++i) {
    absl::StrAppendFormat(&text, "user.load %#x 1 => EFAULT\n", kWindowStart + 2 * i * kPageBytes);
  }
  const ProgramResult result = RunScenario(text);
  EXPECT_EQ(result.status, 0) << result.out << result.err;
}

TEST(HostLimitsTest, SharedPagesThatAreReadTakeLittleMemory) {
  const ProgramResult result = RunScenario(
      "machine cpus=1 frames=0\n"
      "map 0x550000000000 0x40000000 r-- cow => ok\n"
      "const.slice u8 0x550000000000 0x40000000 => ok\n"
      "const.slice u8 0x550000000000 0x40000000 => ok\n");
  EXPECT_EQ(result.status, 0) << result.out << result.err;
  if (kIsSanitized) return;
  EXPECT_LT(result.peak_kib, 256 * 1024) << "of 1 GiB that was read";
}

// All the memory that pages can own, and one page more. The host only has to keep memory that pages
// own.
TEST(HostLimitsTest, PagesOwnNoMoreThanTheMachineHas) {
  const ProgramResult result = RunScenario(
      "map 0x550000000000 0x1000 rw- eager => ok\n"
      "frames max\n"
      "map 0x550100000000 0x3ffff000 rw- eager => ok\n"
      "frames max\n"
      "map 0x550200000000 0x1000 rw- eager => ENOMEM\n"
      "map 0x550200000000 0x1000 rw- lazy => ok\n"
      "const.get u8 0x550200000000 => ENOMEM\n"
      "fill 0x550200000000 \"x\" => ENOMEM\n");
  EXPECT_EQ(result.status, 0) << result.out << result.err;
}

// 256 MiB, and a page more.
TEST(HostLimitsTest, TheHostIsQueriedAboutALimitedNumberOfBytes) {
  const auto run = [](const std::string& size) {
    return RunProgram({AXSIM, "run", "--host-oracle", "-"},
                      absl::StrCat("map 0x550000000000 0x20000000 r-- cow\n",
                                   "const.slice u8 0x550000000000 ", size, " => ok\n"));
  };
  const ProgramResult at_the_limit = run("0x10000000");
  EXPECT_THAT(at_the_limit.out, HasSubstr("both permit"));
  EXPECT_THAT(at_the_limit.out, HasSubstr("0 accesses not compared"));
  const ProgramResult beyond = run("0x10001000");
  EXPECT_EQ(beyond.status, 0);
  EXPECT_THAT(beyond.out, HasSubstr("1 accesses not compared"));
}

}  // namespace
}  // namespace sim
