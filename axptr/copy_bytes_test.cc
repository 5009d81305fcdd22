#include "axptr/copy_bytes.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "axptr/testing/fake_platform.h"
#include "axptr/user_out_ptr.h"
#include "axptr/user_ptr.h"
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

constexpr std::uint8_t kUntouched = 0xa5;

// User memory of several pages, in which adjacent bytes differ, and a kernel buffer between guard
// bytes that must not change.
class CopyBytes : public ::testing::Test {
 protected:
  CopyBytes() {
    memory_.map_all(kUserRead);
    for (std::size_t at = 0; at < kPages * kPageSize4K; ++at) memory_.bytes()[at] = user_byte(at);
    buffer_.assign(kGuard + kPages * kPageSize4K + kGuard, kUntouched);
    testing::clear_trail();
  }
  ~CopyBytes() override { EXPECT_FALSE(is_accessing_user_memory()); }

  static std::uint8_t user_byte(std::size_t at) {
    const auto byte = static_cast<std::uint8_t>(at * 7 + at / 251);
    return byte == kUntouched ? 1 : byte;
  }

  Copied copied(std::size_t offset, std::size_t done, LinuxError error = kNoError) {
    return {.done = done, .error = error, .address = memory_.address(offset + done)};
  }

  // What `size` bytes from or to `offset` left: it is `wanted`, compared in one go, since there are
  // thousands of sizes and alignments.
  static void expect_same(std::span<const std::uint8_t> found,
                          const std::vector<std::uint8_t>& wanted, std::size_t offset,
                          std::size_t size) {
    ASSERT_EQ(found.size(), wanted.size());
    if (std::memcmp(found.data(), wanted.data(), wanted.size()) == 0) return;
    const auto at = std::ranges::mismatch(found, wanted).in1 - found.begin();
    ADD_FAILURE() << "at " << at << ": " << int{found[at]} << ", wanted " << int{wanted[at]}
                  << ", for " << size << " bytes at " << offset;
  }

  // Reads `size` bytes from `offset` to the buffer, `shift` bytes after an aligned address, and
  // expects the result, the bytes that were copied, and no other byte to be written.
  void expect_read(std::size_t offset, std::size_t size, std::size_t shift, std::size_t done,
                   LinuxError error = kNoError) {
    buffer_.assign(buffer_.size(), kUntouched);
    const std::span to = std::span(buffer_).subspan(kGuard + shift, size);
    const auto result =
        UserConstPtr<std::uint8_t>(memory_.address(offset)).read_into(provider_, to);
    EXPECT_EQ(result, copied(offset, done, error))
        << "done " << result.done << ", error " << static_cast<int>(result.error);
    std::vector<std::uint8_t> wanted(buffer_.size(), kUntouched);
    for (std::size_t index = 0; index < done; ++index) {
      wanted[kGuard + shift + index] = user_byte(offset + index);
    }
    expect_same(buffer_, wanted, offset, size);
  }

  static constexpr std::size_t kPages = 3;
  static constexpr std::size_t kGuard = 64;
  FakeMemory memory_{kPages};
  FakeProvider provider_{memory_};
  std::vector<std::uint8_t> buffer_;
};

TEST_F(CopyBytes, ReadIsExactForEachSizeAndAlignment) {
  for (std::size_t offset = 4096 - 33; offset <= 4096 + 16; ++offset) {
    for (std::size_t size = 0; size <= 40; ++size) {
      for (std::size_t shift = 0; shift < 16; shift += 5) expect_read(offset, size, shift, size);
    }
  }
  for (const std::size_t size : {63, 64, 65, 127, 128, 200, 4096, 8191}) {
    for (std::size_t offset = 0; offset <= 17; ++offset)
      expect_read(offset, size, offset / 3, size);
  }
}

