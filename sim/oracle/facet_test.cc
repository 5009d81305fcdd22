#include "sim/oracle/facet.h"

#include <algorithm>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "sim/oracle/oracle.h"
#include "sim/oracle/report.h"
#include "sim/oracle/testing/predict.h"

namespace sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The trace of the scenario `text` for a correct subject with these facts.
Trace TraceOf(const Scenario& scenario, const SubjectFacts& facts) {
  Trace trace;
  Model model(scenario.machine);
  for (const Op& op : scenario.ops) {
    const Expectation& expected = model.Step(op);
    OpRecord& record = trace.ops.emplace_back();
    record.outcome = expected.outcome;
    record.frames_free = expected.frames_free;
    record.pages_populated = expected.pages_populated;
    record.populated_in_reach = expected.populated_in_reach;
  }
  trace.subject = facts;
  return trace;
}

struct Facets {
  std::string judged;
  std::string not_judged;
};
Facets FacetsOf(const char* text, const SubjectFacts& facts) {
  const Scenario scenario = ScenarioOf(text);
  Oracle oracle;
  const Verdict& verdict = oracle.Judge(scenario, TraceOf(scenario, facts));
  return {PrintFacetNames(verdict.facets_judged), PrintFacetNames(verdict.facets_not_judged)};
}

constexpr char kGet[] = "map 0x550000000000 0x1000 rw- eager\nconst.get u8 0x550000000000\n";
constexpr char kAccess[] = "map 0x550000000000 0x1000 rw- eager\nmut.access u8 0x550000000000\n";
constexpr char kNoAccess[] = "map 0x550000000000 0x1000 rw- eager\nuser.load 0x550000000000 1\n";

TEST(FacetTest, EachNamesTheRulesThatDependOnIt) {
  std::set<absl::string_view> names;
  for (const FacetInfo& info : AllFacets()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_FALSE(info.meaning.empty()) << info.name;
    EXPECT_FALSE(info.known_by.empty()) << info.name;
    ASSERT_FALSE(info.rules.empty()) << info.name << ": no rule depends on it";
    EXPECT_TRUE(std::is_sorted(info.rules.begin(), info.rules.end())) << info.name;
    EXPECT_EQ(std::adjacent_find(info.rules.begin(), info.rules.end()), info.rules.end())
        << info.name;
    for (const Rule rule : info.rules) {
      ASSERT_LT(static_cast<size_t>(rule), kRuleCount) << info.name;
    }
    EXPECT_FALSE(info.gap(SubjectFacts()).what.empty()) << info.name;
    EXPECT_EQ(&InfoOf(info.facet), &info);
  }
}

// Each rule of a kind that concerns a facet is in the row of the facet, or is an exception here.
TEST(FacetTest, FamiliesOfRulesAreComplete) {
  const auto depends = [](Facet facet, Rule rule) {
    const auto& rules = InfoOf(facet).rules;
    return std::find(rules.begin(), rules.end(), rule) != rules.end();
  };
  for (const RuleInfo& info : kRules) {
    const absl::string_view name = ViolationName(info.kind);
    EXPECT_EQ(depends(Facet::kLoads, info.rule),
              name == "access.double_fetch" || name == "access.torn")
        << info.name;
    if (name.substr(0, 5) == "flag.") {
      EXPECT_TRUE(depends(Facet::kFlag, info.rule)) << info.name;
    }
    // A rule about attempts has that word in its name. fault_out_of_range is about the ranges of
    // attempts.
    const bool is_of_attempts = info.name.find("attempt") != absl::string_view::npos &&
                                info.rule != Rule::kLockHeldInAttempt;  // also at each fault
    const bool is_of_begin_or_end =
        info.rule == Rule::kFlagClearAtBegin || info.rule == Rule::kFlagClearAtEnd;
    EXPECT_EQ(depends(Facet::kAttempts, info.rule),
              is_of_attempts || is_of_begin_or_end || info.rule == Rule::kFaultOutOfRange)
        << info.name;
    EXPECT_TRUE(depends(Facet::kVerbs, info.rule) && depends(Facet::kElements, info.rule));
  }
}

