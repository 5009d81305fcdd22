#include "sim/machine/address_space.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <span>
#include <vector>

#include "axptr/addr_space.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/machine/testing/pages.h"

namespace sim {
namespace {

using axptr::LinuxError;
using axptr::LinuxResult;
using axptr::MappingFlags;

static_assert(axptr::AddrSpace<AddressSpace>);

std::optional<LinuxError> ErrorOf(const LinuxResult<void>& result) {
  if (result) return std::nullopt;
  return result.error();
}

class AddressSpaceTest : public testing::Test {
 protected:
  bool Allows(uint64_t start, uint64_t size, MappingFlags flags) {
    return space_.check_region_access(Range(start, size), flags);
  }

  Frames frames_;
  AddressSpace space_{&frames_};
};

TEST_F(AddressSpaceTest, ASwappedAddressSpaceKeepsItsAreasPagesAndFiles) {
  AddressSpace other(&frames_);
  const uint64_t frames = frames_.free();
  ASSERT_TRUE(space_.Map(kBase, 2 * kPage, kRW, Backing::kEager));
  ASSERT_TRUE(space_.Share(kBase, kPage));
  ASSERT_TRUE(space_.MapFile(kBase + 2 * kPage, 2 * kPage, kR, kPage));
  EXPECT_TRUE(Allows(kBase, kPage, kRW));
  EXPECT_FALSE(other.HasAreas());
  space_.Exchange(&other);
  EXPECT_TRUE(other.HasAreas());
  EXPECT_FALSE(Allows(kBase, kPage, kR)) << "also not by what the last lookup found";
  EXPECT_FALSE(space_.IsPopulated(kBase));
  EXPECT_EQ(space_.populated_pages(), 2u) << "of both";
  ASSERT_TRUE(space_.Map(kBase, kPage, kR, Backing::kLazy));
  EXPECT_EQ(ErrorOf(space_.Truncate(kBase + 2 * kPage, 0)), LinuxError::kEinval);
  space_.Exchange(&other);
  EXPECT_TRUE(Allows(kBase, 2 * kPage, kRW));
  EXPECT_EQ(space_.populated_pages(), 2u);
  EXPECT_EQ(space_.shared_pages(), 1u);
  EXPECT_TRUE(space_.Truncate(kBase + 2 * kPage, 0));
  space_.Reset();
  space_.Exchange(&other);
  space_.Reset();
  EXPECT_EQ(frames_.free(), frames - 1) << "the shared page's frame is the other process's";
}

TEST_F(AddressSpaceTest, ASwappedAddressSpaceKeepsItsGrowthAndFileMappings) {
  AddressSpace other(&frames_);
  const uint64_t second = kBase + 4 * kPage;
  const uint64_t stack = kBase + 64 * kPage;
  ASSERT_TRUE(space_.MapFile(kBase, 2 * kPage, kRW, 2 * kPage));
  ASSERT_TRUE(space_.MapAgain(second, 2 * kPage, kRW, kBase));
  ASSERT_TRUE(space_.Map(stack, kPage, kRW, Backing::kLazy));
  ASSERT_TRUE(space_.Grow(stack, 2 * kPage));
  frames_.SetFree(2);
  ASSERT_TRUE(space_.populate_area(Range(kBase, kPage), kR));
  space_.Exchange(&other);
  ASSERT_TRUE(space_.MapFile(kBase, kPage, kRW, kPage));
  ASSERT_TRUE(space_.MapFile(second, kPage, kRW, kPage)) << "of another file";
  ASSERT_TRUE(space_.Map(stack, kPage, kRW, Backing::kLazy));
  EXPECT_FALSE(space_.ResolveFault(stack - 1, kR));
  ASSERT_TRUE(space_.populate_area(Range(second, kPage), kR));
  EXPECT_EQ(frames_.free(), 0u) << "the frame of another file";
  EXPECT_EQ(space_.shared_pages(), 0u);
  space_.Exchange(&other);
  EXPECT_FALSE(space_.IsPopulated(second));
  ASSERT_TRUE(space_.populate_area(Range(second, kPage), kR)) << "the file has a frame";
  EXPECT_EQ(space_.shared_pages(), 1u);
  ASSERT_TRUE(space_.Unmap(kBase, kPage));
  EXPECT_EQ(frames_.free(), 0u) << "the second mapping holds it";
  ASSERT_TRUE(space_.Evict(second, kPage));
  EXPECT_TRUE(space_.ResolveFault(stack - 1, kR));
  EXPECT_FALSE(space_.ResolveFault(stack - kPage - 1, kR));
  space_.Reset();
  space_.Exchange(&other);
  space_.Reset();
  EXPECT_EQ(frames_.free(), 2u);
}

TEST_F(AddressSpaceTest, TheLimitOfAliasPagesCountsBothAddressSpaces) {
  AddressSpace other(&frames_);
  constexpr uint64_t kHalf = AddressSpace::kMaxAliasPages / 2;
  const uint64_t to = kBase + 2 * kHalf * kPage;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(space_.MapFile(kBase, 2 * kHalf * kPage, kRW, kPage));
    ASSERT_TRUE(space_.MapAgain(to, kHalf * kPage, kR, kBase));
    space_.Exchange(&other);
  }
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(ErrorOf(space_.MapAgain(to + kHalf * kPage, kPage, kR, kBase)), LinuxError::kEnomem);
    space_.Exchange(&other);
  }
}

