#include "sim/cli/explore/explore.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/cli/explore/adversaries.h"
#include "sim/cli/input.h"
#include "sim/machine/load_trace.h"
#include "sim/scenario/scenario_text.h"
#include "sim/subject/subjects.h"

namespace sim {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Ge;
using ::testing::Gt;
using ::testing::Le;
using ::testing::Not;
using ::testing::SizeIs;

// One for all tests: there can be only one machine.
Judge& TheJudge() {
  static Judge& judge = *new Judge(*Judge::Create());
  return judge;
}

Explored ExploreText(const std::string& text, const ExploreOptions& options = {}) {
  const absl::StatusOr<Scenario> scenario = ParseScenario(text, "test");
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  Explored explored = Explore(*scenario, options, TheJudge());
  for (const ExploredBug& bug : explored.bugs) {
    ADD_FAILURE() << PrintIdentity(bug.identity) << "\n" << PrintScenario(bug.scenario);
  }
  EXPECT_TRUE(explored.finished);
  return explored;
}

// The first words of an access's outcomes: "ok", "EFAULT", "panic", ...
std::set<std::string> Kinds(const ExploredAccess& access) {
  std::set<std::string> kinds;
  for (const ExploredOutcome& outcome : access.outcomes) {
    kinds.insert(outcome.outcome.substr(0, outcome.outcome.find(' ')));
  }
  return kinds;
}

size_t PointsOf(const ExploredAccess& access, RacePoint point) {
  return access.points[static_cast<size_t>(point)];
}

// Of the standard adversaries of the last operation of `text`: the length in bytes of the longest
// fill, and the number of single pages that are unmapped.
struct Reach {
  uint64_t longest_fill = 0;
  size_t pages = 0;
  friend bool operator==(const Reach&, const Reach&) = default;
};
Reach ReachOf(const std::string& text, const Outcome& outcome) {
  const Scenario scenario = ParseScenario(text, "test").value();
  Reach reach;
  for (const Op& op : StandardAdversaries(scenario, scenario.ops.size() - 1, outcome)) {
    if (op.verb == Verb::kFill) reach.longest_fill = std::max(reach.longest_fill, op.length);
    if (op.verb == Verb::kProtect && op.perms == 0) ++reach.pages;
  }
  return reach;
}

TEST(StandardAdversaries, ReachOverTheBytesThatTheAccessNames) {
  EXPECT_EQ(ReachOf("const.get u16 0x550000000ffe", Outcome::Ok(1)), (Reach{2, 2}));
  EXPECT_EQ(ReachOf("const.access u16 0x550000000000", Outcome::Ok(1)), (Reach{2, 2}));
  EXPECT_EQ(ReachOf("const.slice u16 0x550000000000 0", Outcome::Ok(0)), (Reach{0, 1}));
  EXPECT_EQ(ReachOf("const.str 0x550000000000", Outcome::Ok(5)), (Reach{6, 2}));
  // Another CPU can make the string longer, up to the end of the buffer.
  EXPECT_EQ(ReachOf("copy_str 0x550000000000 7", Outcome::Ok(5)), (Reach{7, 2}));
  EXPECT_EQ(ReachOf("copy_str 0x550000000000 7", Outcome::Error(36)), (Reach{7, 2}));
  EXPECT_EQ(ReachOf("copy_in 0x550000000000 7", Outcome::Error(14, 5)), (Reach{7, 2}));
  EXPECT_EQ(ReachOf("kernel.load 0x550000000000", Outcome::Ok()), (Reach{1, 2}));
}

TEST(StandardAdversaries, OfAnAccessAreAlsoThatAccessInsideItself) {
  for (const char* text : {"const.access u16 0x550000000ffe", "mut.access u8 0x550000000000 8"}) {
    ExploreOptions options;
    options.point = RacePoint::kUse;
    const Scenario scenario = ParseScenario(text, "test").value();
    const std::vector<Op> all = StandardAdversaries(scenario, 0, Outcome::Ok(1));
    ASSERT_EQ(std::count(all.begin(), all.end(), scenario.ops[0]), 1) << text;
    options.adversaries = {scenario.ops[0]};
    const Explored explored =
        ExploreText(absl::StrCat("map 0x550000000000 0x2000 rw- eager\n", text), options);
    EXPECT_EQ(PointsOf(explored.accesses[0], RacePoint::kUse), 1u) << text;
    // The inner call is not moved to another CPU. If it stores, the outer access reads other bytes.
    const std::vector<ExploredOutcome>& outcomes = explored.accesses[0].outcomes;
    if (!IsStore(scenario.ops[0].verb)) continue;
    ASSERT_THAT(outcomes, SizeIs(2)) << text;
    EXPECT_EQ(outcomes[1].example.substr(0, 11), "race use 1 ") << text;
  }
}

// A call of a function of the library, with memory that crosses the end of a page.
struct Function {
  const char* name;
  const char* call;
  // The possible outcomes, all of which must occur; whether the function lends memory that the
  // caller uses afterwards (hands_out), and whether it reads memory itself.
  bool hands_out;
  bool reads;
  std::set<std::string> outcomes;

