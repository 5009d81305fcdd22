// Memory that is unmapped at any access of a transfer: the result counts exactly the bytes that
// were moved. Compiled only by clang, which reports loads and stores to the test; with vectors and
// without.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

#include "axptr/testing/access_stops.h"
#include "axptr/testing/fake_platform.h"
#include "axptr/user_out_ptr.h"
#include "axptr/user_ptr.h"
#include "gtest/gtest.h"

namespace axptr {
namespace {

using testing::Access;
using testing::accesses;
using testing::FakeMemory;
using testing::FakeProvider;
using testing::stop_at_access;

#ifdef __SSE2__
constexpr bool kHasVectors = true;
#else
constexpr bool kHasVectors = false;
#endif
constexpr std::uint8_t kUntouched = 0xa5;
constexpr std::size_t kPages = 3;
constexpr std::size_t kSize = kPages * kPageSize4K;

class Vanishing : public ::testing::Test {
 protected:
  Vanishing() {
    memory_.map_all(testing::kUserReadWrite);
    kernel_.resize(kSize);
    expected_.resize(kSize);
  }
  ~Vanishing() override { EXPECT_FALSE(is_accessing_user_memory()); }

  static std::uint8_t byte_at(std::size_t at) {
    const auto byte = static_cast<std::uint8_t>(at * 7 + at / 251);
    return byte == kUntouched || byte == 0 ? 1 : byte;
  }
  std::span<std::uint8_t> user_bytes() { return {memory_.bytes(), kSize}; }

  // Runs `transfer()`, over `size` bytes at `offset`, with a fault at each of its accesses in turn,
  // and last without one. Before each run calls prepare(), after it check(done). Expects the
  // accesses to ascend, each aligned to its size, and each byte to be accessed once.
  template <typename Prepare, typename Transfer, typename Check>
  void vanish_at_each_access(std::size_t offset, std::size_t size, bool stores, Prepare prepare,
                             Transfer transfer, Check check) {
    const std::uintptr_t start = memory_.address(offset).as_usize();
    for (std::size_t nth = 1;; ++nth) {
      prepare();
      stop_at_access(memory_.address(0).as_usize(), kSize, nth);
      const Copied copied = transfer();
      const std::span<const Access> made = accesses();
      std::uintptr_t next = start;
      for (const Access& access : made) {
        ASSERT_EQ(access.address, next);
        ASSERT_EQ(access.address % access.size_bytes, 0u);
        ASSERT_EQ(access.is_store, stores);
        next += access.size_bytes;
      }
      const bool has_faulted = made.size() == nth;
      const std::size_t done = (has_faulted ? made.back().address : next) - start;
      ASSERT_EQ(copied.done, done) << size << " at " << offset << ", access " << nth;
      ASSERT_EQ(copied.error, has_faulted ? LinuxError::kEfault : kNoError);
      ASSERT_EQ(copied.address, memory_.address(offset + done));
      check(done);
      if (HasFatalFailure() || !has_faulted) break;
    }
  }

