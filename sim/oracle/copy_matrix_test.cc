// Copies, zeros and bounded strings on the whole machine with each subject: every distance to a
// fault, for each kind of memory that can cause an error, before the check and after the check. The
// lines state their outcomes; the oracle judges the contents of the kernel's buffer and the address
// of an error.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "sim/oracle/oracle.h"
#include "sim/oracle/report.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario_text.h"
#include "sim/subject/subjects.h"

namespace sim {
namespace {

constexpr uint64_t kFirst = kWindowStart;
constexpr uint64_t kSecond = kFirst + 0x1000;

// FNV-1a, 64 bits, as scenarios state it.
std::string Fnv(absl::string_view bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : bytes) hash = (hash ^ static_cast<uint8_t>(byte)) * 0x100000001b3;
  return absl::StrFormat("%016x", hash);
}

// The bytes that copy_out copies.
std::string Letters(uint64_t address, uint64_t length) {
  Op op;
  op.verb = Verb::kCopyOut;
  op.address = address;
  op.length = length;
  std::string letters(length, ' ');
  for (uint64_t i = 0; i < length; ++i) letters[i] = static_cast<char>(ByteCopiedOut(op, i));
  return letters;
}

// The contents of user memory after `verb`, if they were `earlier` before.
std::string Written(absl::string_view verb, uint64_t address, uint64_t length,
                    std::string earlier) {
  if (verb == "copy_out") return Letters(address, length).substr(0, earlier.size());
  if (verb == "zero_user") return std::string(earlier.size(), '\0');
  return earlier;
}

std::string Line(absl::string_view verb, uint64_t address, uint64_t length) {
  return absl::StrFormat("%s %#x %u", verb, address, length);
}

// `done` of `length` bytes are possible.
std::string LineWithOutcome(absl::string_view verb, uint64_t address, uint64_t length,
                            uint64_t done) {
  const std::string line = Line(verb, address, length);
  if (done == length) return absl::StrFormat("%s => ok len=%u\n", line, length);
  return absl::StrFormat("%s => EFAULT done=%u\n", line, done);
}

// The user's bytes at `address` are `bytes`.
std::string Holds(uint64_t address, absl::string_view bytes) {
  return absl::StrFormat("%s => ok len=%u fnv=%s\n", Line("copy_in", address, bytes.size()),
                         bytes.size(), Fnv(bytes));
}

constexpr const char* kVerbs[] = {"copy_in", "copy_out", "zero_user"};

class CopyMatrix : public testing::Test {
 protected:
  void SetUp() override {
    auto runner = Runner::Create();
    ASSERT_TRUE(runner.ok()) << runner.status();
    runner_ = *std::move(runner);
  }

  // Runs `text` on each subject. Expects that the whole run is judged, without violations, and that
  // all stated outcomes hold.
  void Expect(const std::string& text) {
    const absl::StatusOr<Scenario> scenario = ParseScenario(text, "scenario");
    ASSERT_TRUE(scenario.ok()) << scenario.status() << "\n" << text;
    for (const axptr_subject* const subject : LinkedSubjects()) {
      runner_->set_subject(*subject);
      const Trace& trace = runner_->Run(*scenario);
      const Verdict& verdict = oracle_.Judge(*scenario, trace);
      EXPECT_TRUE(verdict.violations.empty()) << subject->name << PrintVerdict(*scenario, verdict);
      EXPECT_TRUE(verdict.IsWhole());
      EXPECT_EQ(PrintUnmet(*scenario, CheckStated(*scenario, trace, verdict)), "") << text;
    }
  }