  friend void PrintTo(const Function& function, std::ostream* out) { *out << function.name; }
};

// Memory of KIND: a string of 46 bytes across the end of the first page, and across the end of the
// second page an array of pointers to the ends of the string.
constexpr char kLayout[] = R"(machine cpus=2 frames=max lock=LOCK
map 0x550000000000 0x3000 rw- KIND
fill 0x550000000fe8 "a string of text that goes on to the next page\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
fill 0x550000001fe0 iov 0x550000000fe8 32 0 0 0x550000001010 16
pointers 0x550000001ff0 0x550000000ff8 0x550000001010 0
)";

const Function kFunctions[] = {
    {"const_get", "const.get u32x3 0x550000000ff8", true, false, {"ok", "EFAULT", "panic"}},
    {"mut_get", "mut.get u32x3 0x550000000ff8", true, false, {"ok", "EFAULT", "panic"}},
    {"const_slice", "const.slice u64 0x550000000fe8 6", true, false, {"ok", "EFAULT", "panic"}},
    {"mut_slice", "mut.slice u64 0x550000000fe8 6", true, false, {"ok", "EFAULT", "panic"}},
    {"const_cstr", "const.cstr u8 0x550000000fe8", true, true, {"ok", "EFAULT", "panic"}},
    {"mut_cstr", "mut.cstr u16 0x550000000fe8", true, true, {"ok", "EFAULT", "panic"}},
    {"cstr_of_large", "const.cstr u64x3 0x550000000fe8", true, true, {"ok", "EFAULT", "panic"}},
    {"const_str", "const.str 0x550000000fe8", true, true, {"ok", "EFAULT", "EILSEQ", "panic"}},
    {"copy_str",
     "copy_str 0x550000000fe8 64",
     false,
     true,
     {"ok", "EFAULT", "EILSEQ", "ENAMETOOLONG"}},
    {"copy_str_in_vain",
     "copy_str 0x550000000fe8 30",
     false,
     true,
     {"ENAMETOOLONG", "EFAULT", "ok"}},
    {"copy_until_nul",
     "copy_bytes_until_nul 0x550000000fe8 64",
     false,
     true,
     {"ok", "EFAULT", "ENAMETOOLONG"}},
    {"str_length", "str_length 0x550000000fe8 64", false, true, {"ok", "EFAULT", "ENAMETOOLONG"}},
    {"write_str",
     "write_str 0x550000000ff0 64 \"a text over the end of a page\"",
     false,
     false,
     {"ok", "EFAULT"}},
    {"user_strings", "user_strings 0x550000001ff0 3 40", false, true, {"ok", "EFAULT", "E2BIG"}},
    {"copy_in", "copy_in 0x550000000fe8 48", false, true, {"ok", "EFAULT"}},
    {"copy_out", "copy_out 0x550000000fe8 48", false, false, {"ok", "EFAULT"}},
    {"zero_user", "zero_user 0x550000000fe8 48", false, false, {"ok", "EFAULT"}},
    {"read_array", "read_array u64x3 0x550000000ff0 2", false, true, {"ok", "EFAULT"}},
    {"write_array", "write_array u64x3 0x550000000ff0 2", false, false, {"ok", "EFAULT"}},
    {"zero_array", "zero_array u64x3 0x550000000ff0 2", false, false, {"ok", "EFAULT"}},
    {"read_versioned",
     "read_versioned u64x3 0x550000000ff0 40",
     false,
     true,
     {"ok", "E2BIG", "EFAULT"}},
    {"write_versioned", "write_versioned u64x3 0x550000000ff0 40", false, false, {"ok", "EFAULT"}},
    {"readv", "readv 0x550000001fe0 3 48", false, true, {"ok", "EFAULT", "EINVAL"}},
    {"writev", "writev 0x550000001fe0 3 48", false, true, {"ok", "EFAULT", "EINVAL"}},
    {"read_value", "read_value u64 0x550000000ff8", false, true, {"ok", "EFAULT"}},
    {"read_large_value", "read_value u64x3 0x550000000ff8", false, true, {"ok", "EFAULT"}},
    {"read_unaligned", "read_unaligned u64 0x550000000ffc", false, true, {"ok", "EFAULT"}},
    {"write_value", "write_value u64 0x550000000ff8", false, false, {"ok", "EFAULT"}},
    {"write_unaligned", "write_unaligned u32 0x550000000fff", false, false, {"ok", "EFAULT"}},
    {"atomic_load", "atomic.load u64 0x550000000ff8", false, true, {"ok", "EFAULT"}},
    {"atomic_store", "atomic.store u64 0x550000000ff8 1", false, false, {"ok", "EFAULT"}},
    {"exchange", "atomic.exchange u32 0x550000000ff8 1", false, false, {"ok", "EFAULT"}},
    {"compare_exchange",
     "atomic.compare_exchange u64 0x550000000ff8 0",
     false,
     false,
     {"ok", "EFAULT"}},
    {"fetch_add", "atomic.fetch_add u64 0x550000000ff8 1", false, false, {"ok", "EFAULT"}},
    {"fetch_or", "atomic.fetch_or u64 0x550000000ff8 1", false, false, {"ok", "EFAULT"}},
    {"fetch_and", "atomic.fetch_and u32 0x550000000ff8 1", false, false, {"ok", "EFAULT"}},
    {"fetch_xor", "atomic.fetch_xor u64 0x550000000ff8 1", false, false, {"ok", "EFAULT"}},
    {"no_fault_read", "no_fault.read u64x3 0x550000000ff0 4", false, true, {"ok", "EFAULT"}},
    {"no_fault_write", "no_fault.write u64 0x550000000ff8 4", false, false, {"ok", "EFAULT"}},
    {"no_fault_exchange", "no_fault.exchange u64 0x550000000ff8 4", false, false, {"ok", "EFAULT"}},
    {"const_access", "const.access u32x3 0x550000000ff8", false, false, {"ok", "EFAULT"}},
    {"mut_access", "mut.access u64 0x550000000fe8 6", false, false, {"ok", "EFAULT"}},
};

