#include "axptr/versioned.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "axptr/testing/fake_platform.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace axptr {

struct Request {
  std::uint64_t flags;
  std::uint32_t mode;
  std::uint32_t reserved;
  std::uint8_t name[5];
  std::uint8_t padding[3];

  friend bool operator==(const Request&, const Request&) = default;
};
AXPTR_USER_PLAIN(Request, flags, mode, reserved, name, padding);

struct WideRequest {
  std::uint8_t bytes[100];
};
AXPTR_USER_PLAIN(WideRequest, bytes);

namespace {

using ::testing::Each;
using testing::FakeMemory;
using testing::FakeProvider;
using ::testing::IsEmpty;
using testing::kUserRead;
using testing::kUserReadWrite;
using testing::trail;

constexpr std::size_t kFirstSize = 12;
constexpr std::size_t kSize = sizeof(Request);
using Result = LinuxResult<Request>;

Request sample() {
  Request request;
  std::uint8_t bytes[kSize];
  for (std::size_t at = 0; at < kSize; ++at) bytes[at] = static_cast<std::uint8_t>(at + 1);
  std::memcpy(&request, bytes, kSize);
  return request;
}

// The first `size` bytes of the sample, and zeros.
Request first_bytes(std::size_t size) {
  Request request = sample();
  if (size < kSize) std::memset(reinterpret_cast<char*>(&request) + size, 0, kSize - size);
  return request;
}

// Both overloads, for user memory and for a span of kernel memory, must behave alike.
class Versioned : public ::testing::Test {
 protected:
  Versioned() {
    memory_.map_all(kUserReadWrite);
    testing::clear_trail();
  }

  // Writes the sample as a struct of `usize` bytes, cut or followed by zeros, near the end of
  // page 1.
  void put(std::size_t usize) {
    const Request value = sample();
    offset_ = (2 * kPageSize4K - usize) / 8 * 8;
    std::memset(memory_.bytes(), 0x5a, 2 * kPageSize4K);
    std::memset(memory_.bytes() + offset_, 0, usize);
    std::memcpy(memory_.bytes() + offset_, &value, std::min(usize, kSize));
  }
  UserPtr<Request> user() const { return UserPtr<Request>(memory_.address(offset_)); }

  Result read(std::size_t usize) {
    const UserConstPtr<Request> in(user().address());
    const Result read = read_versioned<Request, kFirstSize>(provider_, in, usize);
    if (offset_ + usize <= 2 * kPageSize4K) {
      const auto* const bytes = reinterpret_cast<const std::byte*>(memory_.bytes() + offset_);
      EXPECT_EQ((read_versioned<Request, kFirstSize>(std::span(bytes, usize))), read) << usize;
    }
    return read;
  }

  FakeMemory memory_{3};
  FakeProvider provider_{memory_};
  std::size_t offset_ = 0;
};

TEST_F(Versioned, AShorterStructIsExtendedByZerosAndALongerOneHasAZeroTail) {
  for (std::size_t usize = kFirstSize; usize <= 200; ++usize) {
    put(usize);
    EXPECT_EQ(read(usize), Result(first_bytes(usize))) << usize;
  }
  put(kPageSize4K);
  EXPECT_EQ(read(kPageSize4K), Result(sample()));
}

TEST_F(Versioned, ANonZeroByteAnywhereInTheTailIsE2big) {
  for (const std::size_t usize : {kSize + 1, kSize + 2, kSize + 40, kSize + 200, kPageSize4K}) {
    const std::size_t step = usize > 300 ? 61 : 1;
    for (std::size_t at = kSize; at < usize; at += step) {
      put(usize);
      memory_.bytes()[offset_ + at] = static_cast<std::uint8_t>(1u << at % 8);
      EXPECT_EQ(read(usize), Result(std::unexpected(LinuxError::kE2big))) << at << " of " << usize;
    }
  }
}

TEST_F(Versioned, ASizeThatIsTooSmallOrTooLargeIsRefusedBeforeAnyCheck) {
  put(kPageSize4K);
  for (std::size_t usize = 0; usize < kFirstSize; ++usize) {
    EXPECT_EQ(read(usize), Result(std::unexpected(LinuxError::kEinval)));
    const auto written =
        write_versioned<Request, kFirstSize>(provider_, UserOutPtr(user()), usize, sample());
    ASSERT_FALSE(written.has_value());
    EXPECT_EQ(written.error(), LinuxError::kEinval);
  }
  const UserConstPtr<Request> misaligned(memory_.address(4));
  for (const std::size_t usize : {kPageSize4K + 1, SIZE_MAX}) {
    EXPECT_EQ((read_versioned<Request, kFirstSize>(provider_, misaligned, usize)),
              Result(std::unexpected(LinuxError::kE2big)));
    EXPECT_EQ((write_versioned<Request, kFirstSize>(provider_, UserOutPtr(user()), usize, sample())
                   .error()),
              LinuxError::kE2big);
  }
  const std::vector<std::byte> large(kPageSize4K + 1);
  EXPECT_EQ((read_versioned<Request, kFirstSize>(std::span<const std::byte>(large))),
            Result(std::unexpected(LinuxError::kE2big)));
  EXPECT_EQ((read_versioned<Request, kFirstSize>(provider_, misaligned, kSize)),
            Result(std::unexpected(LinuxError::kEfault)));
  EXPECT_EQ((write_versioned<Request, kFirstSize>(
                 provider_, UserOutPtr<Request>(memory_.address(4)), kSize, sample())
                 .error()),
            LinuxError::kEfault);
  EXPECT_THAT(trail(), IsEmpty());
}

TEST_F(Versioned, AKernelBufferThatIsTooSmallOrTooLargeIsNotWritten) {
  const std::vector<std::byte> untouched(kPageSize4K + 1, std::byte{0x5a});
  std::vector<std::byte> large = untouched;
  for (std::size_t usize = 0; usize < kFirstSize; ++usize) {
    const auto written =
        write_versioned<Request, kFirstSize>(std::span(large).first(usize), sample());
    ASSERT_FALSE(written.has_value()) << usize;
    EXPECT_EQ(written.error(), LinuxError::kEinval) << usize;
  }
  const auto written = write_versioned<Request, kFirstSize>(std::span(large), sample());
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error(), LinuxError::kE2big);
  EXPECT_EQ(large, untouched);
}