  std::unique_ptr<Runner> runner_;
  Oracle oracle_;
};

TEST_F(CopyMatrix, RandomCopiesOutAndBackInAreEqual) {
  constexpr int kCopies = 8192;
  constexpr int kCopiesOfScenario = 64;
  constexpr uint64_t kBytes = 0x3000;
  std::mt19937_64 random(1);
  for (int i = 0; i < kCopies && !HasFailure(); i += kCopiesOfScenario) {
    std::string text = absl::StrFormat("map %#x %#x rw- lazy\n", kFirst, kBytes);
    for (int copy = 0; copy < kCopiesOfScenario; ++copy) {
      const uint64_t offset = random() % kBytes;
      const uint64_t most = copy % 16 == 0 ? kBytes : 80;
      const uint64_t length = random() % std::min(most, kBytes - offset + 1);
      const uint64_t address = kFirst + offset;
      absl::StrAppend(&text, LineWithOutcome("copy_out", address, length, length),
                      Holds(address, Letters(address, length)));
    }
    Expect(text);
  }
}

// The state of the second page when a copy reaches it.
struct Refusal {
  const char* name;
  const char* areas;    // of both pages
  const char* changes;  // race lines, or nothing
};

void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

const Refusal kRefusals[] = {
    {"NotMapped", "map 0x550000000000 0x1000 rw- eager\n", ""},
    {"OfTheKernel",
     "map 0x550000000000 0x1000 rw- eager\n"
     "map 0x550000001000 0x1000 rw- kernel\n",
     ""},
    {"BehindTheEndOfAFile", "map 0x550000000000 0x2000 rw- file:0x1000\n", ""},
    {"UnmappedAfterTheCheck", "map 0x550000000000 0x2000 rw- eager\n",
     "@1 race check 1 unmap 0x550000001000 0x1000\n"},
    {"OfTheKernelAfterTheCheck", "map 0x550000000000 0x2000 rw- eager\n",
     "@1 race check 1 unmap 0x550000001000 0x1000\n"
     "@1 race check 1 map 0x550000001000 0x1000 rw- kernel\n"},
    {"TruncatedAfterTheCheck", "map 0x550000000000 0x2000 rw- file:0x2000\n",
     "@1 race check 1 truncate 0x550000000000 0x1000\n"},
};

class CopyToAFault : public CopyMatrix,
                     public testing::WithParamInterface<std::tuple<const char*, Refusal>> {};

TEST_P(CopyToAFault, CountsEachByteBeforeItAndMovesNoOther) {
  const auto& [verb, refusal] = GetParam();
  constexpr uint64_t kLength = 64;
  for (uint64_t before = 0; before <= 32; ++before) {
    const uint64_t address = kSecond - before;
    const std::string canary(kLength, '.');
    const std::string written = Written(verb, address, kLength, std::string(before, '.'));
    Expect(absl::StrCat("machine cpus=2\n", refusal.areas,
                        absl::StrFormat("fill %#x 0x1000 0x2e\n", kFirst), refusal.changes,
                        LineWithOutcome(verb, address, kLength, before),
                        Holds(kSecond - kLength, canary.substr(before) + written)));
  }
}

INSTANTIATE_TEST_SUITE_P(, CopyToAFault,
                         testing::Combine(testing::ValuesIn(kVerbs), testing::ValuesIn(kRefusals)),
                         [](const auto& test) {
                           return absl::StrCat(std::get<0>(test.param), "_",
                                               std::get<1>(test.param).name);
                         });

TEST_F(CopyMatrix, EachLengthFromEachOffsetBeforeAHoleIsExact) {
  for (const absl::string_view verb : kVerbs) {
    for (uint64_t offset = 0; offset < 16; ++offset) {
      const uint64_t address = kSecond - 16 + offset;
      std::string text = absl::StrFormat("map %#x 0x1000 rw- eager\n", kFirst);
      for (uint64_t length = 0; length <= 16; ++length) {
        const uint64_t done = std::min(length, 16 - offset);
        const std::string canary = absl::StrCat(
            std::string(offset, '.'), Written(verb, address, length, std::string(done, '.')),
            std::string(16 - offset - done, '.'));
        absl::StrAppend(&text, absl::StrFormat("fill %#x 16 0x2e\n", kSecond - 16),
                        LineWithOutcome(verb, address, length, done), Holds(kSecond - 16, canary));
      }
      Expect(text);
    }
  }
}

TEST_F(CopyMatrix, AFailedWriteLeavesReadOnlyMemoryUnchanged) {
  std::string text =
      absl::StrFormat("map %#x 0x1000 rw- eager\nmap %#x 0x1000 r-- eager\nfill %#x 64 0x63\n",
                      kFirst, kSecond, kSecond);
  for (const absl::string_view verb : {"copy_out", "zero_user"}) {
    absl::StrAppend(&text, LineWithOutcome(verb, kSecond, 64, 0),
                    LineWithOutcome(verb, kSecond - 7, 64, 7),
                    LineWithOutcome(verb, kSecond + 1, 8, 0));
  }
  Expect(absl::StrCat(text, Holds(kSecond, std::string(64, 'c'))));
}

TEST_F(CopyMatrix, TheDirectionDeterminesTheRequiredPermission) {
  Expect(absl::StrCat(
      absl::StrFormat("map %#x 0x1000 r-- eager\nmap %#x 0x1000 -w- eager\n", kFirst, kSecond),
      LineWithOutcome("copy_in", kFirst, 8, 8), LineWithOutcome("copy_out", kFirst, 8, 0),
      LineWithOutcome("zero_user", kFirst, 8, 0), LineWithOutcome("copy_in", kSecond, 8, 0),
      LineWithOutcome("copy_out", kSecond, 8, 8), LineWithOutcome("zero_user", kSecond, 8, 8),
      Line("copy_str", kSecond, 8), " => EFAULT\n"));
}

// The oracle verifies that nothing is stored there (access.stray_store).
TEST_F(CopyMatrix, APointerIntoMemoryOfTheKernelIsRefused) {
  std::string text =
      absl::StrFormat("map %#x 0x2000 rw- kernel\nfill %#x \"canary\\0\"\n", kFirst, kFirst);
  for (const uint64_t address : {kFirst, kFirst + 0xffd, uint64_t{0xffff800000000000},
                                 uint64_t{0xffffffffff600000}, UINT64_MAX - 7}) {
    for (const absl::string_view verb : kVerbs)
      absl::StrAppend(&text, LineWithOutcome(verb, address, 8, 0));
    absl::StrAppend(&text, Line("copy_str", address, 8), " => EFAULT\n");
  }
  Expect(text);
}

TEST_F(CopyMatrix, ZeroingIsExactAtEachOffset) {
  for (uint64_t offset = 0; offset < 16; ++offset) {
    std::string text = absl::StrFormat("map %#x 0x1000 rw- eager\n", kFirst);
    for (uint64_t count = 0; count <= 32; ++count) {
      const std::string bytes = absl::StrCat(std::string(8 + offset, '.'), std::string(count, '\0'),
                                             std::string(56 - offset - count, '.'));
      absl::StrAppend(&text, absl::StrFormat("fill %#x 64 0x2e\n", kFirst),
                      LineWithOutcome("zero_user", kFirst + 8 + offset, count, count),
                      Holds(kFirst, bytes));
    }
    Expect(text);
  }
}

TEST_F(CopyMatrix, EveryRangeAcrossAPageEndIsZeroedAndNothingElse) {
  constexpr uint64_t kBytes = 40;
  constexpr uint64_t kStart = kSecond - kBytes / 2;
  for (uint64_t start = 0; start < kBytes && !HasFailure(); ++start) {
    std::string text = absl::StrFormat("map %#x 0x2000 rw- eager\n", kFirst);
    for (uint64_t end = start; end <= kBytes; ++end) {
      const std::string bytes = absl::StrCat(
          std::string(start, '.'), std::string(end - start, '\0'), std::string(kBytes - end, '.'));
      absl::StrAppend(&text, absl::StrFormat("fill %#x %u 0x2e\n", kStart, kBytes),
                      LineWithOutcome("zero_user", kStart + start, end - start, end - start),
                      Holds(kStart, bytes));
    }
    Expect(text);
  }
}

TEST_F(CopyMatrix, AStringWithoutEndAfterItsCheckIsBounded) {
  Expect(
      absl::StrFormat("machine cpus=2\n"
                      "map %1$#x 0x2000 rw- eager\n"
                      "fill %1$#x \"hello\\0\"\n"
                      "@1 race check 1 fill %1$#x 0x2000 0x61\n"
                      "copy_str %1$#x 0x40 => ENAMETOOLONG\n"
                      "fill %2$#x \"hello\\0\"\n"
                      "@1 race check 1 fill %2$#x 0x8 0x61\n"
                      "copy_str %2$#x 0x40 => EFAULT\n",
                      kFirst, kSecond + 0xff8));
}

}  // namespace
}  // namespace sim
