#include "sim/oracle/deviation.h"

#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "sim/oracle/testing/hand_made.h"

namespace sim {
namespace {

using ::testing::ElementsAre;

TEST(DeviationTest, EachHasItsOwnNumberAndWords) {
  std::set<absl::string_view> words;
  int last = 0;
  for (const Deviation& deviation : AllDeviations()) {
    EXPECT_GT(deviation.number, last);
    EXPECT_LT(deviation.number, 32) << "a set of them is a word of 32 bits";
    last = deviation.number;
    words.insert(deviation.words);
    EXPECT_EQ(WordsOfDeviation(deviation.number), deviation.words);
  }
  EXPECT_EQ(words.size(), AllDeviations().size());
  EXPECT_EQ(WordsOfDeviation(10), "?");
}

TEST(DeviationTest, EachFieldIsAnAllowanceOfTheOriginalsAndTheReverse) {
  const AllowanceSet of_original = AllowancesOf(kOriginalContract);
  std::set<absl::string_view> allowed;
  for (size_t i = 0; i < AllAllowances().size(); ++i) {
    if ((of_original >> i & 1) != 0) allowed.insert(AllAllowances()[i].field);
  }
  std::set<absl::string_view> known;
  for (const Deviation& deviation : AllDeviations()) {
    if (!deviation.field.empty()) known.insert(deviation.field);
  }
  EXPECT_EQ(known, allowed);
}

TEST(DeviationTest, OriginalIsAxptrWithTheseAllowancesAndLinuxIsNot) {
  EXPECT_TRUE(IsAxptrWithDeviations(kOriginalContract));
  EXPECT_FALSE(IsAxptrWithDeviations(kLinuxContract));
  EXPECT_FALSE(IsAxptrWithDeviations(kAxptrContract));
}

// The numbers of the deviations that explain why `text`, an operation, needs `field`.
std::vector<int> Reasons(absl::string_view field, absl::string_view text,
                         const OpRecord& record = OpRecord()) {
  const Scenario scenario = ScenarioOf(text);
  std::vector<int> numbers;
  for (const Deviation& deviation : AllDeviations()) {
    if (deviation.field != field) continue;
    const bool is_reason = deviation.is_reason == nullptr ||
                           deviation.is_reason(scenario.ops.back(), record, kOriginalContract);
    if (is_reason) numbers.push_back(deviation.number);
  }
  return numbers;
}

TEST(DeviationTest, TheOperationSelectsAmongDeviationsOfTheSameField) {
  EXPECT_THAT(Reasons("bad_range", "const.slice u64 0x550000000000 0x1000000000000000\n"),
              ElementsAre(1));
  EXPECT_THAT(Reasons("bad_range", "const.slice u8 0xfffffffffffff000 0x1000\n"), ElementsAre(2));
  EXPECT_THAT(Reasons("bad_range", "const.cstr u8 0xfffffffffffff000\n"), ElementsAre(3));
  EXPECT_THAT(Reasons("lock", "const.cstr u64 0x550000000008\n"), ElementsAre(5));
  EXPECT_THAT(Reasons("lock", "const.cstr u64 0x550000000001\n"), ElementsAre(17));
  EXPECT_THAT(Reasons("lock", "const.get u64 0x550000000001\n"), ElementsAre(17));
  OpRecord record;
  EXPECT_THAT(Reasons("flag", "const.str 0x550000000000\n", record), ElementsAre(7));
  record.flag_before = record.flag = true;
  EXPECT_THAT(Reasons("flag", "const.str 0x550000000000\n", record), ElementsAre(7));
  record.flag = false;
  EXPECT_THAT(Reasons("flag", "const.str 0x550000000000\n", record), ElementsAre(8));
}

TEST(DeviationTest, AnAllowanceIsDroppedAlone) {
  for (const Contract* const contract : AllContracts()) {
    const AllowanceSet all = AllowancesOf(*contract);
    EXPECT_EQ(WithAllowances(*contract, all), *contract);
    for (size_t i = 0; i < AllAllowances().size(); ++i) {
      const AllowanceSet one = AllowanceSet{1} << i;
      if ((all & one) == 0) continue;
      EXPECT_EQ(AllowancesOf(WithAllowances(*contract, all & ~one)), all & ~one)
          << AllAllowances()[i].field;
    }
  }
}

TEST(DeviationTest, VariantsAreAllSubsetsTheSmallestFirst) {
  EXPECT_TRUE(VariantsOf(kAxptrContract).empty());
  const std::vector<ContractVariant> variants = VariantsOf(kOriginalContract);
  EXPECT_EQ(variants.size(), 255u);
  EXPECT_EQ(variants.front().kept, 0u);
  std::set<AllowanceSet> kept;
  for (const ContractVariant& variant : variants) {
    EXPECT_EQ(variant.contract, WithAllowances(kOriginalContract, variant.kept));
    kept.insert(variant.kept);
  }
  EXPECT_EQ(kept.size(), variants.size());
}

// Rows of docs/semantics.md.
TEST(DeviationTest, TheTableOfTheDocsMatchesTheCode) {
  std::ifstream file(AXPTR_SOURCE_DIR "/docs/semantics.md");
  const std::string page(std::istreambuf_iterator<char>(file), {});
  std::string table = "| # | in reports | field |\n|---|---|---|\n";
  for (const Deviation& deviation : AllDeviations()) {
    const std::string field =
        deviation.field.empty() ? "none" : absl::StrCat("`", deviation.field, "`");
    absl::StrAppend(&table, "| ", deviation.number, " | ", deviation.words, " | ", field, " |\n");
  }
  EXPECT_TRUE(absl::StrContains(page, absl::StrCat("\n", table, "\n"))) << table;
}

}  // namespace
}  // namespace sim
