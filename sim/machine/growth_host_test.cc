// The rules by which an area of the simulated kernel grows are those of the host's kernel: the same
// situations, at the same addresses, in an address space without a window and in this process.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <cstring>
#include <system_error>

#include "gtest/gtest.h"
#include "sim/machine/address_space.h"

#ifndef MADV_POPULATE_READ  // since Linux 5.14
#define MADV_POPULATE_READ 22
#endif

namespace sim {
namespace {

using axptr::MappingFlags;

constexpr uint64_t kPage = Window::kPageBytes;
constexpr uint64_t kBytes = 8192 * kPage;  // of the addresses that the test uses
constexpr uint64_t kEnd = Window::kStart + kBytes;
constexpr uint64_t kLimit = 1024 * kPage;  // of areas that grow

// Since Linux 6.5 get_user_pages does not let an area grow.
bool IsHostNewEnough() {
  utsname name = {};
  if (uname(&name) != 0) return false;
  const char* const end = name.release + strlen(name.release);
  int major = 0;
  const auto after_major = std::from_chars(name.release, end, major);
  if (after_major.ec != std::errc() || after_major.ptr == end) return false;
  int minor = 0;
  const auto after_minor = std::from_chars(after_major.ptr + 1, end, minor);
  return after_minor.ec == std::errc() && (major > 6 || (major == 6 && minor >= 5));
}

// Memory of this process at the addresses of the window, which nothing else uses.
class HostMemory {
 public:
  HostMemory() { EXPECT_EQ(pipe2(pipe_, O_CLOEXEC | O_NONBLOCK), 0); }
  ~HostMemory() {
    Unmap(Window::kStart, kBytes);
    close(pipe_[0]);
    close(pipe_[1]);
  }
  HostMemory(const HostMemory&) = delete;
  HostMemory& operator=(const HostMemory&) = delete;

  void Map(uint64_t start, uint64_t bytes, int protection, int flags = 0) {
    EXPECT_NE(mmap(reinterpret_cast<void*>(start), bytes, protection,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | flags, -1, 0),
              MAP_FAILED);
  }
  void Unmap(uint64_t start, uint64_t bytes) {
    EXPECT_EQ(munmap(reinterpret_cast<void*>(start), bytes), 0);
  }

  // Kernel code reads or writes a byte, with faults: copy_from_user, copy_to_user. Raw system
  // calls: sanitizers replace the functions of libc.
  bool Load(uint64_t address) {
    const bool done = syscall(SYS_write, pipe_[1], address, 1L) == 1;
    char byte = 0;
    if (done) {
      EXPECT_EQ(read(pipe_[0], &byte, 1), 1);
    }
    return done;
  }
  bool Store(uint64_t address) {
    EXPECT_EQ(write(pipe_[1], "x", 1), 1);
    const bool done = syscall(SYS_read, pipe_[0], address, 1L) == 1;
    char byte = 0;
    if (!done) {
      EXPECT_EQ(read(pipe_[0], &byte, 1), 1);
    }
    return done;
  }
  // Kernel code looks for the page itself: get_user_pages.
  static bool Asks(uint64_t address) {
    char byte = 0;
    const iovec own = {&byte, 1};
    const iovec other = {reinterpret_cast<void*>(address), 1};
    return syscall(SYS_process_vm_readv, long{getpid()}, &own, 1L, &other, 1L, 0L) == 1;
  }
  static bool Populates(uint64_t page) {
    return madvise(reinterpret_cast<void*>(page), kPage, MADV_POPULATE_READ) == 0;
  }
  static bool IsMapped(uint64_t page) {
    unsigned char present = 0;
    return mincore(reinterpret_cast<void*>(page), kPage, &present) == 0;
  }

 private:
  int pipe_[2] = {-1, -1};
};

class GrowthHostTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!IsHostNewEnough()) GTEST_SKIP() << "needs Linux 6.5";
    ASSERT_EQ(getrlimit(RLIMIT_STACK, &before_), 0);
    const rlimit limit = {kLimit, before_.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_STACK, &limit), 0);
  }
  void TearDown() override {
    if (before_.rlim_max != 0) setrlimit(RLIMIT_STACK, &before_);
  }

  bool IsMapped(uint64_t page) const {
    return space_.check_region_access(
        *axptr::VirtAddrRange::from_start_size(axptr::VirtAddr(page), kPage), MappingFlags::USER);
  }

  rlimit before_ = {};
  HostMemory host_;
  Frames frames_;
  AddressSpace space_{&frames_};
  const MappingFlags kR_ = MappingFlags::READ | MappingFlags::USER;
  const MappingFlags kRW_ = kR_ | MappingFlags::WRITE;
};

