// Checks that each verb of the table (sim/scenario/verb.h) has everything that a verb needs: one
// test for each verb and need, so that a missing part is named by the failing test.
//
// Further tests under the same name (`ctest -R EveryVerb`): injection_test, stress_test,
// explore_test, scenario_mutator_test, command_line_test.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "sim/machine/load_trace.h"
#include "sim/oracle/oracle.h"
#include "sim/oracle/report.h"
#include "sim/scenario/binary_format.h"
#include "sim/scenario/names.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/scenario_text.h"
#include "sim/scenario/testing/random_scenario.h"

namespace sim {

// Prints the name of a test parameter instead of the bytes of the row.
static void PrintTo(const VerbInfo& info, std::ostream* out) { *out << info.name; }

namespace {

namespace fs = std::filesystem;

constexpr int kRandomScenarios = 2000;

std::string Contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string SourceFile(const std::string& path) {
  return Contents(fs::path(AXPTR_SOURCE_DIR) / path);
}

const std::vector<Scenario>& RandomScenarios() {
  static const auto& scenarios = *new std::vector<Scenario>([] {
    std::mt19937_64 random(1);
    std::vector<Scenario> made;
    for (int i = 0; i < kRandomScenarios; ++i) {
      made.push_back(RandomScenario(random, {.max_ops = 24}));
    }
    return made;
  }());
  return scenarios;
}

class EveryVerb : public testing::TestWithParam<VerbInfo> {
 protected:
  Verb verb() const { return GetParam().verb; }

