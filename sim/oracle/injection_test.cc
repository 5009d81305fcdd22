// On each subject, for every access: the n-th frame, population or lock fails, for each n until
// none fails any more. The access returns an error, and no frame is lost.
#include <cerrno>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sim/oracle/oracle.h"
#include "sim/oracle/report.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario_text.h"
#include "sim/subject/subjects.h"

namespace sim {
namespace {

using Point = Injector::Point;

constexpr uint64_t kFrames = 100;
// Bound on n; no access here takes as many frames, populations or locks.
constexpr uint64_t kMaxNth = 50;

// A table of io vectors on its own page, after the layout.
constexpr char kTable[] =
    "map 0x550000010000 0x1000 rw- eager\n"
    "fill 0x550000010000 iov 0x550000000ff0 32 0 0 0x550000001ffc 8\n";

// Three pages: two with text and one with zeros, so that strings end in the third page.
struct Layout {
  const char* name;
  const char* text;
};
constexpr Layout kLayouts[] = {
    {"lazy, text first", "map 0x550000000000 0x3000 rw- lazy\nfill 0x550000000000 0x2000 97\n"},
    {"lazy, all absent", "map 0x550000000000 0x3000 rw- lazy\n"},
    {"copy on write", "map 0x550000000000 0x3000 rw- cow\nprotect 0x550000001000 0x2000 rw-\n"},
    {"file", "map 0x550000000000 0x4000 rw- file:0x2800\nfill 0x550000000000 0x1000 97\n"},
    {"shared memory", "map 0x550000000000 0x3000 rw- shared\n"},
    {"two areas", "map 0x550000000000 0x1000 rw- cow\nmap 0x550000001000 0x2000 rwx lazy\n"},
    {"table of strings",
     "map 0x550000000000 0x4000 rw- lazy\nfill 0x550000000ff8 \"a string\"\n"
     "pointers 0x550000002000 0x550000000ffc 0x550000003000 0x550000000ffc\n"},
    {"all there", "map 0x550000000000 0x3000 rw- eager\nfill 0x550000000000 0x2000 97\n"},
};

// Every function of the library, by both pointers, and every access by user code: see EveryVerb.
constexpr const char* kAccesses[] = {
    "const.get u64 0x550000002000",
    "mut.get u64 0x550000002000",
    "const.get q8192 0x550000000008",
    "mut.get q8192 0x550000000008",
    "const.slice u8 0x550000000ff0 0x1020",
    "mut.slice u16 0x550000000000 0x1800",
    "const.cstr u8 0x550000000010",
    "mut.cstr u8 0x550000000010",
    "const.cstr b3 0x550000000001",
    "mut.cstr u64x3 0x550000000008",
    "const.str 0x550000000000",
    "copy_str 0x550000000010 0x3000",
    "copy_bytes_until_nul 0x550000000010 0x3000",
    "str_length 0x550000000010 0x3000",
    "write_str 0x550000000ffc 64 \"over the end of a page\"",
    "user_strings 0x550000002000 4 0x100",
    "copy_in 0x550000000ff0 0x1020",
    "copy_out 0x550000000ff0 0x1020",
    "zero_user 0x550000000ff0 0x1020",
    "read_array u64x3 0x550000000ff0 172",
    "write_array u32x3 0x550000000ff4 344",
    "zero_array q8192 0x550000000008 1",
    "read_versioned u64x3 0x550000000ff8 16",
    "write_versioned q4096 0x550000000010 4096",
    "readv 0x550000010000 3 64",
    "writev 0x550000010000 3 36",
    "read_value u64 0x550000002000",
    "read_value q8192 0x550000000008",
    "read_unaligned u64x3 0x550000001fff",
    "write_value u64 0x550000002000",
    "write_value q8192 0x550000000008",
    "write_unaligned u64 0x550000001fff",
    "atomic.load u32 0x550000002004",
    "atomic.store u64 0x550000002000 0",
    "atomic.exchange u64 0x550000002000 0",
    "atomic.compare_exchange u32 0x550000002000 1",
    "atomic.fetch_add u32 0x550000002000 0",
    "atomic.fetch_or u64 0x550000002ff8 0",
    "atomic.fetch_and u32 0x550000002ffc 0xffffffff",
    "atomic.fetch_xor u64 0x550000002000 0",
    "no_fault.read u64x3 0x550000001ff8 2",
    "no_fault.write u32 0x550000002ffc 3",
    "no_fault.exchange u64 0x550000002ff8 2",
    "const.access u64 0x550000002000",
    "mut.access u64 0x550000002000",
    "const.access u8 0x550000000000 0x3000",
    "mut.access u8 0x550000000000 0x3000",
    "user.load 0x550000000000 0x3000",
    "user.store 0x550000000000 0x3000",
};

// Arms the injector before one operation, and records whether it fired during the operation.
class InjectBefore : public RunObserver {
 public:
  InjectBefore(size_t op_index, Point point, uint64_t nth)
      : op_index_(op_index), point_(point), nth_(nth) {}
  void BeforeOperation(size_t index, Machine& machine) override {
    if (index == op_index_) machine.injector().Arm(point_, nth_);
  }
  void AfterOperation(size_t index, Machine& machine, const Outcome& /*outcome*/) override {
    if (index != op_index_) return;
    fired_ = machine.injector().fired();
    machine.injector().Disarm();
  }
  bool fired() const { return fired_; }