TEST_F(AddressSpaceTest, RefusesRangesThatAreEmptyUnalignedOrOutside) {
  struct {
    uint64_t start, size;
  } const kBad[] = {
      {kBase, 0},
      {kBase + 1, kPage},
      {kBase, kPage + 1},
      {kBase - kPage, kPage},
      {Window::kEnd, kPage},
      {Window::kEnd - kPage, 2 * kPage},
      {kBase, uint64_t{0} - kPage},
      {0, kPage},
      {uint64_t{0} - kPage, kPage},
  };
  for (const auto& bad : kBad) {
    SCOPED_TRACE(testing::Message() << std::hex << bad.start << " " << bad.size);
    EXPECT_EQ(ErrorOf(space_.Map(bad.start, bad.size, kRW, Backing::kLazy)), LinuxError::kEinval);
    EXPECT_EQ(ErrorOf(space_.Unmap(bad.start, bad.size)), LinuxError::kEinval);
    EXPECT_EQ(ErrorOf(space_.Protect(bad.start, bad.size, kR)), LinuxError::kEinval);
    EXPECT_EQ(ErrorOf(space_.Evict(bad.start, bad.size)), LinuxError::kEinval);
    EXPECT_EQ(ErrorOf(space_.Share(bad.start, bad.size)), LinuxError::kEinval);
  }
  EXPECT_TRUE(space_.areas().empty());
}

// Bug of the original: `protect` of an empty range unmaps the pages after `start`.
TEST_F(AddressSpaceTest, AnEmptyRangeIsCheckedAsItsFirstByte) {
  for (const bool has_area : {false, true}) {
    if (has_area) {
      ASSERT_TRUE(space_.Map(kBase, kPage, kR, Backing::kLazy));
    }
    for (const uint64_t address :
         {kBase, kBase + kPage - 1, kBase + kPage, UINT64_MAX - 1, UINT64_MAX}) {
      const bool is_mapped = has_area && address - kBase < kPage;
      EXPECT_EQ(Allows(address, 0, MappingFlags()), is_mapped) << address;
      EXPECT_EQ(Allows(address, 0, kR), is_mapped) << address;
    }
  }
}

TEST_F(AddressSpaceTest, ProtectOfLengthZeroDropsNothing) {
  ASSERT_TRUE(space_.Map(kBase, 4 * kPage, kRW, Backing::kEager));
  EXPECT_FALSE(space_.Protect(kBase + kPage, 0, kR));
  EXPECT_TRUE(Allows(kBase, 4 * kPage, kRW));
}

TEST_F(AddressSpaceTest, MapOverAnAreaIsRefusedAtEveryPosition) {
  ASSERT_TRUE(space_.Map(kBase + 2 * kPage, 2 * kPage, kRW, Backing::kLazy));
  for (const uint64_t first : {1, 2, 3}) {
    EXPECT_EQ(ErrorOf(space_.Map(kBase + first * kPage, 2 * kPage, kRW, Backing::kLazy)),
              LinuxError::kEexist);
  }
  EXPECT_TRUE(space_.Map(kBase, 2 * kPage, kRW, Backing::kLazy));
  EXPECT_TRUE(space_.Map(kBase + 4 * kPage, kPage, kRW, Backing::kLazy));
}

// Bug of the original: an eager mapping succeeds without free frames.
TEST_F(AddressSpaceTest, EagerMappingWithoutFramesFailsAndChangesNothing) {
  frames_.SetFree(3);
  EXPECT_EQ(ErrorOf(space_.Map(kBase, 4 * kPage, kRW, Backing::kEager)), LinuxError::kEnomem);
  EXPECT_TRUE(space_.areas().empty());
  EXPECT_EQ(frames_.free(), 3u);
  EXPECT_TRUE(space_.Map(kBase, 3 * kPage, kRW, Backing::kEager));
  EXPECT_EQ(frames_.free(), 0u);
}

TEST_F(AddressSpaceTest, EvictionFreesTheFramesOfEveryKindOfMemoryAndSkipsHoles) {
  ASSERT_TRUE(space_.Map(kBase, 2 * kPage, kRW, Backing::kEager));
  ASSERT_TRUE(space_.Map(kBase + 3 * kPage, kPage, kRW, Backing::kCow));
  ASSERT_TRUE(space_.MapFile(kBase + 4 * kPage, 2 * kPage, kRW, kPage + 1));
  ASSERT_TRUE(space_.populate_area(Range(kBase + 4 * kPage, 2 * kPage), kR));
  EXPECT_EQ(space_.populated_pages(), 5u);
  EXPECT_EQ(frames_.free(), Frames::kMachineFrames - 4);
  ASSERT_TRUE(space_.Evict(kBase + kPage, 4 * kPage));
  EXPECT_TRUE(space_.IsPopulated(kBase));
  EXPECT_TRUE(space_.IsPopulated(kBase + 5 * kPage));
  EXPECT_EQ(space_.populated_pages(), 2u);
  EXPECT_EQ(space_.shared_pages(), 0u);
  EXPECT_EQ(frames_.free(), Frames::kMachineFrames - 2);
  EXPECT_TRUE(Allows(kBase + 3 * kPage, 3 * kPage, kRW)) << "the areas are as they were";
  EXPECT_TRUE(space_.ResolveFault(kBase + 3 * kPage, kR));
  EXPECT_EQ(frames_.free(), Frames::kMachineFrames - 3) << "in a frame of its own";
}

