#include "sim/machine/window.h"

#include <cstdint>
#include <memory>

#include "gtest/gtest.h"
#include "sim/machine/testing/dies_of.h"

namespace sim {
namespace {

volatile uint8_t* At(uint64_t page) {
  return reinterpret_cast<volatile uint8_t*>(Window::kStart + page * Window::kPageBytes);
}

class WindowTest : public testing::Test {
 protected:
  void SetUp() override {
    auto window = Window::Reserve();
    ASSERT_TRUE(window.ok()) << window.status();
    window_ = *std::move(window);
  }
  void SettleTo(HardwareAccess access) {
    window_->Settle([&](uint64_t, uint64_t end) { return Window::Allowed{access, end}; });
  }

  std::unique_ptr<Window> window_;
};

TEST_F(WindowTest, OnlyOneExists) {
  const auto second = Window::Reserve();
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.status().ToString().find("0x550000000000"), std::string::npos);
}

TEST_F(WindowTest, ContainsExactlyItsBytes) {
  EXPECT_TRUE(Window::Contains(Window::kStart));
  EXPECT_TRUE(Window::Contains(Window::kEnd - 1));
  EXPECT_FALSE(Window::Contains(Window::kStart - 1));
  EXPECT_FALSE(Window::Contains(Window::kEnd));
  EXPECT_FALSE(Window::Contains(0));
  EXPECT_TRUE(Window::ContainsRange(Window::kStart, Window::kBytes));
  EXPECT_FALSE(Window::ContainsRange(Window::kStart, Window::kBytes + 1));
  EXPECT_FALSE(Window::ContainsRange(Window::kEnd - 1, UINT64_MAX));
}

TEST_F(WindowTest, DirectMapAndRaisedPagesAreTheSameMemory) {
  window_->Raise(3, 4, HardwareAccess::kReadWrite);
  *At(3) = 42;
  EXPECT_EQ(*window_->DirectMap(Window::kStart + 3 * Window::kPageBytes), 42);
}

TEST_F(WindowTest, RaisingToReadLeavesWritablePagesWritable) {
  window_->Raise(2, 3, HardwareAccess::kReadWrite);
  window_->Raise(0, 5, HardwareAccess::kRead);
  EXPECT_EQ(window_->Now(1), HardwareAccess::kRead);
  EXPECT_EQ(window_->Now(2), HardwareAccess::kReadWrite);
  EXPECT_EQ(window_->Now(4), HardwareAccess::kRead);
  *At(2) = 1;
  EXPECT_EQ(*At(4), 0);
}

TEST_F(WindowTest, SettlingTakesAwayWhatWasNotedOnly) {
  window_->Raise(0, 4, HardwareAccess::kReadWrite);
  window_->NoteTakenAway(1, 3);
  EXPECT_FALSE(window_->settled());
  SettleTo(HardwareAccess::kRead);
  EXPECT_TRUE(window_->settled());
  EXPECT_EQ(window_->Now(0), HardwareAccess::kReadWrite);
  EXPECT_EQ(window_->Now(1), HardwareAccess::kRead);
  EXPECT_EQ(window_->Now(2), HardwareAccess::kRead);
  EXPECT_EQ(window_->Now(3), HardwareAccess::kReadWrite);
}

TEST_F(WindowTest, ForgottenPagesReadAsZero) {
  window_->Raise(0, 2, HardwareAccess::kReadWrite);
  *At(0) = 1;
  *At(1) = 2;
  // Written, then made read-only: still not zero.
  window_->NoteTakenAway(1, 2);
  SettleTo(HardwareAccess::kRead);
  *window_->DirectMap(Window::kStart + 2 * Window::kPageBytes) = 3;
  window_->NoteWritten(2, 3);
  window_->Forget(0, 3);
  window_->Raise(0, 3, HardwareAccess::kRead);
  EXPECT_EQ(*At(0), 0);
  EXPECT_EQ(*At(1), 0);
  EXPECT_EQ(*At(2), 0);
}

TEST_F(WindowTest, ManyNotedRangesAreAllTakenAway) {
  for (uint64_t page = 0; page < 1000; page += 2) {
    window_->Raise(page, page + 1, HardwareAccess::kRead);
    window_->NoteTakenAway(page, page + 1);
  }
  SettleTo(HardwareAccess::kNone);
  for (uint64_t page = 0; page < 1000; page += 2) {
    ASSERT_EQ(window_->Now(page), HardwareAccess::kNone) << page;
  }
}

TEST_F(WindowTest, MemoryGivenBackIsZeroAndRefused) {
  constexpr uint64_t kMany = 20000;
  window_->Raise(0, kMany, HardwareAccess::kReadWrite);
  *At(kMany - 1) = 7;
  window_->Forget(0, kMany);
  window_->GiveMemoryBack();
  EXPECT_EQ(window_->Now(0), HardwareAccess::kNone);
  window_->Raise(kMany - 1, kMany, HardwareAccess::kRead);
  EXPECT_EQ(*At(kMany - 1), 0);
}

using WindowDeathTest = WindowTest;

TEST_F(WindowDeathTest, PagesThatWereNotRaisedAreRefused) {
  window_->Raise(1, 2, HardwareAccess::kRead);
  EXPECT_DIES_OF(*At(0), SIGSEGV);
  EXPECT_DIES_OF(*At(2), SIGSEGV);
  EXPECT_DIES_OF(*At(1) = 1, SIGSEGV);
}

}  // namespace
}  // namespace sim