TEST(EveryVerb, OfTheLibraryIsExplored) {
  std::set<Verb> explored;
  for (const Function& function : kFunctions) {
    const absl::StatusOr<Scenario> scenario = ParseScenario(function.call, "test");
    ASSERT_TRUE(scenario.ok()) << scenario.status();
    const Verb verb = scenario->ops[0].verb;
    explored.insert(verb);
    EXPECT_EQ(function.hands_out, InfoOf(verb).transfer == Transfer::kLend) << function.name;
  }
  for (const VerbInfo& info : AllVerbs()) {
    EXPECT_EQ(explored.contains(info.verb), info.verb_class == VerbClass::kLibrary) << info.name;
  }
}

// explored.scn is the scenario on which `axsim explore` must find mutants of the library and of the
// machine.
TEST(EveryVerb, OfTheLibraryIsInTheScenarioToExplore) {
  const absl::StatusOr<Scenario> scenario =
      LoadScenario(AXPTR_SOURCE_DIR "/sim/cli/testing/explored.scn");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  std::set<Verb> explored;
  for (const Op& op : scenario->ops) explored.insert(op.verb);
  for (const VerbInfo& info : AllVerbs()) {
    if (info.verb_class != VerbClass::kLibrary) continue;
    EXPECT_TRUE(explored.contains(info.verb)) << info.name;
  }
}