 private:
  const size_t op_index_;
  const Point point_;
  const uint64_t nth_;
  bool fired_ = false;
};

class InjectionTest : public testing::Test {
 protected:
  void SetUp() override {
    auto runner = Runner::Create();
    ASSERT_TRUE(runner.ok()) << runner.status();
    runner_ = *std::move(runner);
  }

  Scenario Parse(const std::string& text) {
    const auto scenario = ParseScenario(
        absl::StrCat("machine frames=", kFrames, " lock=", lock_, "\n", text), "test");
    EXPECT_TRUE(scenario.ok()) << scenario.status();
    return *scenario;
  }

  // Runs `scenario`, and expects that the oracle judges all of it and finds no violation.
  Trace RunJudged(const Scenario& scenario) {
    runner_->set_observer(nullptr);
    const Trace& trace = runner_->Run(scenario);
    const Verdict& verdict = oracle_.Judge(scenario, trace);
    EXPECT_TRUE(verdict.ok()) << PrintScenario(scenario) << PrintVerdict(scenario, verdict);
    EXPECT_FALSE(verdict.not_judged) << PrintScenario(scenario) << PrintVerdict(scenario, verdict);
    return trace;
  }

  // Makes the `nth` operation at `point` in `access` fail, then repeats `access`. Returns whether
  // there was an n-th.
  bool Inject(const Layout& layout, const std::string& access, Point point, uint64_t nth) {
    const Scenario scenario = Parse(absl::StrCat(layout.text, kTable, access, "\n", access, "\n"));
    const Trace undisturbed = RunJudged(scenario);
    const size_t attacked = scenario.ops.size() - 2;
    InjectBefore inject(attacked, point, nth);
    runner_->set_observer(&inject);
    const Trace trace = runner_->Run(scenario);  // copied, since later runs overwrite it
    if (!inject.fired()) {
      EXPECT_EQ(trace.ops[attacked].outcome, undisturbed.ops[attacked].outcome);
      return false;
    }
    ExpectNothingLost(trace);
    ExpectAsByALine(layout, access, point, nth, trace.ops[attacked]);
    const bool is_tried_again =
        ChecksPageByPage(scenario.ops[attacked].verb) && point != Point::kLock;
    if (is_tried_again && trace.ops[attacked].outcome == undisturbed.ops[attacked].outcome) {
      return true;
    }
    Outcome wanted = ErrorOf(trace, attacked, point);
    const uint64_t done = trace.ops[attacked].outcome.length;
    if (InfoOf(scenario.ops[attacked].verb).extent == Extent::kTable) {
      // The bytes of the earlier segments count as done.
      wanted.length = std::min(done, undisturbed.ops[attacked].outcome.length - 1);
    } else if (ReportsDone(scenario.ops[attacked].verb)) {
      wanted.length = done;  // compared by ExpectLikeScarcity
    }
    EXPECT_EQ(trace.ops[attacked].outcome, wanted);
    EXPECT_EQ(trace.ops.back().outcome, undisturbed.ops[attacked].outcome)
        << "the next access works, with the bytes that were there: nothing was stored";
    EXPECT_EQ(undisturbed.ops.back().outcome.kind, Outcome::Kind::kOk);
    if (point == Point::kFrame) ExpectLikeScarcity(layout, access, nth, trace.ops[attacked]);
    return true;
  }

