#include "axptr/user_io_vec.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "axptr/testing/fake_platform.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace axptr {
namespace {

using ::testing::ElementsAre;
using testing::FakeMemory;
using testing::FakeProvider;
using ::testing::IsEmpty;
using testing::kUserRead;
using testing::kUserReadWrite;
using testing::trail;

// The table in page 0; pages 1 to 3 for segments.
class IoVecs : public ::testing::Test {
 protected:
  IoVecs() {
    memory_.map_all(kUserReadWrite);
    for (std::size_t at = 0; at < 4 * kPageSize4K; ++at) {
      memory_.bytes()[at] = static_cast<std::uint8_t>(at * 7 + at / 256);
    }
    storage_.resize(UserIoVec::kMaxSegments);
    testing::clear_trail();
  }
  ~IoVecs() override { EXPECT_FALSE(is_accessing_user_memory()); }

  IoSegment segment(std::size_t offset, std::size_t length) {
    return {.base = UserPtr<std::byte>(memory_.address(offset)), .length_bytes = length};
  }
  // `segments` become the table, of which `segments_` is the copy.
  LinuxResult<UserIoVec> fetch(const std::vector<IoSegment>& segments) {
    segments_ = segments;
    std::memcpy(memory_.bytes(), segments.data(), segments.size() * sizeof(IoSegment));
    return fetch_count(segments.size());
  }
  LinuxResult<UserIoVec> fetch_count(std::size_t count) {
    return UserIoVec::fetch(provider_, UserConstPtr<IoSegment>(memory_.address(0)), count,
                            storage_);
  }
  void expect_error(const LinuxResult<UserIoVec>& result, LinuxError error) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error(), error);
  }
  // The offsets in memory of all bytes of the segments, in their order.
  std::vector<std::size_t> offsets() const {
    std::vector<std::size_t> all;
    for (const IoSegment& segment : segments_) {
      const std::size_t start = segment.base.address().as_usize() - memory_.address(0).as_usize();
      for (std::size_t at = 0; at < segment.length_bytes; ++at) all.push_back(start + at);
    }
    return all;
  }

  FakeMemory memory_{4};
  FakeProvider provider_{memory_};
  std::vector<IoSegment> storage_;
  std::vector<IoSegment> segments_;
};

TEST_F(IoVecs, TheTableIsLoadedOnce) {
  auto fetched = fetch({segment(5000, 10), segment(6000, 3)});
  ASSERT_TRUE(fetched.has_value());
  EXPECT_THAT(trail(), ElementsAre("lock", "check 0+32 ru", "populate 0+4096 ru", "unlock",
                                   "attempt 0+32 r", "end"));
  std::memset(memory_.bytes(), 0xff, 32);
  EXPECT_EQ(fetched->total(), 13u);
  std::byte bytes[13];
  EXPECT_EQ(fetched->read_into(provider_, bytes).done, 13u);
}

TEST_F(IoVecs, CountsAreBoundedBeforeAnyCheck) {
  expect_error(fetch_count(UserIoVec::kMaxSegments + 1), LinuxError::kEinval);
  expect_error(fetch_count(SIZE_MAX), LinuxError::kEinval);
  storage_.resize(3);
  expect_error(fetch_count(4), LinuxError::kEnomem);
  EXPECT_THAT(trail(), IsEmpty());
  auto none = fetch_count(0);
  ASSERT_TRUE(none.has_value());
  EXPECT_EQ(none->total(), 0u);
  std::byte byte{};
  EXPECT_EQ(none->read_into(provider_, std::span(&byte, 1)), Copied{});
  EXPECT_THAT(trail(), IsEmpty());
}

TEST_F(IoVecs, LengthsAreCheckedBeforeAddresses) {
  const IoSegment wraps{.base = UserPtr<std::byte>(UINTPTR_MAX - 5), .length_bytes = 10};
  const IoSegment negative = segment(0, kMaxObjectSize + 1);
  expect_error(fetch({wraps, segment(0, SIZE_MAX)}), LinuxError::kEinval);
  expect_error(fetch({wraps, negative}), LinuxError::kEinval);
  expect_error(fetch({segment(0, 1), wraps}), LinuxError::kEfault);
  EXPECT_TRUE(
      fetch({{.base = UserPtr<std::byte>(UINTPTR_MAX - 5), .length_bytes = 0}}).has_value());
}

TEST_F(IoVecs, TheSumIsLimitedToTheMostBytesOfOneCall) {
  const IoSegment large = segment(4096, UserIoVec::kMaxBytes - 10);
  auto fetched = fetch({large, segment(0, 9), segment(0, 9), segment(0, 9)});
  ASSERT_TRUE(fetched.has_value());
  EXPECT_EQ(fetched->total(), UserIoVec::kMaxBytes);
  EXPECT_EQ(storage_[1].length_bytes, 9u);
  EXPECT_EQ(storage_[2].length_bytes, 1u);
  EXPECT_EQ(storage_[3].length_bytes, 0u);
  const auto largest = fetch({segment(4096, kMaxObjectSize / 2), segment(0, 5)});
  ASSERT_TRUE(largest.has_value());
  EXPECT_EQ(largest->total(), UserIoVec::kMaxBytes);
}

TEST_F(IoVecs, ARefusedOrUnmappedTableIsAnError) {
  memory_.unmap(0);
  expect_error(fetch_count(1), LinuxError::kEfault);
  memory_.map(0, kUserReadWrite);
  testing::refuse_attempt(1);
  expect_error(fetch_count(1), LinuxError::kEfault);
  testing::refuse_lock(1);
  expect_error(fetch_count(1), LinuxError::kEintr);
  memory_.set_frames(0);
  expect_error(fetch_count(1), LinuxError::kEnomem);
  const UserConstPtr<IoSegment> misaligned(memory_.address(4));
  expect_error(UserIoVec::fetch(provider_, misaligned, 1, storage_), LinuxError::kEfault);
}