class ExploreLibrary
    : public testing::TestWithParam<std::tuple<Function, const char*, const char*>> {
 protected:
  // The outcomes that were found in the only access are the possible outcomes of the function.
  static void ExpectOutcomes(const Explored& explored, const Function& function, bool has_lock) {
    ASSERT_THAT(explored.accesses, SizeIs(1));
    const ExploredAccess& access = explored.accesses[0];
    std::set<std::string> outcomes = function.outcomes;
    // These functions only make one check under the lock.
    if (function.hands_out && !function.reads && has_lock) outcomes.erase("EFAULT");
    EXPECT_EQ(Kinds(access), outcomes);
    if (!function.hands_out) {
      EXPECT_THAT(Kinds(access), Not(Contains("panic")));
    }
    EXPECT_THAT(PointsOf(access, RacePoint::kCheck), Ge(1u));
    const bool is_inside = absl::StrContains(function.call, ".access");
    EXPECT_EQ(PointsOf(access, RacePoint::kUse), function.hands_out || is_inside ? 1u : 0u);
    if (LoadsAreTraced()) {
      EXPECT_EQ(PointsOf(access, RacePoint::kLoad) > 0, function.reads);
    }
  }
};

// For every operation of another CPU at every point, the outcome is one that the oracle allows, and
// functions that promise to recover do not panic. For each subject.
TEST_P(ExploreLibrary, EveryAdversaryAtEveryPointHasAnAllowedOutcome) {
  const auto& [function, kind, lock] = GetParam();
  const std::string text =
      absl::StrReplaceAll(absl::StrCat(kLayout, function.call), {{"KIND", kind}, {"LOCK", lock}});
  for (const axptr_subject* const subject : LinkedSubjects()) {
    SCOPED_TRACE(subject->name);
    TheJudge().runner().set_subject(*subject);
    ExpectOutcomes(ExploreText(text), function, lock == std::string("on"));
  }
  TheJudge().runner().set_subject(SelectedSubject());
}

INSTANTIATE_TEST_SUITE_P(Functions, ExploreLibrary,
                         testing::Combine(testing::ValuesIn(kFunctions),
                                          testing::Values("lazy", "cow", "shared", "file:0x3000"),
                                          testing::Values("on", "off")),
                         [](const auto& test) {
                           const std::string kind = std::get<1>(test.param);
                           return absl::StrCat(std::get<0>(test.param).name, "_",
                                               kind.substr(0, kind.find(':')), "_lock_",
                                               std::get<2>(test.param));
                         });