// Every alignment of both sides, at the end of memory, and lengths that reach it and pass it.
TEST_F(CopyBytes, BothDirectionsAtTheEndOfMemoryEqualAByteByByteCopy) {
  constexpr std::size_t kOffsets = 16;
  constexpr std::size_t kEnd = 2 * kPageSize4K;
  memory_.map_all(kUserReadWrite);
  memory_.unmap(2);
  const std::span user(memory_.bytes() + kEnd - kOffsets, kOffsets);
  const std::span kernel = std::span(buffer_).subspan(kGuard, 2 * kOffsets);
  std::vector<std::uint8_t> wanted;
  for (std::size_t from = 0; from < kOffsets; ++from) {
    for (std::size_t to = 0; to < kOffsets; ++to) {
      for (std::size_t size = 0; size <= kOffsets; ++size) {
        const std::size_t done = std::min(size, kOffsets - from);
        const LinuxError error = done == size ? kNoError : LinuxError::kEfault;
        const UserPtr<std::uint8_t> pointer(memory_.address(kEnd - kOffsets + from));
        for (std::size_t at = 0; at < kOffsets; ++at) user[at] = user_byte(at);
        std::ranges::fill(kernel, kUntouched);
        wanted.assign(kernel.begin(), kernel.end());
        for (std::size_t at = 0; at < done; ++at) wanted[to + at] = user_byte(from + at);
        EXPECT_EQ(pointer.read_into(provider_, kernel.subspan(to, size)),
                  copied(kEnd - kOffsets + from, done, error));
        ASSERT_TRUE(std::ranges::equal(kernel, wanted)) << from << " to " << to << ", " << size;

        for (std::size_t at = 0; at < kernel.size(); ++at) kernel[at] = user_byte(at + 100);
        wanted.assign(user.begin(), user.end());
        for (std::size_t at = 0; at < done; ++at) wanted[from + at] = user_byte(to + at + 100);
        EXPECT_EQ(pointer.write_from(provider_, kernel.subspan(to, size)),
                  copied(kEnd - kOffsets + from, done, error));
        ASSERT_TRUE(std::ranges::equal(user, wanted)) << to << " to " << from << ", " << size;
      }
    }
  }
}

TEST_F(CopyBytes, ReadChecksAndPopulatesUnderTheLockAndCopiesAfterIt) {
  expect_read(4090, 10, 0, 10);
  EXPECT_THAT(trail(), ElementsAre("lock", "check 4090+10 ru", "populate 0+8192 ru", "unlock",
                                   "attempt 4090+10 r", "end"));
}

TEST_F(CopyBytes, CopyingNoBytesTouchesNothing) {
  memory_.unmap(0);
  expect_read(8, 0, 0, 0);
  const UserConstPtr<std::uint8_t> last(UINTPTR_MAX);
  EXPECT_TRUE(last.read_into(provider_, {}).is_complete());
  EXPECT_THAT(trail(), IsEmpty());
}

TEST_F(CopyBytes, ReadEndsAtTheFirstPageThatIsRefused) {
  for (const MappingFlags flags :
       {MappingFlags(), MappingFlags::USER, MappingFlags::READ,
        MappingFlags::WRITE | MappingFlags::USER, MappingFlags::EXECUTE | MappingFlags::USER}) {
    memory_.map_all(kUserRead);
    memory_.map(1, flags);
    for (std::size_t before = 0; before <= 70; ++before) {
      memory_.close();
      expect_read(4096 - before, before + 1, before % 16, before, LinuxError::kEfault);
      expect_read(4096 - before, 4096 + before + 1, before % 16, before, LinuxError::kEfault);
    }
    expect_read(4096 + 8, 4096, 0, 0, LinuxError::kEfault);
    expect_read(8191, 1, 0, 0, LinuxError::kEfault);
    expect_read(8192, 1, 0, 1);
  }
}

TEST_F(CopyBytes, ReadOnlyMemoryIsReadableOnlyByAPointerForReading) {
  expect_read(0, 8, 0, 8);
  const UserPtr<std::uint8_t> both(memory_.address(0));
  EXPECT_EQ(both.read_into(provider_, std::span(buffer_).first(8)),
            copied(0, 0, LinuxError::kEfault));
  memory_.map_all(kUserReadWrite);
  EXPECT_EQ(both.read_into(provider_, std::span(buffer_).first(8)), copied(0, 8));
}

TEST_F(CopyBytes, NoPageAfterTheRangeIsChecked) {
  memory_.unmap(1);
  expect_read(0, 4096, 0, 4096);
  EXPECT_THAT(trail(), ElementsAre("lock", "check 0+4096 ru", "populate 0+4096 ru", "unlock",
                                   "attempt 0+4096 r", "end"));
}

TEST_F(CopyBytes, MemoryUnmappedAfterTheCheckEndsTheReadThere) {
  for (std::size_t before = 0; before <= 70; ++before) {
    memory_.map_all(kUserRead);
    testing::before_attempt(1, [&] { memory_.take_away(1); });
    expect_read(4096 - before, before + 100, before % 16, before, LinuxError::kEfault);
  }
  EXPECT_EQ(trail().back(), "abandoned");
}

