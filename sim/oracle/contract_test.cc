// Each field of a contract: behaviour that is right by one value is wrong by another value.
#include "sim/oracle/contract.h"

#include <cerrno>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "sim/oracle/check_access.h"
#include "sim/oracle/check_asking.h"
#include "sim/oracle/check_counts.h"
#include "sim/oracle/check_effects.h"
#include "sim/oracle/check_flag.h"
#include "sim/oracle/check_lock.h"
#include "sim/oracle/check_population.h"
#include "sim/oracle/check_touch.h"
#include "sim/oracle/oracle.h"
#include "sim/oracle/testing/hand_made.h"

namespace sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// ---- Fields that the model reads: each changes the outcome of a scenario's last line.

Expectation Predicted(absl::string_view text, const Contract& contract) {
  const Scenario scenario = ScenarioOf(text);
  Model model(scenario.machine, contract);
  Expectation expected;
  for (const Op& op : scenario.ops) expected = model.Step(op);
  return expected;
}

struct PredictedCase {
  const char* field;
  void (*change)(Contract* contract);
  const char* text;
  Outcome by_axptr;
  Outcome by_other;
};

const PredictedCase kPredictedCases[] = {
    {"asks: no checks, so that the hardware's rights decide",
     [](Contract* contract) { contract->asks = contract->may_ask = Contract::Asks::kNothing; },
     "map 0x550000000000 0x1000 -w- eager\nconst.access u8 0x550000000000\n",
     Outcome::Error(EFAULT), Outcome::Ok(1, 0xaf63bd4c8601b7df)},
    {"asks: the address limit only",
     [](Contract* contract) { contract->asks = contract->may_ask = Contract::Asks::kAddressLimit; },
     "map 0x550000000000 0x1000 -w- eager\nconst.access u8 0x550000000000\n",
     Outcome::Error(EFAULT), Outcome::Ok(1, 0xaf63bd4c8601b7df)},
    {"asks: areas, but nothing is populated",
     [](Contract* contract) { contract->asks = Contract::Asks::kAreas; },
     "map 0x550000000000 0x1000 r-- lazy\nconst.get u8 0x550000000000\n",
     Outcome::Ok(1, 0xaf63bd4c8601b7df), Outcome::Panic()},
    {"asks_for_user", [](Contract* contract) { contract->asks_for_user = false; },
     "map 0x550000000000 0x1000 r-- kernel\nconst.slice u8 0x550000000000 0\n"
     "const.get u8 0x550000000000\n",
     Outcome::Error(EFAULT), Outcome::Panic()},
    {"populates_writable_strings",
     [](Contract* contract) { contract->populates_writable_strings = false; },
     "map 0x550000000000 0x1000 rw- cow\nfill 0x550000000000 \"a\"\nunmap 0x550000000000 0x1000\n"
     "map 0x550000000000 0x2000 rw- lazy\nframes 0\nmut.cstr u8 0x550000000000\n",
     Outcome::Error(ENOMEM), Outcome::Error(EFAULT)},
    {"asks_whole_elements", [](Contract* contract) { contract->asks_whole_elements = false; },
     "map 0x550000000000 0x1000 rw- eager\nmap 0x550000001000 0x1000 -w- eager\n"
     "const.cstr b3 0x550000000ffe\n",
     Outcome::Error(EFAULT), Outcome::Ok(0)},
    {"lock: a fault under the lock is a deadlock",
     [](Contract* contract) { contract->lock = Contract::Lock::kThroughout; },
     "map 0x550000000000 0x1000 r-- lazy\nconst.str 0x550000000000\n", Outcome::Ok(0),
     Outcome::Panic()},
    {"checks_alignment", [](Contract* contract) { contract->checks_alignment = false; },
     "map 0x550000000000 0x1000 r-- eager\nconst.cstr u16 0x550000000001\n", Outcome::Error(EFAULT),
     Outcome::Ok(0)},
    {"empty_range: asked about",
     [](Contract* contract) { contract->empty_range = Contract::EmptyRange::kAsked; },
     "const.slice u8 0 0\n", Outcome::Ok(0), Outcome::Error(EFAULT)},
    {"empty_range: ok whatever the address",
     [](Contract* contract) { contract->empty_range = Contract::EmptyRange::kOk; },
     "const.slice u16 1 0\n", Outcome::Error(EFAULT), Outcome::Ok(0)},
    {"max_bytes", [](Contract* contract) { contract->max_bytes = 0xfff; },
     "map 0x550000000000 0x1000 r-- eager\nconst.access u8 0x550000000000 0x1000\n",
     Outcome::Ok(0x1000, 0xb93a0c83ce3b6325), Outcome::Error(EFAULT)},
    {"bad_range", [](Contract* contract) { contract->bad_range = Contract::BadRange::kPanic; },
     "const.slice u64 0x550000000000 0x1000000000000000\n", Outcome::Error(EFAULT),
     Outcome::Panic()},
    {"checks_text", [](Contract* contract) { contract->checks_text = false; },
     "map 0x550000000000 0x1000 r-- eager\nfill 0x550000000000 \"\\xff\\0\"\n"
     "copy_str 0x550000000000 9\n",
     Outcome::Error(EILSEQ), Outcome::Ok(1, 0xaf64724c8602eb6e)},
    {"at_bound", [](Contract* contract) { contract->at_bound = Contract::AtBound::kOk; },
     "map 0x550000000000 0x1000 r-- eager\nfill 0x550000000000 \"ab\\0\"\n"
     "copy_str 0x550000000000 2\n",
     Outcome::Error(ENAMETOOLONG), Outcome::Ok(2, 0x089c4407b545986a)},
    {"on_fault", [](Contract* contract) { contract->on_fault = Contract::OnFault::kPanic; },
     "map 0x550000000000 0x1000 r-- lazy\nframes 0\nconst.str 0x550000000000\n",
     Outcome::Error(EFAULT), Outcome::Panic()},
};

