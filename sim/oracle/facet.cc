#include "sim/oracle/facet.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace sim {
namespace {

constexpr Rule kRulesOfLoads[] = {Rule::kLoadedAgain, Rule::kTextLoadedAgain, Rule::kTornAccess};
constexpr Rule kRulesOfStores[] = {Rule::kStrayStore, Rule::kTornAccess};
constexpr Rule kRulesOfTouches[] = {Rule::kTouchedOutsideAttempt, Rule::kTouchedOutOfOrder,
                                    Rule::kTouchedMisaligned,     Rule::kFlagClearAtTouch,
                                    Rule::kLockHeldAtTouch,       Rule::kAttemptWider};
constexpr Rule kRulesOfClosed[] = {Rule::kTouchedClosed};
constexpr Rule kRulesOfFlag[] = {
    Rule::kOpenedFlagClear,  Rule::kFlagNotRestored,     Rule::kFlagSetOutside,
    Rule::kFlagSetInHandler, Rule::kFlagSetSwitchedAway, Rule::kFlagClearAtBegin,
    Rule::kFlagClearAtEnd,   Rule::kFlagClearAtTouch,    Rule::kFaultNoWayBack};
constexpr Rule kRulesOfNesting[] = {Rule::kTouchedClosed, Rule::kOpenSwitchedAway,
                                    Rule::kFlagSetSwitchedAway, Rule::kFlagClearAtEnd,
                                    Rule::kFlagClearAtTouch};
constexpr Rule kRulesOfAttempts[] = {
    Rule::kAttemptOutsideWindow, Rule::kTouchedOutsideAttempt, Rule::kFlagClearAtBegin,
    Rule::kFlagClearAtEnd,       Rule::kFaultOutOfRange,       Rule::kAttemptAfterFault,
    Rule::kAttemptCameBack,      Rule::kOtherAttemptAbandoned, Rule::kOtherNumberOfAttempts,
    Rule::kAttemptUnchecked,     Rule::kAttemptElsewhere,      Rule::kAttemptFlags,
    Rule::kAttemptWider};

constexpr Rule kRulesOfContents[] = {Rule::kOutcome, Rule::kBufferContents};
constexpr Rule kRulesOfFaults[] = {
    Rule::kFaultOutsideWindow, Rule::kKernelBugFault,  Rule::kFaultOutOfRange,
    Rule::kAttemptAfterFault,  Rule::kAttemptCameBack, Rule::kOtherAttemptAbandoned,
    Rule::kFaultNoWayBack,     Rule::kFaultRetried,    Rule::kPageMissing,
    Rule::kPageTooMany,        Rule::kNumberOfPages,   Rule::kFramesLost};

// No rule is judged for an operation that was left out.
constexpr std::array<Rule, kRuleCount> EachRule() {
  std::array<Rule, kRuleCount> rules = {};
  for (size_t i = 0; i < kRuleCount; ++i) rules[i] = static_cast<Rule>(i);
  return rules;
}
constexpr std::array<Rule, kRuleCount> kEachRule = EachRule();

// Whether the subject itself accesses user memory, rather than only its caller.
constexpr bool TouchesUserMemory(Verb verb) {
  return IsLibraryAccess(verb) &&
         (InfoOf(verb).transfer != Transfer::kLend || IsNullTerminated(verb));
}

constexpr FacetGap GapOfLoads(const SubjectFacts& facts) {
  constexpr absl::string_view kAll = "double fetches, torn values, races at loads";
  if (!facts.build_traces_loads) return {kAll, "this build does not trace loads"};
  if (!facts.reports_loads) return {kAll, "the subject does not report its loads"};
  return {"double fetches", "loads are not watched"};
}

constexpr bool TouchesAreSeen(const SubjectFacts& facts) {
  return facts.build_traces_loads && facts.build_traces_stores && facts.reports_loads &&
         facts.reports_stores && facts.makes_attempts && facts.sees_faults;
}

constexpr FacetGap GapOfTouches(const SubjectFacts& facts) {
  constexpr absl::string_view kAll =
      "flag, lock, range, order and alignment where user memory is touched";
  if (!facts.build_traces_loads || !facts.build_traces_stores) {
    return {kAll, "this build does not trace loads and stores"};
  }
  if (!facts.reports_loads || !facts.reports_stores) {
    return {kAll, "the subject does not report its loads and stores"};
  }
  if (!facts.makes_attempts) return {kAll, "the subject makes no attempts"};
  return {kAll, "this kernel does not look at touches"};
}

constexpr bool ClosedMemoryIsSeen(const SubjectFacts& facts) {
  return facts.hardware_closes || TouchesAreSeen(facts);
}

constexpr FacetGap GapOfClosed(const SubjectFacts& facts) {
  constexpr absl::string_view kAll = "whether user access is open where user memory is touched";
  if (!facts.makes_attempts) return {kAll, "the subject neither opens it nor makes attempts"};
  if (!facts.sees_faults) return {kAll, "this kernel does not look at touches"};
  return {kAll, "touches are not reported, and no hardware closes user memory to this subject"};
}

constexpr FacetInfo kFacets[] = {
    {.facet = Facet::kLoads,
     .name = "loads",
     .meaning = "each load of user memory",
     .known_by = "the build traces loads, the subject says reports_loads, the run watches",
     .rules = kRulesOfLoads,
     .is_needed = [](Verb verb, bool) { return IsLibraryAccess(verb); },
     .is_seen =
         [](const SubjectFacts& facts) {
           return facts.build_traces_loads && facts.reports_loads && facts.loads_are_watched;
         },
     .gap = GapOfLoads},
    {.facet = Facet::kStores,
     .name = "stores",
     .meaning = "each store to user memory, also far from what the operation names",
     .known_by = "the build traces stores, the subject says reports_stores",
     .rules = kRulesOfStores,
     .is_needed = [](Verb verb, bool) { return IsLibraryAccess(verb); },
     .is_seen =
         [](const SubjectFacts& facts) {
           return facts.build_traces_stores && facts.reports_stores;
         },
     .gap =
         [](const SubjectFacts& facts) {
           return FacetGap{"torn values, stores far from the range, stores that change no byte",
                           facts.build_traces_stores ? "the subject does not report its stores"
                                                     : "this build does not trace stores"};
         }},
    {.facet = Facet::kTouches,
     .name = "touches",
     .meaning = "flag, lock, range and alignment at each load and store that the compiler reports",
     .known_by = "loads and stores are traced and reported, attempts are made, accesses fault",
     .rules = kRulesOfTouches,
     .is_needed = [](Verb verb, bool) { return IsLibraryAccess(verb); },
     .is_seen = TouchesAreSeen,
     .gap = GapOfTouches},
    {.facet = Facet::kClosed,
     .name = "closed",
     .meaning = "each load and store while user access is closed",
     .known_by =
         "the host has protection keys and the subject opens user access, or touches are seen",
     .rules = kRulesOfClosed,
     .is_needed = [](Verb verb, bool) { return IsLibraryAccess(verb); },
     .is_seen = ClosedMemoryIsSeen,
     .seen_by = [](const SubjectFacts& facts) -> absl::string_view {
       return facts.hardware_closes ? "hardware" : "reported loads and stores";
     },
     .gap = GapOfClosed},
    {.facet = Facet::kFlag,
     .name = "flag",
     .meaning = "the flag that allows faults",
     .known_by = "the subject has faults_allowed and allow_faults",
     .rules = kRulesOfFlag,
     .is_needed = [](Verb verb, bool) { return IsLibraryAccess(verb); },
     .is_seen = [](const SubjectFacts& facts) { return facts.has_flag; },
     .gap =
         [](const SubjectFacts&) {
           return FacetGap{"the flag that allows faults", "the subject has none"};
         }},
    {.facet = Facet::kNesting,
     .name = "nesting",
     .meaning = "the flag inside nested accesses, and of a task that is switched away",
     .known_by = "the subject has with_faults_allowed and while_switched_away, or no flag",
     .rules = kRulesOfNesting,
     .is_needed = [](Verb, bool is_single) { return is_single; },
     .is_seen = [](const SubjectFacts& facts) { return facts.nests || !facts.has_flag; },
     .gap =
         [](const SubjectFacts&) {
           return FacetGap{"the flag inside nested accesses, and of a task that is switched away",
                           "the subject lacks with_faults_allowed or while_switched_away"};
         }},
    {.facet = Facet::kAttempts,
     .name = "attempts",
     .meaning = "which addresses an access may fault at",
     .known_by = "the subject has the flag that attempts need, and no fixups",
     .rules = kRulesOfAttempts,
     .is_needed = [](Verb verb, bool) { return TouchesUserMemory(verb); },
     .is_seen = [](const SubjectFacts& facts) { return facts.makes_attempts; },
     .gap =
         [](const SubjectFacts& facts) {
           return FacetGap{"the ranges in which accesses may fault",
                           facts.has_flag ? "the subject may have fixups in place of attempts"
                                          : "the subject makes no attempts"};
         }},
    {.facet = Facet::kContents,
     .name = "contents",
     .meaning = "the bytes of user memory",
     .known_by = "the pages of the run's kernel have memory",
     .rules = kRulesOfContents,
     .is_needed = [](Verb verb, bool) { return IsLibraryAccess(verb); },
     .is_seen = [](const SubjectFacts& facts) { return facts.sees_contents; },
     .gap =
         [](const SubjectFacts&) {
           return FacetGap{"the bytes of results", "the pages of this kernel have no memory"};
         }},
    {.facet = Facet::kFaults,
     .name = "faults",
     .meaning = "page faults, and the pages that they populate",
     .known_by = "the accesses of the run's kernel fault",
     .rules = kRulesOfFaults,
     .is_needed = [](Verb verb, bool) { return IsLibraryAccess(verb); },
     .is_seen = [](const SubjectFacts& facts) { return facts.sees_faults; },
     .gap =
         [](const SubjectFacts&) {
           return FacetGap{"faults, and the pages that they populate",
                           "on this kernel no access faults"};
         }},
    {.facet = Facet::kVerbs,
     .name = "verbs",
     .meaning = "each operation of the scenario",
     .known_by = "no operation was skipped because its function is null",
     .rules = kEachRule,
     .is_needed = [](Verb verb, bool) { return IsLibraryAccess(verb); },
     .is_seen = [](const SubjectFacts&) { return true; },
     .gap =
         [](const SubjectFacts&) {
           return FacetGap{"skipped operations", "not offered by the subject"};
         }},
    {.facet = Facet::kElements,
     .name = "elements",
     .meaning = "each type of elements in the scenario",
     .known_by = "no operation was skipped because of takes_element",
     .rules = kEachRule,
     .is_needed = [](Verb verb, bool) { return IsLibraryAccess(verb) && HasType(verb); },
     .is_seen = [](const SubjectFacts&) { return true; },
     .gap =
         [](const SubjectFacts&) {
           return FacetGap{"skipped operations", "the subject does not take their elements"};
         }},
};

constexpr bool HasRowForEachFacet() {
  for (size_t i = 0; i < std::size(kFacets); ++i) {
    if (kFacets[i].facet != static_cast<Facet>(i)) return false;
  }
  return std::size(kFacets) == kFacetCount;
}
static_assert(HasRowForEachFacet(), "a facet without a row, or in another order");

using NeededByVerb = std::array<FacetSet, kVerbCount>;

constexpr NeededByVerb Needed(bool is_single) {
  NeededByVerb needed = {};
  for (const VerbInfo& row : AllVerbs()) {
    for (const FacetInfo& info : kFacets) {
      if (info.is_needed(row.verb, is_single)) {
        needed[static_cast<size_t>(row.verb)].Add(info.facet);
      }
    }
  }
  return needed;
}
constexpr NeededByVerb kNeeded = Needed(false);
constexpr NeededByVerb kNeededBySingle = Needed(true);

std::string ViolationNamesOf(const FacetInfo& info) {
  if (info.rules.size() == kRuleCount) return "all";
  return absl::StrJoin(ViolationsOf(info), ", ", [](std::string* out, ViolationKind kind) {
    absl::StrAppend(out, ViolationName(kind));
  });
}

}  // namespace

