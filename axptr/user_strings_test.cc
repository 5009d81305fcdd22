#include "axptr/user_strings.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "axptr/testing/fake_platform.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace axptr {
namespace {

using ::testing::ElementsAre;
using testing::FakeMemory;
using testing::FakeProvider;
using testing::kUserRead;
using testing::trail;

// A table at the end of page 0, strings in pages 1 and 2.
class UserStringsTest : public ::testing::Test {
 protected:
  using Strings = std::vector<std::string>;
  using Table = UserConstPtr<UserConstPtr<char>>;

  UserStringsTest() {
    memory_.map_all(kUserRead);
    std::memset(memory_.bytes(), 'x', kPages * kPageSize4K);
    testing::clear_trail();
  }

  void put_string(std::size_t offset, const char* text) {
    std::memcpy(memory_.bytes() + offset, text, std::strlen(text) + 1);
  }
  // Writes a table that ends with the last byte of page 0.
  void put_table(const std::vector<std::uintptr_t>& entries) {
    table_ = kPageSize4K - entries.size() * sizeof(std::uintptr_t);
    std::memcpy(memory_.bytes() + table_, entries.data(), entries.size() * sizeof(std::uintptr_t));
  }
  std::uintptr_t at(std::size_t offset) const { return memory_.address(offset).as_usize(); }

  LinuxResult<Strings> copy(std::size_t max_strings, std::size_t arena_size) {
    arena_.fill('#');
    const auto copied = UserStrings::copy(provider_, Table(memory_.address(table_)), max_strings,
                                          std::span(arena_).first(arena_size));
    EXPECT_LE(std::string_view(arena_.data(), arena_.size()).find_last_not_of('#') + 1, arena_size);
    if (!copied) return std::unexpected(copied.error());
    Strings strings;
    for (const std::span<const char> string : *copied) {
      EXPECT_EQ(string.data()[string.size()], '\0');
      strings.emplace_back(string.data(), string.size());
    }
    EXPECT_EQ(copied->size(), strings.size());
    EXPECT_EQ(copied->empty(), strings.empty());
    return strings;
  }
  void expect_error(std::size_t max_strings, std::size_t arena_size, LinuxError error) {
    EXPECT_EQ(copy(max_strings, arena_size), LinuxResult<Strings>(std::unexpected(error)));
  }

  static constexpr std::size_t kPages = 3;
  FakeMemory memory_{kPages};
  FakeProvider provider_{memory_};
  std::array<char, 64> arena_;
  std::size_t table_ = 0;
};

TEST_F(UserStringsTest, AreCopiedInTheirOrderWithEmptyOnes) {
  put_string(8190, "three");  // over a page end
  put_string(5000, "one");
  put_string(6000, "");
  put_table({at(5000), at(6000), at(8190), at(5000), 0});
  EXPECT_EQ(copy(4, 64), (Strings{"one", "", "three", "one"}));
  EXPECT_EQ(std::string_view(arena_.data(), 15), std::string_view("one\0\0three\0one\0", 15));
}

TEST_F(UserStringsTest, NoStringsAreOkWithoutAnArena) {
  put_table({0});
  EXPECT_EQ(copy(0, 0), Strings{});
}

TEST_F(UserStringsTest, TheBudgetIsOfStringsAndOfBytesWithTheirTerminators) {
  put_string(5000, "abc");
  put_table({at(5000), at(5001), 0});
  EXPECT_EQ(copy(2, 7), (Strings{"abc", "bc"}));
  expect_error(1, 7, LinuxError::kE2big);
  expect_error(0, 7, LinuxError::kE2big);
  for (std::size_t size = 0; size < 7; ++size) expect_error(2, size, LinuxError::kE2big);
}

TEST_F(UserStringsTest, NoPointerAfterTheNullOneIsRead) {
  memory_.unmap(1);
  put_table({0});
  EXPECT_EQ(copy(5, 7), Strings{});
  EXPECT_THAT(trail(), ElementsAre("lock", "check 4088+8 ru", "populate 0+4096 ru", "unlock",
                                   "attempt 4088+8 r", "end"));
}

TEST_F(UserStringsTest, NoStringIsReadBeyondTheBudget) {
  memory_.unmap(1);
  put_string(4000, "a");
  put_table({at(4000), at(4096), 0});
  expect_error(1, 64, LinuxError::kE2big);
  expect_error(2, 64, LinuxError::kEfault);
}

TEST_F(UserStringsTest, ATableOrAStringThatIsRefusedIsEfault) {
  put_string(5000, "abc");
  put_table({at(5000), at(5000)});
  memory_.unmap(1);
  expect_error(5, 64, LinuxError::kEfault);  // the string
  memory_.map_all(kUserRead);
  memory_.map(1, MappingFlags::USER);
  expect_error(5, 64, LinuxError::kEfault);
  memory_.map_all(kUserRead);
  table_ = 4095;
  expect_error(5, 64, LinuxError::kEfault);  // misaligned
  put_table({UINTPTR_MAX, 0});
  expect_error(5, 64, LinuxError::kEfault);
  put_table({8, 0});
  expect_error(5, 64, LinuxError::kEfault);
}

TEST_F(UserStringsTest, ATableThatRunsIntoAHoleIsEfault) {
  put_string(100, "abc");
  put_table({at(100), at(100)});
  memory_.unmap(1);
  expect_error(5, 64, LinuxError::kEfault);
  expect_error(2, 64, LinuxError::kEfault);
}

TEST_F(UserStringsTest, MemoryUnmappedMeanwhileIsEfault) {
  put_string(5000, "abc");
  put_table({at(5000), 0});
  for (int nth = 1; nth <= 3; ++nth) {
    testing::refuse_attempt(nth);
    expect_error(5, 64, LinuxError::kEfault);
    testing::refuse_lock(nth);
    expect_error(5, 64, LinuxError::kEintr);
  }
  memory_.set_frames(0);
  expect_error(5, 64, LinuxError::kEnomem);
}

// Each pointer is loaded once: a later change by the user has no effect.
TEST_F(UserStringsTest, ATableThatChangesWhileAStringIsCopiedChangesNothing) {
  put_string(5000, "abc");
  put_string(6000, "other");
  put_table({at(5000), 0});
  const std::uintptr_t other = at(6000);
  testing::before_attempt(2, [&] { std::memcpy(memory_.bytes() + table_, &other, sizeof(other)); });
  EXPECT_EQ(copy(5, 64), Strings{"abc"});
}

}  // namespace
}  // namespace axptr