TEST_F(CopyBytes, ARefusedAttemptMovesNothing) {
  testing::refuse_attempt(1);
  expect_read(4090, 20, 0, 0, LinuxError::kEfault);
}

TEST_F(CopyBytes, AFrameThatIsMissingEndsTheReadBeforeItsPage) {
  memory_.set_frames(2);
  expect_read(4096 + 10, 8000, 3, 8000 > 8192 - 10 ? 8182 : 8000, kNoError);
  memory_.set_frames(2);
  expect_read(10, 12000, 3, 8192 - 10, LinuxError::kEnomem);
  memory_.set_frames(0);
  expect_read(10, 12000, 3, 0, LinuxError::kEnomem);
}

TEST_F(CopyBytes, ALockThatIsRefusedEndsTheRead) {
  testing::refuse_lock(1);
  expect_read(0, 100, 0, 0, LinuxError::kEintr);
  EXPECT_THAT(trail(), ElementsAre("lock refused"));
}

TEST_F(CopyBytes, AMisalignedReadIsRefusedBeforeAnyCheck) {
  std::uint64_t values[2] = {};
  for (std::size_t offset = 1; offset < 8; ++offset) {
    const UserConstPtr<std::uint64_t> user(memory_.address(offset));
    EXPECT_EQ(user.read_into(provider_, values), copied(offset, 0, LinuxError::kEfault));
    EXPECT_EQ(user.read_into(provider_, {}), copied(offset, 0, LinuxError::kEfault));
  }
  EXPECT_THAT(trail(), IsEmpty());
}

// A part of an element is copied, too.
TEST_F(CopyBytes, DoneCountsBytesOfElements) {
  memory_.unmap(1);
  std::uint32_t values[4][3] = {};
  const UserConstPtr<std::uint32_t[3]> user(memory_.address(4096 - 28));
  EXPECT_EQ(user.read_into(provider_, values), copied(4096 - 28, 28, LinuxError::kEfault));
}

TEST_F(CopyBytes, ARangeThatCannotExistIsRefusedWhole) {
  const auto read = [&](std::uintptr_t start, std::size_t size) {
    return internal::read_bytes(provider_, VirtAddr(start),
                                reinterpret_cast<std::byte*>(buffer_.data()), size,
                                MappingFlags::READ);
  };
  const auto refused = [](std::uintptr_t start) {
    return Copied{.done = 0, .error = LinuxError::kEfault, .address = VirtAddr(start)};
  };
  const std::uintptr_t start = memory_.address(0).as_usize();
  for (const std::size_t size : {kMaxObjectSize + 1, SIZE_MAX - 4096, SIZE_MAX}) {
    EXPECT_EQ(read(start, size), refused(start)) << size;
  }
  for (const std::size_t back : {1, 2, 4095, 4096, 5000}) {
    const std::uintptr_t high = UINTPTR_MAX - back + 1;
    for (const std::size_t size : {back, back + 1, back + 100}) {
      EXPECT_EQ(read(high, size), refused(high)) << back << " before the end, " << size;
    }
  }
  EXPECT_THAT(trail(), IsEmpty());
}

// The same for the two directions that write: kernel bytes, and zeros.
class WriteBytes : public CopyBytes, public ::testing::WithParamInterface<bool> {
 protected:
  WriteBytes() {
    memory_.map_all(kUserReadWrite);
    for (std::size_t at = 0; at < buffer_.size(); ++at) buffer_[at] = user_byte(at);
  }
  static bool is_zeroing() { return GetParam(); }

  template <typename Pointer>
  Copied write(Pointer to, std::size_t size, std::size_t shift) {
    if (is_zeroing()) return to.zero(provider_, size);
    return to.write_from(provider_, std::span<const std::uint8_t>(buffer_).subspan(shift, size));
  }

  // Writes `size` bytes to `offset`, and expects the result, the bytes written, and no other byte
  // to be touched.
  void expect_write(std::size_t offset, std::size_t size, std::size_t shift, std::size_t done,
                    LinuxError error = kNoError) {
    const std::span all(memory_.bytes(), kPages * kPageSize4K);
    std::memset(all.data(), kUntouched, all.size());
    const auto result = write(UserOutPtr<std::uint8_t>(memory_.address(offset)), size, shift);
    EXPECT_EQ(result, copied(offset, done, error))
        << "done " << result.done << ", error " << static_cast<int>(result.error);
    std::vector<std::uint8_t> wanted(all.size(), kUntouched);
    for (std::size_t index = 0; index < done; ++index) {
      wanted[offset + index] = is_zeroing() ? 0 : buffer_[shift + index];
    }
    expect_same(all, wanted, offset, size);
  }
};
INSTANTIATE_TEST_SUITE_P(, WriteBytes, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "Zeros" : "Bytes"; });