std::span<const FacetInfo> AllFacets() { return kFacets; }

const FacetInfo& InfoOf(Facet facet) { return kFacets[static_cast<size_t>(facet)]; }

std::vector<ViolationKind> ViolationsOf(const FacetInfo& info) {
  std::vector<ViolationKind> kinds;
  for (const Rule rule : info.rules) {
    if (kinds.empty() || kinds.back() != KindOf(rule)) kinds.push_back(KindOf(rule));
  }
  return kinds;
}

FacetSet FacetsNeededBy(const Op& op) {
  return (op.is_single ? kNeededBySingle : kNeeded)[static_cast<size_t>(op.verb)];
}

FacetSet FacetsNotSeen(const SubjectFacts& facts) {
  FacetSet missing;
  for (const FacetInfo& info : kFacets) {
    if (!info.is_seen(facts)) missing.Add(info.facet);
  }
  return missing;
}

absl::StatusOr<FacetSet> ParseFacets(absl::string_view text) {
  FacetSet facets;
  for (const absl::string_view name : absl::StrSplit(text, ',')) {
    bool known = false;
    for (const FacetInfo& info : kFacets) {
      if (info.name != name) continue;
      facets.Add(info.facet);
      known = true;
    }
    if (known) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("no facet \"", name, "\": expected some of ",
                     absl::StrJoin(kFacets, ", ", [](std::string* out, const FacetInfo& info) {
                       absl::StrAppend(out, info.name);
                     })));
  }
  return facets;
}

std::string PrintFacetNames(FacetSet facets) {
  std::string text;
  for (const FacetInfo& info : kFacets) {
    if (facets.Has(info.facet)) absl::StrAppend(&text, text.empty() ? "" : ", ", info.name);
  }
  return text;
}

std::string PrintFacetGaps(FacetSet facets, const SubjectFacts& facts, FacetSet required) {
  std::string text;
  for (const FacetInfo& info : kFacets) {
    if (!facets.Has(info.facet)) continue;
    const FacetGap gap = info.gap(facts);
    absl::StrAppend(&text, "not judged: ", gap.what, ": ", gap.why, " (facet ", info.name,
                    required.Has(info.facet) ? ", required" : "", ")\n");
  }
  return text;
}

std::string PrintFacetTable() {
  std::string text;
  for (const FacetInfo& info : kFacets) {
    absl::StrAppendFormat(&text, "  %-9s %s: %s\n", info.name, info.meaning,
                          ViolationNamesOf(info));
  }
  return text;
}

}  // namespace sim
