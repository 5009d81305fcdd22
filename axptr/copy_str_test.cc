#include "axptr/copy_str.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "axptr/testing/fake_platform.h"
#include "axptr/user_out_ptr.h"
#include "axptr/user_ptr.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace axptr::internal {
namespace {

using ::testing::ElementsAre;
using testing::FakeMemory;
using testing::FakeProvider;
using ::testing::IsEmpty;
using testing::kUserRead;
using testing::kUserReadWrite;
using testing::trail;

using Length = LinuxResult<std::size_t>;
const Length kEfault = std::unexpected(LinuxError::kEfault);
const Length kEnametoolong = std::unexpected(LinuxError::kEnametoolong);

class CopyStr : public ::testing::Test {
 protected:
  CopyStr() {
    memory_.map_all(kUserRead);
    std::memset(memory_.bytes(), 'a', kPages * kPageSize4K);
    buffer_.fill('#');
    testing::clear_trail();
  }
  ~CopyStr() override { EXPECT_FALSE(is_accessing_user_memory()); }

  // Copies from `offset` into the first `room` bytes of the buffer.
  Length copy(std::size_t offset, std::size_t room) {
    const Copied copied =
        copy_null_terminated(provider_, memory_.address(offset), std::span(buffer_).first(room));
    EXPECT_EQ(copied.address, memory_.address(offset + copied.done));
    EXPECT_EQ(std::string_view(buffer_.data(), copied.done).find('#'), std::string_view::npos);
    EXPECT_EQ(buffer_[copied.done], copied.is_complete() ? '\0' : '#');
    if (!copied.is_complete()) return std::unexpected(copied.error);
    return copied.done;
  }
  void put(std::size_t offset, std::string_view text) {
    std::memcpy(memory_.bytes() + offset, text.data(), text.size());
  }
  void put_terminator(std::size_t offset) { memory_.bytes()[offset] = 0; }
  // The buffer up to the first byte that was never written.
  std::string_view copied() const {
    const std::string_view all(buffer_.data(), buffer_.size());
    return all.substr(0, all.find('#'));
  }

