#include "sim/oracle/oracle.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <set>
#include <type_traits>
#include <utility>

#include "gmock/gmock.h"
#include "sim/oracle/report.h"
#include "sim/oracle/testing/hand_made.h"

namespace sim {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// The trace of a machine that does what the model predicts; tests add the events.
Trace FaithfulTrace(const Scenario& scenario) {
  Trace trace;
  Model model(scenario.machine);
  Expectation expected;
  uint64_t frames = FramesOf(scenario.machine);
  for (const Op& op : scenario.ops) {
    expected = model.Step(op);
    OpRecord record;
    record.outcome = expected.outcome;
    if (expected.outcome.kind != Outcome::Kind::kNotRun) {
      record.frames_free = expected.frames_free;
      record.pages_populated = expected.pages_populated;
      record.pages_shared = expected.pages_shared;
      record.populated_in_reach = expected.populated_in_reach;
    }
    trace.ops.push_back(record);
    frames = expected.frames_free + expected.pages_populated - expected.pages_shared;
  }
  trace.frames_after_reset = frames;
  return trace;
}

void AddEvents(const std::vector<Event>& events, size_t op_index, Trace* trace) {
  trace->ops[op_index].first_event = trace->events.size();
  trace->ops[op_index].event_count = events.size();
  for (const Event& event : events) trace->events.push_back(event);
}

std::vector<std::string> NamesOf(const Verdict& verdict) {
  std::vector<std::string> names;
  names.reserve(verdict.violations.size());
  for (const Violation& violation : verdict.violations) {
    names.push_back(absl::StrCat(violation.op_index, " ", violation.name()));
  }
  return names;
}

TEST(OracleTest, AcceptsAFaithfulTrace) {
  const Scenario scenario = ScenarioOf(R"(
    machine frames=9
    map 0x550000000000 0x2000 rw- lazy
    user.store 0x550000000000 0x2000
    unmap 0x550000000000 0x1000
    user.load 0x550000000000 1
  )");
  Oracle oracle;
  for (int round = 0; round < 3; ++round) {
    const Verdict& verdict = oracle.Judge(scenario, FaithfulTrace(scenario));
    EXPECT_TRUE(verdict.ok());
    EXPECT_THAT(verdict.violations, IsEmpty());
    EXPECT_EQ(verdict.judged_ops, 4u);
    EXPECT_EQ(PrintVerdict(scenario, verdict), "ok: 4 operations\n");
  }
}

TEST(OracleTest, AcceptsTheEmptyScenario) {
  Trace trace;
  trace.frames_after_reset = kMachineFrames;
  EXPECT_TRUE(Oracle().Judge(Scenario(), trace).ok());
}

TEST(OracleTest, ReportsTheOperationAtWhichItHappened) {
  const Scenario scenario = ScenarioOf(
      "map 0x550000000000 0x2000 rw- lazy\n"
      "\n"
      "user.load 0x550000002000 1 => EFAULT\n"
      "user.load 0x550000000000 1\n");
  Trace trace = FaithfulTrace(scenario);
  trace.ops[1].outcome = Outcome::Ok();
  Oracle oracle;
  const Verdict& verdict = oracle.Judge(scenario, trace);
  EXPECT_FALSE(verdict.ok());
  EXPECT_THAT(NamesOf(verdict), ElementsAre("1 access.result"));
  EXPECT_EQ(PrintVerdict(scenario, verdict),
            "line 3: user.load 0x550000002000 0x1: access.result: wanted EFAULT, got ok\n");
  EXPECT_EQ(verdict.judged_ops, 3u);
}

TEST(OracleTest, StopsWhereMachineAndModelDiffer) {
  const Scenario scenario = ScenarioOf(R"(
    map 0x550000000000 0x2000 rw- lazy
    user.load 0x550000000000 1
    user.load 0x550000001000 1
  )");
  Trace trace = FaithfulTrace(scenario);
  for (size_t i = 1; i < 3; ++i) {
    ++trace.ops[i].pages_populated;
    --trace.ops[i].frames_free;
  }
  Oracle oracle;
  const Verdict& verdict = oracle.Judge(scenario, trace);
  EXPECT_THAT(NamesOf(verdict), ElementsAre("1 population.pages"));
  EXPECT_EQ(verdict.not_judged, (NotJudged{2, NotJudgedReason::kStateDiffers, 0}));
  EXPECT_THAT(PrintVerdict(scenario, verdict),
              HasSubstr("0x1: machine and model are in different states\n"));
  EXPECT_EQ(verdict.judged_ops, 2u);
}

// The events that a correct machine records for the last line of kRacedGet.
constexpr char kRacedGet[] =
    "machine cpus=2\n"
    "map 0x550000000000 0x1000 rw- lazy\n"
    "@1 race check 1 user.load 0x550000000000 1\n"
    "@1 race check 1 protect 0x550000000000 0x1000 rw-\n"
    "const.get u8 0x550000000000\n";

struct RacedGet {
  OpRecord record;
  std::vector<Event> events;
  uint64_t frames_after_reset = 0;
};

RacedGet FaithfulRacedGet(const Trace& trace) {
  Event raced = MakeEvent(EventKind::kRaced);
  raced.cpu = 1;
  raced.index = 1;
  raced.size = Outcome::Ok().length;
  raced.fingerprint = Outcome::Ok().fingerprint;
  return {
      .record = trace.ops[3],
      .events = {MakeEvent(EventKind::kLockTaken), MakeEvent(EventKind::kChecked, At(0), 1),
                 MakeEvent(EventKind::kPopulated, At(0), kPageBytes),
                 MakeEvent(EventKind::kLockReleased), raced},
      .frames_after_reset = trace.frames_after_reset,
  };
}

TEST(OracleTest, CallsEveryChecker) {
  const struct {
    const char* name;  // nothing: of the faithful trace
    void (*change)(RacedGet* get);
  } kCases[] = {
      {"", [](RacedGet*) {}},
      {"lock.not_released", [](RacedGet* get) { get->record.lock_held = true; }},
      {"flag.stuck", [](RacedGet* get) { get->record.flag = true; }},
      {"access.kernel_half",
       [](RacedGet* get) {
         get->events.push_back(MakeEvent(EventKind::kAttemptBegun, kWindowEnd, 1));
         get->events.push_back(MakeEvent(EventKind::kAttemptEnded, kWindowEnd, 1));
       }},
      {"population.error",
       [](RacedGet* get) {
         get->events[2].ok = false;
         get->events[2].error = ENOMEM;
       }},
      {"check.order", [](RacedGet* get) { std::swap(get->events[1], get->events[2]); }},
      {"fault.kernel_bug",
       [](RacedGet* get) {
         get->events.push_back(
             MakeFault(At(0), FaultDisposition::kKernelBug, KernelBug::kFlagClear));
       }},
      {"time.unbounded",
       [](RacedGet* get) { get->events.insert(get->events.end(), 9999, get->events.back()); }},
      {"access.result", [](RacedGet* get) { get->record.outcome = Outcome::Error(EFAULT); }},
      {"access.result",  // of the raced access
       [](RacedGet* get) {
         get->events.back().ok = false;
         get->events.back().error = EFAULT;
       }},
      {"access.result",  // of the raced set-up
       [](RacedGet* get) {
         get->events.push_back(get->events.back());
         get->events.back().index = 2;
         get->events.back().ok = false;
         get->events.back().error = ENOMEM;
       }},
      {"access.double_fetch", [](RacedGet* get) { get->record.again = {1, At(0)}; }},
      {"population.pages", [](RacedGet* get) { ++get->record.pages_populated; }},
      {"frames.lost", [](RacedGet* get) { --get->frames_after_reset; }},
  };
  const Scenario scenario = ScenarioOf(kRacedGet);
  Oracle oracle;
  for (const auto& test : kCases) {
    Trace trace = FaithfulTrace(scenario);
    RacedGet get = FaithfulRacedGet(trace);
    test.change(&get);
    trace.ops[3] = get.record;
    trace.frames_after_reset = get.frames_after_reset;
    AddEvents(get.events, 3, &trace);
    const std::vector<std::string> names = NamesOf(oracle.Judge(scenario, trace));
    if (*test.name == '\0') {
      EXPECT_THAT(names, IsEmpty());
    } else {
      EXPECT_THAT(names, Contains(absl::StrCat("3 ", test.name)));
    }
  }
}

TEST(OracleTest, ReportsTheCauseFirst) {
  const Scenario scenario = ScenarioOf(
      "map 0x550000000000 0x1000 rw- lazy\n"
      "const.cstr u8 0x550000000000\n");
  Trace trace = FaithfulTrace(scenario);
  Event begun = MakeEvent(EventKind::kAttemptBegun, At(0), 0x1000);
  Event fault = MakeFault(At(0), FaultDisposition::kKernelBug, KernelBug::kLockHeld);
  begun.lock_held = fault.lock_held = true;
  AddEvents({MakeEvent(EventKind::kLockTaken), MakeEvent(EventKind::kChecked, At(0), 0x1000), begun,
             MakeEvent(EventKind::kLockTakenTwice), fault},
            1, &trace);
  trace.ops[1].outcome = Outcome::Panic();
  trace.ops[1].lock_held = true;
  Oracle oracle;
  EXPECT_THAT(NamesOf(oracle.Judge(scenario, trace)),
              ElementsAre("1 lock.held_in_attempt", "1 lock.taken_twice"));
}

TEST(OracleTest, AProvokedPanicIsNoFinding) {
  const Scenario scenario = ScenarioOf(
      "kernel.load 0x550000000000 => violation fault.kernel_bug\n"
      "map 0x550000000000 0x1000 rw- lazy\n");
  Trace trace = FaithfulTrace(scenario);
  AddEvents({MakeFault(At(0), FaultDisposition::kKernelBug, KernelBug::kFlagClear)}, 0, &trace);
  Oracle oracle;
  const Verdict& verdict = oracle.Judge(scenario, trace);
  EXPECT_TRUE(verdict.ok());
  EXPECT_THAT(NamesOf(verdict), ElementsAre("0 fault.kernel_bug"));
  EXPECT_TRUE(IsStated(scenario, verdict.violations[0]));
  EXPECT_THAT(CheckStated(scenario, trace, verdict), IsEmpty());
  EXPECT_THAT(PrintVerdict(scenario, verdict), HasSubstr("fault.kernel_bug (provoked): wanted"));
}

TEST(OracleTest, AProvokedPanicThatDoesNotHappenIsAFinding) {
  const Scenario scenario = ScenarioOf(
      "kernel.load 0x550000000000\n"
      "map 0x550000000000 0x1000 rw- lazy\n");
  Trace trace = FaithfulTrace(scenario);
  trace.ops[0].outcome = Outcome::Ok();
  trace.ops[1].outcome = Outcome::Ok();
  EXPECT_THAT(NamesOf(Oracle().Judge(scenario, trace)), ElementsAre("0 access.result"));
}

TEST(OracleTest, ReportsAnOperationThatRanAfterAPanic) {
  const Scenario scenario = ScenarioOf("kernel.load 0\nframes 3\n");
  Trace trace = FaithfulTrace(scenario);
  AddEvents({MakeFault(0, FaultDisposition::kKernelBug, KernelBug::kFlagClear)}, 0, &trace);
  trace.ops[1].outcome = Outcome::Ok();
  EXPECT_THAT(NamesOf(Oracle().Judge(scenario, trace)),
              ElementsAre("0 fault.kernel_bug", "1 access.result"));
}

TEST(OracleTest, ReportsFramesMissingAfterTheResetAtTheLastOperation) {
  const Scenario scenario = ScenarioOf("map 0x550000000000 0x2000 rw- eager\nframes 5\n");
  Trace trace = FaithfulTrace(scenario);
  EXPECT_EQ(trace.frames_after_reset, 7u);
  trace.frames_after_reset = 6;
  EXPECT_THAT(NamesOf(Oracle().Judge(scenario, trace)), ElementsAre("1 frames.lost"));
}

TEST(OracleTest, OperationsWhoseEventsWereDroppedAreNotJudged) {
  const Scenario scenario = ScenarioOf(
      "map 0x550000000000 0x1000 rw- eager\n"
      "const.get u8 0x550000000000\n");
  Trace trace = FaithfulTrace(scenario);
  Oracle oracle;
  EXPECT_THAT(NamesOf(oracle.Judge(scenario, trace)),
              ElementsAre("1 population.pages", "1 check.range", "1 check.order"));
  trace.ops[1].events_dropped = 3;
  trace.max_events = 70;
  const Verdict& verdict = oracle.Judge(scenario, trace);
  EXPECT_TRUE(verdict.ok());
  EXPECT_EQ(verdict.judged_ops, 1u);
  EXPECT_EQ(verdict.not_judged, (NotJudged{1, NotJudgedReason::kEventsDropped, 70}));
  EXPECT_EQ(
      PrintVerdict(scenario, verdict),
      "ok: 1 operation\n"
      "not judged: line 2: const.get u8 0x550000000000: the run left more than 70 events, and "
      "the others were not recorded\n");
  trace.ops[1].events_dropped = 0;
  EXPECT_FALSE(oracle.Judge(scenario, trace).not_judged.has_value()) << "nothing of before is left";
}

// Races late in an access are recorded as events; without the events, later states are unknown.
TEST(OracleTest, NothingIsJudgedAfterDroppedEvents) {
  const Scenario scenario = ScenarioOf(R"(
    frames 5
    frames 6
    frames 7 => violation frames.lost
  )");
  Trace trace = FaithfulTrace(scenario);
  trace.ops[1].events_dropped = 1;
  trace.ops[2].frames_free = 3;
  trace.frames_after_reset = 2;
  Oracle oracle;
  const Verdict& verdict = oracle.Judge(scenario, trace);
  EXPECT_THAT(verdict.violations, IsEmpty());
  EXPECT_THAT(CheckStated(scenario, trace, verdict), IsEmpty()) << "neither met nor unmet";
  EXPECT_THAT(PrintVerdict(scenario, verdict), HasSubstr("frames 6, and the 1 after it: "));
}

TEST(OracleTest, ChecksStatedExpectations) {
  const Scenario scenario = ScenarioOf(R"(
    map 0x550000000000 0x1000 rw- lazy => ok
    map 0x550000000000 0x1000 rw- lazy => EINVAL
    user.load 0x550000000000 1 => ok
    const.slice u8 0x550000000000 2 => ok len=2
    const.slice u8 0x550000000000 2 => ok len=3
    const.slice u8 0x550000000000 2 => ok len=2 fnv=08328807b4eb6fed
    const.slice u8 0x550000000000 2 => ok len=2 fnv=08328807b4eb6fee
    user.load 0x550000000000 1 => violation flag.stuck
    user.load 0x550000000000 1 => violation lock.not_released
  )");
  Trace trace = FaithfulTrace(scenario);
  trace.ops[7].flag = true;
  trace.ops[8].flag_before = trace.ops[8].flag = true;
  Oracle oracle;
  const Verdict& verdict = oracle.Judge(scenario, trace);
  const std::vector<UnmetExpectation> unmet = CheckStated(scenario, trace, verdict);
  std::vector<size_t> lines;
  lines.reserve(unmet.size());
  for (const UnmetExpectation& one : unmet) lines.push_back(one.op_index);
  EXPECT_THAT(lines, ElementsAre(1, 4, 6, 8));
  EXPECT_THAT(PrintUnmet(scenario, unmet), HasSubstr("stated EINVAL, got EEXIST\n"));
  EXPECT_THAT(PrintUnmet(scenario, unmet),
              HasSubstr("stated violation lock.not_released, got ok without that violation\n"));
}

// A string access with a race line before it; the race happened or did not.
struct Raced {
  Scenario scenario;
  Trace trace;
};
Raced RacedBy(const std::string& race, const std::string& stated) {
  Raced raced = {ScenarioOf("machine cpus=2\nmap 0x550000000000 0x1000 rw- eager\n" + race +
                            "\n@1 const.str 0x550000000000" + stated + "\n"),
                 {}};
  raced.trace = FaithfulTrace(raced.scenario);
  return raced;
}
std::string Unmet(const Raced& raced) {
  return PrintUnmet(raced.scenario, CheckStated(raced.scenario, raced.trace, Verdict()));
}

TEST(OracleTest, ARaceThatNeverHappensIsUnmetIfAnythingIsStated) {
  for (const char* stated : {" => ok", " => ok len=0"}) {
    EXPECT_EQ(Unmet(RacedBy("race check 2 frames 0", stated)),
              "line 3: race check 2 frames 0: stated no `=> never`, got never: no check happened "
              "in line 4\n");
    EXPECT_EQ(Unmet(RacedBy("race check 2 frames 0 => never", stated)), "");
  }
  EXPECT_EQ(Unmet(RacedBy("race check 2 frames 0", "")), "");
  EXPECT_EQ(Unmet(RacedBy("race check 2 frames 0 => never", "")), "");
}

TEST(OracleTest, ARaceThatHappensAlthoughNeverIsStatedIsUnmet) {
  for (const char* stated : {" => ok", ""}) {
    Raced raced = RacedBy("race check 2 frames 0 => never", stated);
    raced.trace.ops[1].race = RaceRecord{.outcome = Outcome::Ok()};
    EXPECT_EQ(Unmet(raced),
              "line 3: race check 2 frames 0: stated never, got CPU 0 in line 4: ok\n");
    raced.scenario.ops[1].expect = {};
    EXPECT_EQ(Unmet(raced), "");
  }
}

TEST(RaceReportTest, SaysWhyARaceNeverHappened) {
  const auto why = [](const std::string& race, std::array<uint32_t, kRacePointCount> reached) {
    Raced raced = RacedBy(race, "");
    raced.trace.ops[2].reached = reached;
    const std::vector<RaceReport> reports = ReportRaces(raced.scenario, raced.trace);
    EXPECT_EQ(reports.size(), 1u);
    EXPECT_EQ(reports[0].op_index, 1u);
    EXPECT_EQ(reports[0].access_index, 2u);
    EXPECT_FALSE(reports[0].happened);
    return PrintRace(raced.scenario, reports[0]);
  };
  EXPECT_EQ(why("race check 5 frames 0", {0, 9, 9, 9}), "never: no check happened in line 4");
  EXPECT_EQ(why("race check 5 frames 0", {1, 9, 9, 9}), "never: only 1 check happened in line 4");
  EXPECT_EQ(why("race fault 5 frames 0", {9, 4, 9, 9}), "never: only 4 faults happened in line 4");
  EXPECT_EQ(why("race use 2 frames 0", {9, 9, 1, 9}), "never: only 1 use happened in line 4");
  EXPECT_EQ(why("race load 5 frames 0", {9, 9, 9, 3}), "never: only 3 loads happened in line 4");
  EXPECT_EQ(why("@1 race check 1 user.load 0 1", {1, 0, 0, 0}),
            "never: CPU 1 makes the access in line 4 itself");
}

TEST(RaceReportTest, SaysWhereNoAccessOfTheRaceRan) {
  const Scenario scenario = ScenarioOf(
      "race check 1 frames 0\nkernel.load 0\nrace check 1 frames 0\nuser.load 0 1\n"
      "race use 1 frames 0\nrace use 1 frames 1\n");
  Trace trace = FaithfulTrace(scenario);
  std::string text = PrintRaces(scenario, ReportRaces(scenario, trace));
  EXPECT_THAT(text,
              HasSubstr("line 1: race check 1 frames 0: never: no check happened in line 2\n"
                        "line 3: race check 1 frames 0: never: the kernel had stopped before"));
  trace.ops[5].outcome = Outcome::Armed();
  text = PrintRaces(scenario, ReportRaces(scenario, trace));
  EXPECT_THAT(text, HasSubstr("line 6: race use 1 frames 1: never: no access comes after it\n"));
}

TEST(RaceReportTest, SaysOnWhichCpuAndInWhichLineARaceHappened) {
  Raced raced = RacedBy("@1 race load 7 user.load 0 1", "");
  raced.trace.ops[1].race =
      RaceRecord{.outcome = Outcome::Error(EFAULT), .load_address = 0x550000000010};
  EXPECT_EQ(PrintRaces(raced.scenario, ReportRaces(raced.scenario, raced.trace)),
            "line 3: @1 race load 7 user.load 0x0 0x1: CPU 1 in line 4, before the load of "
            "0x550000000010: EFAULT\n");
  for (Op& op : raced.scenario.ops) op.line = 0;
  raced.trace.ops[1].race = RaceRecord{.outcome = Outcome::Panic()};
  EXPECT_EQ(PrintRace(raced.scenario, ReportRaces(raced.scenario, raced.trace)[0]),
            "CPU 1 in operation 3: panic");
}

// A run of `count` operations, each of which breaks one rule.
struct ManyViolations {
  Scenario scenario = ScenarioOf("frames 5\n");
  Trace trace;