TEST(FacetTest, AFacetThatIsObservedIsJudged) {
  EXPECT_EQ(FacetsOf(kGet, {}).judged,
            "loads, stores, touches, closed, flag, contents, faults, verbs, elements");
  EXPECT_EQ(
      FacetsOf(kAccess, {}).judged,
      "loads, stores, touches, closed, flag, nesting, attempts, contents, faults, verbs, elements");
  EXPECT_EQ(FacetsOf(kAccess, {}).not_judged, "");
}

TEST(FacetTest, AFacetThatIsNotObservedIsNotJudged) {
  EXPECT_EQ(FacetsOf(kGet, {.build_traces_loads = false}).not_judged, "loads, touches");
  EXPECT_EQ(FacetsOf(kGet, {.reports_loads = false}).not_judged, "loads, touches");
  EXPECT_EQ(FacetsOf(kGet, {.loads_are_watched = false}).not_judged, "loads");
  EXPECT_EQ(FacetsOf(kGet, {.build_traces_stores = false}).not_judged, "stores, touches");
  EXPECT_EQ(FacetsOf(kGet, {.reports_stores = false}).not_judged, "stores, touches");
  EXPECT_EQ(FacetsOf(kGet, {.has_flag = false}).not_judged, "flag");
  EXPECT_EQ(FacetsOf(kGet, {.has_flag = false}).judged,
            "loads, stores, touches, closed, contents, faults, verbs, elements");
  EXPECT_EQ(FacetsOf(kAccess, {.nests = false}).not_judged, "nesting");
  EXPECT_EQ(FacetsOf(kGet, {.sees_contents = false}).not_judged, "contents");
  EXPECT_EQ(FacetsOf(kGet, {.sees_faults = false}).not_judged, "touches, faults");
  EXPECT_EQ(FacetsOf(kAccess, {.makes_attempts = false}).not_judged, "touches, attempts");
  EXPECT_EQ(
      FacetsOf(kAccess, {.has_flag = false, .nests = false, .makes_attempts = false}).not_judged,
      "touches, flag, attempts");
}

// Either way of observing touches of closed memory is enough.
TEST(FacetTest, ClosedMemoryIsObservedByTheHardwareOrByReports) {
  const FacetInfo& closed = InfoOf(Facet::kClosed);
  const SubjectFacts by_reports = {.hardware_closes = false};
  EXPECT_EQ(closed.seen_by(SubjectFacts()), "hardware");
  EXPECT_EQ(closed.seen_by(by_reports), "reported loads and stores");
  EXPECT_EQ(FacetsOf(kGet, by_reports).not_judged, "");
  EXPECT_EQ(FacetsOf(kGet, {.build_traces_loads = false, .hardware_closes = false}).not_judged,
            "loads, touches, closed");
  EXPECT_EQ(FacetsOf(kGet, {.hardware_closes = false, .sees_faults = false}).not_judged,
            "touches, closed, faults");
  EXPECT_EQ(FacetsOf(kGet, {.hardware_closes = false, .makes_attempts = false}).not_judged,
            "touches, closed");
}

TEST(FacetTest, AFacetThatNoOperationDependsOnIsNotListed) {
  const Facets none = FacetsOf(kNoAccess, {.reports_loads = false, .has_flag = false});
  EXPECT_EQ(none.judged, "");
  EXPECT_EQ(none.not_judged, "");
  EXPECT_EQ(FacetsOf(kGet, {.nests = false}).not_judged, "");
  // A race that never happens depends on no facet.
  EXPECT_EQ(
      FacetsOf("machine cpus=2\n@1 race check 1 const.get u8 0x550000000000\n", {.has_flag = false})
          .not_judged,
      "");
}

