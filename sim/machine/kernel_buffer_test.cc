#include "sim/machine/kernel_buffer.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstring>

#include "gtest/gtest.h"
#include "sim/machine/user_touch.h"

namespace sim {
namespace {

constexpr size_t kSizes[] = {1, 7, 64, 4095, 4096, 4097, KernelBuffer::kMaxBytes};

uint64_t FingerprintOf(const char* bytes, size_t size) {
  return FingerprintUserMemory(reinterpret_cast<uint64_t>(bytes), size);
}

bool IsUntouched(std::span<const char> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char byte) {
    return static_cast<uint8_t>(byte) == KernelBuffer::kUntouchedByte;
  });
}

TEST(KernelBufferTest, NothingWritten) {
  KernelBuffer buffer;
  for (const size_t size : {size_t{0}, size_t{1}, KernelBuffer::kMaxBytes}) {
    const std::span<char> room = buffer.Lend(size);
    EXPECT_EQ(room.size(), size);
    EXPECT_TRUE(IsUntouched(room));
    const KernelBuffer::Written written = buffer.TakeBack();
    EXPECT_EQ(written.bytes, 0u);
    EXPECT_EQ(written.fingerprint, kEmptyFingerprint);
    EXPECT_FALSE(written.outside.has_value());
  }
}

TEST(KernelBufferTest, SeesHowFarItWasWritten) {
  KernelBuffer buffer;
  for (const size_t size : kSizes) {
    for (const size_t last : {size_t{0}, size / 2, size - 1}) {
      const std::span<char> room = buffer.Lend(size);
      ASSERT_TRUE(IsUntouched(room)) << "the call before left something";
      room[last] = 'x';  // alone: what lies before it counts as written
      const uint64_t fingerprint = FingerprintOf(room.data(), last + 1);
      const KernelBuffer::Written written = buffer.TakeBack();
      EXPECT_EQ(written.bytes, last + 1) << size;
      EXPECT_EQ(written.fingerprint, fingerprint);
      EXPECT_FALSE(written.outside.has_value());
    }
  }
}

TEST(KernelBufferTest, SeesEveryByteThatIsWrittenOutside) {
  KernelBuffer buffer;
  constexpr auto kGuard = static_cast<int64_t>(KernelBuffer::kGuardBytes);
  for (const size_t size : {size_t{0}, size_t{1}, size_t{4096}, KernelBuffer::kMaxBytes}) {
    const auto end = static_cast<int64_t>(size);
    for (const int64_t at : {-kGuard, int64_t{-1}, end, end + 1, end + kGuard - 1}) {
      const std::span<char> room = buffer.Lend(size);
      EXPECT_TRUE(IsUntouched({room.data() - kGuard, size + 2 * kGuard}));
      room.data()[at] = '\0';
      const KernelBuffer::Written written = buffer.TakeBack();
      EXPECT_EQ(written.outside, at) << size;
      EXPECT_EQ(written.bytes, 0u);
    }
  }
}

TEST(KernelBufferTest, LowestByteOutsideIsTheOneReported) {
  KernelBuffer buffer;
  const std::span<char> room = buffer.Lend(8);
  memset(room.data() - 3, 'x', 14);
  const KernelBuffer::Written written = buffer.TakeBack();
  EXPECT_EQ(written.outside, -3);
  EXPECT_EQ(written.bytes, 8u);
}

TEST(KernelBufferTest, WhatAnAbandonedCallLeftIsGone) {
  KernelBuffer buffer;
  memset(buffer.Lend(100).data(), 'x', 100);
  EXPECT_TRUE(IsUntouched(buffer.Lend(KernelBuffer::kMaxBytes)));
}

TEST(KernelBufferTest, WriteFarBehindIsAFault) {
  KernelBuffer buffer;
  const std::span<char> room = buffer.Lend(8);
  volatile char* const far = room.data() + room.size() + KernelBuffer::kGuardBytes;
  // Sanitizers report the signal and exit.
  const auto is_fault = [](int status) {
    return (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV) ||
           (WIFEXITED(status) && WEXITSTATUS(status) != 0);
  };
  EXPECT_EXIT(*far = 'x', is_fault, "^$|SEGV");
}

}  // namespace
}  // namespace sim