TEST_F(AddressSpaceTest, SharedPagesAreCopiedAtTheFirstWriteIntoAFrameThatMayBeMissing) {
  ASSERT_TRUE(space_.Map(kBase, 2 * kPage, kRW, Backing::kEager));
  ASSERT_TRUE(space_.Map(kBase + 2 * kPage, kPage, kRW, Backing::kLazy));
  ASSERT_TRUE(space_.MapFile(kBase + 4 * kPage, kPage, kRW, kPage));
  ASSERT_TRUE(space_.Map(kBase + 5 * kPage, kPage, MappingFlags::READ, Backing::kEager));
  ASSERT_TRUE(space_.ResolveFault(kBase + 4 * kPage, kR));
  frames_.SetFree(1);
  for (int again = 0; again < 2; ++again) ASSERT_TRUE(space_.Share(kBase, 6 * kPage));
  EXPECT_EQ(space_.populated_pages(), 4u);
  EXPECT_EQ(space_.shared_pages(), 2u) << "not the absent one, the file's, the kernel's";
  EXPECT_EQ(frames_.free(), 1u) << "the other process has them";
  EXPECT_TRUE(space_.LetsThrough(kBase, kR));
  EXPECT_FALSE(space_.LetsThrough(kBase, kW));
  EXPECT_TRUE(space_.ResolveFault(kBase, kW));
  EXPECT_TRUE(space_.LetsThrough(kBase, kW));
  EXPECT_EQ(space_.shared_pages(), 1u);
  EXPECT_FALSE(space_.ResolveFault(kBase + kPage, kW)) << "no frame to copy it to";
  EXPECT_EQ(ErrorOf(space_.populate_area(Range(kBase + kPage, kPage), kRW)), LinuxError::kEnomem);
  ASSERT_TRUE(space_.Unmap(kBase, 3 * kPage));
  EXPECT_EQ(frames_.free(), 1u) << "of the one that was copied";
  frames_.SetFree(Frames::kMachineFrames);
  EXPECT_EQ(frames_.free(), Frames::kMachineFrames - 2) << "what pages of ours hold";
}

TEST_F(AddressSpaceTest, AnAreaGrowsOnlyAtFaultsAndUpToItsLimit) {
  const uint64_t top = kBase + 64 * kPage;
  ASSERT_TRUE(space_.Map(top - 2 * kPage, 2 * kPage, kRW, Backing::kLazy));
  EXPECT_FALSE(space_.ResolveFault(top - 3 * kPage, kR)) << "not before Grow";
  ASSERT_TRUE(space_.Grow(top - 1, 8 * kPage));
  EXPECT_FALSE(Allows(top - 3 * kPage, kPage, kR));
  EXPECT_EQ(ErrorOf(space_.populate_area(Range(top - 3 * kPage, kPage), kR)), LinuxError::kEfault);
  const uint8_t byte = 1;
  EXPECT_EQ(ErrorOf(space_.Fill(top - 3 * kPage, 1, {&byte, 1})), LinuxError::kEnomem);
  EXPECT_TRUE(space_.ResolveFault(top - 6 * kPage + 5, kW));
  EXPECT_TRUE(Allows(top - 6 * kPage, 6 * kPage, kRW)) << "the pages between, too";
  EXPECT_EQ(space_.populated_pages(), 1u);
  EXPECT_TRUE(space_.ResolveFault(top - 8 * kPage, kR));
  EXPECT_FALSE(space_.ResolveFault(top - 8 * kPage - 1, kR)) << "beyond the limit";
  ASSERT_TRUE(space_.Unmap(top - 8 * kPage, 7 * kPage));
  EXPECT_TRUE(space_.ResolveFault(top - 2 * kPage, kR)) << "what is left is the same area";
  ASSERT_TRUE(space_.Grow(top - 1, 0));
  EXPECT_FALSE(space_.ResolveFault(top - 3 * kPage, kR));
}

TEST_F(AddressSpaceTest, AnAreaThatGrowsKeepsItsDistanceFromAccessibleAreasThatDoNotGrow) {
  const uint64_t stack = kBase + 8 * kPage;
  ASSERT_TRUE(space_.Map(kBase, kPage, kR, Backing::kLazy));
  ASSERT_TRUE(space_.Map(stack, kPage, kRW, Backing::kLazy));
  ASSERT_TRUE(space_.Grow(stack, UINT64_MAX));
  EXPECT_FALSE(space_.ResolveFault(kBase + kPage, kR));
  EXPECT_FALSE(Allows(stack - 1, 1, kR)) << "not even in part";
  EXPECT_TRUE(space_.ResolveFault(kBase + 2 * kPage, kR));
  ASSERT_TRUE(space_.Protect(kBase, kPage, MappingFlags()));
  EXPECT_TRUE(space_.ResolveFault(kBase + kPage, kR));
  ASSERT_TRUE(space_.Unmap(kBase + kPage, kPage));
  ASSERT_TRUE(space_.Protect(kBase, kPage, kR));
  EXPECT_FALSE(space_.ResolveFault(kBase + kPage, kR));
  ASSERT_TRUE(space_.Grow(kBase, kPage));
  EXPECT_TRUE(space_.ResolveFault(kBase + kPage, kR)) << "beside another stack";
}