  FakeMemory memory_{kPages};
  FakeProvider provider_{memory_};
  std::vector<std::uint8_t> kernel_;
  std::vector<std::uint8_t> expected_;
};

struct Piece {
  std::size_t offset, size, shift;
};
std::vector<Piece> pieces() {
  std::vector<Piece> all;
  for (std::size_t offset = 4096 - 20; offset <= 4096; offset += 3) {
    for (std::size_t size = 1; size <= 40; ++size) all.push_back({offset, size, size % 7});
  }
  for (const std::size_t size : {100, 300, 4500}) all.push_back({3, size, 5});
  return all;
}

TEST_F(Vanishing, AReadIsExact) {
  for (std::size_t at = 0; at < kSize; ++at) user_bytes()[at] = byte_at(at);
  for (const auto& [offset, size, shift] : pieces()) {
    vanish_at_each_access(
        offset, size, false, [&] { std::fill(kernel_.begin(), kernel_.end(), kUntouched); },
        [&] {
          return UserConstPtr<std::uint8_t>(memory_.address(offset))
              .read_into(provider_, std::span(kernel_).subspan(shift, size));
        },
        [&](std::size_t done) {
          std::fill(expected_.begin(), expected_.end(), kUntouched);
          std::ranges::copy(user_bytes().subspan(offset, done),
                            std::span(expected_).subspan(shift).begin());
          ASSERT_EQ(kernel_, expected_);
        });
    if (HasFailure()) break;
  }
}

TEST_F(Vanishing, AWriteAndAZeroAreExact) {
  for (std::size_t at = 0; at < kSize; ++at) kernel_[at] = byte_at(at);
  for (const bool is_zero : {false, true}) {
    for (const auto& [offset, size, shift] : pieces()) {
      const UserOutPtr<std::uint8_t> out(memory_.address(offset));
      vanish_at_each_access(
          offset, size, true, [&] { std::ranges::fill(user_bytes(), kUntouched); },
          [&] {
            if (is_zero) return out.zero(provider_, size);
            return out.write_from(provider_,
                                  std::span<const std::uint8_t>(kernel_).subspan(shift, size));
          },
          [&](std::size_t done) {
            std::fill(expected_.begin(), expected_.end(), kUntouched);
            for (std::size_t at = 0; at < done; ++at) {
              expected_[offset + at] = is_zero ? 0 : kernel_[shift + at];
            }
            ASSERT_TRUE(std::ranges::equal(user_bytes(), expected_));
          });
      if (HasFailure()) return;
    }
  }
}

TEST_F(Vanishing, AStringIsExact) {
  for (std::size_t at = 0; at < kSize; ++at) user_bytes()[at] = byte_at(at);
  for (const auto& [offset, size, shift] : pieces()) {
    if (size > 50) continue;
    user_bytes()[offset + size - 1] = 0;
    const std::uintptr_t start = memory_.address(offset).as_usize();
    for (std::size_t nth = 1; nth <= size + 1; ++nth) {
      std::fill(kernel_.begin(), kernel_.end(), kUntouched);
      stop_at_access(start, size, nth);
      const Copied copied =
          UserConstPtr<char>(memory_.address(offset))
              .copy_bytes_until_nul(provider_,
                                    std::span(reinterpret_cast<char*>(kernel_.data()), kSize));
      ASSERT_EQ(accesses().size(), std::min(nth, size));
      const bool has_faulted = nth <= size;
      ASSERT_EQ(copied.done, has_faulted ? nth - 1 : size - 1);
      ASSERT_EQ(copied.error, has_faulted ? LinuxError::kEfault : kNoError);
      std::fill(expected_.begin(), expected_.end(), kUntouched);
      std::ranges::copy(user_bytes().subspan(offset, has_faulted ? copied.done : size),
                        expected_.begin());
      ASSERT_EQ(kernel_, expected_);
    }
    user_bytes()[offset + size - 1] = byte_at(offset + size - 1);
  }
}

// A transfer takes the widest accesses that its alignment allows.
TEST_F(Vanishing, AccessesAreTheWidestThereAre) {
  struct Cost {
    std::size_t offset, size, by_vectors, by_words;
  };
  for (const Cost& cost : {Cost{0, 4096, 256, 512}, Cost{8, 8, 1, 1}, Cost{0, 16, 1, 2},
                           Cost{8, 16, 2, 2}, Cost{1, 15, 4, 4}, Cost{4, 4092, 2 + 255, 1 + 511},
                           Cost{0, 15, 4, 4}, Cost{7, 1, 1, 1}, Cost{3, 2, 2, 2}}) {
    const UserPtr<std::uint8_t> user(memory_.address(cost.offset));
    const std::size_t wanted = kHasVectors ? cost.by_vectors : cost.by_words;
    const auto count = [&](auto transfer) {
      stop_at_access(memory_.address(0).as_usize(), kSize, SIZE_MAX);
      EXPECT_EQ(transfer().done, cost.size);
      return accesses().size();
    };
    const std::span bytes = std::span(kernel_).subspan(3, cost.size);
    EXPECT_EQ(count([&] { return user.read_into(provider_, bytes); }), wanted) << cost.size;
    EXPECT_EQ(count([&] { return user.write_from(provider_, bytes); }), wanted) << cost.size;
    EXPECT_EQ(count([&] { return user.zero(provider_, cost.size); }), wanted) << cost.size;
  }
}

template <typename T>
class VanishingValue : public Vanishing {};
struct Words3 {
  std::uint32_t words[3];
};
AXPTR_USER_PLAIN(Words3, words);
struct Longs3 {
  std::uint64_t longs[3];
};
AXPTR_USER_PLAIN(Longs3, longs);
struct Bytes11 {
  std::uint8_t bytes[11];
};
AXPTR_USER_PLAIN(Bytes11, bytes);
using Values = ::testing::Types<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, Words3,
                                Longs3, Bytes11>;
TYPED_TEST_SUITE(VanishingValue, Values);

// A value of a few words that is aligned to a word takes one access per word. Other values take
// several accesses, and a part of a value is never returned.
TYPED_TEST(VanishingValue, IsReadWhollyOrNotAtAll) {
  constexpr std::size_t kBytes = sizeof(TypeParam);
  constexpr std::size_t kWord = alignof(TypeParam);
  constexpr bool kIsFewWords = kBytes <= 4 * kWord;
  for (std::size_t at = 0; at < kSize; ++at) this->user_bytes()[at] = this->byte_at(at);
  for (std::size_t offset = 64; offset <= 64 + 16; ++offset) {
    const UserConstPtr<TypeParam> in(this->memory_.address(offset));
    for (std::size_t nth = 1;; ++nth) {
      stop_at_access(this->memory_.address(0).as_usize(), kSize, nth);
      const auto value = in.read_unaligned(this->provider_);
      const std::span<const Access> made = accesses();
      if (kIsFewWords && offset % kWord == 0) {
        ASSERT_EQ(made.size(), std::min(nth, kBytes / kWord));
      }
      std::uintptr_t next = in.address().as_usize();
      for (const Access& access : made) {
        ASSERT_EQ(access.address, next);
        ASSERT_FALSE(access.is_store);
        next += access.size_bytes;
      }
      const bool has_faulted = made.size() == nth;
      ASSERT_EQ(value.has_value(), !has_faulted);
      if (!has_faulted) {
        ASSERT_EQ(std::memcmp(&*value, this->memory_.bytes() + offset, kBytes), 0);
        break;
      }
    }
  }
}

TYPED_TEST(VanishingValue, IsWrittenByOneStoreOrUpToTheFault) {
  constexpr std::size_t kBytes = sizeof(TypeParam);
  constexpr bool kIsWord = kBytes <= 8 && kBytes == alignof(TypeParam);
  TypeParam value;
  auto* const bytes = reinterpret_cast<std::uint8_t*>(&value);
  for (std::size_t at = 0; at < kBytes; ++at) bytes[at] = this->byte_at(at);
  for (std::size_t offset = 64; offset <= 64 + 16; ++offset) {
    const UserOutPtr<TypeParam> out(this->memory_.address(offset));
    this->vanish_at_each_access(
        offset, kBytes, true, [&] { std::ranges::fill(this->user_bytes(), kUntouched); },
        [&] { return out.write_unaligned(this->provider_, value); },
        [&](std::size_t done) {
          if (kIsWord && offset % kBytes == 0) {
            ASSERT_TRUE(done == 0 || done == kBytes);
          }
          ASSERT_EQ(std::memcmp(this->memory_.bytes() + offset, bytes, done), 0);
          ASSERT_EQ(this->user_bytes()[offset + done], kUntouched);
          ASSERT_EQ(this->user_bytes()[offset - 1], kUntouched);
        });
  }
}

}  // namespace
}  // namespace axptr
