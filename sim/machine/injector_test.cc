#include "sim/machine/injector.h"

#include "gtest/gtest.h"
#include "sim/machine/address_space.h"
#include "sim/machine/frames.h"

namespace sim {
namespace {

using Point = Injector::Point;
using axptr::LinuxError;
using axptr::MappingFlags;

constexpr MappingFlags kRW = MappingFlags::READ | MappingFlags::WRITE | MappingFlags::USER;
constexpr uint64_t kPage = Window::kPageBytes;

TEST(Injector, TheNthFailsAndNoOther) {
  Injector injector;
  EXPECT_FALSE(injector.Fails(Point::kLock));
  injector.Arm(Point::kLock, 3);
  EXPECT_FALSE(injector.Fails(Point::kLock));
  EXPECT_FALSE(injector.Fails(Point::kFrame)) << "another point does not count";
  EXPECT_FALSE(injector.Fails(Point::kLock));
  EXPECT_FALSE(injector.fired());
  EXPECT_TRUE(injector.Fails(Point::kLock));
  EXPECT_TRUE(injector.fired());
  EXPECT_FALSE(injector.Fails(Point::kLock));
}

TEST(Injector, EachPointHasItsOwnNumberWhichTheNextOneReplaces) {
  Injector injector;
  injector.Arm(Point::kLock, 1);
  injector.Arm(Point::kFrame, 1);
  injector.Arm(Point::kPopulation, 1);
  injector.Arm(Point::kPopulation, 0);
  EXPECT_TRUE(injector.Fails(Point::kLock));
  EXPECT_TRUE(injector.Fails(Point::kFrame));
  EXPECT_FALSE(injector.Fails(Point::kPopulation));
  EXPECT_EQ(injector.failures(), 2u);
}

TEST(Injector, OfSeveralInARowThoseBeforeTheNthSucceed) {
  Injector injector;
  injector.Arm(Point::kFrame, 5);
  EXPECT_EQ(injector.Allow(Point::kFrame, 3), 3u);
  EXPECT_EQ(injector.Allow(Point::kFrame, 3), 1u);
  EXPECT_EQ(injector.Allow(Point::kFrame, 3), 3u);
}

TEST(Injector, AnAllOrNothingCallFailsOnceAndDoesNotCountIfItSucceeds) {
  Injector injector;
  injector.Arm(Point::kFrame, 3);
  EXPECT_FALSE(injector.FailsAll(Point::kFrame, 2));
  EXPECT_EQ(injector.Allow(Point::kFrame, 2), 2u);
  EXPECT_TRUE(injector.FailsAll(Point::kFrame, 2));
  EXPECT_FALSE(injector.FailsAll(Point::kFrame, 2));
}

TEST(Injector, FailsNothingAfterDisarm) {
  Injector injector;
  injector.Arm(Point::kPopulation, 1);
  injector.Disarm();
  EXPECT_FALSE(injector.Fails(Point::kPopulation));
  EXPECT_FALSE(injector.fired());
}

// The set-up calls check for enough frames in advance: hence a failure of a later frame changes
// nothing, either.
TEST(Injector, EagerMapAndFillThatMissAFrameChangeNothing) {
  Injector injector;
  Frames frames;
  frames.SetFree(10);
  frames.set_injector(&injector);
  AddressSpace space(&frames);
  constexpr uint8_t kByte[] = {7};
  for (uint64_t nth = 1; nth <= 3; ++nth) {
    injector.Arm(Point::kFrame, nth);
    EXPECT_EQ(space.Map(Window::kStart, 3 * kPage, kRW, Backing::kEager).error(),
              LinuxError::kEnomem);
    EXPECT_TRUE(injector.fired());
    EXPECT_TRUE(space.areas().empty());
    EXPECT_EQ(frames.free(), 10u);

    ASSERT_TRUE(space.Map(Window::kStart, 3 * kPage, kRW, Backing::kLazy));
    injector.Arm(Point::kFrame, nth);
    EXPECT_EQ(space.Fill(Window::kStart, 3 * kPage, kByte).error(), LinuxError::kEnomem);
    EXPECT_EQ(space.populated_pages(), 0u);
    EXPECT_EQ(frames.free(), 10u);
    space.Reset();
  }
  injector.Arm(Point::kFrame, 4);
  EXPECT_TRUE(space.Map(Window::kStart, 3 * kPage, kRW, Backing::kEager));
  EXPECT_FALSE(injector.fired());
  EXPECT_EQ(frames.free(), 7u);
}

}  // namespace
}  // namespace sim