TEST_F(AddressSpaceTest, AnAreaGrowsEvenIfTheAccessIsRefused) {
  ASSERT_TRUE(space_.Map(kBase + 8 * kPage, kPage, kR, Backing::kCow));
  ASSERT_TRUE(space_.Grow(kBase + 8 * kPage, 8 * kPage));
  EXPECT_FALSE(space_.ResolveFault(kBase + 7 * kPage, kW));
  EXPECT_TRUE(Allows(kBase + 7 * kPage, 2 * kPage, kR));
  frames_.SetFree(0);
  EXPECT_FALSE(space_.ResolveFault(kBase + 6 * kPage, kR)) << "no frame: it is not shared";
  EXPECT_TRUE(Allows(kBase + 6 * kPage, 3 * kPage, kR));
  ASSERT_TRUE(space_.MapFile(kBase + 16 * kPage, kPage, kR, kPage));
  ASSERT_TRUE(space_.Map(kBase + 17 * kPage, kPage, MappingFlags::READ, Backing::kLazy));
  for (const uint64_t page : {15, 16, 17}) {
    EXPECT_EQ(ErrorOf(space_.Grow(kBase + page * kPage, 8 * kPage)), LinuxError::kEinval) << page;
  }
}

TEST_F(AddressSpaceTest, TwoMappingsOfAFileHaveOneFrameForEachPage) {
  const uint64_t other = kBase + 16 * kPage;
  ASSERT_TRUE(space_.MapFile(kBase, 4 * kPage, kRW, 3 * kPage));
  ASSERT_TRUE(space_.MapAgain(other, 3 * kPage, kR, kBase + kPage));
  EXPECT_FALSE(Allows(other, kPage, kRW));
  frames_.SetFree(2);
  ASSERT_TRUE(space_.populate_area(Range(kBase + kPage, 2 * kPage), kRW));
  EXPECT_EQ(frames_.free(), 0u);
  ASSERT_TRUE(space_.populate_area(Range(other, 2 * kPage), kR));
  EXPECT_EQ(space_.populated_pages(), 4u);
  EXPECT_EQ(space_.shared_pages(), 2u);
  EXPECT_EQ(ErrorOf(space_.populate_area(Range(other, 3 * kPage), kR)), LinuxError::kEfault);
  ASSERT_TRUE(space_.Unmap(kBase + kPage, kPage));
  EXPECT_EQ(frames_.free(), 0u) << "the other mapping has it";
  ASSERT_TRUE(space_.Evict(other + kPage, kPage));
  EXPECT_EQ(frames_.free(), 1u);
  EXPECT_FALSE(space_.IsPopulated(kBase + 2 * kPage));
  ASSERT_TRUE(space_.Truncate(other, kPage));
  EXPECT_FALSE(space_.IsPopulated(other));
  EXPECT_FALSE(space_.ResolveFault(kBase + 2 * kPage, kR)) << "after the end";
  EXPECT_EQ(space_.shared_pages(), 0u);
  EXPECT_EQ(frames_.free(), 2u);
}

TEST_F(AddressSpaceTest, TwoMappingsOfAPageInOneRangeTakeOneFrame) {
  ASSERT_TRUE(space_.MapFile(kBase, kPage, kRW, kPage));
  ASSERT_TRUE(space_.MapAgain(kBase + kPage, kPage, kRW, kBase));
  ASSERT_TRUE(space_.MapAgain(kBase + 2 * kPage, kPage, kRW, kBase + kPage));
  frames_.SetFree(1);
  const uint8_t byte = 1;
  EXPECT_TRUE(space_.Fill(kBase, 3 * kPage, {&byte, 1}));
  EXPECT_EQ(space_.populated_pages(), 3u);
  EXPECT_EQ(space_.shared_pages(), 2u);
  ASSERT_TRUE(space_.Unmap(kBase, 2 * kPage));
  EXPECT_EQ(frames_.free(), 0u);
  ASSERT_TRUE(space_.Unmap(kBase, 3 * kPage));
  EXPECT_EQ(frames_.free(), 1u);
  EXPECT_EQ(space_.shared_pages(), 0u);
}

TEST_F(AddressSpaceTest, AliasAcceptsOnlyPagesOfOneFileMapping) {
  const uint64_t to = kBase + 64 * kPage;
  ASSERT_TRUE(space_.MapFile(kBase, 2 * kPage, kRW, kPage));
  ASSERT_TRUE(space_.MapFile(kBase + 2 * kPage, kPage, kRW, kPage));
  ASSERT_TRUE(space_.Map(kBase + 3 * kPage, kPage, kRW, Backing::kLazy));
  EXPECT_EQ(ErrorOf(space_.MapAgain(to, kPage, kR, kBase + 1)), LinuxError::kEinval);
  EXPECT_EQ(ErrorOf(space_.MapAgain(to, kPage, kR, kBase + 3 * kPage)), LinuxError::kEinval);
  EXPECT_EQ(ErrorOf(space_.MapAgain(to, kPage, kR, kBase + 4 * kPage)), LinuxError::kEinval);
  EXPECT_EQ(ErrorOf(space_.MapAgain(to, 2 * kPage, kR, kBase + kPage)), LinuxError::kEinval);
  EXPECT_EQ(ErrorOf(space_.MapAgain(kBase, kPage, kR, kBase)), LinuxError::kEexist);
  EXPECT_EQ(ErrorOf(space_.MapAgain(to, 1, kR, kBase)), LinuxError::kEinval);
  ASSERT_TRUE(space_.Protect(kBase, kPage, kR));
  EXPECT_TRUE(space_.MapAgain(to, 2 * kPage, kR, kBase)) << "parts of one mapping";
  for (uint64_t page = 2; page < AddressSpace::kMaxAliasPages; ++page) {
    ASSERT_TRUE(space_.MapAgain(to + page * kPage, kPage, kR, kBase));
  }
  EXPECT_EQ(ErrorOf(space_.MapAgain(to - kPage, kPage, kR, kBase)), LinuxError::kEnomem);
}