TEST(FacetTest, AnOperationThatWasSkippedIsNotJudged) {
  const Scenario scenario = ScenarioOf(kGet);
  Trace trace = TraceOf(scenario, {});
  trace.ops[1].outcome = Outcome::NotOffered();
  Oracle oracle;
  EXPECT_EQ(PrintFacetNames(oracle.Judge(scenario, trace).facets_not_judged), "verbs");
  trace.subject.elements = ~uint32_t{1};  // all but u8
  const Verdict& verdict = oracle.Judge(scenario, trace);
  EXPECT_EQ(PrintFacetNames(verdict.facets_not_judged), "elements");
  // If the facet is not required, PrintNotJudged names the operation.
  EXPECT_EQ(PrintFacetsNotJudged(verdict), "");
  EXPECT_EQ(PrintFacetsNotJudged(verdict, *ParseFacets("elements")),
            "not judged: skipped operations: the subject does not take their elements "
            "(facet elements, required)\n");
}

TEST(FacetTest, SaysWhatIsNotJudgedAndWhy) {
  const auto line = [](const SubjectFacts& facts) {
    return PrintFacetGaps(FacetsNotSeen(facts), facts, FacetSet());
  };
  EXPECT_EQ(line({}), "");
  EXPECT_EQ(line({.build_traces_loads = false}),
            "not judged: double fetches, torn values, races at loads: this build does not trace "
            "loads (facet "
            "loads)\n"
            "not judged: flag, lock, range, order and alignment where user memory is touched: this "
            "build does "
            "not trace loads and stores (facet touches)\n");
  EXPECT_EQ(line({.reports_loads = false}),
            "not judged: double fetches, torn values, races at loads: the subject does not report "
            "its loads "
            "(facet loads)\n"
            "not judged: flag, lock, range, order and alignment where user memory is touched: the "
            "subject "
            "does not report its loads and stores (facet touches)\n");
  EXPECT_EQ(line({.makes_attempts = false}),
            "not judged: flag, lock, range, order and alignment where user memory is touched: the "
            "subject "
            "makes no attempts (facet touches)\n"
            "not judged: the ranges in which accesses may fault: the subject may have fixups in "
            "place of attempts (facet attempts)\n");
  EXPECT_THAT(line({.has_flag = false, .makes_attempts = false}),
              HasSubstr("ranges in which accesses may fault: the subject makes no attempts"));
  EXPECT_EQ(line({.loads_are_watched = false}),
            "not judged: double fetches: loads are not watched (facet loads)\n");
  EXPECT_EQ(line({.has_flag = false, .nests = false}),
            "not judged: the flag that allows faults: the subject has none (facet flag)\n");
  const SubjectFacts facts = {.has_flag = false};
  EXPECT_THAT(PrintFacetGaps(FacetsNotSeen(facts), facts, *ParseFacets("flag")),
              HasSubstr("(facet flag, required)\n"));
}

TEST(FacetTest, NamesAreParsed) {
  EXPECT_EQ(PrintFacetNames(*ParseFacets("flag,loads")), "loads, flag");
  for (const char* const wrong : {"", "flags", "loads,", "loads flag", "Loads"}) {
    EXPECT_FALSE(ParseFacets(wrong).ok()) << wrong;
  }
  EXPECT_EQ(ParseFacets("loads,lods").status().message(),
            "no facet \"lods\": expected some of loads, stores, touches, closed, flag, nesting, "
            "attempts, "
            "contents, "
            "faults, verbs, elements");
}

TEST(FacetTest, TableNamesViolations) {
  EXPECT_THAT(PrintFacetTable(), HasSubstr("  loads     each load of user memory: "
                                           "access.double_fetch, access.torn\n"));
  EXPECT_THAT(PrintFacetTable(), HasSubstr("each operation of the scenario: all\n"));
  EXPECT_THAT(ViolationsOf(InfoOf(Facet::kNesting)),
              ElementsAre(ViolationKind::kAccessClosed, ViolationKind::kAccessLeftOpen,
                          ViolationKind::kFlagSetOutside, ViolationKind::kFlagClearInAttempt));
}

}  // namespace
}  // namespace sim