TEST(ContractTest, TheModelPredictsByTheContract) {
  for (const PredictedCase& test : kPredictedCases) {
    Contract other = kAxptrContract;
    test.change(&other);
    const Expectation by_axptr = Predicted(test.text, kAxptrContract);
    const Expectation by_other = Predicted(test.text, other);
    EXPECT_TRUE(by_axptr.Allows(test.by_axptr)) << test.field << PrintOutcome(by_axptr.outcome);
    EXPECT_TRUE(by_other.Allows(test.by_other)) << test.field << PrintOutcome(by_other.outcome);
    EXPECT_FALSE(by_axptr.Allows(test.by_other)) << test.field;
    EXPECT_FALSE(by_other.Allows(test.by_axptr)) << test.field;
  }
}

TEST(ContractTest, ASubjectThatMayCheckMoreMayRefuseMore) {
  static constexpr char kText[] =
      "map 0x550000000000 0x2000 -w- lazy\nfill 0x550000000000 1 1\nframes 0\n"
      "const.access u8 0x550000000000\n";
  Contract limit = kAxptrContract;
  limit.asks = limit.may_ask = Contract::Asks::kAddressLimit;
  Contract more = limit;
  more.may_ask = Contract::Asks::kAreas;
  EXPECT_FALSE(Predicted(kText, limit).Allows(Outcome::Error(EFAULT)));
  EXPECT_TRUE(Predicted(kText, more).Allows(Outcome::Error(EFAULT)));
  EXPECT_TRUE(Predicted(kText, more).Allows(Predicted(kText, limit).outcome));
  EXPECT_FALSE(Predicted(kText, more).Allows(Outcome::Error(ENOMEM)));
  static constexpr char kNoFrame[] =
      "map 0x550000000000 0x2000 r-- lazy\nframes 1\nmut.access u8 0x550000000ff0 0\n"
      "const.access u8 0x550000000ff0 0x20\n";
  Contract most = limit;
  most.may_ask = Contract::Asks::kAreasAndPopulation;
  EXPECT_TRUE(Predicted(kNoFrame, limit).Allows(Outcome::Error(EFAULT)));
  EXPECT_FALSE(Predicted(kNoFrame, limit).Allows(Outcome::Error(ENOMEM)));
  EXPECT_TRUE(Predicted(kNoFrame, most).Allows(Outcome::Error(ENOMEM)));
}

TEST(ContractTest, TheAddressLimitIsThatOfUsers) {
  Contract nothing = kAxptrContract;
  nothing.asks = nothing.may_ask = Contract::Asks::kNothing;
  Contract limit = nothing;
  limit.asks = Contract::Asks::kAddressLimit;
  EXPECT_EQ(Predicted("const.get u8 0xffff800000000000\n", nothing).outcome, Outcome::Panic());
  EXPECT_EQ(Predicted("const.get u8 0xffff800000000000\n", limit).outcome, Outcome::Error(EFAULT));
}