// Compares the address space with a map from page to flags, after each of many random changes, for
// single pages and for ranges.
TEST_F(AddressSpaceTest, RandomChangesAgreeWithAMapOfPages) {
  std::mt19937_64 random(35);
  constexpr uint64_t kPages = 24;
  std::map<uint64_t, MappingFlags> truth;
  const MappingFlags kChoices[] = {kR, kRW, kW, MappingFlags::USER};
  for (int step = 0; step < 20000; ++step) {
    const uint64_t first = random() % kPages;
    const uint64_t count = 1 + random() % (kPages - first);
    const uint64_t start = kBase + first * kPage;
    const MappingFlags flags = kChoices[random() % 4];
    const auto mapped = static_cast<uint64_t>(
        std::distance(truth.lower_bound(first), truth.lower_bound(first + count)));
    switch (random() % 3) {
      case 0: {
        const bool ok = space_.Map(start, count * kPage, flags, Backing::kLazy).has_value();
        ASSERT_EQ(ok, mapped == 0);
        for (uint64_t page = first; ok && page < first + count; ++page) truth[page] = flags;
        break;
      }
      case 1:
        ASSERT_TRUE(space_.Unmap(start, count * kPage));
        truth.erase(truth.lower_bound(first), truth.lower_bound(first + count));
        break;
      default: {
        const bool ok = space_.Protect(start, count * kPage, flags).has_value();
        ASSERT_EQ(ok, mapped == count);
        for (uint64_t page = first; ok && page < first + count; ++page) truth[page] = flags;
      }
    }
    for (uint64_t page = 0; page < kPages; ++page) {
      const auto found = truth.find(page);
      ASSERT_EQ(Allows(kBase + page * kPage, kPage, kR),
                found != truth.end() && found->second.contains(kR));
    }
    bool all_readable = true;
    for (uint64_t page = first; page < first + count; ++page) {
      const auto found = truth.find(page);
      all_readable = all_readable && found != truth.end() && found->second.contains(kR);
    }
    ASSERT_EQ(Allows(start + 1, count * kPage - 2, kR), all_readable);
  }
}

// As above, with so many areas that the area list has many chunks.
TEST_F(AddressSpaceTest, ManyAreasAgreeWithAMapOfPages) {
  std::mt19937_64 random(36);
  constexpr uint64_t kPages = 6000;
  std::map<uint64_t, MappingFlags> truth;
  const MappingFlags kChoices[] = {kR, kRW};
  for (int step = 0; step < 30000; ++step) {
    const bool is_long = random() % 512 == 0;
    const uint64_t first = random() % kPages;
    const uint64_t count = 1 + random() % std::min<uint64_t>(kPages - first, is_long ? kPages : 2);
    const uint64_t start = kBase + first * kPage;
    const MappingFlags flags = kChoices[random() % 2];
    const auto from = truth.lower_bound(first);
    const auto to = truth.lower_bound(first + count);
    const auto mapped = static_cast<uint64_t>(std::distance(from, to));
    const uint64_t what = random() % (is_long ? 8 : 4);
    if (what == 0) {
      ASSERT_TRUE(space_.Unmap(start, count * kPage));
      truth.erase(from, to);
    } else if (what == 1) {
      const bool ok = space_.Protect(start, count * kPage, flags).has_value();
      ASSERT_EQ(ok, mapped == count);
      for (uint64_t page = first; ok && page < first + count; ++page) truth[page] = flags;
    } else {
      const bool ok = space_.Map(start, count * kPage, flags, Backing::kLazy).has_value();
      ASSERT_EQ(ok, mapped == 0);
      for (uint64_t page = first; ok && page < first + count; ++page) truth[page] = flags;
    }
    for (const uint64_t page : {first, first + count - 1, random() % kPages}) {
      const auto found = truth.find(page);
      ASSERT_EQ(Allows(kBase + page * kPage, kPage, kR), found != truth.end());
      ASSERT_EQ(Allows(kBase + page * kPage, kPage, kRW),
                found != truth.end() && found->second == kRW);
    }
  }
  uint64_t pages = 0;
  uint64_t areas = 0;
  for (uint64_t before = 0; const Area& area : space_.areas()) {
    ASSERT_LE(before, area.start);
    before = area.end;
    pages += (area.end - area.start) / kPage;
    ++areas;
  }
  EXPECT_EQ(pages, truth.size());
  EXPECT_GT(areas, 1000u);
}

enum class Order : uint8_t { kUpwards, kDownwards, kSplit };

uint64_t CountAreas(const AddressSpace& space) {
  return static_cast<uint64_t>(std::distance(space.areas().begin(), space.areas().end()));
}

// The number of areas that are moved while `count` areas are created.
uint64_t MovesFor(uint64_t count, Order order) {
  Frames frames;
  AddressSpace space(&frames);
  if (order == Order::kSplit) {
    EXPECT_TRUE(space.Map(kBase, 2 * count * kPage, kRW, Backing::kLazy));
  }
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t page = 2 * (order == Order::kUpwards ? i : count - 1 - i);
    const uint64_t start = kBase + page * kPage;
    EXPECT_TRUE(order == Order::kSplit ? space.Protect(start, kPage, kR)
                                       : space.Map(start, kPage, kRW, Backing::kLazy));
  }
  EXPECT_GE(CountAreas(space), count);
  EXPECT_GE(space.areas().moved(), count);
  return space.areas().moved();
}

