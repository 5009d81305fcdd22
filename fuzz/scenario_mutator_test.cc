#include "fuzz/scenario_mutator.h"

#include <algorithm>
#include <set>
#include <span>
#include <vector>

#include "gtest/gtest.h"
#include "sim/scenario/binary_format.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/scenario_layouts.h"
#include "sim/scenario/testing/random_scenario.h"

// The hooks that an engine calls (scenario_mutator_hooks.cc).
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed);
extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t* data1, size_t size1,
                                            const uint8_t* data2, size_t size2, uint8_t* out,
                                            size_t max_out_size, unsigned seed);

namespace sim {
namespace {

constexpr size_t kMaxSize = 1600;

// One of 50 scenarios, made once: encoding a scenario takes far longer than mutating it.
Bytes RandomBytes(std::mt19937_64& random) {
  static const std::vector<Bytes> all = [] {
    std::mt19937_64 pool_random(1);
    std::vector<Bytes> pool;
    for (int i = 0; i < 50; ++i) {
      const auto encoded = EncodeScenario(RandomScenario(pool_random));
      EXPECT_TRUE(encoded.ok()) << encoded.status();
      pool.emplace_back(encoded->begin(), encoded->end());
    }
    return pool;
  }();
  return all[random() % all.size()];
}

// The number of operations that the decoder finds in `bytes`, without those of the layout.
size_t DecodedOps(const Bytes& bytes) {
  const size_t from_layout = LayoutSteps(bytes.size() > 2 ? bytes[2] % kLayoutCount : 0).size();
  const size_t all = DecodeScenario(bytes).ops.size();
  return all - std::min(all, from_layout);  // an unknown level decodes to no operations
}

TEST(SplitOps, FindsTheOperationsThatTheDecoderFinds) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200; ++i) {
    const Bytes bytes = RandomBytes(random);
    const OpSlots parts = SplitOps(bytes);
    EXPECT_EQ(JoinOps(parts, SIZE_MAX), bytes);
    EXPECT_EQ(parts.ops.size(), DecodedOps(bytes));
  }
}

TEST(SplitOps, AgreesWithTheDecoderOnAnyBytes) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 3000; ++i) {
    Bytes bytes(random() % 300);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    const OpSlots parts = SplitOps(bytes);
    EXPECT_EQ(DecodeScenario(JoinOps(parts, SIZE_MAX)), DecodeScenario(bytes));
    if (parts.ops.size() + 8 < kMaxBinaryOps) {
      EXPECT_EQ(parts.ops.size(), DecodedOps(bytes));
    }
  }
}

TEST(JoinOps, CutsBetweenOperations) {
  std::mt19937_64 random(3);
  OpSlots parts;
  while (parts.ops.size() < 2) parts = SplitOps(RandomBytes(random));
  const size_t first_end = parts.header.size() + parts.ops[0].size();
  EXPECT_EQ(JoinOps(parts, first_end + 1).size(), first_end);
  EXPECT_EQ(JoinOps(parts, 3).size(), 3u);
}

class EachMutation : public testing::TestWithParam<int> {};

TEST_P(EachMutation, KeepsOperationsWholeAndChangesTheScenario) {
  std::mt19937_64 random(4);
  Random mutator_random(5);
  int changed = 0;
  for (int i = 0; i < 300; ++i) {
    Bytes bytes = RandomBytes(random);
    if (static_cast<OpMutation>(GetParam()) == OpMutation::kNewestFormat) bytes[0] = 2;
    OpSlots parts = SplitOps(bytes);
    if (!MutateOps(static_cast<OpMutation>(GetParam()), mutator_random, &parts)) continue;
    const Bytes mutated = JoinOps(parts, SIZE_MAX);
    const OpSlots again = SplitOps(mutated);
    EXPECT_EQ(again.header, parts.header);
    if (parts.ops.size() <= kMaxBinaryOps) {
      EXPECT_EQ(again.ops, parts.ops);
    }
    if (DecodeScenario(mutated) != DecodeScenario(bytes)) ++changed;
  }
  EXPECT_GE(changed, 75);
}

INSTANTIATE_TEST_SUITE_P(All, EachMutation, testing::Range(0, kOpMutationCount));

TEST(MutateOps, OfAnEmptyScenarioOnlyInsert) {
  Random random(6);
  OpSlots parts = SplitOps({});
  EXPECT_FALSE(MutateOps(OpMutation::kDelete, random, &parts));
  EXPECT_TRUE(MutateOps(OpMutation::kInsert, random, &parts));
  EXPECT_EQ(parts.ops.size(), 1u);
}