TEST(ContractTest, AnErrorMayReportFewerBytesIfTheContractAllows) {
  Prediction failed{.outcome = {.kind = Outcome::Kind::kError, .length = 20, .error = EFAULT}};
  const auto reports = [&](uint64_t done) {
    return failed.Allows({.kind = Outcome::Kind::kError, .length = done, .error = EFAULT});
  };
  EXPECT_TRUE(reports(20));
  EXPECT_FALSE(reports(19));
  failed.early_bytes = 8;
  EXPECT_TRUE(reports(12));
  EXPECT_FALSE(reports(11));
  EXPECT_FALSE(reports(21)) << "more than there was";
  failed.early_bytes = UINT64_MAX;
  EXPECT_TRUE(reports(1));
  EXPECT_FALSE(reports(0)) << "none at all, though some could be";
  failed.outcome.length = 0;
  EXPECT_TRUE(reports(0));
}

TEST(ContractTest, TheModelTakesEarlyBytesFromTheContract) {
  EXPECT_EQ(Predicted("const.get u8 0\n", kAxptrContract).early_bytes, 0u);
  EXPECT_EQ(Predicted("const.get u8 0\n", kLinuxContract).early_bytes, UINT64_MAX);
}

// ---- What the contract of Linux leaves open, and what it does not.

struct LinuxCase {
  const char* claim;
  const char* text;
  std::vector<Outcome> allowed;
  std::vector<Outcome> wrong;
};

Outcome SomeError(uint64_t done = 0) { return Outcome::Error(kSomeError, done); }

const LinuxCase kLinuxCases[] = {
    {"a copy does a part if it can, whatever refuses the rest",
     "map 0x550000000000 0x1000 rw- eager\ncopy_in 0x550000000ff8 16\n",
     {SomeError(8), SomeError(1)},
     {SomeError(0), SomeError(9), SomeError(16), SomeError(UINT64_MAX - 7), Outcome::Ok(16)}},
    {"what has no frame is refused after what has",
     "machine frames=1\nmap 0x550000000000 0x1000 rw- eager\nmap 0x550000001000 0x1000 rw- lazy\n"
     "copy_out 0x550000000ff8 16\n",
     {SomeError(8), SomeError(1)},
     {SomeError(0), SomeError(9)}},
    {"who asks may refuse a first page that the processor lets through",
     "map 0x550000000000 0x1000 -w- eager\ncopy_in 0x550000000000 16\n",
     {SomeError(0), SomeError(8)},
     {Outcome::Ok(16, 1)}},
    {"a range that ends behind the user's addresses may be refused as a whole",
     "map 0x550ffffff000 0x1000 rw- eager\ncopy_out 0x550ffffffff8 16\n",
     {SomeError(0), SomeError(8)},
     {SomeError(9), Outcome::Ok(16)}},
    {"one that ends with them may not",
     "map 0x550ffffff000 0x1000 rw- eager\ncopy_out 0x550ffffffff8 8\n",
     {Outcome::Ok(8)},
     {SomeError(0), SomeError(4)}},
    {"a word across two pages is stored at once, or byte by byte",
     "map 0x550000000000 0x1000 rw- eager\nwrite_unaligned u64 0x550000000ffc\n",
     {Outcome::Error(EFAULT, 0), Outcome::Error(EFAULT, 4)},
     {Outcome::Error(EFAULT, 5), Outcome::Ok(1)}},
    {"but where all of it is there it is stored",
     "map 0x550000000000 0x2000 rw- eager\nwrite_unaligned u64 0x550000000ffc\n",
     {Outcome::Ok(1)},
     {Outcome::Error(EFAULT, 0)}},
    {"what is no word is not",
     "map 0x550000000000 0x1000 rw- eager\nwrite_unaligned b3 0x550000000ffe\n",
     {Outcome::Error(EFAULT, 2), Outcome::Error(EFAULT, 1)},
     {Outcome::Error(EFAULT, 0)}},
    {"a misaligned futex word is refused",
     "map 0x550000000000 0x1000 rw- eager\natomic.fetch_add u32 0x550000000002 1\n",
     {Outcome::Error(EFAULT), Outcome::Error(EINVAL)},
     {Outcome::Ok(1, 0x4d25767f9dce13f5)}},
    {"segments may be looked at before any of them is moved",
     "map 0x550000000000 0x1000 rw- eager\n"
     "fill 0x550000000000 iov 0x550000000100 0x10 0xffff800000000000 0x10\n"
     "writev 0x550000000000 2 0x20\n",
     {Outcome::Error(EFAULT, 0), Outcome::Error(EFAULT, 16)},
     {Outcome::Error(EFAULT, 17)}},
    {"but one by one where all are the user's",
     "map 0x550000000000 0x1000 rw- eager\n"
     "fill 0x550000000000 iov 0x550000000100 0x10 0x550000005000 0x10\n"
     "writev 0x550000000000 2 0x20\n",
     {Outcome::Error(EFAULT, 16)},
     {Outcome::Error(EFAULT, 17), Outcome::Ok(32)}},
};

