#include "axptr/no_fault.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "axptr/testing/fake_platform.h"
#include "axptr/user_atomic.h"
#include "axptr/user_out_ptr.h"
#include "axptr/user_ptr.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace axptr {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakeMemory;
using testing::FakeProvider;
using ::testing::IsEmpty;
using testing::kUserRead;
using testing::kUserReadWrite;
using ::testing::Not;
using testing::trail;

class NoFaultTest : public ::testing::Test {
 protected:
  NoFaultTest() {
    memory_.map_all(kUserReadWrite);
    std::memset(memory_.bytes(), 0, 2 * kPageSize4K);
    testing::clear_trail();
  }
  ~NoFaultTest() override { EXPECT_FALSE(is_accessing_user_memory()); }

  UserPtr<std::uint32_t> word(std::size_t offset) {
    return UserPtr<std::uint32_t>(memory_.address(offset));
  }
  void put(std::size_t offset, std::uint32_t value) {
    std::memcpy(memory_.bytes() + offset, &value, sizeof(value));
  }
  // Reads the word at `offset` by fault_in_and_retry.
  LinuxResult<std::uint32_t> read(std::size_t offset, std::size_t limit) {
    return fault_in_and_retry(provider_, limit,
                              [&](const NoFault& no_fault) -> NoFaultResult<std::uint32_t> {
                                ++calls_;
                                const auto value = no_fault.read(word(offset));
                                if (!value) return std::unexpected(value.error());
                                return *value + 1;
                              });
  }
  LinuxResult<std::uint32_t> error(LinuxError error) { return std::unexpected(error); }

  FakeMemory memory_{2};
  FakeProvider provider_{memory_};
  int calls_ = 0;
};

TEST_F(NoFaultTest, TheFirstAccessIsCheckedOutsideAndDoneInside) {
  put(8, 41);
  EXPECT_EQ(read(8, 2), 42u);
  EXPECT_EQ(calls_, 2);
  EXPECT_THAT(trail(), ElementsAre("lock", "check 8+4 rwu", "populate 0+4096 rwu", "unlock",
                                   "attempt 8+4 r no fault", "end"));
}

// As a futex: the memory is accessed with a lock held, and checked without the lock.
TEST_F(NoFaultTest, ALockMayBeHeldInsideAndIsNotHeldWhileARangeIsChecked) {
  const auto value = fault_in_and_retry(
      provider_, 3, [&](const NoFault& no_fault) -> NoFaultResult<std::uint32_t> {
        class QueueLock {
         public:
          QueueLock() { testing::note_lock_taken(); }
          ~QueueLock() { testing::note_lock_released(); }
        };
        const QueueLock lock;
        const auto first = no_fault.read(word(0));
        if (!first) return std::unexpected(first.error());
        return *first;
      });
  EXPECT_EQ(value, 0u);
  EXPECT_THAT(trail(), ElementsAre("lock", "unlock",  // the first call
                                   "lock", "check 0+4 rwu", "populate 0+4096 rwu", "unlock",  //
                                   "lock", "attempt 0+4 r no fault", "end", "unlock"));
}

TEST_F(NoFaultTest, SeveralRangesAreCheckedOneByOne) {
  put(0, 1);
  put(4096, 2);
  const auto sum = fault_in_and_retry(provider_, 3,
                                      [&](const NoFault& no_fault) -> NoFaultResult<std::uint32_t> {
                                        const auto first = no_fault.read(word(0));
                                        if (!first) return std::unexpected(first.error());
                                        const auto second = no_fault.read(word(4096));
                                        if (!second) return std::unexpected(second.error());
                                        return *first + *second;
                                      });
  EXPECT_EQ(sum, 3u);
}

TEST_F(NoFaultTest, UnmappedMemoryIsFaultedInAgainUntilTheLimit) {
  for (std::size_t limit = 0; limit <= 4; ++limit) {
    calls_ = 0;
    testing::clear_trail();
    testing::refuse_attempt(1);
    EXPECT_EQ(read(8, limit), limit < 3 ? error(LinuxError::kEagain) : 1u);
    EXPECT_EQ(calls_, static_cast<int>(std::min<std::size_t>(limit, 3)));
  }
}

TEST_F(NoFaultTest, UnmappedMemoryIsEfaultAtTheNextCheck) {
  testing::before_attempt(1, [&] { memory_.take_away(0); });
  EXPECT_EQ(read(8, 9), error(LinuxError::kEfault));
  EXPECT_EQ(calls_, 2);
}

