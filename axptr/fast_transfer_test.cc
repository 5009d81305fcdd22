// How the library uses a platform's hooks for transfers: a broken hook, and two hooks in sequence.
// copy_bytes_test.cc tests over the same platform that the hooks are exact.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "axptr/testing/fake_platform.h"
#include "axptr/user_out_ptr.h"
#include "axptr/user_plain.h"
#include "axptr/user_ptr.h"
#include "axptr/versioned.h"
#include "gtest/gtest.h"

namespace axptr {
namespace {

// sparc's copy_from_user once returned more than the size, and the count of its caller wrapped.
TEST(FastTransfer, APrimitiveThatReturnsMoreThanItsSizeMovedNothing) {
  testing::FakeMemory memory(1);
  testing::FakeProvider provider(memory);
  memory.map_all(testing::kUserReadWrite);
  const UserPtr<std::uint8_t> user(memory.address(8));
  std::uint8_t bytes[10] = {};
  for (std::size_t extra = 0; extra <= 20; ++extra) {
    Platform::too_many_left = extra;
    const std::size_t done = extra <= sizeof(bytes) ? sizeof(bytes) - extra : 0;
    const LinuxError error = extra == 0 ? kNoError : LinuxError::kEfault;
    const Copied wanted{.done = done, .error = error, .address = memory.address(8 + done)};
    EXPECT_EQ(user.read_into(provider, bytes), wanted) << extra;
    EXPECT_EQ(user.write_from(provider, bytes), wanted) << extra;
    EXPECT_EQ(user.zero(provider, sizeof(bytes)), wanted) << extra;
  }
  Platform::too_many_left = 0;
}

// A text and its terminator; the second page is unmapped before the first hook begins, or before
// the second.
TEST(FastTransfer, PaddingIsExactToTheByte) {
  constexpr std::size_t kOnFirstPage = 6;
  const std::array<char, 12> letters = {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'};
  for (int nth = 1; nth <= 2; ++nth) {
    for (std::size_t length = 0; length <= letters.size(); ++length) {
      testing::FakeMemory memory(2);
      testing::FakeProvider provider(memory);
      memory.map_all(testing::kUserReadWrite);
      std::fill_n(memory.bytes(), 2 * kPageSize4K, std::uint8_t{'#'});
      testing::clear_trail();
      testing::before_attempt(nth, [&] { memory.take_away(1); });
      const VirtAddr start = memory.address(kPageSize4K - kOnFirstPage);
      const std::span text = std::span(letters).first(length);
      // The first primitive writes the text, unless it is empty; the second the terminator.
      const bool is_gone_for_text = nth == 1 && length > kOnFirstPage;
      const bool is_gone_for_end = length >= kOnFirstPage && (nth == 1 || length != 0);
      const bool fails = is_gone_for_text || is_gone_for_end;
      const std::size_t done = is_gone_for_text ? kOnFirstPage : length;
      const Copied wanted{.done = done,
                          .error = fails ? LinuxError::kEfault : kNoError,
                          .address = VirtAddr(start.as_usize() + done)};
      EXPECT_EQ(UserPtr<char>(start).write_str(provider, text, letters.size() + 1), wanted)
          << length << " bytes, before primitive " << nth;
      const std::uint8_t* const written = memory.bytes() + kPageSize4K - kOnFirstPage;
      EXPECT_TRUE(std::equal(text.begin(), text.begin() + done, written));
      EXPECT_EQ(written[done], fails ? '#' : '\0');
      EXPECT_EQ(written[done + 1], '#');
    }
  }
}

TEST(FastTransfer, NothingIsWrittenAfterAnUnmappedPage) {
  testing::FakeMemory memory(3);
  testing::FakeProvider provider(memory);
  memory.map_all(testing::kUserReadWrite);
  const std::vector<char> text(kPageSize4K + 6, 'x');
  testing::clear_trail();
  testing::before_attempt(1, [&] { memory.take_away(1); });
  const UserPtr<char> user(memory.address(kPageSize4K - 6));
  memory.bytes()[2 * kPageSize4K] = '#';
  const Copied wanted{
      .done = 6, .error = LinuxError::kEfault, .address = memory.address(kPageSize4K)};
  EXPECT_EQ(user.write_str(provider, text, text.size() + 1), wanted);
  EXPECT_EQ(memory.bytes()[2 * kPageSize4K], '#');
}

struct Words2 {
  std::uint64_t words[2];
};
AXPTR_USER_PLAIN(Words2, words);

TEST(FastTransfer, AVersionedStructIsPaddedWithZeros) {
  testing::FakeMemory memory(1);
  testing::FakeProvider provider(memory);
  memory.map_all(testing::kUserReadWrite);
  for (std::size_t usize = 8; usize <= 24; ++usize) {
    std::fill_n(memory.bytes(), 32, std::uint8_t{'#'});
    const Words2 value{{0x0807060504030201, 0x100f0e0d0c0b0a09}};
    const auto written =
        write_versioned<Words2, 8>(provider, UserOutPtr<Words2>(memory.address(0)), usize, value);
    ASSERT_TRUE(written.has_value());
    for (std::size_t at = 0; at < 32; ++at) {
      const std::size_t wanted = at >= usize ? '#' : at < 16 ? at + 1 : 0;
      EXPECT_EQ(memory.bytes()[at], wanted) << at << " of " << usize;
    }
  }
}

}  // namespace
}  // namespace axptr