TEST(ContractTest, LinuxAllowsTheseOutcomesAndNoOthers) {
  for (const LinuxCase& test : kLinuxCases) {
    const Expectation expected = Predicted(test.text, kLinuxContract);
    for (const Outcome& outcome : test.allowed) {
      EXPECT_TRUE(expected.Allows(outcome)) << test.claim << ": " << PrintOutcome(outcome);
    }
    for (const Outcome& outcome : test.wrong) {
      EXPECT_FALSE(expected.Allows(outcome)) << test.claim << ": " << PrintOutcome(outcome);
    }
  }
}

// The prediction for a read after a store that reported `done` bytes before an error.
Expectation ReadAfterStoreThatSays(uint64_t done, const char* store) {
  const Scenario scenario = ScenarioOf(
      absl::StrCat("map 0x550000000000 0x1000 rw- eager\n", store, "copy_in 0x550000000ff0 16\n"));
  Model model(scenario.machine, kLinuxContract);
  model.Replay(scenario.ops[0], {});
  EXPECT_TRUE(model.Replay(scenario.ops[1], {}, SomeError(done)).Allows(SomeError(done)));
  return model.Replay(scenario.ops[2], {}, Outcome::Ok(16));
}

TEST(ContractTest, ByLinuxAStoreChangesAsManyBytesAsItReports) {
  constexpr char kOut[] = "copy_out 0x550000000ff0 40\n";
  std::set<uint64_t> fingerprints;
  for (uint64_t done = 1; done <= 16; ++done) {
    fingerprints.insert(ReadAfterStoreThatSays(done, kOut).outcome.fingerprint);
  }
  EXPECT_EQ(fingerprints.size(), 16u);
}

TEST(ContractTest, ByLinuxTheBytesAfterTheReportedOnesAreZeros) {
  const Scenario scenario = ScenarioOf(
      "map 0x550000000000 0x1000 rw- eager\nfill 0x550000000ffc \"abcd\"\n"
      "copy_in 0x550000000ffc 8\n");
  Model model(scenario.machine, kLinuxContract);
  model.Replay(scenario.ops[0], {});
  model.Replay(scenario.ops[1], {});
  const Expectation& expected = model.Replay(scenario.ops[2], {}, SomeError(2));
  HandMade whole(
      "map 0x550000000000 0x1000 rw- eager\nfill 0x550000000ffe \"ab\"\n"
      "fill 0x550000000000 \"ab\\0\\0\\0\\0\\0\\0\"\ncopy_in 0x550000000000 8\n");
  EXPECT_EQ(expected.effects.copied_bytes, 8u);
  EXPECT_EQ(expected.effects.copied_fingerprint, whole.expected.effects.copied_fingerprint);
}

// ---- Fields that the checkers use: the same evidence is a violation by one value only.

struct JudgedCase {
  const char* field;
  void (*change)(Contract* contract);
  const char* text;
  // The evidence of a library that keeps only the other contract.
  std::function<void(HandMade* made)> run;
  void (*check)(const OpEvidence& evidence, Violations* violations);
  const char* violation;  // by axptr
};

constexpr char kEagerGet[] = "map 0x550000000000 0x1000 rw- eager\nconst.get u8 0x550000000000\n";
constexpr char kEagerAccess[] =
    "map 0x550000000000 0x1000 rw- eager\nconst.access u8 0x550000000000\n";
constexpr char kEagerString[] =
    "map 0x550000000000 0x1000 rw- eager\nfill 0x550000000000 \"ab\\0\"\n"
    "const.cstr u8 0x550000000000\n";
