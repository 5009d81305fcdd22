// Limits of the simulated kernel that affect its implementation and not its results: each at the
// limit, and one above it (sim/testing/limits/limits.txt).
#include <algorithm>
#include <cstdint>
#include <memory>

#include "gtest/gtest.h"
#include "sim/machine/address_space.h"
#include "sim/machine/frames.h"
#include "sim/machine/testing/pages.h"
#include "sim/machine/window.h"

namespace sim {
namespace {

using axptr::MappingFlags;

std::unique_ptr<Window> Reserved() {
  auto window = Window::Reserve();
  EXPECT_TRUE(window.ok()) << window.status();
  return *std::move(window);
}

// The maximum number of areas in a chunk: area_list.cc.
constexpr uint64_t kMostInChunk = 512;

// Maps `count` areas of one page with one free page after each, in the order 0, step, 2 * step, ...
// modulo `count`. Checks that each area is found, also after every second area is unmapped.
void ExpectAreasAreFound(uint64_t count, uint64_t step) {
  Frames frames;
  AddressSpace space(&frames);
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t area = i * step % count;
    ASSERT_TRUE(space.Map(kBase + 2 * area * kPage, kPage, kR, Backing::kLazy)) << i;
  }
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t area = kBase + 2 * i * kPage;
    ASSERT_TRUE(space.check_region_access(Range(area, kPage), kR)) << count << " " << i;
    ASSERT_FALSE(space.check_region_access(Range(area + kPage, 1), kR)) << count << " " << i;
  }
  for (uint64_t i = 0; i < count; i += 2) {
    ASSERT_TRUE(space.Unmap(kBase + 2 * i * kPage, kPage)) << i;
  }
  for (uint64_t i = 0; i < count; ++i) {
    ASSERT_EQ(space.check_region_access(Range(kBase + 2 * i * kPage, kPage), kR), i % 2 == 1)
        << count << " " << i;
  }
}

TEST(KernelLimits, AsManyAreasAsAChunkHasAndOneMoreAreFound) {
  // A full chunk is split into two; one of the two is filled further.
  for (const uint64_t full : {kMostInChunk, 3 * kMostInChunk / 2, 2 * kMostInChunk}) {
    for (const uint64_t count : {full - 1, full, full + 1}) {
      ExpectAreasAreFound(count, 1);          // ascending
      ExpectAreasAreFound(count, count - 1);  // descending
    }
  }
}

// The maximum number of ranges that the window records: window.cc.
constexpr uint64_t kMaxNoted = 256;

TEST(KernelLimits, AsManyRangesAsAreNotedAndOneMoreAreTakenAway) {
  const std::unique_ptr<Window> window = Reserved();
  for (const uint64_t count : {kMaxNoted - 1, kMaxNoted, kMaxNoted + 1, 2 * kMaxNoted + 1}) {
    window->Raise(0, 2 * count, HardwareAccess::kRead);
    for (uint64_t i = 0; i < count; ++i) window->NoteTakenAway(2 * i, 2 * i + 1);
    window->Settle([&](uint64_t page, uint64_t) {
      return Window::Allowed{page % 2 == 0 ? HardwareAccess::kNone : HardwareAccess::kRead,
                             page + 1};
    });
    for (uint64_t page = 0; page < 2 * count; ++page) {
      ASSERT_EQ(window->Now(page), page % 2 == 0 ? HardwareAccess::kNone : HardwareAccess::kRead)
          << count << " " << page;
    }
  }
}

// The maximum number of pages, and of runs of pages, that are raised at a time: address_space.cc.
constexpr uint64_t kMostPagesAtOnce = Window::kSparePages / 2;
constexpr uint64_t kMostRunsAtOnce = Window::kMaxMappings / 16;

// Checks that each of the first `count` pages is accessible, after CatchUp() if it was not raised.
void ExpectAllLetThrough(AddressSpace* space, Window* window, uint64_t count) {
  for (uint64_t page = 0; page < count; ++page) {
    if (window->Now(page) == HardwareAccess::kNone) {
      ASSERT_TRUE(space->CatchUp(kBase + page * kPage, MappingFlags::READ)) << count << " " << page;
    }
    ASSERT_NE(window->Now(page), HardwareAccess::kNone) << count << " " << page;
  }
}

TEST(KernelLimits, AsManyPagesAsAreRaisedAtOnceAndOneMoreAreLetThrough) {
  for (const uint64_t count : {kMostPagesAtOnce - 1, kMostPagesAtOnce, kMostPagesAtOnce + 1}) {
    const std::unique_ptr<Window> window = Reserved();
    Frames frames;
    AddressSpace space(&frames, window.get());
    ASSERT_TRUE(space.Map(kBase, count * kPage, kR, Backing::kCow));
    space.SettleWindowFor(kBase, count * kPage);
    EXPECT_NE(window->Now(std::min(count, kMostPagesAtOnce) - 1), HardwareAccess::kNone);
    ExpectAllLetThrough(&space, window.get(), count);
    EXPECT_EQ(window->Now(count), HardwareAccess::kNone);
  }
}

TEST(KernelLimits, AsManyRunsAsAreRaisedAtOnceAndOneMoreAreLetThrough) {
  for (const uint64_t count : {kMostRunsAtOnce - 1, kMostRunsAtOnce, kMostRunsAtOnce + 1}) {
    const std::unique_ptr<Window> window = Reserved();
    Frames frames;
    AddressSpace space(&frames, window.get());
    for (uint64_t page = 0; page < count; ++page) {
      ASSERT_TRUE(
          space.Map(kBase + page * kPage, kPage, page % 2 == 0 ? kR : kRW, Backing::kEager));
    }
    space.SettleWindowFor(kBase, count * kPage);
    EXPECT_NE(window->Now(std::min(count, kMostRunsAtOnce) - 1), HardwareAccess::kNone);
    EXPECT_EQ(window->Now(0), HardwareAccess::kRead);
    EXPECT_EQ(window->Now(1), HardwareAccess::kReadWrite);
    ExpectAllLetThrough(&space, window.get(), count);
  }
}

TEST(KernelLimits, AsManyFramesAsTheMachineHasAreFreeAndNoMore) {
  Frames frames;
  for (const uint64_t wanted : {Frames::kMachineFrames - 1, Frames::kMachineFrames}) {
    frames.SetFree(wanted);
    EXPECT_EQ(frames.free(), wanted);
  }
  frames.SetFree(Frames::kMachineFrames + 1);
  EXPECT_EQ(frames.free(), Frames::kMachineFrames);
}

}  // namespace
}  // namespace sim
