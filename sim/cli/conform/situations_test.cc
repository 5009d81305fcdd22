#include "sim/cli/conform/situations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "sim/cli/conform/accesses.h"
#include "sim/scenario/named_bytes.h"
#include "sim/scenario/names.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kEdge = 0x550000010000;

const Situation& Find(absl::string_view name) {
  const auto found = std::ranges::find(AllSituations(), name, &Situation::name);
  EXPECT_NE(found, AllSituations().end()) << name;
  return *found;
}

// Calls `use` with each trial; no race happens.
template <typename Use>
void ForEachTrial(const Situation& situation, Verb verb, Use use) {
  situation.make(situation, verb, [&](const Trial& trial) {
    use(trial);
    return false;
  });
}

TEST(SituationsTest, EachHasANameOfItsOwn) {
  std::set<absl::string_view> names;
  for (const Situation& situation : AllSituations()) {
    EXPECT_TRUE(names.insert(situation.name).second) << situation.name;
    EXPECT_FALSE(situation.meaning.empty()) << situation.name;
  }
}

TEST(SituationsTest, EveryFunctionIsTriedInEachThatApplies) {
  for (const VerbInfo& info : AllVerbs()) {
    if (!IsLibraryAccess(info.verb)) continue;
    for (const Situation& situation : AllSituations()) {
      size_t trials = 0;
      ForEachTrial(situation, info.verb, [&](const Trial&) { ++trials; });
      // `huge` needs a function with a size; `read_back` needs one that writes.
      const bool has_size = info.extent != Extent::kElement &&
                            info.extent != Extent::kElementAnywhere &&
                            info.extent != Extent::kToTerminator;
      const bool has_limit = info.arguments.Has(Argument::kStrings) ||
                             info.arguments.Has(Argument::kRoom) ||
                             info.arguments.Has(Argument::kBound);
      const bool has_bytes = (info.extent != Extent::kBytes && info.extent != Extent::kElements &&
                              info.extent != Extent::kArray && info.extent != Extent::kElement &&
                              info.extent != Extent::kElementAnywhere) ||
                             info.transfer == Transfer::kAtomic;
      const bool applies = situation.name == "huge"           ? has_size
                           : situation.name == "over_limits"  ? has_limit
                           : situation.name == "among_others" ? ChangesBytes(info.verb)
                           : situation.name == "read_back"    ? ChangesBytes(info.verb)
                           : situation.name == "each_byte"    ? has_bytes
                                                              : true;
      EXPECT_EQ(trials != 0, applies) << info.name << ", " << situation.name;
    }
  }
}

TEST(SituationsTest, EveryTrialHasATextAndCallsTheFunction) {
  for (const VerbInfo& info : AllVerbs()) {
    if (!IsLibraryAccess(info.verb)) continue;
    for (const Situation& situation : AllSituations()) {
      size_t trials = 0;
      ForEachTrial(situation, info.verb, [&](const Trial& trial) {
        EXPECT_EQ(trial.scenario.ops[trial.call].verb, info.verb);
        if (trials++ % 16 != 0) return;
        const std::string text = PrintScenario(trial.scenario);
        const absl::StatusOr<Scenario> parsed = ParseScenario(text, "test");
        ASSERT_TRUE(parsed.ok()) << parsed.status() << "\n" << text;
        EXPECT_EQ(*parsed, trial.scenario) << text;
      });
    }
  }
}

TEST(SituationsTest, EverySizeUpTo256IsTriedAtEveryPlaceThatMatters) {
  std::set<uint64_t> sizes;
  std::set<std::pair<uint64_t, uint64_t>> places;
  ForEachTrial(Find("mapped"), Verb::kCopyIn, [&](const Trial& trial) {
    const Op& op = trial.scenario.ops[trial.call];
    sizes.insert(op.length);
    places.insert({op.length, kEdge - op.address});
  });
  for (uint64_t size = 0; size <= 256; ++size) EXPECT_TRUE(sizes.contains(size)) << size;
  for (const uint64_t size : {4095, 4096, 4097, 8191, 8192, 8193}) {
    EXPECT_TRUE(sizes.contains(size)) << size;
  }
  for (uint64_t size = 0; size <= 12; ++size) {
    for (uint64_t before = 0; before <= size; ++before) {
      EXPECT_TRUE(places.contains({size, before})) << size << " " << before;
    }
  }
}