constexpr char kFailingString[] =
    "map 0x550000000000 0x1000 rw- eager\nfill 0x550000000ffe \"ab\"\n"
    "copy_str 0x550000000ffe 5\n";
constexpr char kFailingCopy[] =
    "map 0x550000000000 0x1000 rw- eager\nfill 0x550000000ffe \"ab\"\n"
    "copy_in 0x550000000ffe 5\n";
constexpr char kWholeString[] =
    "map 0x550000000000 0x1000 rw- eager\nfill 0x550000000000 \"ab\\0\"\n"
    "copy_str 0x550000000000 16\n";

const JudgedCase kJudgedCases[] = {
    {"asks", [](Contract* contract) { contract->asks = Contract::Asks::kNothing; }, kEagerAccess,
     [](HandMade* made) { made->Attempted(At(0), 1); }, CheckAsking, "check.range"},
    {"asks: no population", [](Contract* contract) { contract->asks = Contract::Asks::kAreas; },
     kEagerGet, [](HandMade* made) { made->Saw(MakeEvent(EventKind::kChecked, At(0), 1)); },
     CheckPopulationErrors, "population.pages"},
    {"asks_for_user", [](Contract* contract) { contract->asks_for_user = false; }, kEagerGet,
     [](HandMade* made) { made->AskedAbout(At(0), 1, kPermRead); }, CheckAsking, "check.range"},
    {"asks_whole_elements", [](Contract* contract) { contract->asks_whole_elements = false; },
     "map 0x550000000000 0x2000 rw- eager\nconst.cstr b3 0x550000000ffe\n",
     [](HandMade* made) { made->Saw(MakeEvent(EventKind::kChecked, At(0), 0x1000)); }, CheckAsking,
     "check.range"},
    {"lock", [](Contract* contract) { contract->lock = Contract::Lock::kThroughout; }, kEagerString,
     [](HandMade* made) {
       Event begun = MakeEvent(EventKind::kAttemptBegun, At(0), 3);
       begun.lock_held = true;
       made->Saw(begun);
     },
     CheckLock, "lock.held_in_attempt"},
    {"flag: set while it asks",
     [](Contract* contract) { contract->flag = Contract::Flag::kInReads; }, kEagerString,
     [](HandMade* made) {
       Event checked = MakeEvent(EventKind::kChecked, At(0), 0x1000);
       checked.flag = true;
       made->Saw(checked);
     },
     CheckFlag, "flag.set_outside"},
    {"flag: clear afterwards",
     [](Contract* contract) { contract->flag = Contract::Flag::kInReads; }, kEagerString,
     [](HandMade* made) {
       made->record.flag_before = true;
       made->record.flag = false;
     },
     CheckFlag, "flag.stuck"},
    {"tail: anything", [](Contract* contract) { contract->tail = Contract::Tail::kAnything; },
     kFailingCopy, [](HandMade* made) { made->record.effects.copied_bytes = 4; }, CheckBuffer,
     "access.buffer_contents"},
    {"tail: zeroed", [](Contract* contract) { contract->tail = Contract::Tail::kZeroed; },
     kFailingCopy,
     [](HandMade* made) {
       made->record.effects.copied_bytes = 5;  // "ab" and three zeros
       made->record.effects.copied_fingerprint = 0x55f6801e97572902;
     },
     CheckBuffer, "access.buffer_contents"},
    {"tail_of_others: anything",
     [](Contract* contract) { contract->tail_of_others = Contract::Tail::kAnything; },
     kFailingString, [](HandMade* made) { made->record.effects.copied_bytes = 4; }, CheckBuffer,
     "access.buffer_contents"},
    {"tail_of_others: zeroed",
     [](Contract* contract) { contract->tail_of_others = Contract::Tail::kZeroed; }, kFailingString,
     [](HandMade* made) {
       made->record.effects.copied_bytes = 5;  // "ab" and three zeros
       made->record.effects.copied_fingerprint = 0x55f6801e97572902;
     },
     CheckBuffer, "access.buffer_contents"},
    {"tail_of_others: anything, also behind a string",
     [](Contract* contract) { contract->tail_of_others = Contract::Tail::kAnything; }, kWholeString,
     [](HandMade* made) { made->record.effects.copied_bytes = 8; }, CheckBuffer,
     "access.buffer_contents"},
    {"loads_once", [](Contract* contract) { contract->loads_once = false; }, kEagerAccess,
     [](HandMade* made) { made->record.again = {1, At(0)}; }, CheckDoubleFetch,
     "access.double_fetch"},
    {"touches_aligned", [](Contract* contract) { contract->touches_aligned = false; }, kEagerAccess,
     [](HandMade* made) {
       Event event = MakeEvent(EventKind::kMisused, At(2), 4);
       event.index = static_cast<uint64_t>(Misuse::kTouchedMisaligned);
       made->Saw(event);
     },
     CheckTouch, "access.misaligned"},
    {"counts: checks", [](Contract* contract) { contract->counts = Contract::Counts::kAny; },
     kEagerGet, [](HandMade* made) { made->AskedAbout(At(0), 1).AskedAbout(At(0), 1); },
     CheckCounts, "check.order"},
    {"counts: attempts", [](Contract* contract) { contract->counts = Contract::Counts::kAny; },
     kEagerAccess,
     [](HandMade* made) { made->AskedAbout(At(0), 1).Attempted(At(0), 1).Attempted(At(0), 1); },
     CheckCounts, "check.order"},
    {"counts: a lock without a question",
     [](Contract* contract) { contract->counts = Contract::Counts::kAny; }, kEagerGet,
     [](HandMade* made) {
       made->AskedAbout(At(0), 1);
       made->Saw(MakeEvent(EventKind::kLockTaken)).Saw(MakeEvent(EventKind::kLockReleased));
     },
     CheckCounts, "check.order"},
    {"counts: populations", [](Contract* contract) { contract->counts = Contract::Counts::kAny; },
     kEagerGet,
     [](HandMade* made) {
       made->AskedAbout(At(0), 1);
       made->Saw(MakeEvent(EventKind::kPopulated, At(0), 0x1000));
     },
     CheckCounts, "check.order"},
};