  // Operations of this verb, from random scenarios.
  std::vector<Op> RandomOps() const {
    std::vector<Op> ops;
    for (const Scenario& scenario : RandomScenarios()) {
      for (const Op& op : scenario.ops) {
        if (op.verb == verb()) ops.push_back(op);
      }
    }
    return ops;
  }
};

INSTANTIATE_TEST_SUITE_P(Verbs, EveryVerb, testing::ValuesIn(AllVerbs()), [](const auto& test) {
  std::string name(test.param.name);
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
});

TEST_P(EveryVerb, IsInRandomScenarios) {
  const std::vector<Op> ops = RandomOps();
  EXPECT_GE(ops.size(), 50u);
  const auto is_race = [](const Op& op) { return op.race.has_value(); };
  EXPECT_TRUE(std::any_of(ops.begin(), ops.end(), is_race));
}

TEST_P(EveryVerb, RoundTripsThroughTextAndBytes) {
  std::vector<Op> ops = RandomOps();
  ASSERT_FALSE(ops.empty());
  ops.resize(std::min<size_t>(ops.size(), 200));
  for (const Op& op : ops) {
    const Scenario scenario{.machine = {.cpus = kMaxCpus}, .ops = {op}};
    const std::string text = PrintScenario(scenario);
    const absl::StatusOr<Scenario> parsed = ParseScenario(text, "printed");
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(*parsed, scenario) << text;
    EXPECT_TRUE(LooksLikeText(PrintOp(op)));
    const absl::StatusOr<std::string> bytes = EncodeScenario(scenario);
    ASSERT_TRUE(bytes.ok()) << bytes.status() << text;
    EXPECT_EQ(DecodeScenario({reinterpret_cast<const uint8_t*>(bytes->data()), bytes->size()}),
              WithoutExpectations(scenario))
        << text;
  }
}

// The outcomes of a verb in random scenarios, each predicted by the model.
struct Outcomes {
  uint64_t ok = 0;
  uint64_t others = 0;
};

std::map<Verb, Outcomes> RunRandomScenarios() {
  std::map<Verb, Outcomes> outcomes;
  auto runner = Runner::Create();
  EXPECT_TRUE(runner.ok()) << runner.status();
  Oracle oracle;
  for (const Scenario& made : RandomScenarios()) {
    Scenario scenario = made;
    if (!LoadsAreTraced()) {
      std::erase_if(scenario.ops,
                    [](const Op& op) { return op.race && op.race->point == RacePoint::kLoad; });
    }
    const Trace& trace = (*runner)->Run(scenario);
    const Verdict& verdict = oracle.Judge(scenario, trace);
    EXPECT_TRUE(verdict.ok()) << PrintScenario(scenario) << PrintVerdict(scenario, verdict);
    for (size_t i = 0; i < scenario.ops.size(); ++i) {
      const Outcome::Kind kind = trace.ops[i].outcome.kind;
      if (kind == Outcome::Kind::kNotRun || kind == Outcome::Kind::kArmed) continue;
      Outcomes& of_verb = outcomes[scenario.ops[i].verb];
      ++(kind == Outcome::Kind::kOk ? of_verb.ok : of_verb.others);
    }
  }
  return outcomes;
}

TEST_P(EveryVerb, SucceedsAndFailsInRandomScenarios) {
  static const auto& outcomes = *new std::map<Verb, Outcomes>(RunRandomScenarios());
  const auto found = outcomes.find(verb());
  ASSERT_NE(found, outcomes.end()) << "never run";
  EXPECT_GT(found->second.ok, 0u);
  // Setting the number of frames never fails.
  if (HasAddress(verb())) {
    EXPECT_GT(found->second.others, 0u);
  }
}

TEST_P(EveryVerb, IsInTheCorpusWithAnExpectation) {
  const fs::path folder = fs::path(AXPTR_SOURCE_DIR) / "corpus" / "scenario_fuzzer";
  bool is_stated = false;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const absl::StatusOr<Scenario> scenario = ParseScenario(Contents(entry.path()), "corpus");
    ASSERT_TRUE(scenario.ok()) << entry.path() << scenario.status();
    for (const Op& op : scenario->ops) {
      is_stated |= op.verb == verb() && op.expect.kind != StatedExpectation::Kind::kNone;
    }
  }
  EXPECT_TRUE(is_stated) << "in no file of " << folder;
}

// The words in backquotes.
std::vector<std::string> Quoted(absl::string_view text) {
  const std::vector<std::string> parts = absl::StrSplit(text, '`');
  std::vector<std::string> quoted;
  for (size_t i = 1; i + 1 < parts.size(); i += 2) quoted.push_back(parts[i]);
  return quoted;
}

TEST_P(EveryVerb, HasOneRowInTheDocsWithItsArguments) {
  const std::string docs = SourceFile("docs/scenario.md");
  int rows = 0;
  for (const absl::string_view line : absl::StrSplit(docs, '\n')) {
    const std::vector<std::string> cells = absl::StrSplit(line, '|');
    if (cells.size() < 4) continue;
    const std::vector<std::string> verbs = Quoted(cells[1]);
    if (std::find(verbs.begin(), verbs.end(), GetParam().name) == verbs.end()) continue;
    ++rows;
    EXPECT_EQ(Quoted(cells[2]), UsagesOf(verb())) << line;
  }
  EXPECT_EQ(rows, 1);
}

// The entries of a dictionary, by name.
std::map<std::string, std::string> Dictionary(const std::string& name) {
  std::map<std::string, std::string> entries;
  const std::string text = SourceFile("fuzz/" + name);
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const size_t quote = line.find("=\"");
    if (line.empty() || line[0] == '#' || quote == absl::string_view::npos) continue;
    std::string value;
    EXPECT_TRUE(absl::CUnescape(line.substr(quote + 2, line.size() - quote - 3), &value)) << line;
    entries.emplace(std::string(line.substr(0, quote)), value);
  }
  return entries;
}

TEST_P(EveryVerb, IsInTheDictionaryOfTexts) {
  for (const auto& [name, entry] : Dictionary("text.dict")) {
    if (entry == absl::StrCat(GetParam().name, " ")) return;
  }
  FAIL() << "no entry \"" << GetParam().name << " \" in fuzz/text.dict";
}

