#include "sim/machine/kernel_buffer.h"

#include <signal.h>
#include <sys/wait.h>

#include <cstring>

#include "gtest/gtest.h"
#include "sim/machine/buffer_hash.h"

namespace sim {
namespace {

using Place = KernelBuffer::Place;

constexpr size_t kSizes[] = {0, 1, 7, 64, 4095, 4096, 4097, KernelBuffer::kMaxBytes};
constexpr Place kPlaces[] = {Place::kStart, Place::kEnd, Place::kMiddle};
constexpr auto kPage = static_cast<int64_t>(KernelBuffer::kPageBytes);

// Whether bytes [from, to) of the room hold the pattern of `call`.
bool IsUntouched(std::span<const char> room, uint64_t call, int64_t from, int64_t to) {
  for (int64_t i = from; i < to; ++i) {
    if (static_cast<uint8_t>(room.data()[i]) != KernelBuffer::UntouchedByte(call, i)) return false;
  }
  return true;
}

bool IsUntouched(std::span<const char> room, uint64_t call) {
  return IsUntouched(room, call, 0, static_cast<int64_t>(room.size()));
}

// The first byte and the end of the pages of a room of `size` bytes at `place`, as indices relative
// to the room.
struct Pages {
  int64_t first;
  int64_t end;
};
Pages PagesOf(const KernelBuffer& buffer, std::span<const char> room) {
  const auto start = reinterpret_cast<uint64_t>(room.data());
  Pages pages = {0, static_cast<int64_t>(room.size())};
  while (!buffer.IndexInGuard(start + static_cast<uint64_t>(pages.first - 1))) --pages.first;
  while (!buffer.IndexInGuard(start + static_cast<uint64_t>(pages.end))) ++pages.end;
  return pages;
}

TEST(KernelBufferTest, NothingWritten) {
  KernelBuffer buffer;
  uint64_t call = 0;
  for (const Place place : kPlaces) {
    for (const size_t size : kSizes) {
      buffer.BeginCall(++call, place);
      const std::span<char> room = buffer.Lend(size);
      EXPECT_EQ(room.size(), size);
      EXPECT_TRUE(IsUntouched(room, call));
      const KernelBuffer::Written written = buffer.TakeBack();
      EXPECT_EQ(written.bytes, 0u);
      EXPECT_EQ(written.fingerprint, kEmptyBufferHash);
      EXPECT_FALSE(written.outside.has_value());
    }
  }
}

TEST(KernelBufferTest, IsAdjacentToAPageWithoutAccessOnOneSide) {
  KernelBuffer buffer;
  for (const size_t size : kSizes) {
    const auto end = static_cast<int64_t>(size);
    buffer.BeginCall(1, Place::kStart);
    const Pages at_start = PagesOf(buffer, buffer.Lend(size));
    EXPECT_EQ(at_start.first, 0);
    EXPECT_LT(at_start.end - end, size == 0 ? kPage + 1 : kPage);
    buffer.BeginCall(1, Place::kEnd);
    const Pages at_end = PagesOf(buffer, buffer.Lend(size));
    EXPECT_EQ(at_end.end, end);
    EXPECT_GT(at_end.first, size == 0 ? -kPage - 1 : -kPage);
    buffer.BeginCall(1, Place::kMiddle);
    const Pages in_the_middle = PagesOf(buffer, buffer.Lend(size));
    constexpr auto kMiddle = static_cast<int64_t>(KernelBuffer::kMiddleBytes);
    EXPECT_LE(in_the_middle.first, -kMiddle);
    EXPECT_GE(in_the_middle.end, end + kMiddle);
  }
}

TEST(KernelBufferTest, AlternatesBetweenBothSides) {
  EXPECT_NE(KernelBuffer::PlaceOf(0), KernelBuffer::PlaceOf(2)) << "the next operation";
  EXPECT_NE(KernelBuffer::PlaceOf(0), KernelBuffer::PlaceOf(1)) << "a call in its midst";
}

TEST(KernelBufferTest, ReportsHowFarItWasWritten) {
  KernelBuffer buffer;
  uint64_t call = 0;
  for (const Place place : kPlaces) {
    for (const size_t size : kSizes) {
      if (size == 0) continue;
      for (const size_t last : {size_t{0}, size / 2, size - 1}) {
        buffer.BeginCall(++call, place);
        const std::span<char> room = buffer.Lend(size);
        ASSERT_TRUE(IsUntouched(room, call)) << "the call before left something";
        room[last] = 'x';  // the only write: all bytes before it count as written
        const uint64_t hash = HashOfBuffer(room.data(), last + 1);
        const KernelBuffer::Written written = buffer.TakeBack();
        EXPECT_EQ(written.bytes, last + 1) << size;
        EXPECT_EQ(written.fingerprint, hash);
        EXPECT_FALSE(written.outside.has_value());
      }
    }
  }
}

TEST(KernelBufferTest, DetectsEveryByteThatIsWrittenNextToIt) {
  KernelBuffer buffer;
  uint64_t call = 0;
  for (const Place place : kPlaces) {
    for (const size_t size : kSizes) {
      buffer.BeginCall(++call, place);
      const Pages pages = PagesOf(buffer, buffer.Lend(size));
      const auto end = static_cast<int64_t>(size);
      for (const int64_t at : {pages.first, int64_t{-1}, end, end + 1, pages.end - 1}) {
        if (at < pages.first || at >= pages.end || (at >= 0 && at < end)) continue;
        buffer.BeginCall(++call, place);
        const std::span<char> room = buffer.Lend(size);
        EXPECT_TRUE(IsUntouched(room, call, pages.first, pages.end));
        room.data()[at] = '\0';
        const KernelBuffer::Written written = buffer.TakeBack();
        EXPECT_EQ(written.outside, at) << size;
        EXPECT_EQ(written.bytes, 0u);
      }
    }
  }
}

TEST(KernelBufferTest, DetectsBytesThatWereMovedByOne) {
  KernelBuffer buffer;
  buffer.BeginCall(3, Place::kStart);
  const std::span<char> room = buffer.Lend(64);
  memmove(room.data() + 9, room.data() + 8, 32);
  EXPECT_GT(buffer.TakeBack().bytes, 8u);
}

TEST(KernelBufferTest, EachCallHasAnotherPattern) {
  KernelBuffer buffer;
  const std::span<char> room = buffer.Lend(64);
  char before[64];
  memcpy(before, room.data(), sizeof(before));
  buffer.BeginCall(1, Place::kEnd);
  EXPECT_NE(memcmp(buffer.Lend(64).data(), before, sizeof(before)), 0);
  for (int64_t i = 0; i < 64; ++i) {
    EXPECT_GE(KernelBuffer::UntouchedByte(1, i), 0xf8) << "no byte of UTF-8, and no terminator";
  }
}

TEST(KernelBufferTest, LowestByteOutsideIsTheOneReported) {
  KernelBuffer buffer;
  buffer.BeginCall(0, Place::kMiddle);
  const std::span<char> room = buffer.Lend(8);
  memset(room.data() - 3, 'x', 14);
  const KernelBuffer::Written written = buffer.TakeBack();
  EXPECT_EQ(written.outside, -3);
  EXPECT_EQ(written.bytes, 8u);
}

TEST(KernelBufferTest, BytesOfAnAbandonedCallAreRemoved) {
  KernelBuffer buffer;
  memset(buffer.Lend(100).data(), 'x', 100);
  EXPECT_TRUE(IsUntouched(buffer.Lend(100), 0));
}

TEST(KernelBufferTest, RecognizesThePagesNextToIt) {
  KernelBuffer buffer;
  const std::span<char> room = buffer.Lend(8);
  const auto start = reinterpret_cast<uint64_t>(room.data());
  EXPECT_EQ(buffer.IndexInGuard(start + 8), 8);
  EXPECT_EQ(buffer.IndexInGuard(start + 8 + 4095), 8 + 4095);
  EXPECT_EQ(buffer.IndexInGuard(start + 8 + 4096), std::nullopt);
  EXPECT_EQ(buffer.IndexInGuard(start + 7), std::nullopt);
  EXPECT_EQ(buffer.IndexInGuard(start + 8 - 4096 - 1), 8 - 4096 - 1);
  EXPECT_EQ(buffer.IndexInGuard(start + 8 - 2 * 4096 - 1), std::nullopt);
  buffer.TakeBack();
  EXPECT_EQ(buffer.IndexInGuard(start + 8), std::nullopt) << "no room is lent";
}

TEST(KernelBufferTest, AWriteToThePageBesideItIsAFault) {
  KernelBuffer buffer;
  const std::span<char> room = buffer.Lend(8);
  volatile char* const behind = room.data() + room.size();
  // Sanitizers report the signal and end the process by exit().
  const auto is_fault = [](int status) {
    return (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV) ||
           (WIFEXITED(status) && WEXITSTATUS(status) != 0);
  };
  EXPECT_EXIT(*behind = 'x', is_fault, "^$|SEGV");
}

// The pattern starts one page before the room.
TEST(KernelBufferTest, NoGuardByteInTheMiddleLiesMoreThanAPageInFront) {
  KernelBuffer buffer;
  for (size_t size = 0; size <= 3 * KernelBuffer::kPageBytes; ++size) {
    buffer.BeginCall(0, KernelBuffer::Place::kMiddle);
    const auto room = reinterpret_cast<uint64_t>(buffer.Lend(size).data());
    const uint64_t beyond = room - KernelBuffer::kPageBytes - 1;
    EXPECT_EQ(buffer.IndexInGuard(beyond), -int64_t{KernelBuffer::kPageBytes} - 1) << size;
    EXPECT_EQ(buffer.IndexInGuard(room - KernelBuffer::kMiddleBytes), std::nullopt) << size;
    EXPECT_EQ(buffer.IndexInGuard(room + size + KernelBuffer::kMiddleBytes - 1), std::nullopt)
        << size;
  }
}

}  // namespace
}  // namespace sim