TEST_P(WriteBytes, AreExactForEachSizeAndAlignment) {
  for (std::size_t offset = 4096 - 33; offset <= 4096 + 8; ++offset) {
    for (std::size_t size = 0; size <= 40; ++size) expect_write(offset, size, size % 11, size);
  }
  for (const std::size_t size : {63, 64, 65, 127, 128, 200, 4096, 8191}) {
    for (std::size_t offset = 0; offset <= 17; ++offset) {
      expect_write(offset, size, offset / 3, size);
    }
  }
}

TEST_P(WriteBytes, NeedWriteAloneOfAPointerThatOnlyWrites) {
  memory_.map_all(MappingFlags::WRITE | MappingFlags::USER);
  expect_write(4090, 10, 0, 10);
  EXPECT_THAT(trail(), ElementsAre("lock", "check 4090+10 wu", "populate 0+8192 wu", "unlock",
                                   "attempt 4090+10 w", "end"));
  const UserPtr<std::uint8_t> both(memory_.address(0));
  EXPECT_EQ(write(both, 8, 0), copied(0, 0, LinuxError::kEfault));
  memory_.map_all(kUserReadWrite);
  testing::clear_trail();
  EXPECT_EQ(write(both, 8, 0), copied(0, 8));
  EXPECT_THAT(trail(), ElementsAre("lock", "check 0+8 rwu", "populate 0+4096 rwu", "unlock",
                                   "attempt 0+8 w", "end"));
}

TEST_P(WriteBytes, NoneTouchNothing) {
  memory_.unmap(0);
  expect_write(8, 0, 0, 0);
  EXPECT_TRUE(write(UserOutPtr<std::uint8_t>(UINTPTR_MAX), 0, 0).is_complete());
  EXPECT_THAT(trail(), IsEmpty());
}

TEST_P(WriteBytes, EndAtTheFirstPageThatIsRefused) {
  for (const MappingFlags flags : {MappingFlags(), MappingFlags::USER, kUserRead,
                                   MappingFlags::WRITE, MappingFlags::READ | MappingFlags::WRITE}) {
    memory_.map_all(kUserReadWrite);
    memory_.map(1, flags);
    for (std::size_t before = 0; before <= 70; ++before) {
      memory_.close();
      expect_write(4096 - before, before + 1, before % 16, before, LinuxError::kEfault);
    }
    expect_write(4000, 8000, 0, 96, LinuxError::kEfault);
    expect_write(4096 + 8, 4096, 0, 0, LinuxError::kEfault);
    expect_write(8191, 1, 0, 0, LinuxError::kEfault);
    expect_write(8192, 1, 0, 1);
  }
}

TEST_P(WriteBytes, EndWhereMemoryIsUnmappedAfterTheCheck) {
  for (std::size_t before = 0; before <= 70; ++before) {
    for (const bool is_read_only : {false, true}) {
      memory_.map_all(kUserReadWrite);
      testing::before_attempt(
          1, [&] { is_read_only ? memory_.make_read_only(1) : memory_.take_away(1); });
      expect_write(4096 - before, before + 100, before % 16, before, LinuxError::kEfault);
      EXPECT_EQ(trail().back(), "abandoned");
    }
  }
}

TEST_P(WriteBytes, EndBeforeAPageWithoutAFrameAndWithoutTheLock) {
  memory_.set_frames(2);
  expect_write(10, 12000, 3, 8192 - 10, LinuxError::kEnomem);
  memory_.set_frames(0);
  expect_write(10, 12000, 3, 0, LinuxError::kEnomem);
  memory_.set_frames(SIZE_MAX);
  testing::refuse_lock(1);
  expect_write(10, 100, 0, 0, LinuxError::kEintr);
  testing::refuse_attempt(1);
  expect_write(10, 100, 0, 0, LinuxError::kEfault);
}

