// Facets: what a run must observe of its subject so that a rule can be judged. For example, if a
// subject does not report its loads, no trace shows that it loads a byte twice. A verdict therefore
// lists the facets that its operations depend on, and which of them the run did not observe: a rule
// that was not judged is always reported.
//
//   const absl::StatusOr<FacetSet> required = ParseFacets("loads,flag");
//   if (!verdict.facets_not_judged.And(*required).empty()) return kNotJudged;
#ifndef SIM_ORACLE_FACET_H_
#define SIM_ORACLE_FACET_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "sim/oracle/violation_rules.h"
#include "sim/scenario/op.h"
#include "sim/scenario/subject_facts.h"

namespace sim {

enum class Facet : uint8_t {
  kLoads,
  kStores,
  kTouches,
  kClosed,
  kFlag,
  kNesting,
  kAttempts,
  kContents,
  kFaults,
  kVerbs,
  kElements
};
inline constexpr size_t kFacetCount = static_cast<size_t>(Facet::kElements) + 1;

class FacetSet {
 public:
  constexpr FacetSet() = default;

  constexpr void Add(Facet facet) { bits_ |= uint32_t{1} << static_cast<unsigned>(facet); }
  constexpr bool Has(Facet facet) const { return (bits_ >> static_cast<unsigned>(facet) & 1) != 0; }
  constexpr bool empty() const { return bits_ == 0; }

  constexpr FacetSet Or(FacetSet other) const { return FacetSet(bits_ | other.bits_); }
  constexpr FacetSet And(FacetSet other) const { return FacetSet(bits_ & other.bits_); }
  constexpr FacetSet Without(FacetSet other) const { return FacetSet(bits_ & ~other.bits_); }

  friend constexpr bool operator==(FacetSet, FacetSet) = default;

 private:
  constexpr explicit FacetSet(uint32_t bits) : bits_(bits) {}

  uint32_t bits_ = 0;
};

// What is not judged without a facet, and why the facet is missing, in words.
struct FacetGap {
  absl::string_view what;
  absl::string_view why;
};

struct FacetInfo {
  Facet facet;
  absl::string_view name;      // one word; its meaning never changes
  absl::string_view meaning;   // what a run with this facet observes: one line
  absl::string_view known_by;  // how it is determined whether a run has this facet
  // Rules that cannot be judged without it, at least in some cases; in the order of kRules.
  std::span<const Rule> rules;
  // Whether the judgement of an operation with this verb depends on it. `is_single`: Op::is_single.
  bool (*is_needed)(Verb verb, bool is_single);
  // Whether a subject with these facts has the facet. kVerbs and kElements depend on the operations
  // that were left out instead of the facts.
  bool (*is_seen)(const SubjectFacts& facts);
  // How a run with these facts observes the facet, if there is more than one way; null: there is
  // one.
  absl::string_view (*seen_by)(const SubjectFacts& facts) = nullptr;
  // The gap, for facts without the facet.
  FacetGap (*gap)(const SubjectFacts& facts);
};

// All facets, in the order of Facet.
std::span<const FacetInfo> AllFacets();

const FacetInfo& InfoOf(Facet facet);

// The kinds of the rules of `info`, each once.
std::vector<ViolationKind> ViolationsOf(const FacetInfo& info);

// The facets that the judgement of `op` depends on; none if `op` does not call the subject.
FacetSet FacetsNeededBy(const Op& op);

// The facets that a subject with these facts does not have.
FacetSet FacetsNotSeen(const SubjectFacts& facts);

// Parses facet names separated by commas. Error: an unknown name; the message, for people, lists
// the known names.
absl::StatusOr<FacetSet> ParseFacets(absl::string_view text);

// "loads, flag"; empty for the empty set.
std::string PrintFacetNames(FacetSet facets);

// A line for each of `facets`, with a newline, such as
//   not judged: double fetches: the subject does not report its loads (facet loads)
// with ", required" after the name of a facet of `required`.
std::string PrintFacetGaps(FacetSet facets, const SubjectFacts& facts, FacetSet required);

// The table as `axsim --help` prints it: a line for each facet, with the violations that cannot be
// judged without it, or not in every case.
std::string PrintFacetTable();

}  // namespace sim

#endif  // SIM_ORACLE_FACET_H_