  explicit ManyViolations(size_t count) {
    scenario.ops.assign(count, Op(scenario.ops[0]));
    trace = FaithfulTrace(scenario);
    for (OpRecord& record : trace.ops) record.outcome = Outcome::Error(ENOMEM);
  }
};

TEST(OracleTest, FindsAllViolationsHoweverManyThereAre) {
  ManyViolations many(3 * kMaxListedViolations);
  StatedExpectation& stated = many.scenario.ops.back().expect;
  stated.kind = StatedExpectation::Kind::kViolation;
  stated.violation = ViolationKind::kFramesLost;
  Oracle oracle;
  const Verdict& verdict = oracle.Judge(many.scenario, many.trace);
  EXPECT_EQ(verdict.violations.size(), 3 * kMaxListedViolations);
  EXPECT_EQ(verdict.judged_ops, 3 * kMaxListedViolations);
  EXPECT_EQ(verdict.not_judged, std::nullopt);
  EXPECT_THAT(CheckStated(many.scenario, many.trace, verdict), SizeIs(1))
      << "also what the last operation states is looked at";
}

TEST(ReportTest, SaysHowManyViolationsItDoesNotList) {
  for (const size_t more : {size_t{0}, size_t{1}, size_t{23}}) {
    const ManyViolations many(kMaxListedViolations + more);
    Verdict verdict = Oracle().Judge(many.scenario, many.trace);
    const std::string text = PrintVerdict(many.scenario, verdict);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'),
              static_cast<std::ptrdiff_t>(kMaxListedViolations + (more > 0 ? 1 : 0)));
    if (more == 0) {
      EXPECT_THAT(text, Not(HasSubstr("more violations")));
      continue;
    }
    EXPECT_THAT(text, HasSubstr(absl::StrCat("\nand ", more, " more violations: ", more,
                                             " of access.result\n")));
  }
}