TEST_F(GrowthHostTest, OnlyTouchesLetAnAreaGrowAndAllPagesBetween) {
  const uint64_t stack = kEnd - kPage;
  host_.Map(stack, kPage, PROT_READ | PROT_WRITE, MAP_GROWSDOWN);
  ASSERT_TRUE(space_.Map(stack, kPage, kRW_, Backing::kLazy));
  ASSERT_TRUE(space_.Grow(stack, 64 * kPage));
  EXPECT_FALSE(HostMemory::Asks(stack - 1));
  EXPECT_FALSE(HostMemory::Populates(stack - kPage));
  EXPECT_FALSE(HostMemory::IsMapped(stack - kPage));
  EXPECT_FALSE(space_.populate_area(
      *axptr::VirtAddrRange::from_start_size(axptr::VirtAddr(stack - kPage), kPage), kR_));
  EXPECT_FALSE(IsMapped(stack - kPage));
  EXPECT_TRUE(host_.Load(stack - 5 * kPage));
  EXPECT_TRUE(space_.ResolveFault(stack - 5 * kPage, MappingFlags::READ));
  for (uint64_t pages = 1; pages <= 6; ++pages) {
    EXPECT_EQ(HostMemory::IsMapped(stack - pages * kPage), pages <= 5) << pages;
    EXPECT_EQ(IsMapped(stack - pages * kPage), pages <= 5) << pages;
  }
}

TEST_F(GrowthHostTest, AnAreaGrowsEvenIfTheStoreIsRefused) {
  const uint64_t stack = kEnd - kPage;
  host_.Map(stack, kPage, PROT_READ, MAP_GROWSDOWN);
  ASSERT_TRUE(space_.Map(stack, kPage, kR_, Backing::kLazy));
  ASSERT_TRUE(space_.Grow(stack, 64 * kPage));
  EXPECT_FALSE(host_.Store(stack - 1));
  EXPECT_FALSE(space_.ResolveFault(stack - 1, MappingFlags::WRITE));
  EXPECT_TRUE(HostMemory::IsMapped(stack - kPage));
  EXPECT_TRUE(IsMapped(stack - kPage));
}

TEST_F(GrowthHostTest, TheLimitCountsFromTheEndOfTheArea) {
  const uint64_t stack = kEnd - 2 * kPage;
  host_.Map(stack, 2 * kPage, PROT_READ, MAP_GROWSDOWN);
  ASSERT_TRUE(space_.Map(stack, 2 * kPage, kR_, Backing::kLazy));
  ASSERT_TRUE(space_.Grow(stack, kLimit));
  EXPECT_FALSE(host_.Load(kEnd - kLimit - 1));
  EXPECT_FALSE(space_.ResolveFault(kEnd - kLimit - 1, MappingFlags::READ));
  EXPECT_TRUE(host_.Load(kEnd - kLimit));
  EXPECT_TRUE(space_.ResolveFault(kEnd - kLimit, MappingFlags::READ));
}

// The host's distance is measured: by default it is 256 pages.
TEST_F(GrowthHostTest, ANeighbourIsKeptAtADistanceIfItIsAccessibleAndDoesNotGrow) {
  const uint64_t stack = kEnd - kPage;
  const uint64_t below = kEnd - kLimit;
  host_.Map(stack, kPage, PROT_READ, MAP_GROWSDOWN);
  host_.Map(below, kPage, PROT_READ);
  ASSERT_TRUE(space_.Map(stack, kPage, kR_, Backing::kLazy));
  ASSERT_TRUE(space_.Map(below, kPage, kR_, Backing::kLazy));
  ASSERT_TRUE(space_.Grow(stack, Window::kBytes));
  uint64_t gap = 0;  // in pages
  while (gap < kLimit / kPage - 2 && !host_.Load(below + (1 + gap) * kPage)) ++gap;
  EXPECT_GT(gap, 0u);
  EXPECT_LT(gap, kLimit / kPage - 2);
  EXPECT_FALSE(space_.ResolveFault(below + AddressSpace::kGuardGapBytes, MappingFlags::READ));
  EXPECT_TRUE(
      space_.ResolveFault(below + kPage + AddressSpace::kGuardGapBytes, MappingFlags::READ));
  // A neighbour without any permission.
  EXPECT_EQ(mprotect(reinterpret_cast<void*>(below), kPage, PROT_NONE), 0);
  ASSERT_TRUE(space_.Protect(below, kPage, MappingFlags()));
  EXPECT_TRUE(host_.Load(below + kPage));
  EXPECT_TRUE(space_.ResolveFault(below + kPage, MappingFlags::READ));
  // A neighbour that grows.
  host_.Unmap(below, kLimit - kPage);
  ASSERT_TRUE(space_.Unmap(below, kLimit - kPage));
  host_.Map(below, kPage, PROT_READ, MAP_GROWSDOWN);
  ASSERT_TRUE(space_.Map(below, kPage, kR_, Backing::kLazy));
  ASSERT_TRUE(space_.Grow(below, kPage));
  EXPECT_TRUE(host_.Load(below + kPage));
  EXPECT_TRUE(space_.ResolveFault(below + kPage, MappingFlags::READ));
}

}  // namespace
}  // namespace sim