// Encoded as operations of version 3, after a map.
TEST_P(EveryVerb, IsInTheDictionaryOfBytes) {
  const std::string before = *EncodeScenario(
      *ParseScenario("machine cpus=8\nmap 0x550000000000 0x4000 rw- lazy\n", "before"));
  for (const auto& [name, entry] : Dictionary("scenario.dict")) {
    if (absl::StartsWith(name, "header_") || absl::StartsWith(name, "literal_")) continue;
    const std::string bytes = before + entry;
    const Scenario decoded =
        DecodeScenario({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
    ASSERT_GE(decoded.ops.size(), 2u) << name << " decodes to no operation";
    EXPECT_EQ(decoded.ops[1].race.has_value(), absl::StartsWith(name, "race_")) << name;
    if (decoded.ops[1].verb == verb()) return;
  }
  FAIL() << "no entry of it in fuzz/scenario.dict";
}

// The cells of the first row of docs/scenario.md whose first cell is `first`, without that cell.
std::vector<std::string> RowOfDocs(absl::string_view first) {
  const std::string docs = SourceFile("docs/scenario.md");
  for (const absl::string_view line : absl::StrSplit(docs, '\n')) {
    std::vector<std::string> cells = absl::StrSplit(line, '|');
    if (cells.size() < 4) continue;
    for (std::string& cell : cells) absl::StripAsciiWhitespace(&cell);
    if (cells[1] == first) return {cells.begin() + 2, cells.end() - 1};
  }
  return {};
}

TEST(Docs, HaveEveryTypeWithItsSizeAndAlignment) {
  const std::vector<std::string> names = Quoted(absl::StrJoin(RowOfDocs(""), " "));
  const std::vector<std::string> sizes = RowOfDocs("bytes");
  const std::vector<std::string> aligns = RowOfDocs("aligned to");
  ASSERT_EQ(names.size(), static_cast<size_t>(kElementTypeCount));
  ASSERT_EQ(sizes.size(), names.size());
  ASSERT_EQ(aligns.size(), names.size());
  for (int i = 0; i < kElementTypeCount; ++i) {
    const auto type = static_cast<ElementType>(i);
    EXPECT_EQ(names[i], ElementTypeName(type));
    EXPECT_EQ(std::stoul(sizes[i]), ElementSize(type)) << names[i];
    EXPECT_EQ(std::stoul(aligns[i]), ElementAlign(type)) << names[i];
  }
}

TEST(Dictionary, HeadersOfScenariosHaveTheNewestVersion) {
  for (const auto& [name, entry] : Dictionary("scenario.dict")) {
    if (!absl::StartsWith(name, "header_")) continue;
    EXPECT_EQ(entry[0], kBinaryVersion) << name;
    EXPECT_EQ(static_cast<uint8_t>(entry[5]) & ~kSmapBit, kBinaryLevel) << name;
  }
}

TEST(Dictionary, OfTextsHasEveryTypeKindAndRacePoint) {
  std::set<std::string> words;
  for (const auto& [name, entry] : Dictionary("text.dict")) {
    for (const absl::string_view word : absl::StrSplit(entry, absl::ByAnyChar(" :"))) {
      words.insert(std::string(word));
    }
  }
  for (int i = 0; i < kElementTypeCount; ++i) {
    EXPECT_TRUE(words.contains(std::string(ElementTypeName(static_cast<ElementType>(i))))) << i;
  }
  for (int i = 0; i < kAreaKindCount; ++i) {
    EXPECT_TRUE(words.contains(std::string(AreaKindName(static_cast<AreaKind>(i))))) << i;
  }
  for (int i = 0; i < kRacePointCount; ++i) {
    EXPECT_TRUE(words.contains(std::string(RacePointName(static_cast<RacePoint>(i))))) << i;
  }
}

}  // namespace
}  // namespace sim