TEST_F(NoFaultTest, ARefusedCheckIsFinal) {
  memory_.map(0, kUserRead);
  EXPECT_EQ(read(8, 9), error(LinuxError::kEfault));
  memory_.map(0, kUserReadWrite);
  memory_.set_frames(0);
  EXPECT_EQ(read(8, 9), error(LinuxError::kEnomem));
  memory_.set_frames(SIZE_MAX);
  testing::refuse_lock(1);
  EXPECT_EQ(read(8, 9), error(LinuxError::kEintr));
}

TEST_F(NoFaultTest, AMisalignedAddressIsRefusedWithoutACheckAndNotRetried) {
  EXPECT_EQ(read(9, 9), error(LinuxError::kEfault));
  EXPECT_EQ(calls_, 1);
  EXPECT_THAT(trail(), IsEmpty());
}

TEST_F(NoFaultTest, AnErrorOfTheFunctionIsPassedOn) {
  const auto result = fault_in_and_retry(provider_, 3, [&](const NoFault&) -> NoFaultResult<void> {
    return std::unexpected(LinuxError::kEinval);
  });
  EXPECT_EQ(result, LinuxResult<void>(std::unexpected(LinuxError::kEinval)));
  EXPECT_TRUE(fault_in_and_retry(provider_, 3, [](const NoFault&) -> NoFaultResult<void> {
                return {};
              }).has_value());
}

// A range that was checked for reading only is not writable.
TEST_F(NoFaultTest, ReadingAndWritingAreCheckedApart) {
  memory_.map(0, kUserRead);
  bool has_read = false;
  const auto result =
      fault_in_and_retry(provider_, 9, [&](const NoFault& no_fault) -> NoFaultResult<void> {
        const auto value = no_fault.read(UserConstPtr<std::uint32_t>(memory_.address(0)));
        if (!value) return std::unexpected(value.error());
        has_read = true;
        const auto written = no_fault.write(UserOutPtr<std::uint32_t>(memory_.address(0)), 5);
        EXPECT_EQ(written.error().kind(), NoFaultError::Kind::kWouldFault);
        EXPECT_EQ(written.error().range().start(), memory_.address(0));
        EXPECT_EQ(written.error().range().size(), 4u);
        EXPECT_EQ(written.error().access_flags(), MappingFlags::WRITE);
        return written;
      });
  EXPECT_TRUE(has_read);
  EXPECT_THAT(trail(), Not(Contains("attempt 0+4 w no fault")));
  EXPECT_EQ(result, LinuxResult<void>(std::unexpected(LinuxError::kEfault)));
}

TEST_F(NoFaultTest, ARangeInsideACheckedOneIsCheckedToo) {
  const auto result = fault_in_and_retry(
      provider_, 2, [&](const NoFault& no_fault) -> NoFaultResult<std::uint64_t> {
        const UserPtr<std::uint64_t> both(memory_.address(8));
        const auto all = no_fault.read(both);
        if (!all) return std::unexpected(all.error());
        const auto written = no_fault.write(both.cast<std::uint32_t>(), 7);
        if (!written) return std::unexpected(written.error());
        return no_fault.read(both);
      });
  EXPECT_EQ(result, 7u);
}

TEST_F(NoFaultTest, MoreRangesThanAreKeptEndInEagain) {
  const auto touch = [&](std::size_t ranges, std::size_t limit) {
    return fault_in_and_retry(provider_, limit,
                              [&](const NoFault& no_fault) -> NoFaultResult<void> {
                                for (std::size_t at = 0; at < ranges; ++at) {
                                  const auto value = no_fault.read(word(at * 4));
                                  if (!value) return std::unexpected(value.error());
                                }
                                return {};
                              });
  };
  EXPECT_TRUE(touch(NoFault::kMaxRanges, NoFault::kMaxRanges + 1).has_value());
  EXPECT_EQ(touch(NoFault::kMaxRanges + 1, 100),
            LinuxResult<void>(std::unexpected(LinuxError::kEagain)));
}

TEST_F(NoFaultTest, AnAtomicWordIsChangedWithoutAFault) {
  put(16, 3);
  const UserAtomic<std::uint32_t> futex(memory_.address(16));
  const auto old = fault_in_and_retry(
      provider_, 2, [&](const NoFault& no_fault) { return futex.fetch_or(no_fault, 4); });
  EXPECT_EQ(old, 3u);
  EXPECT_EQ(memory_.bytes()[16], 7);
  EXPECT_THAT(trail(), ElementsAre("lock", "check 16+4 rwu", "populate 0+4096 rwu", "unlock",
                                   "attempt 16+4 rw no fault", "end"));
}

}  // namespace
}  // namespace axptr
