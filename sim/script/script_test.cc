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
#include <vector>

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
    auto player = Player::Create();
    ASSERT_TRUE(player.ok()) << player.status();
    player_ = player->release();
  }
  static void TearDownTestSuite() { delete player_; }

  // The report of the smallest part of `script` that differs from the reference; empty: none does.
  std::string SmallestDifference(const Script& script) {
    const auto judge = [&](const Script& some) { return Judge(some, *player_, reference_); };
    if (judge(script).empty()) return "";
    return judge(Reduced(script, [&](const Script& less) { return !judge(less).empty(); }));
  }

  static Player* player_;
  Reference reference_;
};

Player* ScriptTest::player_ = nullptr;

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
  const char* const wanted = getenv("AXPTR_SCRIPTS");  // for a longer run by hand
  const int count = wanted != nullptr ? atoi(wanted) : 1500;
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

}  // namespace
}  // namespace sim