TEST(MutateOps, SetsAndClearsSmap) {
  Random random(14);
  OpSlots parts = SplitOps({});
  int on = 0;
  constexpr int kRounds = 400;
  for (int i = 0; i < kRounds; ++i) {
    EXPECT_TRUE(MutateOps(OpMutation::kMachine, random, &parts));
    EXPECT_EQ(parts.header[5] & ~kSmapBit, kBinaryLevel);
    on += (parts.header[5] & kSmapBit) != 0 ? 1 : 0;
  }
  EXPECT_GT(on, kRounds / 16);
  // Less often than off, because it ends a run at the first use of memory that was lent out.
  EXPECT_LT(on, kRounds / 2);
}

TEST(MutateOps, UpdatesOldFormats) {
  Random random(12);
  for (const Bytes& header : {Bytes{1}, Bytes{2}, Bytes{3, 0, 0, 0, 0, kBinaryLevel + 1}}) {
    OpSlots parts = SplitOps(header);
    EXPECT_TRUE(MutateOps(OpMutation::kNewestFormat, random, &parts));
    EXPECT_EQ(parts.header[0], kBinaryVersion);
    EXPECT_EQ(parts.header[5], kBinaryLevel);
    EXPECT_FALSE(MutateOps(OpMutation::kNewestFormat, random, &parts));
  }
  // An unknown level has no operations, so every mutation changes the header to the newest format.
  OpSlots unknown = SplitOps(Bytes{3, 0, 0, 0, 0, kBinaryLevel + 1});
  EXPECT_TRUE(MutateOps(OpMutation::kDelete, random, &unknown));
  EXPECT_EQ(unknown.header[5], kBinaryLevel);
}

TEST(MutateOps, ContentsAreWhereTheNextOperationReads) {
  Random random(13);
  std::set<Verb> readers;
  for (int i = 0; i < 400; ++i) {
    OpSlots parts = SplitOps({});
    ASSERT_TRUE(MutateOps(OpMutation::kWithContents, random, &parts));
    ASSERT_EQ(parts.ops.size(), 2u);
    const std::vector<Op> ops = DecodeScenario(JoinOps(parts, SIZE_MAX)).ops;
    ASSERT_GE(ops.size(), 2u);
    const Op& contents = ops[ops.size() - 2];
    const Op& reader = ops.back();
    if (contents.address - kWindowStart < kWindowBytes) {
      EXPECT_EQ(contents.address, reader.address);
    }
    EXPECT_EQ(contents.cpu, reader.cpu);
    EXPECT_EQ(contents.verb, reader.verb == Verb::kUserStrings ? Verb::kPointers : Verb::kFill);
    readers.insert(reader.verb);
  }
  for (const VerbInfo& info : AllVerbs()) {
    const bool reads = info.extent == Extent::kTable || info.extent == Extent::kPointers ||
                       IsNullTerminated(info.verb);
    EXPECT_EQ(readers.contains(info.verb), reads) << info.name;
  }
}

TEST(MutateOps, AnAreaIsChangedAndThenAccessed) {
  Random random(14);
  std::set<Verb> changes;
  std::set<Verb> accesses;
  int in_area = 0;
  int mapped_again = 0;
  for (int i = 0; i < 2000; ++i) {
    OpSlots parts = SplitOps({});
    ASSERT_TRUE(MutateOps(OpMutation::kArea, random, &parts));
    const std::vector<Op> ops = DecodeScenario(JoinOps(parts, SIZE_MAX)).ops;
    ASSERT_GE(ops.size(), 3u);
    const Op& area = ops.front();
    EXPECT_EQ(area.verb, Verb::kMap);
    for (const Op& op : std::span(ops).subspan(1, ops.size() - 2)) changes.insert(op.verb);
    accesses.insert(ops.back().verb);
    const Op& second = ops[1];
    const bool is_mapped_again = second.verb == Verb::kAlias && HasFile(area.kind) &&
                                 second.address == area.address + area.length &&
                                 second.from - area.address < area.length;
    mapped_again += is_mapped_again;
    const uint64_t length = area.length + (is_mapped_again ? second.length : 0);
    in_area += ops.back().address - area.address < length;
  }
  EXPECT_GT(in_area, 1000);
  EXPECT_GT(mapped_again, 500);
  for (const VerbInfo& info : AllVerbs()) {
    const bool has_address = FormatOf(kBinaryVersion, kBinaryLevel)->FieldsOf(info.verb).address;
    EXPECT_EQ(changes.contains(info.verb), has_address && !IsAccess(info.verb)) << info.name;
    EXPECT_EQ(accesses.contains(info.verb), has_address && IsAccess(info.verb)) << info.name;
  }
}

