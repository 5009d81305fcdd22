#include "sim/machine/window.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

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

TEST_F(WindowTest, AWindowThatIsRefusedLeavesNoFileOpen) {
  const auto count_files = [] {
    const std::filesystem::directory_iterator files("/proc/self/fd");
    return std::distance(begin(files), end(files));
  };
  const auto before = count_files();
  ASSERT_FALSE(Window::Reserve().ok());
  EXPECT_EQ(count_files(), before);
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

TEST_F(WindowTest, APageShowsTheMemoryOfAnotherOneUntilItShowsItsOwn) {
  window_->Show(5, 3);
  window_->NoteWritten(3, 4);
  window_->Raise(3, 7, HardwareAccess::kReadWrite);
  *At(3) = 42;
  EXPECT_EQ(*At(5), 42);
  *At(5) = 43;
  EXPECT_EQ(*At(3), 43);
  // Both are mapped anew after a page was past the end of a file.
  window_->NoteTakenAway(5, 6);
  SettleTo(HardwareAccess::kNone);
  EXPECT_TRUE(window_->RaisePastEndOfFile(5, 6, HardwareAccess::kRead));
  window_->NoteNotPastEndOfFile(5, 6);
  window_->Raise(5, 6, HardwareAccess::kRead);
  EXPECT_EQ(*At(5), 43);
  window_->NoteTakenAway(7, 8);
  EXPECT_TRUE(window_->RaisePastEndOfFile(8, 9, HardwareAccess::kRead));
  window_->Close();
  window_->Raise(5, 6, HardwareAccess::kRead);
  EXPECT_EQ(*At(5), 43);
  window_->Show(5, 5);
  EXPECT_EQ(window_->Now(5), HardwareAccess::kNone);
  window_->Raise(5, 6, HardwareAccess::kReadWrite);
  EXPECT_EQ(*At(5), 0);
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

TEST_F(WindowTest, ExchangedMemoryKeepsItsContentsAndIsClosed) {
  Window::Memory other;
  window_->Raise(0, 2, HardwareAccess::kReadWrite);
  *At(1) = 7;
  window_->NoteTakenAway(0, 1);
  window_->Exchange(&other);
  EXPECT_TRUE(window_->settled());
  EXPECT_EQ(window_->Now(1), HardwareAccess::kNone);
  EXPECT_EQ(window_->ContentsAt(Window::kStart + Window::kPageBytes), nullptr) << "nothing written";
  window_->Raise(1, 2, HardwareAccess::kReadWrite);
  EXPECT_EQ(*At(1), 0);
  *At(1) = 9;
  for (const int wanted : {7, 9, 7}) {
    window_->Exchange(&other);
    window_->Raise(1, 2, HardwareAccess::kRead);
    EXPECT_EQ(*At(1), wanted);
    EXPECT_EQ(*window_->ContentsAt(Window::kStart + Window::kPageBytes), wanted);
  }
}

TEST_F(WindowTest, ExchangedMemoryKeepsWhichPageShowsWhich) {
  Window::Memory other;
  window_->Show(2, 1);
  window_->NoteWritten(1, 2);
  *window_->DirectMap(Window::kStart + Window::kPageBytes) = 7;
  window_->Exchange(&other);
  window_->Show(1, 2);
  window_->NoteWritten(2, 3);
  *window_->DirectMap(Window::kStart + 2 * Window::kPageBytes) = 9;
  for (const int wanted : {9, 7, 9}) {
    window_->Raise(1, 3, HardwareAccess::kRead);
    EXPECT_EQ(*At(1), wanted);
    EXPECT_EQ(*At(2), wanted);
    window_->RaisePastEndOfFile(5, 6, HardwareAccess::kRead);  // Close() maps all pages anew
    window_->Close();
    window_->Raise(1, 3, HardwareAccess::kRead);
    EXPECT_EQ(*At(1), wanted);
    EXPECT_EQ(*At(2), wanted);
    window_->Exchange(&other);
  }
}

TEST_F(WindowTest, OnlyRecordedRemovalsAreApplied) {
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
  // A page that was written and then made read-only is still not zero.
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

TEST_F(WindowTest, EveryRecordedRemovalIsApplied) {
  for (uint64_t page = 0; page < 1000; page += 2) {
    window_->Raise(page, page + 1, HardwareAccess::kRead);
    window_->NoteTakenAway(page, page + 1);
  }
  SettleTo(HardwareAccess::kNone);
  for (uint64_t page = 0; page < 1000; page += 2) {
    ASSERT_EQ(window_->Now(page), HardwareAccess::kNone) << page;
  }
}

TEST_F(WindowTest, FreedMemoryIsZeroAndInaccessible) {
  constexpr uint64_t kMany = 20000;
  window_->Raise(0, kMany, HardwareAccess::kReadWrite);
  *At(kMany - 1) = 7;
  window_->Forget(0, kMany);
  window_->GiveMemoryBack();
  EXPECT_EQ(window_->Now(0), HardwareAccess::kNone);
  window_->Raise(kMany - 1, kMany, HardwareAccess::kRead);
  EXPECT_EQ(*At(kMany - 1), 0);
}

// The number of mappings of the host for the window.
uint64_t CountMappings() {
  std::ifstream maps("/proc/self/maps");
  uint64_t count = 0;
  for (std::string line; std::getline(maps, line);) {
    const uint64_t start = std::stoull(line, nullptr, 16);
    if (Window::Contains(start)) ++count;
  }
  return count;
}

// The number of pages that are raised with gaps between them: they would need twice as many
// mappings as Linux permits by default.
constexpr uint64_t kAlternating = 70'000;

TEST_F(WindowTest, AlternatingPagesTakeABoundedNumberOfMappings) {
  window_->Raise(0, 1, HardwareAccess::kReadWrite);
  *At(0) = 42;
  uint64_t most = 0;
  for (uint64_t page = 2; page < 2 * kAlternating; page += 2) {
    window_->Raise(page, page + 1, HardwareAccess::kRead);
    ASSERT_EQ(window_->Now(page), HardwareAccess::kRead);
    if (page % 4096 == 0) most = std::max(most, CountMappings());
  }
  EXPECT_GT(window_->closings(), 0u);
  EXPECT_GT(most, Window::kMaxMappings / 4 * 3) << "closed no earlier than it must be";
  EXPECT_LE(most, Window::kMaxMappings);
  window_->Raise(0, 1, HardwareAccess::kRead);
  EXPECT_EQ(*At(0), 42) << "contents stay when the window is closed";
}

TEST_F(WindowTest, PagesPastTheEndOfAFileTakeABoundedNumberOfMappings) {
  *window_->DirectMap(Window::kStart + 4 * Window::kPageBytes) = 42;
  window_->NoteWritten(4, 5);
  for (uint64_t page = 0; page < 2 * kAlternating; page += 2) {
    ASSERT_TRUE(window_->RaisePastEndOfFile(page, page + 1, HardwareAccess::kReadWrite));
    ASSERT_FALSE(window_->RaisePastEndOfFile(page, page + 1, HardwareAccess::kReadWrite));
  }
  EXPECT_GT(window_->closings(), 0u);
  EXPECT_LE(CountMappings(), Window::kMaxMappings);
  window_->NoteNotPastEndOfFile(0, 2 * kAlternating);
  EXPECT_EQ(window_->Now(4), HardwareAccess::kNone);
  window_->Raise(4, 5, HardwareAccess::kRead);
  EXPECT_EQ(*At(4), 42) << "the same memory again as before";
}

TEST_F(WindowTest, NeighboursPastTheEndOfAFileAreOneMapping) {
  const uint64_t before = CountMappings();
  for (uint64_t page = 100; page < 1100; ++page) {
    window_->RaisePastEndOfFile(page, page + 1, HardwareAccess::kRead);
  }
  EXPECT_LE(CountMappings(), before + 2);
}

TEST_F(WindowTest, ClosingForgetsPagesPastTheEndOfAFile) {
  *window_->DirectMap(Window::kStart) = 42;
  window_->NoteWritten(0, 1);
  window_->RaisePastEndOfFile(1, 2, HardwareAccess::kRead);
  window_->Close();
  EXPECT_EQ(window_->Now(1), HardwareAccess::kNone);
  window_->Raise(0, 2, HardwareAccess::kRead);
  EXPECT_EQ(*At(0), 42);
  EXPECT_EQ(*At(1), 0);
}

TEST_F(WindowTest, MemoryOfPagesThatAreOnlyReadIsBounded) {
  constexpr uint64_t kAtOnce = Window::kSparePages / 2;
  window_->Raise(1, 2, HardwareAccess::kReadWrite);
  *At(1) = 42;
  uint64_t most = 0;
  for (uint64_t first = 2; first < 10 * Window::kSparePages; first += kAtOnce) {
    window_->BoundMemory();
    window_->Raise(first, first + kAtOnce, HardwareAccess::kRead);
    for (uint64_t page = first; page < first + kAtOnce; ++page) ASSERT_EQ(*At(page), 0);
    most = std::max(most, window_->HostMemoryBytes());
  }
  EXPECT_GE(most, kAtOnce * Window::kPageBytes) << "the measure sees what is read";
  EXPECT_LE(most, (Window::kSparePages + 2 * kAtOnce) * Window::kPageBytes);
  window_->Raise(1, 2, HardwareAccess::kRead);
  EXPECT_EQ(*At(1), 42) << "what was written is kept";
}

using WindowDeathTest = WindowTest;

// Other parts of the process can exhaust the host's limit on mappings.
TEST_F(WindowDeathTest, WithoutFreeMappingsTheProcessStopsWithAMessage) {
  const auto use_up = [&] {
    constexpr size_t kMany = size_t{1} << 20;
    auto* const memory = static_cast<char*>(
        mmap(nullptr, kMany * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    for (size_t i = 0; i < kMany; i += 2) {
      if (mprotect(memory + i * 4096, 4096, PROT_READ) == 0) continue;
      // With a few mappings left, the window closes and continues.
      mprotect(memory, 16 * 4096, PROT_NONE);
      for (uint64_t page = 100; page < 1000; page += 2) {
        window_->Raise(page, page + 1, HardwareAccess::kRead);
      }
      fprintf(stderr, "%s; ", window_->closings() > 10 ? "went on" : "did not close");
      window_->Close();
      while (mprotect(memory + i * 4096, 4096, PROT_READ) == 0) i += 2;
      i = 0;
      while (mprotect(memory + i * 4096, 4096, PROT_READ) == 0) i += 2;
      break;
    }
    window_->Raise(100, 101, HardwareAccess::kRead);
    _exit(0);
  };
  EXPECT_EXIT(use_up(), testing::ExitedWithCode(2),
              "went on; the host refuses .* expected room for a mapping more");
}

TEST_F(WindowDeathTest, PagesThatWereNotRaisedAreRefused) {
  window_->Raise(1, 2, HardwareAccess::kRead);
  EXPECT_DIES_OF(*At(0), SIGSEGV);
  EXPECT_DIES_OF(*At(2), SIGSEGV);
  EXPECT_DIES_OF(*At(1) = 1, SIGSEGV);
}

// The system would kill a process whose file grows beyond its limit.
TEST(WindowLimitsTest, FilesThatMayNotBeLargeEnoughAreRefusedWithTheLimit) {
  struct rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto reserve = [&](rlim_t bytes) {
    struct rlimit limit = before;
    limit.rlim_cur = bytes;
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    const absl::Status status = Window::Reserve().status();
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    return status;
  };
  EXPECT_TRUE(reserve(Window::kBytes).ok());
  const absl::Status refused = reserve(Window::kBytes - 1);
  EXPECT_FALSE(refused.ok());
  EXPECT_NE(refused.message().find("68719476735 bytes"), std::string::npos) << refused;
}

}  // namespace
}  // namespace sim