  static constexpr std::size_t kPages = 4;
  FakeMemory memory_{kPages};
  FakeProvider provider_{memory_};
  std::array<char, 3 * kPageSize4K> buffer_;
};

TEST_F(CopyStr, TheTerminatorIsCopiedAndNotCounted) {
  const char text[] = "ab\0cd";
  for (std::size_t count = 0; count <= sizeof(text); ++count) {
    std::array<char, 8> to;
    to.fill('#');
    const auto start = reinterpret_cast<std::uintptr_t>(text);
    Progress progress = start;
    EXPECT_EQ(copy_until_nul(text, to.data(), count, progress), count > 2);
    EXPECT_EQ(progress - start, std::min<std::size_t>(count, 2));
    const std::size_t written = std::min<std::size_t>(count, 3);
    EXPECT_EQ(std::string_view(to.data(), written), std::string_view(text, written));
    EXPECT_EQ(to[written], '#');
  }
}

TEST_F(CopyStr, APageIsCheckedUnderTheLockAndCopiedAfterIt) {
  put(4090, "over the end");
  put_terminator(4102);
  EXPECT_EQ(copy(4090, 64), 12u);
  EXPECT_EQ(copied(), std::string_view("over the end\0", 13));
  EXPECT_THAT(trail(),
              ElementsAre("lock", "check 0+4096 ru", "unlock", "attempt 4090+6 r", "end",  //
                          "lock", "check 4096+4096 ru", "unlock", "attempt 4096+58 r", "end"));
}

TEST_F(CopyStr, TheTerminatorMustFitTheBuffer) {
  put_terminator(13);
  EXPECT_EQ(copy(10, 5), 3u);
  EXPECT_EQ(copy(10, 4), 3u);
  buffer_.fill('#');
  EXPECT_EQ(copy(10, 3), kEnametoolong);
  EXPECT_EQ(copied(), "aaa");
}

TEST_F(CopyStr, AnEmptyBufferReadsNothing) {
  EXPECT_EQ(copy(10, 0), kEnametoolong);
  EXPECT_THAT(trail(), IsEmpty());
}

TEST_F(CopyStr, NoPageAfterTheBoundOrTheTerminatorIsChecked) {
  memory_.unmap(1);
  EXPECT_EQ(copy(4088, 8), kEnametoolong);
  EXPECT_THAT(trail(), ElementsAre("lock", "check 0+4096 ru", "unlock", "attempt 4088+8 r", "end"));
  EXPECT_EQ(copy(4088, 9), kEfault);
  put_terminator(4095);
  EXPECT_EQ(copy(4088, 9), 7u);
}

TEST_F(CopyStr, PagesInTheMiddleAreCopiedWhole) {
  put_terminator(3 * kPageSize4K - 1);
  EXPECT_EQ(copy(1, buffer_.size()), 3 * kPageSize4K - 2);
  EXPECT_EQ(std::memcmp(buffer_.data(), memory_.bytes() + 1, 3 * kPageSize4K - 1), 0);
  EXPECT_EQ(copy(0, buffer_.size() - 1), kEnametoolong);
}

TEST_F(CopyStr, ForbiddenMemoryIsRefusedAndTheBufferHoldsTheBytesBefore) {
  for (const MappingFlags flags : {MappingFlags::USER, MappingFlags::READ, MappingFlags()}) {
    memory_.map(1, flags);
    buffer_.fill('#');
    EXPECT_EQ(copy(4094, 64), kEfault);
    EXPECT_EQ(copied(), "aa");
  }
  memory_.unmap(0);
  buffer_.fill('#');
  EXPECT_EQ(copy(4094, 64), kEfault);
  EXPECT_EQ(copied(), "");
}

TEST_F(CopyStr, NothingIsWrittenToTheUser) {
  memory_.map_all(kUserReadWrite);
  put_terminator(100);
  EXPECT_EQ(copy(0, 200), 100u);
  EXPECT_THAT(trail(), ElementsAre("lock", "check 0+4096 ru", "unlock", "attempt 0+200 r", "end"));
}

TEST_F(CopyStr, UnmappedMemoryIsEfault) {
  put_terminator(4100);
  testing::refuse_attempt(1);
  EXPECT_EQ(copy(4094, 64), kEfault);
  testing::refuse_attempt(2);
  EXPECT_EQ(copy(4094, 64), kEfault);
  EXPECT_EQ(copied(), "aa");
}

// The result counts the bytes that were copied before the fault.
TEST_F(CopyStr, MemoryUnmappedAfterTheCheckEndsTheCopyThere) {
  for (std::size_t before = 0; before <= 20; ++before) {
    buffer_.fill('#');
    memory_.map_all(kUserRead);
    testing::before_attempt(before == 0 ? 1 : 2, [&] { memory_.take_away(1); });
    EXPECT_EQ(copy(4096 - before, 64), kEfault);
    EXPECT_EQ(copied().size(), before);
  }
  EXPECT_EQ(trail().back(), "abandoned");
}

TEST_F(CopyStr, ALockThatIsRefusedIsPassedOn) {
  testing::refuse_lock(2);
  EXPECT_EQ(copy(4094, 64), Length(std::unexpected(LinuxError::kEintr)));
  EXPECT_EQ(copied(), "aa");
}

TEST_F(CopyStr, BytesThatAreNoUtf8AreCopiedUntilTheTerminator) {
  const UserConstPtr<char> user(memory_.address(4094));
  put(4094, "\xff\xc0\x80");
  put_terminator(4097);
  Copied copied = user.copy_bytes_until_nul(provider_, buffer_);
  EXPECT_TRUE(copied.is_complete());
  EXPECT_EQ(std::string_view(buffer_.data(), 4), std::string_view("\xff\xc0\x80\0", 4));
  EXPECT_EQ(copied.done, 3u);
  copied = user.copy_bytes_until_nul(provider_, std::span(buffer_).first(3));
  EXPECT_EQ(copied.error, LinuxError::kEnametoolong);
  EXPECT_EQ(copied.done, 3u);
}

class StrLength : public CopyStr {
 protected:
  Length length(std::size_t offset, std::size_t bound) {
    return UserConstPtr<char>(memory_.address(offset)).str_length(provider_, bound);
  }
};

TEST_F(StrLength, CountsTheBytesBeforeTheTerminatorWithinTheBound) {
  put_terminator(4100);
  for (std::size_t start = 4080; start <= 4100; ++start) {
    const std::size_t wanted = 4100 - start;
    for (std::size_t bound = 0; bound <= 30; ++bound) {
      EXPECT_EQ(length(start, bound), bound > wanted ? Length(wanted) : kEnametoolong);
    }
    EXPECT_EQ(length(start, SIZE_MAX), wanted);
  }
}

TEST_F(StrLength, NoBoundReadsNothingAndNoPageAfterTheBoundIsChecked) {
  EXPECT_EQ(length(10, 0), kEnametoolong);
  EXPECT_THAT(trail(), IsEmpty());
  memory_.unmap(1);
  EXPECT_EQ(length(4088, 8), kEnametoolong);
  EXPECT_THAT(trail(), ElementsAre("lock", "check 0+4096 ru", "unlock", "attempt 4088+8 r", "end"));
  EXPECT_EQ(length(4088, 9), kEfault);
}

TEST_F(StrLength, ForbiddenOrUnmappedMemoryIsEfault) {
  for (const MappingFlags flags : {MappingFlags::USER | MappingFlags::WRITE, MappingFlags::READ}) {
    memory_.map(1, flags);
    EXPECT_EQ(length(4094, 64), kEfault);
  }
  memory_.map_all(kUserRead);
  testing::refuse_attempt(2);
  EXPECT_EQ(length(4094, 64), kEfault);
  testing::before_attempt(2, [&] { memory_.take_away(1); });
  EXPECT_EQ(length(4094, 64), kEfault);
  EXPECT_EQ(UserConstPtr<char>(UINTPTR_MAX).str_length(provider_, 5), kEfault);
}

class WriteStr : public CopyStr {
 protected:
  WriteStr() { memory_.map_all(kUserReadWrite); }