TEST_F(Versioned, RefusedOrUnmappedMemoryIsEfault) {
  for (std::size_t before = 8; before <= 64; before += 8) {
    offset_ = kPageSize4K - before;
    const std::size_t usize = before + 1;
    if (usize < kFirstSize) continue;
    std::memset(memory_.bytes(), 0, 2 * kPageSize4K);
    const UserConstPtr<Request> in(user().address());
    const auto expect_efault = [&](LinuxError error) {
      EXPECT_EQ((read_versioned<Request, kFirstSize>(provider_, in, usize)),
                Result(std::unexpected(error)));
    };
    memory_.map(1, MappingFlags::USER);
    expect_efault(LinuxError::kEfault);
    memory_.map(1, kUserRead);
    testing::before_attempt(1, [&] { memory_.take_away(1); });
    expect_efault(LinuxError::kEfault);
    memory_.map(1, kUserRead);
    testing::refuse_lock(1);
    expect_efault(LinuxError::kEintr);
    memory_.set_frames(1);
    expect_efault(LinuxError::kEnomem);
    memory_.set_frames(SIZE_MAX);
  }
}

TEST_F(Versioned, AWriteCutsOrPadsAndSaysWhatItDropped) {
  const Request value = sample();
  for (std::size_t usize = kFirstSize; usize <= kPageSize4K; usize += usize < 200 ? 1 : 67) {
    put(usize);
    std::memset(memory_.bytes(), 0x5a, 2 * kPageSize4K);
    std::vector<std::byte> kernel(usize + 2, std::byte{0x5a});
    const auto written =
        write_versioned<Request, kFirstSize>(provider_, UserOutPtr(user()), usize, value);
    const auto to_kernel =
        write_versioned<Request, kFirstSize>(std::span(kernel).subspan(1, usize), value);
    ASSERT_TRUE(written.has_value() && to_kernel.has_value());
    EXPECT_EQ(written->written, usize);
    EXPECT_EQ(to_kernel->written, usize);
    EXPECT_EQ(written->dropped_nonzero, usize < kSize);
    EXPECT_EQ(to_kernel->dropped_nonzero, usize < kSize);
    std::vector<std::uint8_t> wanted(usize);
    std::memcpy(wanted.data(), &value, std::min(usize, kSize));
    EXPECT_EQ(std::memcmp(memory_.bytes() + offset_, wanted.data(), usize), 0) << usize;
    EXPECT_EQ(std::memcmp(kernel.data() + 1, wanted.data(), usize), 0) << usize;
    EXPECT_EQ(memory_.bytes()[offset_ - 1], 0x5a);
    EXPECT_THAT(std::span(memory_.bytes() + offset_ + usize, 2 * kPageSize4K - offset_ - usize),
                Each(0x5a));
    EXPECT_EQ(kernel.front(), std::byte{0x5a});
    EXPECT_EQ(kernel.back(), std::byte{0x5a});
  }
}

// The condition that was inverted in Linux: only dropped bytes that are not zero count.
TEST_F(Versioned, OnlyDroppedBytesThatAreNotZeroAreReported) {
  for (std::size_t usize = kFirstSize; usize <= kSize + 8; ++usize) {
    for (std::size_t nonzero = 0; nonzero < kSize; ++nonzero) {
      put(usize);
      Request value = {};
      reinterpret_cast<std::uint8_t*>(&value)[nonzero] = 0x80;
      const auto written =
          write_versioned<Request, kFirstSize>(provider_, UserOutPtr(user()), usize, value);
      ASSERT_TRUE(written.has_value());
      EXPECT_EQ(written->dropped_nonzero, nonzero >= usize) << nonzero << " of " << usize;
    }
  }
}

// More dropped bytes than a few words have.
TEST_F(Versioned, EachOfManyDroppedBytesIsReported) {
  for (std::size_t usize = 1; usize <= sizeof(WideRequest); ++usize) {
    std::vector<std::byte> kernel(usize);
    for (std::size_t nonzero = 0; nonzero < sizeof(WideRequest); ++nonzero) {
      WideRequest value = {};
      value.bytes[nonzero] = 1;
      const auto written = write_versioned<WideRequest, 1>(std::span(kernel), value);
      ASSERT_TRUE(written.has_value());
      ASSERT_EQ(written->dropped_nonzero, nonzero >= usize) << nonzero << " of " << usize;
    }
  }
}

TEST_F(Versioned, AWriteThatIsRefusedIsAnError) {
  const auto write = [&] {
    return write_versioned<Request, kFirstSize>(provider_, UserOutPtr(user()), kSize, sample());
  };
  offset_ = kPageSize4K - 8;
  memory_.map(1, kUserRead);
  EXPECT_EQ(write().error(), LinuxError::kEfault);
  memory_.map_all(MappingFlags::WRITE | MappingFlags::USER);
  EXPECT_TRUE(write().has_value());
  testing::before_attempt(1, [&] { memory_.make_read_only(1); });
  EXPECT_EQ(write().error(), LinuxError::kEfault);
}

}  // namespace
}  // namespace axptr
