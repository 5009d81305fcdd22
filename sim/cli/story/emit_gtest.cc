#include "sim/cli/story/emit_gtest.h"

#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

// A delimiter for a raw string literal of `text`: one that `text` does not contain.
std::string DelimiterFor(absl::string_view text) {
  std::string delimiter = "scn";
  for (int i = 0; absl::StrContains(text, absl::StrCat(")", delimiter, "\"")); ++i) {
    delimiter = absl::StrCat("scn", i);
  }
  return delimiter;
}

// The second argument of ScenarioHolds, with a comma before it; "" for the default.
std::string PrintChoice(const SubjectChoice& choice) {
  if (choice.IsDefault()) return "";
  const SubjectChoice fixed = FromAnyFolder(choice);
  std::string fields;
  for (const auto& [name, value] :
       {std::pair<absl::string_view, const std::string&>{"subject", fixed.subject},
        {"contract", fixed.contract},
        {"require", fixed.require}}) {
    if (value.empty()) continue;
    absl::StrAppend(&fields, fields.empty() ? "" : ", ", ".", name, " = \"", absl::CEscape(value),
                    "\"");
  }
  return absl::StrCat(",\n                                 {", fields, "}");
}

}  // namespace

std::string EmitGtest(const Scenario& scenario, absl::string_view name, absl::string_view reason,
                      const SubjectChoice& choice) {
  const std::string text = PrintScenario(scenario);
  const std::string delimiter = DelimiterFor(text);
  return absl::StrCat(
      "#include <gtest/gtest.h>\n\n#include \"sim/cli/testing/scenario_holds.h\"\n\n",
      reason.empty() ? "" : absl::StrCat("// ", reason, "\n"), "TEST(Scenario, ", name,
      ") {\n  EXPECT_TRUE(sim::ScenarioHolds(R\"", delimiter, "(\n", text, ")", delimiter, "\"",
      PrintChoice(choice), "));\n}\n");
}

std::string TestNameOf(absl::string_view file_or_words) {
  const size_t slash = file_or_words.rfind('/');
  if (slash != absl::string_view::npos) file_or_words.remove_prefix(slash + 1);
  if (absl::EndsWith(file_or_words, ".scn")) file_or_words.remove_suffix(4);
  std::string name;
  bool upper = true;
  for (const char c : file_or_words) {
    const auto byte = static_cast<unsigned char>(c);
    if (!absl::ascii_isalnum(byte)) {
      upper = true;
      continue;
    }
    name += upper ? static_cast<char>(absl::ascii_toupper(byte)) : c;
    upper = false;
  }
  if (name.empty() || absl::ascii_isdigit(static_cast<unsigned char>(name[0]))) {
    name = absl::StrCat("Crash", name);
  }
  return name;
}

}  // namespace sim