  // Writes `text` to `offset`, and expects its bytes up to `done`, a terminator only after success,
  // and no other byte to be written.
  void expect_write(std::size_t offset, std::string_view text, std::size_t room, std::size_t done,
                    LinuxError error = kNoError) {
    std::memset(memory_.bytes(), 'a', kPages * kPageSize4K);
    const UserPtr<char> user(memory_.address(offset));
    const Copied written = user.write_str(provider_, std::span(text.data(), text.size()), room);
    EXPECT_EQ(written, (Copied{done, error, memory_.address(offset + done)}));
    const std::string_view all(reinterpret_cast<const char*>(memory_.bytes()),
                               kPages * kPageSize4K);
    EXPECT_EQ(all.substr(offset, done), text.substr(0, done));
    const std::size_t end = offset + done + (written.is_complete() ? 1 : 0);
    EXPECT_EQ(all[end - 1] == '\0', written.is_complete()) << offset;
    EXPECT_EQ(all.substr(end).find_first_not_of('a'), std::string_view::npos);
    EXPECT_EQ(all.substr(0, offset).find_first_not_of('a'), std::string_view::npos);
  }
};

TEST_F(WriteStr, TheTextAndATerminatorAreWritten) {
  for (std::size_t offset = 4080; offset <= 4097; ++offset) {
    expect_write(offset, "the text", 9, 8);
    expect_write(offset, "", 1, 0);
    expect_write(offset, "bcdefghijklmnopqrstuvwxyz0123456789", SIZE_MAX, 35);
  }
  testing::clear_trail();
  expect_write(4090, "bcdef", 9, 5);
  EXPECT_THAT(trail(), ElementsAre("lock", "check 4090+6 rwu", "populate 0+4096 rwu", "unlock",
                                   "attempt 4090+6 w", "end"));
}

TEST_F(WriteStr, ATextThatDoesNotFitOrEndsEarlyIsRefusedWhole) {
  expect_write(10, "text", 4, 0, LinuxError::kEnametoolong);
  expect_write(10, "", 0, 0, LinuxError::kEnametoolong);
  expect_write(10, std::string_view("te\0xt", 5), 6, 0, LinuxError::kEinval);
  expect_write(10, std::string_view("text\0", 5), 6, 0, LinuxError::kEinval);
  for (const std::size_t zero_at : {4095, 4096, 4097, 6000}) {
    std::string text(6001, 'b');
    text[zero_at] = '\0';
    expect_write(10, text, SIZE_MAX, 0, LinuxError::kEinval);
  }
  EXPECT_THAT(trail(), IsEmpty());
}

TEST_F(WriteStr, EndsAtTheFirstRefusedOrUnmappedPage) {
  for (std::size_t before = 0; before <= 8; ++before) {
    memory_.map_all(kUserReadWrite);
    memory_.map(1, kUserRead);
    expect_write(4096 - before, "the text", 9, before, LinuxError::kEfault);
    memory_.map_all(kUserReadWrite);
    testing::before_attempt(1, [&] { memory_.make_read_only(1); });
    expect_write(4096 - before, "the text", 9, before, LinuxError::kEfault);
    memory_.map_all(kUserReadWrite);
    memory_.close();
    memory_.set_frames(1);
    const bool one_page = before == 0;
    expect_write(4096 - before, "the text", 9, one_page ? 8 : before,
                 one_page ? kNoError : LinuxError::kEnomem);
    memory_.set_frames(SIZE_MAX);
  }
  expect_write(4096 - 9, "the text", 9, 8);
}

TEST_F(WriteStr, WriteOnlyMemoryIsOkForAPointerThatOnlyWrites) {
  memory_.map_all(MappingFlags::WRITE | MappingFlags::USER);
  expect_write(10, "text", 9, 0, LinuxError::kEfault);
  const UserOutPtr<char> out(memory_.address(10));
  EXPECT_EQ(out.write_str(provider_, std::span("text").first(4), 5).done, 4u);
  EXPECT_EQ(std::memcmp(memory_.bytes() + 9, "atext\0a", 7), 0);
}

TEST_F(CopyStr, TheLastPageOfTheAddressSpaceIsRefused) {
  for (const std::uintptr_t back : {0u, 2u, 4095u}) {
    const Copied copied = copy_null_terminated(provider_, VirtAddr(UINTPTR_MAX - back), buffer_);
    EXPECT_EQ(copied.error, LinuxError::kEfault);
    EXPECT_EQ(copied.done, 0u);
  }
  EXPECT_THAT(trail(), IsEmpty());
}

}  // namespace
}  // namespace axptr::internal