TEST(Explore, GivenOperationIsTheOnlyAdversary) {
  ExploreOptions options;
  Op& op = options.adversaries.emplace_back();
  op.verb = Verb::kUnmap;
  op.address = kWindowStart + kPageBytes;
  op.length = kPageBytes;
  const Explored explored = ExploreText(R"(map 0x550000000000 0x2000 rw- eager
fill 0x550000000000 0x1fff 0x41
const.cstr u8 0x550000000000)",
                                        options);
  ASSERT_THAT(explored.accesses, SizeIs(1));
  EXPECT_THAT(Kinds(explored.accesses[0]), testing::UnorderedElementsAre("ok", "EFAULT", "panic"));
  EXPECT_EQ(PointsOf(explored.accesses[0], RacePoint::kCheck), 2u);
  EXPECT_EQ(PointsOf(explored.accesses[0], RacePoint::kUse), 1u);
  if (LoadsAreTraced()) {
    EXPECT_GE(PointsOf(explored.accesses[0], RacePoint::kLoad), 100u);
  }
}

// The scan has 18,005 events without races. Starts at the 3,270th check, because all checks would
// take a minute.
TEST(Explore, TriesEveryCheckToTheEndOfALongScan) {
  ExploreOptions options;
  options.point = RacePoint::kCheck;
  options.first = 3270;
  options.limit = absl::Minutes(30);
  Op& op = options.adversaries.emplace_back();
  op.verb = Verb::kUnmap;
  op.address = kWindowStart;
  op.length = kPageBytes;
  const Explored explored = ExploreText(R"(machine cpus=2 frames=max lock=on
map 0x550000000000 0xe11000 rw- eager
fill 0x550000000000 0xe10000 0x61
const.cstr u8 0x550000000000)",
                                        options);
  ASSERT_THAT(explored.accesses, SizeIs(1));
  EXPECT_EQ(PointsOf(explored.accesses[0], RacePoint::kCheck), 3601u);
  EXPECT_EQ(explored.runs, 3601u - 3270u + 3u)
      << "undisturbed, each check, and one that there is not";
  EXPECT_TRUE(explored.IsWhole());
}

TEST(Explore, RunsWithTooManyEventsAreReportedAsNotExplored) {
  const absl::StatusOr<Scenario> scenario = ParseScenario(R"(machine cpus=2
map 0x550000000000 0x4000 rw- eager
fill 0x550000000000 0x3000 0x61
const.cstr u8 0x550000000000)",
                                                          "test");
  ASSERT_TRUE(scenario.ok());
  ExploreOptions options;
  options.point = RacePoint::kCheck;
  TheJudge().runner().set_max_events(12);
  const Explored explored = Explore(*scenario, options, TheJudge());
  TheJudge().runner().set_max_events(EventBuffer::kMaxEvents);
  EXPECT_TRUE(explored.finished);
  EXPECT_FALSE(explored.IsWhole());
  EXPECT_GT(explored.not_explored.runs, 1u);
  EXPECT_THAT(explored.not_explored.example, testing::HasSubstr("more than 12 events"));
  EXPECT_THAT(explored.not_explored.example, testing::HasSubstr("; undisturbed"));
}

TEST(Explore, OnePointOfAll) {
  ExploreOptions options;
  options.point = RacePoint::kUse;
  const Explored explored =
      ExploreText("map 0x550000000000 0x1000 rw- eager\nconst.get u8 0x550000000000\n", options);
  ASSERT_THAT(explored.accesses, SizeIs(1));
  EXPECT_EQ(PointsOf(explored.accesses[0], RacePoint::kCheck), 0u);
  EXPECT_EQ(PointsOf(explored.accesses[0], RacePoint::kUse), 1u);
}

TEST(Explore, OneLineOfMany) {
  ExploreOptions options;
  options.line = 3;
  const Explored explored = ExploreText(R"(map 0x550000000000 0x2000 rw- eager
const.get u8 0x550000000000
const.get u16 0x550000000000
const.get u32 0x550000000000)",
                                        options);
  ASSERT_THAT(explored.accesses, SizeIs(1));
  EXPECT_EQ(explored.accesses[0].op_index, 2u);
}

TEST(Explore, RacesOfTheScenarioAreKept) {
  const Explored explored = ExploreText(R"(machine cpus=2
map 0x550000000000 0x1000 rw- eager
@1 race check 1 unmap 0x550000000000 0x1000
const.access u8 0x550000000000)");
  ASSERT_THAT(explored.accesses, SizeIs(1));
  EXPECT_THAT(Kinds(explored.accesses[0]), testing::ElementsAre("EFAULT"));
}

