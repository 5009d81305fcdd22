#include "axptr/copy_str.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "axptr/testing/fake_platform.h"
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
    return copy_null_terminated(provider_, memory_.address(offset), std::span(buffer_).first(room));
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

TEST_F(CopyStr, BytesUpToAZeroAreCopiedWithItAndCountedWithoutIt) {
  const char text[] = "ab\0cd";
  for (std::size_t count = 0; count <= sizeof(text); ++count) {
    std::array<char, 8> to;
    to.fill('#');
    const std::size_t length = copy_until_nul(text, to.data(), count);
    EXPECT_EQ(length, std::min<std::size_t>(count, 2));
    const std::size_t written = std::min<std::size_t>(count, 3);
    EXPECT_EQ(std::string_view(to.data(), written), std::string_view(text, written));
    EXPECT_EQ(to[written], '#');
  }
}

TEST_F(CopyStr, APageIsCheckedUnderTheLockAndCopiedAfterIt) {  // matrix 64
  put(4090, "over the end");
  put_terminator(4102);
  EXPECT_EQ(copy(4090, 64), 12u);
  EXPECT_EQ(copied(), std::string_view("over the end\0", 13));
  EXPECT_THAT(trail(),
              ElementsAre("lock", "check 0+4096 ru", "unlock", "attempt 4090+6 r", "end",  //
                          "lock", "check 4096+4096 ru", "unlock", "attempt 4096+58 r", "end"));
}

TEST_F(CopyStr, TheTerminatorMustFitTheBuffer) {  // matrix 66
  put_terminator(13);
  EXPECT_EQ(copy(10, 5), 3u);
  EXPECT_EQ(copy(10, 4), 3u);
  buffer_.fill('#');
  EXPECT_EQ(copy(10, 3), kEnametoolong);
  EXPECT_EQ(copied(), "aaa");
}

TEST_F(CopyStr, NoBufferReadsNothing) {  // matrix 65
  EXPECT_EQ(copy(10, 0), kEnametoolong);
  EXPECT_THAT(trail(), IsEmpty());
}

TEST_F(CopyStr, NoPageBehindTheBoundOrTheTerminatorIsAskedAbout) {
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

TEST_F(CopyStr, WhatIsNotPermittedIsRefusedAndTheBufferHoldsWhatCameBefore) {
  for (const MappingFlags flags : {MappingFlags::USER, MappingFlags::READ, MappingFlags()}) {
    memory_.map(1, flags);
    buffer_.fill('#');
    EXPECT_EQ(copy(4094, 64), kEfault);
    EXPECT_EQ(copied(), "aa");
  }
  memory_.unmap(0);
  EXPECT_EQ(copy(4094, 64), kEfault);
}

TEST_F(CopyStr, NothingIsWrittenToTheUser) {
  memory_.map_all(kUserReadWrite);
  put_terminator(100);
  EXPECT_EQ(copy(0, 200), 100u);
  EXPECT_THAT(trail(), ElementsAre("lock", "check 0+4096 ru", "unlock", "attempt 0+200 r", "end"));
}

TEST_F(CopyStr, MemoryThatIsGoneIsEfault) {
  put_terminator(4100);
  testing::refuse_attempt(1);
  EXPECT_EQ(copy(4094, 64), kEfault);
  testing::refuse_attempt(2);
  EXPECT_EQ(copy(4094, 64), kEfault);
  EXPECT_EQ(copied(), "aa");
}

TEST_F(CopyStr, TheLastPageOfAllIsRefused) {
  for (const std::uintptr_t back : {0u, 2u, 4095u}) {
    EXPECT_EQ(copy_null_terminated(provider_, VirtAddr(UINTPTR_MAX - back), buffer_), kEfault);
  }
  EXPECT_THAT(trail(), IsEmpty());
}

}  // namespace
}  // namespace axptr::internal