TEST_F(AddressSpaceTest, MovesGrowWithTheNumberOfAreasAndNotWithItsSquare) {
  for (const Order order : {Order::kUpwards, Order::kDownwards, Order::kSplit}) {
    const uint64_t few = MovesFor(8192, order);
    const uint64_t twice = MovesFor(16384, order);
    const uint64_t four_times = MovesFor(32768, order);
    EXPECT_LT(twice, few * 22 / 10);
    EXPECT_LT(four_times, twice * 22 / 10);
  }
}

TEST_F(AddressSpaceTest, InsertionAndRemovalMoveLaterAreasAndAChangeMovesNone) {
  const auto moved_by = [&](auto change) {
    const uint64_t before = space_.areas().moved();
    EXPECT_TRUE(change());
    return space_.areas().moved() - before;
  };
  const auto map = [&](uint64_t page) {
    return moved_by([&] { return space_.Map(kBase + page * kPage, kPage, kRW, Backing::kLazy); });
  };
  EXPECT_EQ(map(4), 1u);
  EXPECT_EQ(map(2), 2u);
  EXPECT_EQ(map(0), 3u);
  EXPECT_EQ(map(6), 1u);
  EXPECT_EQ(moved_by([&] { return space_.Unmap(kBase + 2 * kPage, kPage); }), 2u);
  EXPECT_EQ(moved_by([&] { return space_.Protect(kBase + 6 * kPage, kPage, kR); }), 2u)
      << "and the neighbour";
}

TEST_F(AddressSpaceTest, RevertedProtectMergesTheParts) {
  ASSERT_TRUE(space_.Map(kBase, 8 * kPage, kRW, Backing::kLazy));
  ASSERT_TRUE(space_.Protect(kBase + 2 * kPage, 2 * kPage, kR));
  EXPECT_EQ(CountAreas(space_), 3u);
  ASSERT_TRUE(space_.Protect(kBase + 2 * kPage, 2 * kPage, kRW));
  EXPECT_EQ(CountAreas(space_), 1u);
}

TEST_F(AddressSpaceTest, SeparateMappingsNeverMerge) {
  ASSERT_TRUE(space_.Map(kBase, kPage, kRW, Backing::kLazy));
  ASSERT_TRUE(space_.Map(kBase + kPage, kPage, kR, Backing::kLazy));
  ASSERT_TRUE(space_.Protect(kBase, 2 * kPage, kR));
  EXPECT_EQ(CountAreas(space_), 2u);
}

TEST_F(AddressSpaceTest, ProtectKeepsKernelMemoryFromUsers) {
  ASSERT_TRUE(space_.Map(kBase, kPage, MappingFlags::READ, Backing::kLazy));
  ASSERT_TRUE(space_.Protect(kBase, kPage, kRW));
  EXPECT_FALSE(Allows(kBase, kPage, kR));
  EXPECT_TRUE(Allows(kBase, kPage, MappingFlags::READ));
}

TEST_F(AddressSpaceTest, PopulationStopsWhereFramesRunOut) {
  ASSERT_TRUE(space_.Map(kBase, 4 * kPage, kRW, Backing::kLazy));
  frames_.SetFree(2);
  EXPECT_EQ(ErrorOf(space_.populate_area(Range(kBase, 4 * kPage), kR)), LinuxError::kEnomem);
  EXPECT_TRUE(space_.IsPopulated(kBase + kPage));
  EXPECT_FALSE(space_.IsPopulated(kBase + 2 * kPage));
  EXPECT_EQ(frames_.free(), 0u);
}

TEST_F(AddressSpaceTest, PopulationTakesNoFrameForPopulatedPages) {
  ASSERT_TRUE(space_.Map(kBase, 4 * kPage, kRW, Backing::kLazy));
  ASSERT_TRUE(space_.populate_area(Range(kBase + kPage, kPage), kR));
  frames_.SetFree(3);
  EXPECT_TRUE(space_.populate_area(Range(kBase, 4 * kPage), kR));
  EXPECT_EQ(frames_.free(), 0u);
}

TEST_F(AddressSpaceTest, UnmapFreesFrames) {
  frames_.SetFree(10);
  ASSERT_TRUE(space_.Map(kBase, 4 * kPage, kRW, Backing::kEager));
  ASSERT_TRUE(space_.Unmap(kBase + kPage, 2 * kPage));
  EXPECT_EQ(frames_.free(), 8u);
  EXPECT_EQ(space_.populated_pages(), 2u);
  space_.Reset();
  EXPECT_EQ(frames_.free(), 10u);
  EXPECT_EQ(space_.populated_pages(), 0u);
}

TEST_F(AddressSpaceTest, FillWithoutEnoughFramesPopulatesNothing) {
  ASSERT_TRUE(space_.Map(kBase, 4 * kPage, kR, Backing::kLazy));
  frames_.SetFree(1);
  const std::vector<uint8_t> pattern = {1};
  EXPECT_EQ(ErrorOf(space_.Fill(kBase + 1, kPage, pattern)), LinuxError::kEnomem);
  EXPECT_EQ(space_.populated_pages(), 0u);
  EXPECT_EQ(ErrorOf(space_.Fill(kBase + 4 * kPage - 1, 2, pattern)), LinuxError::kEnomem);
  EXPECT_TRUE(space_.Fill(kBase + 10, 10, pattern));
  EXPECT_TRUE(space_.Fill(0, 0, {}));
}

