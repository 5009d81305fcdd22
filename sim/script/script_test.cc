// The machine does what the reference predicts, for the seeds of machine_fuzzer and for random
// scripts; and the text of scripts.
#include "sim/script/script.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "gtest/gtest.h"
#include "sim/script/judge.h"
#include "sim/script/random_script.h"

namespace sim {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> Seeds() {
  std::vector<fs::path> files;
  const fs::path folder = fs::path(AXPTR_SOURCE_DIR) / "corpus" / "machine_fuzzer";
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".script") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string Contents(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// Removes steps from a script that `differs`, as long as it still does.
template <typename Differs>
Script Reduced(Script script, Differs differs) {
  for (size_t count = script.steps.size(); count > 0; count /= 2) {
    for (size_t at = 0; at + count <= script.steps.size();) {
      Script less = script;
      const auto first = less.steps.begin() + static_cast<ptrdiff_t>(at);
      less.steps.erase(first, first + static_cast<ptrdiff_t>(count));
      if (differs(less)) {
        script = less;
      } else {
        at += count;
      }
    }
  }
  return script;
}

class ScriptTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto judge = ScriptJudge::Create();
    ASSERT_TRUE(judge.ok()) << judge.status();
    judge_ = new ScriptJudge(*std::move(judge));
  }
  static void TearDownTestSuite() { delete judge_; }

  // The report of the smallest part of `script` that differs from the reference; empty: none does.
  std::string SmallestDifference(const Script& script) {
    const auto judge = [&](const Script& some) { return judge_->Judge(some); };
    if (judge(script).empty()) return "";
    return judge(Reduced(script, [&](const Script& less) { return !judge(less).empty(); }));
  }

  static ScriptJudge* judge_;
};

ScriptJudge* ScriptTest::judge_ = nullptr;

TEST_F(ScriptTest, TheMachineDoesWhatTheReferencePredictsForEachSeed) {
  const std::vector<fs::path> seeds = Seeds();
  EXPECT_GE(seeds.size(), 1u);
  for (const fs::path& path : seeds) {
    const auto script = ParseScript(Contents(path));
    ASSERT_TRUE(script.ok()) << path << ": " << script.status();
    const std::string difference = SmallestDifference(*script);
    EXPECT_TRUE(difference.empty()) << path << "\n" << difference;
  }
}

TEST_F(ScriptTest, TheMachineDoesWhatTheReferencePredictsForRandomScripts) {
  int count = 1000;
  const char* const wanted = getenv("AXPTR_SCRIPTS");  // for a longer run by hand
  if (wanted != nullptr) {
    ASSERT_TRUE(absl::SimpleAtoi(wanted, &count)) << "AXPTR_SCRIPTS=" << wanted;
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < count; ++i) {
    Script script = RandomScript(random);
    for (int j = 0; j < 2; ++j) {
      const std::string difference = SmallestDifference(script);
      ASSERT_TRUE(difference.empty()) << "script " << i << "." << j << "\n" << difference;
      MutateScript(random, &script);
    }
  }
}

// What the observations of many scripts have in them: kinds of events, misuses, and kernel bugs.
std::set<std::string> WhatIsIn(const std::vector<Observation>& observations) {
  std::set<std::string> found;
  for (const Observation& seen : observations) {
    if (seen.what != Observation::What::kEvent) continue;
    const Event& event = seen.event;
    found.insert("event " + std::to_string(static_cast<int>(event.kind)));
    if (event.kind == EventKind::kMisused) found.insert("misuse " + std::to_string(event.index));
    if (event.kind != EventKind::kFault) continue;
    found.insert("bug " + std::to_string(static_cast<int>(event.bug)));
    found.insert("disposition " + std::to_string(static_cast<int>(event.disposition)));
    if (event.bus_error) found.insert("bus error");
  }
  return found;
}

