#include "sim/cli/bug/bug_identity.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "sim/scenario/names.h"

namespace sim {
namespace {

// The last word of `outcome` before what differs: for two results that are both ok.
std::string DifferenceOfResults(absl::string_view wanted, absl::string_view got) {
  const std::vector<absl::string_view> wanted_words = absl::StrSplit(wanted, ' ');
  const std::vector<absl::string_view> got_words = absl::StrSplit(got, ' ');
  const bool same_length =
      wanted_words.size() > 1 && got_words.size() > 1 && wanted_words[1] == got_words[1];
  return same_length ? "ok, with other bytes" : "ok, with another length";
}

// `text` with "#" for each number. Small ones stay: "flags 0x9" says something.
std::string WithoutNumbers(absl::string_view text) {
  if (absl::StartsWith(text, "ok len=")) return "ok";
  std::string result;
  size_t i = 0;
  while (i < text.size()) {
    const bool word_before = i > 0 && absl::ascii_isalnum(static_cast<unsigned char>(text[i - 1]));
    if (!absl::ascii_isdigit(static_cast<unsigned char>(text[i])) || word_before) {
      result += text[i++];
      continue;
    }
    const size_t start = i;
    while (i < text.size() && absl::ascii_isalnum(static_cast<unsigned char>(text[i]))) ++i;
    const absl::string_view number = text.substr(start, i - start);
    const bool is_flags = absl::StartsWith(number, "0x") && number.size() <= 4;
    result += is_flags ? std::string(number) : "#";
  }
  return result;
}

std::string DifferenceOf(const Violation& violation) {
  if (absl::StartsWith(violation.wanted, "ok len=") && absl::StartsWith(violation.got, "ok len=")) {
    return DifferenceOfResults(violation.wanted, violation.got);
  }
  return absl::StrCat(WithoutNumbers(violation.wanted), ", not ", WithoutNumbers(violation.got));
}

std::string PlaceOf(const Op& op, uint64_t address) {
  if (address == 0) return "";
  if (address < kWindowStart || address >= kWindowEnd) return "outside the window";
  const uint64_t page = address / kPageBytes;
  const uint64_t first = op.address / kPageBytes;
  if (page == first) return "in its first page";
  return page < first ? "before it" : "in a later page";
}

}  // namespace

std::string OperationName(const Op& op) {
  std::string text(VerbName(op.verb));
  if (HasType(op.verb)) absl::StrAppend(&text, " ", ElementTypeName(op.type));
  return op.race ? absl::StrCat("race ", text) : text;
}

BugIdentity IdentityOf(const Scenario& scenario, const Violation& violation) {
  BugIdentity bug;
  bug.violation = std::string(violation.name);
  bug.difference = DifferenceOf(violation);
  if (violation.op_index >= scenario.ops.size()) return bug;
  const Op& op = scenario.ops[violation.op_index];
  bug.operation = OperationName(op);
  bug.place = PlaceOf(op, violation.address);
  return bug;
}

std::optional<BugIdentity> IdentityOf(const Scenario& scenario, const Verdict& verdict) {
  const Violation* const finding = verdict.FirstFinding();
  if (finding == nullptr) return std::nullopt;
  return IdentityOf(scenario, *finding);
}

std::string PrintIdentity(const BugIdentity& bug) {
  std::string text = bug.violation;
  if (!bug.operation.empty()) absl::StrAppend(&text, " in ", bug.operation);
  if (!bug.place.empty()) absl::StrAppend(&text, ", ", bug.place);
  return absl::StrCat(text, ": ", bug.difference);
}

std::string SerializeIdentity(const BugIdentity& bug) {
  return absl::StrCat(bug.violation, "\n", bug.operation, "\n", bug.place, "\n", bug.difference,
                      "\n");
}

std::optional<BugIdentity> ParseIdentity(absl::string_view text) {
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  if (lines.size() != 5 || !lines[4].empty()) return std::nullopt;
  return BugIdentity{lines[0], lines[1], lines[2], lines[3]};
}

}  // namespace sim