TEST(MutateOps, ATaskSleepsDuringAnAccessAndOthersRunMeanwhile) {
  Random random(16);
  std::set<Verb> others;
  std::set<Verb> accesses;
  int at_fault = 0;
  for (int i = 0; i < 4000; ++i) {
    OpSlots parts = SplitOps(Bytes{3, 7, 0, 0, 0, kBinaryLevel, 0, 0});
    ASSERT_TRUE(MutateOps(OpMutation::kAsleep, random, &parts));
    std::vector<Op> ops = DecodeScenario(JoinOps(parts, SIZE_MAX)).ops;
    if (ops.front().verb == Verb::kEvict && ops[1].verb == Verb::kSleep) ops.erase(ops.begin());
    ASSERT_GE(ops.size(), 3u);
    ASSERT_EQ(ops.front().verb, Verb::kSleep);
    const std::optional<Race> place = ops.front().race;
    ASSERT_TRUE(place);
    at_fault += place->point == RacePoint::kFault;
    for (const Op& op : std::span(ops).subspan(1, ops.size() - 2)) {
      EXPECT_EQ(op.race, place);
      others.insert(op.verb);
    }
    EXPECT_FALSE(ops.back().race);
    accesses.insert(ops.back().verb);
  }
  EXPECT_GT(at_fault, 2000);
  for (const VerbInfo& info : AllVerbs()) {
    EXPECT_EQ(others.contains(info.verb), info.verb != Verb::kSleep) << info.name;
    EXPECT_EQ(accesses.contains(info.verb), IsLibraryAccess(info.verb)) << info.name;
  }
}

TEST(MutateOps, ACallIsNestedInTheFunctionOfAnAccess) {
  Random random(15);
  std::set<Verb> calls;
  for (int i = 0; i < 4000; ++i) {
    OpSlots parts = SplitOps({});
    ASSERT_TRUE(MutateOps(OpMutation::kNested, random, &parts));
    const std::vector<Op> ops = DecodeScenario(JoinOps(parts, SIZE_MAX)).ops;
    ASSERT_GE(ops.size(), 2u);
    EXPECT_TRUE(ops.back().verb == Verb::kConstAccess || ops.back().verb == Verb::kMutAccess);
    EXPECT_FALSE(ops.back().race);
    int nested = 0;
    for (const Op& op : std::span(ops).first(ops.size() - 1)) {
      ASSERT_TRUE(op.race);
      EXPECT_EQ(op.race->point, RacePoint::kUse);
      EXPECT_EQ(op.race->nth, 1u);
      EXPECT_EQ(op.cpu, ops.back().cpu);
      if (!IsLibraryAccess(op.verb)) continue;
      ++nested;
      calls.insert(op.verb);
    }
    EXPECT_GE(nested, 1);
  }
  for (const VerbInfo& info : AllVerbs()) {
    EXPECT_EQ(calls.contains(info.verb), IsLibraryAccess(info.verb)) << info.name;
  }
}

TEST(MutateOps, ChoosesOnlyEnabledParts) {
  for (unsigned seed = 1; seed < 60; ++seed) {
    const Swarm swarm = Swarm::OfSeed(seed);
    Random random(seed, swarm);
    int verbs_off = 0;
    int kinds_off = 0;
    int points_off = 0;
    for (int i = 0; i < 60; ++i) {
      OpSlots parts = SplitOps({});
      MutateOps(OpMutation::kInsert, random, &parts);
      MutateOps(OpMutation::kChangeVerb, random, &parts);
      for (const Op& op : DecodeScenario(JoinOps(parts, SIZE_MAX)).ops) {
        verbs_off += swarm.Has(op.verb) ? 0 : 1;
        points_off += op.race && !swarm.Has(op.race->point) ? 1 : 0;
      }
      parts = SplitOps({});
      MutateOps(OpMutation::kArea, random, &parts);
      const Op area = DecodeScenario(JoinOps(parts, SIZE_MAX)).ops.front();
      kinds_off += swarm.Has(area.kind) ? 0 : 1;
    }
    EXPECT_EQ(verbs_off, 0) << seed;
    // Drawn() gives up after 101 draws, and then a value that is off is used.
    EXPECT_LE(points_off, 3) << seed;
    EXPECT_LE(kinds_off, 3) << seed;
  }
}

