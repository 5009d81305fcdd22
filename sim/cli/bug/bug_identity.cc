#include "sim/cli/bug/bug_identity.h"

#include <type_traits>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "sim/oracle/fault_names.h"
#include "sim/scenario/names.h"

namespace sim {
namespace {

std::string KindOfPointer(uint64_t error) {
  if (error == 0) return "right";
  if (error == kElsewhere) return "elsewhere";
  return static_cast<int64_t>(error) < 0 ? "before" : "after";
}

std::string KindOfFault(const value::Fault& fault) {
  return absl::StrCat(FaultResultName(fault.disposition, fault.bug),
                      fault.address_known ? "" : " at an unknown address");
}

// Whether a value consists only of numbers, which change when a scenario becomes smaller.
template <typename Value>
constexpr bool kIsOfNumbers =
    std::is_same_v<Value, value::None> || std::is_same_v<Value, ByteRange> ||
    std::is_same_v<Value, value::Address> || std::is_same_v<Value, value::Count> ||
    std::is_same_v<Value, value::BytesFrom> || std::is_same_v<Value, value::Contents> ||
    std::is_same_v<Value, value::Cpu>;

// The part of `value` that does not change when a scenario becomes smaller: flags, but not
// addresses and numbers of bytes, pages, frames and CPUs. May be empty.
std::string KindOfValue(const ViolationValue& value) {
  const auto kind_of_pages = [](const value::Pages& pages) -> std::string {
    return pages.shared == 0 ? "" : "shared pages";
  };
  return std::visit(
      ForEachType{
          [](const Outcome& outcome) { return OutcomeKindName(outcome); },
          [](const value::PermissionFlags& flags) {
            return absl::StrCat("0x", absl::Hex(flags.bits));
          },
          [](const value::PointerError& pointer) { return KindOfPointer(pointer.error); },
          [](const value::ByteIndex& byte) -> std::string {
            return byte.index < 0 ? "before" : "after";
          },
          [](const value::Fault& fault) { return KindOfFault(fault); },
          [](const value::Flag& flag) -> std::string { return flag.is_set ? "set" : "clear"; },
          [](const value::Touch& touch) -> std::string {
            return touch.is_store ? "store" : "load";
          },
          [](const value::LeftBehind& left) { return absl::StrCat("0x", absl::Hex(left.bits)); },
          [&](const value::Pages& pages) { return kind_of_pages(pages); },
          [&](const value::Frames& frames) { return kind_of_pages(frames.pages); },
          [](const auto& numbers) {
            static_assert(kIsOfNumbers<std::remove_cvref_t<decltype(numbers)>>,
                          "say what of this value stays");
            return std::string();
          }},
      value);
}

std::string DifferenceOfValues(const Violation& violation) {
  const Outcome* const wanted = std::get_if<Outcome>(&violation.wanted);
  const Outcome* const got = std::get_if<Outcome>(&violation.got);
  const bool both_ok = wanted != nullptr && got != nullptr && wanted->kind == Outcome::Kind::kOk &&
                       got->kind == Outcome::Kind::kOk;
  if (both_ok) {
    return wanted->length == got->length ? "ok, with other bytes" : "ok, with another length";
  }
  std::string wanted_kind = KindOfValue(violation.wanted);
  std::string got_kind = KindOfValue(violation.got);
  // A subject that only counts bytes does not report which error occurred.
  const bool is_count = wanted != nullptr && got != nullptr && wanted->kind == got->kind &&
                        (wanted->error == got->error || got->error == kSomeError) &&
                        wanted->length != got->length;
  if (is_count) return absl::StrCat(wanted_kind, ", with another count");
  if (wanted_kind.empty()) return got_kind;
  return got_kind.empty() ? wanted_kind : absl::StrCat(wanted_kind, ", not ", got_kind);
}

// The difference, after the rule unless that is the main rule of the violation's name.
std::string DifferenceOf(const Violation& violation) {
  std::vector<std::string> parts;
  if (violation.raced_by) parts.emplace_back("raced access");
  if (!IsMainRule(violation.rule)) parts.emplace_back(RuleName(violation.rule));
  const std::string values = DifferenceOfValues(violation);
  if (!values.empty()) parts.push_back(values);
  return absl::StrJoin(parts, ": ");
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
  bug.violation = std::string(violation.name());
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
  return bug.difference.empty() ? text : absl::StrCat(text, ": ", bug.difference);
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