// Without: what needs a subject with an exception table (fixup_test), and what only a broken
// handler does.
bool IsOutOfReach(const std::string& what) {
  const std::set<std::string> known = {
      "bug " + std::to_string(static_cast<int>(KernelBug::kNoFixup)),
      "bug " + std::to_string(static_cast<int>(KernelBug::kFixupElsewhere)),
      "misuse " + std::to_string(static_cast<int>(Misuse::kFlagSetInHandler)),
      "misuse " + std::to_string(static_cast<int>(Misuse::kOpenInHandler))};
  return known.contains(what);
}

TEST_F(ScriptTest, RandomScriptsReachEachKindOfEventMisuseAndKernelBug) {
  std::set<std::string> missing;
  for (int kind = 0; kind <= static_cast<int>(EventKind::kMisused); ++kind) {
    if (kind != static_cast<int>(EventKind::kRaced))
      missing.insert("event " + std::to_string(kind));
  }
  for (size_t misuse = 0; misuse < kMisuseCount; ++misuse) {
    missing.insert("misuse " + std::to_string(misuse));
  }
  for (int bug = 0; bug <= static_cast<int>(KernelBug::kEndless); ++bug) {
    missing.insert("bug " + std::to_string(bug));
  }
  missing.insert("bus error");
  std::mt19937_64 random(1);
  Reference reference(/*hardware_closes=*/true);
  constexpr int kMostTried = 20'000;
  const auto is_reached = [&] { return std::all_of(missing.begin(), missing.end(), IsOutOfReach); };
  for (int i = 0; i < kMostTried && (i % 100 != 0 || !is_reached()); ++i) {
    for (const std::string& what : WhatIsIn(reference.Predict(RandomScript(random)))) {
      missing.erase(what);
    }
  }
  std::string text;
  for (const std::string& what : missing) {
    if (!IsOutOfReach(what)) text += what + "; ";
  }
  EXPECT_EQ(text, "");
}

TEST_F(ScriptTest, APrintedScriptIsParsedAsItself) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 300; ++i) {
    const Script script = RandomScript(random);
    const std::string text = PrintScript(script);
    const auto again = ParseScript(text);
    ASSERT_TRUE(again.ok()) << again.status() << "\n" << text;
    EXPECT_EQ(*again, script) << text;
  }
}

TEST(ScriptTextTest, ALongTextIsRefused) {
  std::string text;
  for (size_t i = 0; i < kMaxScriptSteps; ++i) text += "end\n";
  EXPECT_TRUE(ParseScript(text).ok());
  EXPECT_EQ(ParseScript(text + "end\n").status().message(),
            "line 4097: expected at most 4096 steps");
}

TEST(ScriptTextTest, StepsBeyondALimitAreSkipped) {
  EXPECT_TRUE(IsTouchable(kWindowStart, kMaxTouchBytes));
  EXPECT_FALSE(IsTouchable(kWindowStart, kMaxTouchBytes + 1));
  const Step step = {.action = Action::kEnd, .arguments = {}, .machine = {}, .op = {}};
  for (const size_t depth : {kMaxDepth, kMaxDepth + 1}) {
    Situation situation;
    situation.depth = depth;
    EXPECT_EQ(MayHappen(step, situation, MachineConfig(), 0, false), depth == kMaxDepth);
  }
}

TEST_F(ScriptTest, StepsBeyondAsManyAsMayHappenAreSkipped) {
  // The run and the repetition are steps, too.
  for (const uint64_t extra : {0, 1}) {
    const uint64_t checks = kMaxHappening - 2 + extra;
    const auto script = ParseScript("machine cpus=1\nrun\nrepeat " + std::to_string(checks) +
                                    "\ncheck 0 1 1\nend\nend\n");
    ASSERT_TRUE(script.ok()) << script.status();
    EXPECT_EQ(judge_->Judge(*script), "");
    uint64_t recorded = 0;
    for (const Observation& seen : judge_->recorded()) {
      if (seen.what == Observation::What::kAnswer) ++recorded;
    }
    EXPECT_EQ(recorded, checks - extra);
  }
}

}  // namespace
}  // namespace sim