// The neighbouring page is tried before and after the ordinary page.
TEST(SituationsTest, ANeighbourLiesAtTheLeadingEdgeAndAtTheTrailingOne) {
  for (const Situation& situation : AllSituations()) {
    const Neighbour& neighbour = situation.neighbour;
    if (!neighbour.is_mapped || !situation.adversaries.empty()) continue;
    // Both pages are equal, so the order does not matter.
    if (neighbour.kind == AreaKind::kEager && neighbour.perms == (kPermRead | kPermWrite) &&
        neighbour.then == Verb::kMap) {
      continue;
    }
    std::set<uint64_t> ordinary;  // addresses of the ordinary page
    ForEachTrial(situation, Verb::kCopyOut, [&](const Trial& trial) {
      if (trial.scenario.ops[trial.call].length != 8) return;
      const Op& first = trial.scenario.ops[0];
      EXPECT_EQ(first.perms, kPermRead | kPermWrite);
      EXPECT_EQ(first.kind, AreaKind::kEager);
      const Op& second = trial.scenario.ops[1];
      EXPECT_EQ(second.kind, situation.neighbour.kind);
      EXPECT_EQ(second.perms, situation.neighbour.perms);
      ordinary.insert(first.address);
    });
    EXPECT_EQ(ordinary, (std::set<uint64_t>{kEdge - 0x1000, kEdge})) << situation.name;
  }
}

TEST(SituationsTest, ARaceIsTriedAtTheNextPlaceForAsLongAsItHappens) {
  std::set<std::string> races;
  const Situation& situation = Find("unmapped_meanwhile");
  situation.make(situation, Verb::kCopyIn, [&](const Trial& trial) {
    const Op& race = trial.scenario.ops[trial.call - 1];
    EXPECT_TRUE(race.race.has_value());
    EXPECT_EQ(race.verb, Verb::kUnmap);
    EXPECT_EQ(race.cpu, 1);
    races.insert(absl::StrCat(RacePointName(race.race->point), " ", race.race->nth));
    return race.race->nth < 3;
  });
  for (const char* point : {"check", "fault", "use"}) {
    EXPECT_TRUE(races.contains(absl::StrCat(point, " 3"))) << point;
    EXPECT_FALSE(races.contains(absl::StrCat(point, " 4"))) << point;
  }
}

TEST(AccessesTest, ACallNamesTheMemoryOfItsShape) {
  constexpr uint64_t kSizes[] = {1, 8, 16, 24, 64};
  for (const VerbInfo& info : AllVerbs()) {
    if (!IsLibraryAccess(info.verb)) continue;
    for (const Shape& shape : ShapesOf(info.verb, kSizes)) {
      const Op op = CallOf(info.verb, shape, kEdge).back();
      if (shape.is_behind) {
        EXPECT_NE(op.address, kEdge) << PrintOp(op);
        continue;
      }
      const NamedBytes named = *BytesNamedBy(op);
      EXPECT_EQ(named.start, kEdge) << PrintOp(op);
      const bool may_end_earlier = EndsInTerminator(info.verb);
      EXPECT_TRUE(may_end_earlier ? named.MostBytes() >= shape.bytes
                                  : named.MostBytes() == shape.bytes)
          << PrintOp(op);
      EXPECT_EQ(ContentsOf(info.verb, shape).size(), shape.bytes) << PrintOp(op);
    }
  }
}

TEST(AccessesTest, AHugeQuantityIsSetWhereTheCallHasOne) {
  Op op;
  op.verb = Verb::kConstSlice;
  EXPECT_TRUE(SetQuantity(Argument::kElements, UINT64_MAX, &op));
  EXPECT_EQ(op.length, UINT64_MAX);
  EXPECT_FALSE(SetQuantity(Argument::kAddress, UINT64_MAX, &op));
  op.verb = Verb::kCopyIn;  // whose buffer is bounded
  EXPECT_TRUE(SetQuantity(Argument::kBytes, kMaxCopiedBytes, &op));
  EXPECT_FALSE(SetQuantity(Argument::kBytes, kMaxCopiedBytes + 1, &op));
  EXPECT_EQ(op.length, kMaxCopiedBytes);
  op.verb = Verb::kReadArray;  // no buffer has room for it, or no object is as large
  op.type = ElementType::kU64;
  EXPECT_FALSE(SetQuantity(Argument::kElements, kMaxCopiedBytes / 8 + 1, &op));
  EXPECT_TRUE(SetQuantity(Argument::kElements, (uint64_t{1} << 61) + 1, &op));
  EXPECT_EQ(op.length, (uint64_t{1} << 61) + 1);
}

TEST(SituationsTest, TheDocumentHasARowForEach) {
  std::ifstream file(AXPTR_SOURCE_DIR "/docs/conformance.md");
  std::stringstream text;
  text << file.rdbuf();
  for (const Situation& situation : AllSituations()) {
    EXPECT_THAT(text.str(),
                HasSubstr(absl::StrCat("| `", situation.name, "` | ", situation.meaning, " |")));
  }
}

}  // namespace
}  // namespace sim