  // The outcome for the caller: the injected error, or EFAULT if the failure occurred in the fault
  // handler.
  static Outcome ErrorOf(const Trace& trace, size_t attacked, Point point) {
    for (const Event& event : trace.EventsOf(attacked)) {
      const bool refused = event.kind == EventKind::kFault && !event.ok;
      if (refused) return Outcome::Error(EFAULT);
    }
    return Outcome::Error(point == Point::kLock ? EINTR : ENOMEM);
  }

  // Expects that no frame is lost, and that flag and lock are restored.
  void ExpectNothingLost(const Trace& trace) {
    for (const OpRecord& record : trace.ops) {
      EXPECT_FALSE(record.flag);
      EXPECT_FALSE(record.lock_held);
      EXPECT_EQ(record.frames_free + record.pages_populated - record.pages_shared, kFrames);
    }
    EXPECT_EQ(trace.frames_after_reset, kFrames);
  }

  // Expects the same result from an `inject` line, as the model predicts.
  void ExpectAsByALine(const Layout& layout, const std::string& access, Point point, uint64_t nth,
                       const OpRecord& injected) {
    const char* const name = point == Point::kFrame        ? "frame"
                             : point == Point::kPopulation ? "population"
                                                           : "lock";
    const Scenario scenario =
        Parse(absl::StrCat(layout.text, kTable, "inject ", name, " ", nth, "\n", access, "\n"));
    const OpRecord record = RunJudged(scenario).ops.back();
    EXPECT_EQ(record.outcome, injected.outcome);
    EXPECT_EQ(record.injected, 1u);
    EXPECT_EQ(record.pages_populated, injected.pages_populated);
    EXPECT_EQ(record.frames_free, injected.frames_free);
  }

  // Expects the same result as on a machine with only nth - 1 free frames. A scenario can state
  // that, so that the model judges the run.
  void ExpectLikeScarcity(const Layout& layout, const std::string& access, uint64_t nth,
                          const OpRecord& injected) {
    const Scenario scarce =
        Parse(absl::StrCat(layout.text, kTable, "frames ", nth - 1, "\n", access, "\n"));
    const OpRecord record = RunJudged(scarce).ops.back();
    EXPECT_EQ(injected.outcome, record.outcome);
    EXPECT_EQ(injected.pages_populated, record.pages_populated);
    EXPECT_EQ(injected.pages_shared, record.pages_shared);
    EXPECT_EQ(injected.populated_in_reach, record.populated_in_reach);
  }

  // Fails each operation at `point` in `access` once. Returns their number.
  uint64_t Sweep(const Layout& layout, const std::string& access, Point point) {
    for (uint64_t nth = 1; nth <= kMaxNth; ++nth) {
      SCOPED_TRACE(absl::StrCat(layout.name, ": ", access, ": number ", nth));
      if (!Inject(layout, access, point, nth)) return nth - 1;
    }
    ADD_FAILURE() << layout.name << ": " << access << ": it never ends";
    return kMaxNth;
  }

  using Counts = std::map<std::string, std::map<std::string, uint64_t>>;

  // Runs Sweep for all layouts and accesses with each subject, and expects equal numbers of
  // failures from each subject. Returns the number for one subject.
  uint64_t SweepAll(Point point) {
    for (const axptr_subject* const subject : LinkedSubjects()) {
      SCOPED_TRACE(subject->name);
      runner_->set_subject(*subject);
      Counts counts;
      for (const Layout& layout : kLayouts) {
        for (const char* access : kAccesses) {
          counts[layout.name][access] = Sweep(layout, access, point);
        }
      }
      if (!counts_.empty()) {
        EXPECT_EQ(counts, counts_);
      }
      counts_ = std::move(counts);
    }
    uint64_t failures = 0;
    for (const auto& [layout, by_access] : counts_) {
      for (const auto& [access, count] : by_access) failures += count;
    }
    RecordProperty("failures", std::to_string(failures));
    return failures;
  }