TEST(ContractTest, TheCheckersJudgeByTheContract) {
  for (const JudgedCase& test : kJudgedCases) {
    Contract other = kAxptrContract;
    test.change(&other);
    HandMade by_axptr(test.text);
    test.run(&by_axptr);
    EXPECT_THAT(by_axptr.NamesFrom(test.check), ElementsAre(test.violation)) << test.field;
    HandMade by_other(test.text, other);
    test.run(&by_other);
    EXPECT_THAT(by_other.NamesFrom(test.check), IsEmpty()) << test.field;
  }
}

// The evidence of a subject that makes more checks than the model, and of one that makes fewer.
struct CountCase {
  const char* text;
  void (*more)(HandMade* made);
  void (*less)(HandMade* made);
};

constexpr CountCase kCountCases[] = {
    {kEagerGet, [](HandMade* made) { made->AskedAbout(At(0), 1).AskedAbout(At(0), 1); },
     [](HandMade* /*made*/) {}},
    {kEagerAccess,
     [](HandMade* made) { made->AskedAbout(At(0), 1).Attempted(At(0), 1).Attempted(At(0), 1); },
     [](HandMade* made) { made->AskedAbout(At(0), 1); }},
    {kEagerGet,
     [](HandMade* made) {
       made->AskedAbout(At(0), 1);
       made->Saw(MakeEvent(EventKind::kLockTaken)).Saw(MakeEvent(EventKind::kLockReleased));
     },
     [](HandMade* made) { made->Saw(MakeEvent(EventKind::kChecked, At(0), 1)); }},
    {kEagerGet,
     [](HandMade* made) {
       made->AskedAbout(At(0), 1);
       made->Saw(MakeEvent(EventKind::kPopulated, At(0), 0x1000));
     },
     [](HandMade* made) { made->Saw(MakeEvent(EventKind::kLockTaken)); }},
};

TEST(ContractTest, CountsAreUpperBoundsOfASubjectThatDoesNotPromiseToCountExactly) {
  for (const CountCase& test : kCountCases) {
    for (const bool counts_exactly : {true, false}) {
      HandMade more(test.text);
      HandMade less(test.text);
      more.subject.counts_exactly = less.subject.counts_exactly = counts_exactly;
      test.more(&more);
      test.less(&less);
      EXPECT_THAT(more.NamesFrom(CheckCounts), ElementsAre("check.order")) << test.text;
      EXPECT_EQ(less.NamesFrom(CheckCounts).size(), counts_exactly ? 1u : 0u) << test.text;
    }
  }
}