TEST_F(AddressSpaceTest, CowPagesTakeAFrameAtTheirFirstWrite) {
  frames_.SetFree(3);
  ASSERT_TRUE(space_.Map(kBase, 4 * kPage, kRW, Backing::kCow));
  EXPECT_EQ(frames_.free(), 3u);
  EXPECT_EQ(space_.populated_pages(), 4u);
  EXPECT_TRUE(space_.populate_area(Range(kBase, 4 * kPage), kR)) << "reading needs no copy";
  EXPECT_EQ(frames_.free(), 3u);
  EXPECT_TRUE(space_.ResolveFault(kBase + kPage, MappingFlags::WRITE));
  EXPECT_EQ(frames_.free(), 2u);
  EXPECT_TRUE(space_.ResolveFault(kBase + kPage, MappingFlags::WRITE)) << "already copied";
  EXPECT_EQ(frames_.free(), 2u);
  EXPECT_EQ(ErrorOf(space_.populate_area(Range(kBase, 4 * kPage), kRW)), LinuxError::kEnomem);
  EXPECT_EQ(space_.shared_pages(), 1u);
  EXPECT_FALSE(space_.ResolveFault(kBase + 3 * kPage, MappingFlags::WRITE)) << "no frame";
  EXPECT_TRUE(space_.ResolveFault(kBase + 3 * kPage, MappingFlags::READ));
  ASSERT_TRUE(space_.Unmap(kBase, 4 * kPage));
  EXPECT_EQ(frames_.free(), 3u);
  EXPECT_EQ(space_.shared_pages(), 0u);
}

TEST_F(AddressSpaceTest, FillCopiesSharedPages) {
  frames_.SetFree(1);
  ASSERT_TRUE(space_.Map(kBase, 2 * kPage, kR, Backing::kCow));
  const std::vector<uint8_t> pattern = {1};
  EXPECT_EQ(ErrorOf(space_.Fill(kBase, kPage + 1, pattern)), LinuxError::kEnomem);
  EXPECT_EQ(space_.shared_pages(), 2u);
  EXPECT_TRUE(space_.Fill(kBase, kPage, pattern));
  EXPECT_EQ(frames_.free(), 0u);
  EXPECT_EQ(space_.shared_pages(), 1u);
}

struct FaultCase {
  const char* name;
  MappingFlags area;
  bool populated;
  MappingFlags access;
  bool resolved;
};

TEST_F(AddressSpaceTest, OnlyPermittedFaultsAreResolved) {
  const MappingFlags kRead = MappingFlags::READ;
  const MappingFlags kWrite = MappingFlags::WRITE;
  const FaultCase kCases[] = {
      {"read of r--, absent", kR, false, kRead, true},
      {"write of r--, absent", kR, false, kWrite, false},
      {"write of rw-, absent", kRW, false, kWrite, true},
      {"read of -w-, absent", kW, false, kRead, false},
      {"read of -w-, present: the hardware reads it", kW, true, kRead, true},
      {"read of ---, present", MappingFlags::USER, true, kRead, false},
      {"read of kernel memory", kRead, false, kRead, false},
      {"second fault on a present page", kRW, true, kWrite, true},
  };
  for (const FaultCase& c : kCases) {
    SCOPED_TRACE(c.name);
    space_.Reset();
    frames_.SetFree(5);
    ASSERT_TRUE(space_.Map(kBase, kPage, c.area, c.populated ? Backing::kEager : Backing::kLazy));
    EXPECT_EQ(space_.ResolveFault(kBase + 5, c.access), c.resolved);
    EXPECT_EQ(frames_.free(), c.populated || c.resolved ? 4u : 5u);
  }
  EXPECT_FALSE(space_.ResolveFault(kBase + kPage, kRead));
  frames_.SetFree(0);
  ASSERT_TRUE(space_.Map(kBase + kPage, kPage, kRW, Backing::kLazy));
  EXPECT_FALSE(space_.ResolveFault(kBase + kPage, kRead)) << "no frame";
}

// Bugs to detect: only the permissions of the first or the last area are checked; a hole in the
// middle is ignored.
TEST_F(AddressSpaceTest, EveryAreaOfARangeMustPermit) {
  ASSERT_TRUE(space_.Map(kBase, kPage, kRW, Backing::kLazy));
  ASSERT_TRUE(space_.Map(kBase + kPage, kPage, kR, Backing::kLazy));
  ASSERT_TRUE(space_.Map(kBase + 2 * kPage, kPage, kRW, Backing::kLazy));
  EXPECT_TRUE(Allows(kBase, 3 * kPage, kR));
  EXPECT_FALSE(Allows(kBase, 3 * kPage, kRW));
  ASSERT_TRUE(space_.Unmap(kBase + kPage, kPage));
  EXPECT_FALSE(Allows(kBase, 3 * kPage, kR));
  EXPECT_FALSE(Allows(kBase + kPage - 1, 2, kR));
  EXPECT_TRUE(Allows(kBase + kPage - 1, 1, kRW));
  EXPECT_TRUE(Allows(kBase + 2 * kPage, kPage, kRW));
}