  const char* lock_ = "on";
  Counts counts_;  // the same for each subject
  std::unique_ptr<Runner> runner_;
  Oracle oracle_;
};

TEST(EveryVerb, OfTheLibraryAndOfUsersIsInjected) {
  std::set<Verb> injected;
  for (const char* access : kAccesses) {
    const auto scenario = ParseScenario(access, "access");
    ASSERT_TRUE(scenario.ok()) << scenario.status();
    injected.insert(scenario->ops[0].verb);
  }
  for (const VerbInfo& info : AllVerbs()) {
    const bool may_fail =
        info.verb_class == VerbClass::kLibrary || info.verb_class == VerbClass::kUser;
    EXPECT_EQ(injected.contains(info.verb), may_fail) << info.name;
  }
}

TEST_F(InjectionTest, AnyFrameMayBeMissing) {
  EXPECT_GT(SweepAll(Point::kFrame), 50u);
  EXPECT_EQ(counts_["lazy, all absent"]["mut.access u8 0x550000000000 0x3000"], 3u);
  EXPECT_EQ(counts_["lazy, all absent"]["user.load 0x550000000000 0x3000"], 3u);
  EXPECT_EQ(counts_["lazy, text first"]["const.cstr u8 0x550000000010"], 1u);
  EXPECT_EQ(counts_["copy on write"]["mut.slice u16 0x550000000000 0x1800"], 3u);
  EXPECT_EQ(counts_["copy on write"]["const.access u8 0x550000000000 0x3000"], 0u);
  EXPECT_EQ(counts_["file"]["user.store 0x550000000000 0x3000"], 2u);
  EXPECT_EQ(counts_["shared memory"]["mut.access u8 0x550000000000 0x3000"], 3u);
  for (const char* access : kAccesses) EXPECT_EQ(counts_["all there"][access], 0u) << access;
}

TEST_F(InjectionTest, AnyPopulationMayFail) {
  EXPECT_GT(SweepAll(Point::kPopulation), 50u);
  EXPECT_EQ(counts_["lazy, all absent"]["mut.access u8 0x550000000000 0x3000"], 1u) << "one call";
  EXPECT_EQ(counts_["lazy, all absent"]["user.store 0x550000000000 0x3000"], 3u) << "three faults";
  EXPECT_EQ(counts_["lazy, text first"]["mut.cstr u8 0x550000000010"], 3u) << "one call a page";
  EXPECT_EQ(counts_["lazy, text first"]["const.cstr u8 0x550000000010"], 1u) << "one fault";
}

TEST_F(InjectionTest, AnyLockMayBeRefused) {
  EXPECT_GT(SweepAll(Point::kLock), 100u);
  EXPECT_EQ(counts_["all there"]["mut.get u64 0x550000002000"], 1u);
  EXPECT_EQ(counts_["all there"]["const.cstr u8 0x550000000010"], 3u) << "one check a page";
  EXPECT_EQ(counts_["lazy, text first"]["const.cstr u8 0x550000000010"], 4u) << "and a fault";
  for (const auto& [layout, counts] : counts_) {
    for (const char* access : kAccesses) {
      if (std::string(access).starts_with("user")) continue;
      EXPECT_GT(counts.at(access), 0u) << layout << ": " << access;
    }
  }
}

TEST_F(InjectionTest, WithoutALockNoneIsRefused) {
  lock_ = "off";
  EXPECT_EQ(SweepAll(Point::kLock), 0u);
}

TEST_F(InjectionTest, ARefusedLockIsPassedOnAsItIs) {
  const Scenario scenario = Parse(absl::StrCat(kLayouts[0].text, "mut.get u64 0x550000002000\n"));
  for (const axptr_subject* const subject : LinkedSubjects()) {
    SCOPED_TRACE(subject->name);
    runner_->set_subject(*subject);
    InjectBefore inject(scenario.ops.size() - 1, Point::kLock, 1);
    runner_->set_observer(&inject);
    const OpRecord& record = runner_->Run(scenario).ops.back();
    EXPECT_EQ(record.outcome, Outcome::Error(EINTR));
    EXPECT_EQ(record.pages_populated, 2u) << "nothing was populated";
    EXPECT_EQ(record.event_count, 0u) << "nothing was checked";
  }
}

}  // namespace
}  // namespace sim