TEST(ContractTest, ASecondCheckIsAViolationOnlyIfTheSubjectCountsExactly) {
  for (const bool counts_exactly : {true, false}) {
    HandMade again(kEagerGet);
    again.subject.counts_exactly = counts_exactly;
    again.AskedAbout(At(0), 1).AskedAbout(At(0), 1);
    EXPECT_EQ(again.NamesFrom(CheckAsking).size(), counts_exactly ? 1u : 0u);
  }
}

TEST(ContractTest, IfTheBufferIsZeroedAnyOtherTailIsAViolation) {
  Contract zeroed = kAxptrContract;
  zeroed.tail = Contract::Tail::kZeroed;
  HandMade made(kFailingCopy, zeroed);
  EXPECT_THAT(made.NamesFrom(CheckBuffer), IsEmpty());
  made.record.effects = HandMade(kFailingCopy).record.effects;  // untouched
  EXPECT_THAT(made.NamesFrom(CheckBuffer), ElementsAre("access.buffer_contents"));
}

TEST(ContractTest, APanicThatTheContractPermitsIsProvoked) {
  HandMade made("const.str 0xfffffffffffff000\n", kOriginalContract);
  made.Saw(MakeFault(0, FaultDisposition::kKernelBug, KernelBug::kNoWayBack));
  EXPECT_EQ(made.record.outcome, Outcome::Panic());
  EXPECT_THAT(made.NamesFrom(CheckKernelHalf), ElementsAre("access.kernel_half (provoked)"));
}

// ---- Races.

TEST(ContractTest, ARaceAtAForbiddenCheckIsMisplaced) {
  static constexpr char kText[] =
      "map 0x550000000000 0x1000 rw- eager\nrace check 2 fill 0x550000000000 1 1\n"
      "const.access u8 0x550000000000\n";
  const Scenario scenario = ScenarioOf(kText);
  Model model(scenario.machine);
  model.Replay(scenario.ops[0], {});
  model.Replay(scenario.ops[1], {});
  const Model::FiredRace race{.op_index = 1, .checks = 2, .address = kWindowStart};
  const Expectation& expected = model.Replay(scenario.ops[2], {&race, 1});
  EXPECT_THAT(expected.misplaced_races, ElementsAre(1u));
  HandMade made(kText);
  made.AskedAbout(At(0), 1);
  Event raced = MakeEvent(EventKind::kRaced);
  raced.index = 1;
  made.Saw(raced).Attempted(At(0), 1);
  made.expected.misplaced_races = expected.misplaced_races;
  EXPECT_THAT(made.NamesFrom(CheckCounts), ElementsAre("check.order"));
}

TEST(ContractTest, ARaceThatDidNotHappenInTheRunIsNotReplayed) {
  const Scenario scenario = ScenarioOf(
      "map 0x550000000000 0x1000 rw- eager\nrace check 1 unmap 0x550000000000 0x1000\n"
      "const.access u8 0x550000000000\n");
  Model model(scenario.machine);
  model.Replay(scenario.ops[0], {});
  model.Replay(scenario.ops[1], {});
  EXPECT_EQ(model.Replay(scenario.ops[2], {}).outcome.kind, Outcome::Kind::kOk);
  EXPECT_THAT(model.raced_ops(), IsEmpty());
}

// ---- What is not judged because the contract leaves room.

TEST(ContractTest, AfterAStoreThatMayOrMayNotHaveHappenedNothingIsJudged) {
  const Scenario scenario = ScenarioOf(
      "map 0x550000000000 0x1000 -w- eager\nmut.access u8 0x550000000000\n"
      "const.access u8 0x550000000000\n");
  Model model(scenario.machine, kLinuxContract);
  Trace trace;
  for (const Op& op : scenario.ops) {
    const Expectation& expected = model.Step(op);
    OpRecord& record = trace.ops.emplace_back();
    record.outcome = expected.outcome;
    record.frames_free = expected.frames_free;
    record.pages_populated = expected.pages_populated;
    record.populated_in_reach = expected.populated_in_reach;
  }
  trace.frames_after_reset = kMachineFrames;
  Oracle oracle(kLinuxContract);
  EXPECT_TRUE(oracle.Judge(scenario, trace).IsWhole());
  trace.ops[1].outcome = Outcome::Error(EFAULT);  // the areas were checked, and forbid the access
  const Verdict& verdict = oracle.Judge(scenario, trace);
  EXPECT_TRUE(verdict.ok());
  EXPECT_EQ(verdict.not_judged, (NotJudged{2, NotJudgedReason::kStateOpen, 0}));
  EXPECT_EQ(verdict.contract, &kLinuxContract);
}