// All sizes of reads, over segments of all kinds: empty ones, single bytes, over page ends.
TEST_F(IoVecs, ReadsGoThroughTheSegmentsInTheirOrder) {
  const std::vector<IoSegment> segments = {segment(5000, 0), segment(4999, 1),  segment(8190, 5),
                                           segment(6000, 0), segment(4096, 17), segment(9000, 0)};
  for (std::size_t step = 1; step <= 25; ++step) {
    auto fetched = fetch(segments);
    ASSERT_TRUE(fetched.has_value());
    const std::vector<std::size_t> all = offsets();
    std::size_t position = 0;
    while (fetched->remaining() != 0) {
      std::vector<std::byte> bytes(step);
      const Copied copied = fetched->read_into(provider_, bytes);
      EXPECT_TRUE(copied.is_complete());
      ASSERT_EQ(copied.done, std::min(step, all.size() - position));
      for (std::size_t at = 0; at < copied.done; ++at) {
        EXPECT_EQ(static_cast<std::uint8_t>(bytes[at]), memory_.bytes()[all[position + at]]);
      }
      position += copied.done;
      EXPECT_EQ(fetched->position(), position);
      const std::size_t next = position < all.size() ? all[position] : all.back() + 1;
      EXPECT_EQ(copied.address, memory_.address(next));
    }
    EXPECT_EQ(position, all.size());
    std::byte more{};
    EXPECT_EQ(fetched->read_into(provider_, std::span(&more, 1)).done, 0u);
  }
}

TEST_F(IoVecs, WritesAndZerosGoThroughTheSegmentsAndNeedWriteAlone) {
  memory_.map(1, MappingFlags::WRITE | MappingFlags::USER);
  auto fetched = fetch({segment(5000, 3), segment(4096, 2), segment(6000, 4)});
  ASSERT_TRUE(fetched.has_value());
  const std::vector<std::size_t> all = offsets();
  std::vector<std::uint8_t> wanted(memory_.bytes(), memory_.bytes() + 4 * kPageSize4K);
  const std::byte source[4] = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
  EXPECT_EQ(fetched->write_from(provider_, source).done, 4u);
  EXPECT_EQ(fetched->zero(provider_, 2).done, 2u);
  EXPECT_EQ(fetched->write_from(provider_, source).done, 3u);
  const std::uint8_t values[] = {1, 2, 3, 4, 0, 0, 1, 2, 3};
  for (std::size_t at = 0; at < all.size(); ++at) wanted[all[at]] = values[at];
  EXPECT_EQ(std::memcmp(memory_.bytes(), wanted.data(), wanted.size()), 0);
  memory_.map(1, kUserRead);
  fetched->revert(9);
  EXPECT_EQ(fetched->write_from(provider_, source),
            (Copied{0, LinuxError::kEfault, memory_.address(5000)}));
}

TEST_F(IoVecs, TheCursorMovesByWhatWasCopiedAndNoFurther) {
  auto fetched = fetch({segment(5000, 3), segment(8192 - 2, 6), segment(5000, 3)});
  ASSERT_TRUE(fetched.has_value());
  memory_.unmap(2);
  std::vector<std::byte> bytes(12, std::byte{0x5a});
  EXPECT_EQ(fetched->read_into(provider_, bytes),
            (Copied{5, LinuxError::kEfault, memory_.address(8192)}));
  EXPECT_EQ(fetched->position(), 5u);
  EXPECT_EQ(bytes[5], std::byte{0x5a});
  EXPECT_EQ(fetched->read_into(provider_, bytes),
            (Copied{0, LinuxError::kEfault, memory_.address(8192)}));
  EXPECT_EQ(fetched->position(), 5u);
  memory_.map(2, kUserReadWrite);
  testing::before_attempt(1, [&] { memory_.take_away(2); });
  EXPECT_EQ(fetched->read_into(provider_, bytes).done, 0u);
  memory_.map(2, kUserReadWrite);
  EXPECT_EQ(fetched->read_into(provider_, bytes).done, 7u);
  EXPECT_EQ(fetched->remaining(), 0u);
}

TEST_F(IoVecs, TheCursorGoesForwardAndBackToAnyPosition) {
  const std::vector<IoSegment> segments = {segment(5000, 0), segment(4999, 1), segment(8190, 5),
                                           segment(6000, 0), segment(4096, 4), segment(9000, 0)};
  auto fetched = fetch(segments);
  ASSERT_TRUE(fetched.has_value());
  const std::vector<std::size_t> all = offsets();
  for (std::size_t from = 0; from <= all.size(); ++from) {
    for (std::size_t to = 0; to <= all.size(); ++to) {
      const std::size_t now = fetched->position();
      now < from ? fetched->advance(from - now) : fetched->revert(now - from);
      to < from ? fetched->revert(from - to) : fetched->advance(to - from);
      ASSERT_EQ(fetched->position(), to);
      std::byte byte{};
      const Copied copied = fetched->read_into(provider_, std::span(&byte, 1));
      ASSERT_EQ(copied.done, to < all.size() ? 1u : 0u);
      if (copied.done == 1) {
        EXPECT_EQ(static_cast<std::uint8_t>(byte), memory_.bytes()[all[to]]);
      } else {
        EXPECT_EQ(copied.address, memory_.address(all.back() + 1)) << "from " << from;
      }
    }
  }
}

}  // namespace
}  // namespace axptr