TEST(ReportTest, CountsUnlistedViolationsByName) {
  const ManyViolations many(kMaxListedViolations);
  Verdict verdict = Oracle().Judge(many.scenario, many.trace);
  verdict.violations.push_back({.rule = Rule::kKernelBugFault, .provoked = true});
  verdict.violations.push_back({.rule = Rule::kKernelBugFault, .provoked = false});
  verdict.violations.push_back({.rule = Rule::kKernelBugFault, .provoked = true});
  EXPECT_EQ(PrintUnlisted(verdict),
            "and 3 more violations: 2 of fault.kernel_bug (provoked), 1 of fault.kernel_bug\n");
  EXPECT_THAT(ListedOf(verdict), SizeIs(kMaxListedViolations));
}

TEST(ReportTest, PlacesAreLinesOrNumbersOfOperations) {
  Scenario scenario = ScenarioOf("\nframes 3\n");
  EXPECT_EQ(PrintPlace(scenario, 0), "line 2");
  scenario.ops[0].line = 0;
  EXPECT_EQ(PrintPlace(scenario, 0), "op 0");
  const Violation violation{.rule = Rule::kFramesLostByReset,
                            .op_index = 0,
                            .address = 0x1000,
                            .wanted = value::Count{3},
                            .got = value::Count{2}};
  EXPECT_EQ(PrintViolation(scenario, violation),
            "op 0: frames 3: frames.lost: wanted 3 frames free after the reset, got 2, at 0x1000");
}

TEST(ViolationTest, EveryNameHasItsFamilyAndOneSentence) {
  for (const ViolationMeaning& entry : kViolationMeanings) {
    const absl::string_view name = ViolationName(entry.kind);
    EXPECT_NE(name.find('.'), absl::string_view::npos);
    EXPECT_TRUE(!entry.meaning.empty() && entry.meaning.back() == '.') << name;
    EXPECT_EQ(MeaningOf(entry.kind), entry.meaning);
  }
}

TEST(ViolationTest, EveryRuleHasANameOfItsOwn) {
  std::set<absl::string_view> names;
  for (const RuleInfo& info : kRules) EXPECT_TRUE(names.insert(info.name).second) << info.name;
}

// A run without violations must not allocate memory; a run with violations need not either.
TEST(ViolationTest, OwnsNoMemory) { EXPECT_TRUE(std::is_trivially_copyable_v<Violation>); }

}  // namespace
}  // namespace sim