// ---- The table in docs/semantics.md.

std::string YesOrNo(bool value) { return value ? "yes" : "no"; }

template <typename Enum>
std::string WordOf(Enum value, std::initializer_list<const char*> words) {
  return words.begin()[static_cast<size_t>(value)];
}

std::string BytesText(uint64_t bytes) {
  if (bytes == INT64_MAX) return "2^63 - 1";
  return bytes == UINT64_MAX ? "2^64 - 1" : absl::StrCat(bytes);
}

// The fields of a contract with their words, in order. The structured binding needs as many names
// as the struct has members, so a missing field does not compile.
std::vector<std::pair<std::string, std::string>> RowsOf(const Contract& contract) {
  const auto& [name, asks, may_ask, asks_for_user, populates_writable_strings, asks_whole_elements,
               lock, checks_alignment, empty_range, max_bytes, bad_range, checks_text, at_bound,
               on_fault, tail, tail_of_others, early_bytes, flag, chunk_pages, nests, loads_once,
               touches_aligned, counts] = contract;
  const auto whom = {"nothing", "address limit", "areas", "areas and population"};
  return {
      {"asks", WordOf(asks, whom)},
      {"may_ask", WordOf(may_ask, whom)},
      {"asks_for_user", YesOrNo(asks_for_user)},
      {"populates_writable_strings", YesOrNo(populates_writable_strings)},
      {"asks_whole_elements", YesOrNo(asks_whole_elements)},
      {"lock", WordOf(lock, {"for questions", "throughout"})},
      {"checks_alignment", YesOrNo(checks_alignment)},
      {"empty_range", WordOf(empty_range, {"ok if aligned", "ok", "asked"})},
      {"max_bytes", BytesText(max_bytes)},
      {"bad_range", WordOf(bad_range, {"EFAULT", "panic"})},
      {"checks_text", YesOrNo(checks_text)},
      {"at_bound", WordOf(at_bound, {"ENAMETOOLONG", "ok"})},
      {"on_fault", WordOf(on_fault, {"EFAULT", "panic"})},
      {"tail", WordOf(tail, {"untouched", "zeroed", "anything"})},
      {"tail_of_others", WordOf(tail_of_others, {"untouched", "zeroed", "anything"})},
      {"early_bytes", early_bytes == UINT64_MAX ? "any" : absl::StrCat(early_bytes)},
      {"flag", WordOf(flag, {"in attempts", "in reads"})},
      {"chunk_pages", chunk_pages == 0 ? "all" : absl::StrCat(chunk_pages)},
      {"nests", YesOrNo(nests)},
      {"loads_once", YesOrNo(loads_once)},
      {"touches_aligned", YesOrNo(touches_aligned)},
      {"counts", WordOf(counts, {"exact", "any"})},
  };
}

TEST(ContractTest, TheTableOfTheDocsMatchesTheCode) {
  std::ifstream file(AXPTR_SOURCE_DIR "/docs/semantics.md");
  const std::string page(std::istreambuf_iterator<char>(file), {});
  const auto axptr = RowsOf(kAxptrContract);
  const auto original = RowsOf(kOriginalContract);
  const auto permissive = RowsOf(kLinuxContract);
  for (size_t i = 0; i < axptr.size(); ++i) {
    EXPECT_THAT(page,
                HasSubstr(absl::StrCat("| `", axptr[i].first, "` | ", axptr[i].second, " | ",
                                       original[i].second, " | ", permissive[i].second, " |")));
  }
}

// ---- The names.

TEST(ContractTest, IsFoundByItsName) {
  std::set<std::string> names;
  for (const Contract* const contract : AllContracts()) {
    names.insert(contract->name);
    const auto found = FindContract(contract->name);
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(*found, contract);
  }
  EXPECT_THAT(names, ElementsAre("axptr", "linux", "original"));
  EXPECT_THAT(std::string(FindContract("posix").status().message()),
              HasSubstr("no contract \"posix\": expected axptr, original, linux"));
  EXPECT_FALSE(FindContract("").ok());
}

}  // namespace
}  // namespace sim