TEST_P(WriteBytes, AreRefusedWholeWhereMisalignedOrWhereTheRangeCannotExist) {
  std::uint64_t values[2] = {};
  const auto write_to = [&](std::uintptr_t address, std::size_t length) {
    const UserPtr<std::uint64_t> to(address);
    if (is_zeroing()) return to.zero(provider_, length);
    return to.write_from(provider_, std::span<const std::uint64_t>(values, length));
  };
  const auto refused = [](std::uintptr_t address) {
    return Copied{.done = 0, .error = LinuxError::kEfault, .address = VirtAddr(address)};
  };
  const std::uintptr_t start = memory_.address(0).as_usize();
  for (std::size_t offset = 1; offset < 8; ++offset) {
    EXPECT_EQ(write_to(start + offset, 2), refused(start + offset));
    EXPECT_EQ(write_to(start + offset, 0), refused(start + offset));
    const UserOutPtr<std::uint64_t> out(start + offset);
    EXPECT_EQ(is_zeroing() ? out.zero(provider_, 2) : out.write_from(provider_, values),
              refused(start + offset));
  }
  for (const std::size_t length : {kMaxObjectSize / 8 + 1, SIZE_MAX / 8 + 2, SIZE_MAX}) {
    EXPECT_EQ(write_to(start, length), refused(start));
  }
  for (const std::uintptr_t high : {UINTPTR_MAX - 7, UINTPTR_MAX - 4095, UINTPTR_MAX - 4103}) {
    EXPECT_EQ(write_to(high, 2), refused(high));
  }
  EXPECT_THAT(trail(), IsEmpty());
}

// A transfer of several chunks: the lock is released between them.
class LongCopy : public CopyBytes {
 protected:
  static constexpr std::size_t kChunkPages = internal::kChunkSize / kPageSize4K;
  LongCopy() {
    long_memory_.map_all(kUserRead);
    for (std::size_t at = 0; at < kSize; ++at) long_memory_.bytes()[at] = user_byte(at);
    buffer_.assign(kSize, kUntouched);
    testing::clear_trail();
  }

  Copied read(std::size_t offset, std::size_t size) {
    std::fill(buffer_.begin(), buffer_.end(), kUntouched);
    const Copied result = UserConstPtr<std::uint8_t>(long_memory_.address(offset))
                              .read_into(long_provider_, std::span(buffer_).first(size));
    for (std::size_t at = 0; at < kSize; ++at) {
      EXPECT_EQ(buffer_[at], at < result.done ? user_byte(offset + at) : kUntouched) << at;
      if (HasFailure()) break;
    }
    return result;
  }

  static constexpr std::size_t kLongPages = 2 * kChunkPages + 1;
  static constexpr std::size_t kSize = kLongPages * kPageSize4K;
  FakeMemory long_memory_{kLongPages};
  FakeProvider long_provider_{long_memory_};
};

TEST_F(LongCopy, EachChunkIsCheckedOnItsOwn) {
  EXPECT_EQ(read(100, kSize - 100).done, kSize - 100);
  EXPECT_THAT(trail(), ElementsAre("lock", "check 100+65436 ru", "populate 0+65536 ru", "unlock",
                                   "attempt 100+65436 r", "end",  //
                                   "lock", "check 65536+65536 ru", "populate 65536+65536 ru",
                                   "unlock", "attempt 65536+65536 r", "end",  //
                                   "lock", "check 131072+4096 ru", "populate 131072+4096 ru",
                                   "unlock", "attempt 131072+4096 r", "end"));
}

TEST_F(LongCopy, AnErrorInALaterChunkKeepsTheEarlierOnes) {
  const auto ended = [&](std::size_t offset, std::size_t done, LinuxError error) {
    return Copied{.done = done, .error = error, .address = long_memory_.address(offset + done)};
  };
  const std::size_t in_first_chunk = internal::kChunkSize - 5;
  testing::refuse_lock(2);
  EXPECT_EQ(read(5, kSize - 5), ended(5, in_first_chunk, LinuxError::kEintr));
  testing::refuse_attempt(2);
  EXPECT_EQ(read(5, kSize - 5), ended(5, in_first_chunk, LinuxError::kEfault));
  long_memory_.set_frames(kChunkPages + 3);
  EXPECT_EQ(read(5, kSize - 5), ended(5, in_first_chunk + 3 * kPageSize4K, LinuxError::kEnomem));
  long_memory_.set_frames(SIZE_MAX);
  long_memory_.unmap(kChunkPages + 7);
  EXPECT_EQ(read(5, kSize - 5), ended(5, in_first_chunk + 7 * kPageSize4K, LinuxError::kEfault));
}

}  // namespace
}  // namespace axptr