TEST(Explore, EndsAtTheTimeLimit) {
  ExploreOptions options;
  options.limit = absl::ZeroDuration();
  const absl::StatusOr<Scenario> scenario =
      ParseScenario("map 0x550000000000 0x1000 rw- eager\nconst.get u8 0x550000000000\n", "test");
  ASSERT_TRUE(scenario.ok());
  const Explored explored = Explore(*scenario, options, TheJudge());
  EXPECT_FALSE(explored.finished);
  EXPECT_LT(explored.runs, 10u);
}

TEST(StandardAdversaries, CoverThePagesOfTheAccessAndTheNextOne) {
  const absl::StatusOr<Scenario> scenario = ParseScenario(R"(machine cpus=2
map 0x550000000000 0x3000 rw- shared
@1 const.slice u8 0x550000000fff 0x1001)",
                                                          "test");
  ASSERT_TRUE(scenario.ok());
  std::map<Verb, std::set<uint64_t>> pages;
  for (const Op& op : StandardAdversaries(*scenario, 1, Outcome::Ok(0x1001))) {
    EXPECT_EQ(op.cpu, 0);
    if (op.verb != Verb::kFrames) pages[op.verb].insert((op.address - kWindowStart) / kPageBytes);
  }
  EXPECT_EQ(pages[Verb::kUnmap], (std::set<uint64_t>{0, 1, 2}));
  EXPECT_EQ(pages[Verb::kProtect], (std::set<uint64_t>{0, 1, 2}));
  EXPECT_EQ(pages[Verb::kTruncate], (std::set<uint64_t>{0, 1, 2}));
  EXPECT_EQ(pages[Verb::kFill], (std::set<uint64_t>{0, 1}));
}

TEST(StandardAdversaries, OfOneValueCoverItsPageAndTheNextOne) {
  const absl::StatusOr<Scenario> scenario =
      ParseScenario("map 0x550000000000 0x3000 rw- eager\nconst.get u64 0x550000000ff8\n", "test");
  ASSERT_TRUE(scenario.ok());
  std::set<uint64_t> pages;
  uint64_t end = 0;
  for (const Op& op : StandardAdversaries(*scenario, 1, Outcome::Ok(1))) {
    if (op.verb == Verb::kUnmap) pages.insert((op.address - kWindowStart) / kPageBytes);
    if (op.verb == Verb::kFill) end = std::max(end, op.address + op.length);
  }
  EXPECT_EQ(pages, (std::set<uint64_t>{0, 1}));
  EXPECT_EQ(end, kWindowStart + kPageBytes);
}

TEST(StandardAdversaries, OfAHugeRangeTakeItsEnds) {
  const absl::StatusOr<Scenario> scenario = ParseScenario(
      "map 0x550000000000 0x1000000000 rw- lazy\nconst.slice u8 0x550000000000 0x1000000000\n",
      "test");
  ASSERT_TRUE(scenario.ok());
  uint64_t left_out = 0;
  EXPECT_THAT(StandardAdversaries(*scenario, 1, Outcome::Error(12), &left_out),
              SizeIs(AllOf(Gt(10u), Le(60u))));
  EXPECT_EQ(left_out, kWindowBytes / kPageBytes - 6) << "and says of how many pages it tries none";
}

TEST(StandardAdversaries, OfAnAccessOutsideTheWindowAreTheAccessAndASleep) {
  const absl::StatusOr<Scenario> scenario = ParseScenario("const.get u8 0xffff800000000000\n", "t");
  ASSERT_TRUE(scenario.ok());
  EXPECT_THAT(StandardAdversaries(*scenario, 0, Outcome::Error(14)), SizeIs(2));
}

}  // namespace
}  // namespace sim