TEST(MutateOps, ATaskSleepsOnlyIfSleepAndRacesAreOn) {
  int applied = 0;
  for (unsigned seed = 1; seed < 200; ++seed) {
    const Swarm swarm = Swarm::OfSeed(seed);
    Random random(seed, swarm);
    int points_off = 0;
    for (int i = 0; i < 20; ++i) {
      OpSlots parts = SplitOps({});
      const bool is_on = swarm.Has(Verb::kSleep) && swarm.has_races();
      ASSERT_EQ(MutateOps(OpMutation::kAsleep, random, &parts), is_on) << seed;
      EXPECT_EQ(parts.ops.empty(), !is_on) << seed;
      applied += is_on ? 1 : 0;
      for (const Op& op : DecodeScenario(JoinOps(parts, SIZE_MAX)).ops) {
        EXPECT_TRUE(swarm.Has(op.verb)) << seed << " " << InfoOf(op.verb).name;
        points_off += op.race && !swarm.Has(op.race->point) ? 1 : 0;
      }
    }
    // All points that the format has may be off: then the point of one group is off.
    if (swarm.Has(RacePoint::kFault)) {
      EXPECT_EQ(points_off, 0) << seed;
    }
  }
  EXPECT_GT(applied, 200);
}

TEST(EveryVerb, IsInsertedInTime) {
  Random random(7);
  std::set<Verb> verbs;
  for (int i = 0; i < 2000; ++i) {
    OpSlots parts = SplitOps({});
    MutateOps(OpMutation::kInsert, random, &parts);
    for (const Op& op : DecodeScenario(JoinOps(parts, SIZE_MAX)).ops) verbs.insert(op.verb);
  }
  for (const VerbInfo& info : AllVerbs()) EXPECT_TRUE(verbs.contains(info.verb)) << info.name;
}

TEST(SpliceOps, HasOperationsOfBothAndNoOthers) {
  std::mt19937_64 random(8);
  Random splice_random(9);
  int mixed = 0;
  for (int i = 0; i < 200; ++i) {
    const OpSlots first = SplitOps(RandomBytes(random));
    const OpSlots second = SplitOps(RandomBytes(random));
    const OpSlots spliced = SpliceOps(first, second, splice_random);
    const std::set<OneOp> of_first(first.ops.begin(), first.ops.end());
    const std::set<OneOp> of_second(second.ops.begin(), second.ops.end());
    bool has_first = false;
    bool has_second = false;
    for (const OneOp& op : spliced.ops) {
      EXPECT_TRUE(of_first.contains(op) || of_second.contains(op));
      has_first |= of_first.contains(op);
      has_second |= of_second.contains(op);
    }
    mixed += has_first && has_second ? 1 : 0;
    EXPECT_LE(spliced.ops.size(), kMaxBinaryOps);
  }
  EXPECT_GE(mixed, 100);
}

TEST(Hooks, WorkWithoutAnEngineAndKeepToTheSize) {
  std::mt19937_64 random(10);
  for (unsigned seed = 0; seed < 2000; ++seed) {
    Bytes bytes = RandomBytes(random);
    const size_t size = std::min(bytes.size(), kMaxSize);
    bytes.resize(kMaxSize);
    const size_t max_size = seed % 2 == 0 ? kMaxSize : size;
    EXPECT_LE(LLVMFuzzerCustomMutator(bytes.data(), size, max_size, seed), max_size);
    Bytes out(kMaxSize);
    EXPECT_LE(
        LLVMFuzzerCustomCrossOver(bytes.data(), size, bytes.data(), size, out.data(), size, seed),
        size);
  }
}

TEST(Hooks, AreDeterministicForASeed) {
  std::mt19937_64 random(11);
  Bytes once = RandomBytes(random);
  const size_t size = once.size();
  once.resize(size + 200);
  Bytes twice = once;
  once.resize(LLVMFuzzerCustomMutator(once.data(), size, once.size(), 12));
  twice.resize(LLVMFuzzerCustomMutator(twice.data(), size, twice.size(), 12));
  EXPECT_EQ(once, twice);
}

}  // namespace
}  // namespace sim