// For each page that is touched next, the hardware permits exactly what the areas allow: the next
// touch causes no spurious fault.
TEST_F(AddressSpaceTest, TheWindowIsUpToDateBeforeEachTouch) {
  auto reserved = Window::Reserve();
  ASSERT_TRUE(reserved.ok()) << reserved.status();
  Window& window = **reserved;
  AddressSpace space(&frames_, &window);
  ASSERT_TRUE(space.Map(kBase, 2 * kPage, kRW, Backing::kEager));
  ASSERT_TRUE(space.Map(kBase + 2 * kPage, kPage, kR, Backing::kEager));
  ASSERT_TRUE(space.Map(kBase + 3 * kPage, kPage, kRW, Backing::kLazy));
  ASSERT_TRUE(space.Map(kBase + 4 * kPage, kPage, kRW, Backing::kCow));
  const auto pages = [&] {
    std::vector<HardwareAccess> access;
    for (uint64_t page = 0; page < 5; ++page) access.push_back(window.Now(page));
    return access;
  };
  constexpr HardwareAccess kNo = HardwareAccess::kNone;
  constexpr HardwareAccess kRead = HardwareAccess::kRead;
  constexpr HardwareAccess kWrite = HardwareAccess::kReadWrite;
  EXPECT_THAT(pages(), testing::ElementsAre(kNo, kNo, kNo, kNo, kNo)) << "lazily";
  space.SettleWindowFor(kBase + kPage, 1);
  EXPECT_THAT(pages(), testing::ElementsAre(kNo, kWrite, kNo, kNo, kNo));
  space.SettleWindowFor(kBase + 1, 4 * kPage);
  EXPECT_THAT(pages(), testing::ElementsAre(kWrite, kWrite, kRead, kNo, kRead));
  ASSERT_TRUE(space.Protect(kBase, kPage, kR));
  ASSERT_TRUE(space.Unmap(kBase + 2 * kPage, kPage));
  space.SettleWindowFor(kBase + 5 * kPage, 1);
  EXPECT_THAT(pages(), testing::ElementsAre(kRead, kWrite, kNo, kNo, kRead)) << "taken at once";
  space.SettleWindowFor(Window::kEnd - 1, 2);
  space.SettleWindowFor(0, UINT64_MAX);
}

// `count` areas of one page each, not adjacent.
bool CanSynchronise(uint64_t count) {
  auto reserved = Window::Reserve();
  EXPECT_TRUE(reserved.ok()) << reserved.status();
  Frames frames;
  AddressSpace space(&frames, reserved->get());
  for (uint64_t i = 0; i < count; ++i) {
    EXPECT_TRUE(space.Map(kBase + 2 * i * kPage, kPage, kR, Backing::kCow));
  }
  const bool can = space.SynchroniseWindow();
  if (can) {
    EXPECT_EQ((*reserved)->Now(2 * (count - 1)), HardwareAccess::kRead);
    EXPECT_EQ((*reserved)->Now(0), HardwareAccess::kRead);
  }
  return can;
}

TEST_F(AddressSpaceTest, OpenAreasAreBoundedByTheMappingsOfTheHost) {
  EXPECT_TRUE(CanSynchronise(Window::kMaxMappings / 2 - 100));
  EXPECT_FALSE(CanSynchronise(Window::kMaxMappings / 2 + 100));
}

// The host memory used by reads of unwritten memory does not grow with the number of pages read,
// for any backing.
TEST_F(AddressSpaceTest, ReadingTakesABoundedAmountOfTheHostsMemory) {
  auto reserved = Window::Reserve();
  ASSERT_TRUE(reserved.ok()) << reserved.status();
  Window& window = **reserved;
  constexpr uint64_t kMany = 5 * Window::kSparePages;
  for (const Backing backing : {Backing::kCow, Backing::kEager, Backing::kLazy, Backing::kFile}) {
    AddressSpace space(&frames_, &window);
    ASSERT_TRUE(backing == Backing::kFile ? space.MapFile(kBase, kMany * kPage, kR, kMany * kPage)
                                          : space.Map(kBase, kMany * kPage, kR, backing));
    ASSERT_TRUE(space.populate_area(Range(kBase, kMany * kPage), kR));
    space.SettleWindowFor(kBase, kMany * kPage);
    for (uint64_t page = 0; page < kMany; ++page) {
      if (window.Now(page) == HardwareAccess::kNone) {
        ASSERT_TRUE(space.CatchUp(kBase + page * kPage, MappingFlags::READ));
      }
      ASSERT_EQ(*reinterpret_cast<const volatile uint8_t*>(kBase + page * kPage), 0);
    }
    EXPECT_LE(window.HostMemoryBytes(), 2 * Window::kSparePages * kPage);
    space.Reset();
  }
}

// A subject may populate an empty range.
TEST_F(AddressSpaceTest, APopulationOfNoPagesIsDone) {
  auto reserved = Window::Reserve();
  ASSERT_TRUE(reserved.ok()) << reserved.status();
  AddressSpace with_window(&frames_, reserved->get());
  for (AddressSpace* const space : {&space_, &with_window}) {
    ASSERT_TRUE(space->Map(kBase, kPage, kRW, Backing::kLazy));
    EXPECT_TRUE(space->populate_area(Range(kBase, 0), kRW));
    EXPECT_TRUE(space->populate_area(Range(kBase + 4 * kPage, 0), kR));
    EXPECT_EQ(space->populated_pages(), 0u);
    space->Reset();
  }
}

// Free frames and frames in use never exceed the frames of the machine, however often a scenario
// sets `frames max`.
TEST_F(AddressSpaceTest, FreeAndUsedFramesNeverExceedTheFramesOfTheMachine) {
  ASSERT_TRUE(space_.Map(kBase, 4 * kPage, kRW, Backing::kEager));
  frames_.SetFree(UINT64_MAX);
  EXPECT_EQ(frames_.free(), Frames::kMachineFrames - 4);
  frames_.SetFree(Frames::kMachineFrames - 5);
  EXPECT_EQ(frames_.free(), Frames::kMachineFrames - 5);
  frames_.SetFree(UINT64_MAX);
  ASSERT_TRUE(space_.Unmap(kBase, 4 * kPage));
  EXPECT_EQ(frames_.free(), Frames::kMachineFrames);
}

}  // namespace
}  // namespace sim
