// Tests that each committed scenario is well formed, has a description, and has a binary form.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/scenario/names.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/scenario_text.h"
#include "sim/scenario/violation_names.h"

namespace sim {
namespace {

namespace fs = std::filesystem;

std::string Contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// The .scn files of a folder of corpus/, by name.
std::vector<fs::path> Files(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(AXPTR_SOURCE_DIR) / "corpus" / folder)) {
    if (entry.path().extension() == ".scn") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The files written by people. `./run corpus` adds found_* files, with arbitrary contents.
std::vector<fs::path> WrittenFiles(const std::string& folder) {
  std::vector<fs::path> files = Files(folder);
  std::erase_if(files,
                [](const fs::path& path) { return path.stem().string().starts_with("found_"); });
  return files;
}

Scenario Parsed(const fs::path& path) {
  const absl::StatusOr<Scenario> scenario = ParseScenario(Contents(path), path.filename().string());
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  return scenario.ok() ? *scenario : Scenario();
}

class Corpus : public testing::TestWithParam<const char*> {};

TEST_P(Corpus, EveryFileBeginsWithAClaimAndStatesExpectations) {
  for (const fs::path& path : Files(GetParam())) {
    EXPECT_EQ(Contents(path).substr(0, 2), "# ") << path;
    const Scenario scenario = Parsed(path);
    EXPECT_TRUE(std::any_of(scenario.ops.begin(), scenario.ops.end(), [](const Op& op) {
      return op.expect.kind != StatedExpectation::Kind::kNone;
    })) << path;
  }
}

TEST_P(Corpus, EveryFilePrintsToAFixedPoint) {
  for (const fs::path& path : Files(GetParam())) {
    const Scenario scenario = Parsed(path);
    const std::string text = PrintScenario(scenario);
    const absl::StatusOr<Scenario> again = ParseScenario(text, path.string());
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, scenario) << path;
    EXPECT_EQ(PrintScenario(*again), text) << path;
  }
}

TEST_P(Corpus, EveryFileHasABinaryForm) {
  for (const fs::path& path : Files(GetParam())) {
    const Scenario scenario = Parsed(path);
    const absl::StatusOr<std::string> bytes = EncodeScenario(scenario);
    ASSERT_TRUE(bytes.ok()) << path << ": " << bytes.status();
    const Scenario decoded =
        DecodeScenario({reinterpret_cast<const uint8_t*>(bytes->data()), bytes->size()});
    EXPECT_EQ(decoded, WithoutExpectations(scenario)) << path;
  }
}

TEST_P(Corpus, EveryFileLooksLikeText) {
  for (const fs::path& path : Files(GetParam())) {
    EXPECT_TRUE(LooksLikeText(Contents(path))) << path;
  }
}

INSTANTIATE_TEST_SUITE_P(Folders, Corpus,
                         testing::Values("scenario_fuzzer", "check_fuzzer", "string_fuzzer",
                                         "race_fuzzer", "copy_fuzzer", "text_fuzzer",
                                         "regressions"));

// verbs_test checks that the corpus has every verb.
TEST(ScenarioFuzzerCorpus, IsLargeEnoughAndCoversTheLanguage) {
  std::set<ElementType> types;
  std::set<Perms> perms;
  std::set<AreaKind> kinds;
  std::set<RacePoint> points;
  const std::vector<fs::path> files = Files("scenario_fuzzer");
  EXPECT_GE(files.size(), 45u);
  for (const fs::path& path : files) {
    for (const Op& op : Parsed(path).ops) {
      if (IsLibraryAccess(op.verb)) types.insert(op.type);
      if (op.verb == Verb::kMap) {
        perms.insert(op.perms);
        kinds.insert(op.kind);
      }
      if (op.race) points.insert(op.race->point);
    }
  }
  EXPECT_EQ(types.size(), static_cast<size_t>(kElementTypeCount));
  EXPECT_EQ(perms.size(), 8u);
  EXPECT_EQ(kinds.size(), static_cast<size_t>(kAreaKindCount));
  // Races at loads need a build that traces them, and are in race_fuzzer/loads_*.scn.
  EXPECT_EQ(points.size(), static_cast<size_t>(kRacePointCount) - 1);
}

// check_fuzzer runs without faults and CPUs, and supports these verbs only.
TEST(CheckFuzzerCorpus, KeepsToTheVerbsOfItsTarget) {
  const std::vector<fs::path> files = WrittenFiles("check_fuzzer");
  EXPECT_GE(files.size(), 15u);
  for (const fs::path& path : files) {
    for (const Op& op : Parsed(path).ops) {
      const bool is_set_up = op.verb == Verb::kMap || op.verb == Verb::kUnmap ||
                             op.verb == Verb::kProtect || op.verb == Verb::kFrames;
      const bool is_lending = InfoOf(op.verb).transfer == Transfer::kLend;
      EXPECT_TRUE(is_set_up || is_lending) << path << ": " << PrintOp(op);
      EXPECT_FALSE(op.race.has_value()) << path << ": " << PrintOp(op);
    }
  }
}

TEST(RaceFuzzerCorpus, HasRacesOfOtherCpusInEveryFile) {
  const std::vector<fs::path> files = WrittenFiles("race_fuzzer");
  EXPECT_GE(files.size(), 10u);
  for (const fs::path& path : files) {
    const Scenario scenario = Parsed(path);
    const auto is_race = [](const Op& op) { return op.race.has_value(); };
    EXPECT_TRUE(std::any_of(scenario.ops.begin(), scenario.ops.end(), is_race)) << path;
    EXPECT_GE(scenario.machine.cpus, 2) << path;
  }
}

TEST(StringFuzzerCorpus, IsAboutStrings) {
  const std::vector<fs::path> files = WrittenFiles("string_fuzzer");
  EXPECT_GE(files.size(), 10u);
  for (const fs::path& path : files) {
    for (const Op& op : Parsed(path).ops) {
      EXPECT_FALSE(op.race.has_value()) << path << ": " << PrintOp(op);
      EXPECT_TRUE(!IsAccess(op.verb) || EndsInTerminator(op.verb)) << path << ": " << PrintOp(op);
    }
  }
}

TEST(CopyFuzzerCorpus, HasTransfersInBothDirectionsAndSomeThatEndEarly) {
  std::set<Transfer> transfers;
  size_t ended_in_the_middle = 0;
  for (const fs::path& path : WrittenFiles("copy_fuzzer")) {
    for (const Op& op : Parsed(path).ops) {
      if (!IsLibraryAccess(op.verb)) continue;
      EXPECT_TRUE(MovesBytes(op.verb)) << path << ": " << PrintOp(op);
      transfers.insert(InfoOf(op.verb).transfer);
      if (op.expect.kind == StatedExpectation::Kind::kError && op.expect.length.value_or(0) > 0) {
        ++ended_in_the_middle;
      }
    }
  }
  EXPECT_THAT(transfers,
              testing::IsSupersetOf({Transfer::kToKernel, Transfer::kToUser, Transfer::kZeros}));
  EXPECT_GE(ended_in_the_middle, 6u);
}

// A misspelt name would never be found, and this would go unnoticed if the mutant has another name.
TEST(Mutants, NameExistingViolations) {
  const std::string mark = "# violation: ";
  size_t mutants = 0;
  for (const auto& entry :
       fs::directory_iterator(fs::path(AXPTR_SOURCE_DIR) / "fuzz" / "mutants")) {
    if (entry.path().extension() != ".patch") continue;
    std::istringstream lines(Contents(entry.path()));
    bool is_named = false;
    for (std::string line; std::getline(lines, line);) {
      if (line.substr(0, mark.size()) != mark) continue;
      std::istringstream names(line.substr(mark.size()));
      for (std::string name; names >> name;) {
        if (name == "crash") continue;  // an additional allowed end of some inputs
        EXPECT_TRUE(ViolationFromName(name)) << entry.path() << ": " << name;
        is_named = true;
      }
    }
    EXPECT_TRUE(is_named) << entry.path();
    ++mutants;
  }
  EXPECT_GE(mutants, 70u);
}

// An entry whose size is not a multiple of a slot would shift all later operations.
TEST(BinaryDictionary, EveryEntryIsWholeSlots) {
  std::ifstream file(fs::path(AXPTR_SOURCE_DIR) / "fuzz" / "scenario.dict");
  int entries = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    const size_t quote = line.find("=\"");
    ASSERT_NE(quote, std::string::npos) << line;
    ASSERT_EQ(line.back(), '"') << line;
    const std::string bytes = line.substr(quote + 2, line.size() - quote - 3);
    EXPECT_EQ(bytes.size() % (8 * 4), 0u) << line;  // each byte is written \xHH
    for (size_t i = 0; i < bytes.size(); i += 4) EXPECT_EQ(bytes.substr(i, 2), "\\x") << line;
    ++entries;
  }
  EXPECT_GE(entries, 60);
}

}  // namespace
}  // namespace sim
