// Reads and writes of one value: the state after an error, and no torn accesses.
#include "axptr/user_value.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "axptr/testing/fake_platform.h"
#include "axptr/user_out_ptr.h"
#include "axptr/user_ptr.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace axptr {

struct Pair {
  std::uint32_t first;
  std::uint32_t second;

  friend bool operator==(const Pair&, const Pair&) = default;
};
AXPTR_USER_PLAIN(Pair, first, second);

struct [[gnu::packed]] Odd {
  std::uint8_t bytes[11];

  friend bool operator==(const Odd&, const Odd&) = default;
};
AXPTR_USER_PLAIN(Odd, bytes);

class Counter {
 public:
  explicit Counter(std::uint64_t count) : counts_{count, ~count, count / 3} {}
  friend bool operator==(const Counter&, const Counter&) = default;

 private:
  friend AXPTR_USER_PLAIN(Counter, counts_);
  std::uint64_t counts_[3];
};

namespace {

using ::testing::ElementsAre;
using testing::FakeMemory;
using testing::FakeProvider;
using ::testing::IsEmpty;
using testing::kUserRead;
using testing::kUserReadWrite;
using testing::trail;

template <typename T>
T sample() {
  if constexpr (std::is_same_v<T, Counter>) {
    return Counter(0x0123456789abcdef);
  } else {
    T value;
    auto* const bytes = reinterpret_cast<std::uint8_t*>(&value);
    for (std::size_t at = 0; at < sizeof(T); ++at) bytes[at] = static_cast<std::uint8_t>(at + 1);
    return value;
  }
}

template <typename T>
class UserValue : public ::testing::Test {
 protected:
  UserValue() {
    memory_.map_all(kUserReadWrite);
    std::memset(memory_.bytes(), kUntouched, kSize);
    testing::clear_trail();
  }
  ~UserValue() override { EXPECT_FALSE(is_accessing_user_memory()); }

  // Expects the bytes of memory to be `value` at `offset`, as far as `done`, and nothing else.
  void expect_memory(std::size_t offset, std::size_t done) {
    const T value = sample<T>();
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(&value);
    for (std::size_t at = 0; at < kSize; ++at) {
      const std::size_t index = at - offset;
      ASSERT_EQ(memory_.bytes()[at], index < done ? bytes[index] : kUntouched) << at;
    }
    std::memset(memory_.bytes(), kUntouched, kSize);
  }

  static constexpr bool kIsWhole = internal::kIsUnitSize<sizeof(T)>;
  static constexpr std::uint8_t kUntouched = 0xa5;
  static constexpr std::size_t kSize = 2 * kPageSize4K;
  FakeMemory memory_{2};
  FakeProvider provider_{memory_};
};

using Values = ::testing::Types<std::uint8_t, std::uint16_t, std::int32_t, std::uint64_t, double,
                                UserPtr<void>, Pair, Odd, Counter>;
TYPED_TEST_SUITE(UserValue, Values);

TYPED_TEST(UserValue, IsReadAndWrittenAtEachAlignment) {
  const auto value = sample<TypeParam>();
  for (std::size_t offset = 4096 - 32; offset <= 4096 + 8; ++offset) {
    const UserPtr<TypeParam> user(this->memory_.address(offset));
    EXPECT_EQ(user.write_unaligned(this->provider_, value).done, sizeof(TypeParam));
    EXPECT_EQ(user.read_unaligned(this->provider_), LinuxResult<TypeParam>(value));
    const bool is_aligned = offset % alignof(TypeParam) == 0;
    EXPECT_EQ(user.read(this->provider_).has_value(), is_aligned);
    this->expect_memory(offset, sizeof(TypeParam));
    testing::clear_trail();
    const Copied written = UserOutPtr<TypeParam>(user).write(this->provider_, value);
    EXPECT_EQ(written.done, is_aligned ? sizeof(TypeParam) : 0);
    EXPECT_EQ(written.error, is_aligned ? kNoError : LinuxError::kEfault);
    EXPECT_EQ(trail().empty(), !is_aligned);
    this->expect_memory(offset, written.done);
  }
}

TYPED_TEST(UserValue, IsCheckedAndPopulatedUnderTheLockAndMovedAfterIt) {
  const std::string bytes = "8+" + std::to_string(sizeof(TypeParam));
  const UserConstPtr<TypeParam> in(this->memory_.address(8));
  EXPECT_TRUE(in.read(this->provider_).has_value());
  EXPECT_THAT(trail(), ElementsAre("lock", "check " + bytes + " ru", "populate 0+4096 ru", "unlock",
                                   "attempt " + bytes + " r", "end"));
  testing::clear_trail();
  const UserOutPtr<TypeParam> out(this->memory_.address(8));
  EXPECT_TRUE(out.write(this->provider_, sample<TypeParam>()).is_complete());
  EXPECT_THAT(trail(), ElementsAre("lock", "check " + bytes + " wu", "populate 0+4096 wu", "unlock",
                                   "attempt " + bytes + " w", "end"));
}

TYPED_TEST(UserValue, IsNotReadIfAnyByteIsRefused) {
  for (std::size_t before = 0; before < sizeof(TypeParam); ++before) {
    const UserConstPtr<TypeParam> in(this->memory_.address(4096 - before));
    const auto expect_error = [&](LinuxError error) {
      EXPECT_EQ(in.read_unaligned(this->provider_), LinuxResult<TypeParam>(std::unexpected(error)));
    };
    for (const MappingFlags flags :
         {MappingFlags(), MappingFlags::READ, MappingFlags::WRITE | MappingFlags::USER}) {
      this->memory_.map(1, flags);
      expect_error(LinuxError::kEfault);
    }
    this->memory_.map_all(kUserRead);
    testing::before_attempt(1, [&] { this->memory_.take_away(1); });
    expect_error(LinuxError::kEfault);
    this->memory_.map_all(kUserRead);
    this->memory_.set_frames(before == 0 ? 0 : 1);
    expect_error(LinuxError::kEnomem);
    this->memory_.set_frames(SIZE_MAX);
    testing::refuse_lock(1);
    expect_error(LinuxError::kEintr);
    testing::refuse_attempt(1);
    expect_error(LinuxError::kEfault);
  }
}

TYPED_TEST(UserValue, IsWrittenUpToTheByteThatIsRefused) {
  for (std::size_t before = 0; before < sizeof(TypeParam); ++before) {
    const std::size_t offset = 4096 - before;
    const UserOutPtr<TypeParam> out(this->memory_.address(offset));
    const auto expect_error = [&](LinuxError error, std::size_t done) {
      const Copied written = out.write_unaligned(this->provider_, sample<TypeParam>());
      EXPECT_EQ(written, (Copied{done, error, this->memory_.address(offset + done)}));
      this->expect_memory(offset, done);
    };
    this->memory_.map_all(kUserReadWrite);
    this->memory_.map(1, kUserRead);
    expect_error(LinuxError::kEfault, before);
    this->memory_.map(1, kUserReadWrite);
    testing::before_attempt(1, [&] { this->memory_.make_read_only(1); });
    expect_error(LinuxError::kEfault, before);
    this->memory_.map_all(kUserReadWrite);
    this->memory_.close();
    this->memory_.set_frames(before == 0 ? 0 : 1);
    expect_error(LinuxError::kEnomem, before);
    this->memory_.set_frames(SIZE_MAX);
    testing::refuse_lock(1);
    expect_error(LinuxError::kEintr, 0);
    testing::refuse_attempt(1);
    expect_error(LinuxError::kEfault, 0);
  }
}

TYPED_TEST(UserValue, OutsideOfPossibleAddressesIsRefused) {
  for (std::size_t back = 1; back <= sizeof(TypeParam) + 1; ++back) {
    const VirtAddr address(UINTPTR_MAX - back + 1);
    EXPECT_EQ(UserConstPtr<TypeParam>(address).read_unaligned(this->provider_),
              LinuxResult<TypeParam>(std::unexpected(LinuxError::kEfault)));
    EXPECT_EQ(UserPtr<TypeParam>(address).write_unaligned(this->provider_, sample<TypeParam>()),
              (Copied{0, LinuxError::kEfault, address}));
  }
  EXPECT_THAT(trail(), IsEmpty());
}

TEST(UserValues, AMutablePointerNeedsBothRightsToRead) {
  FakeMemory memory(1);
  FakeProvider provider(memory);
  memory.map_all(kUserRead);
  EXPECT_TRUE(UserConstPtr<int>(memory.address(0)).read(provider).has_value());
  EXPECT_FALSE(UserPtr<int>(memory.address(0)).read(provider).has_value());
}

TEST(UserValues, AnArrayIsWritten) {
  FakeMemory memory(1);
  FakeProvider provider(memory);
  memory.map_all(kUserReadWrite);
  const std::int32_t values[3] = {1, 2, 3};
  const UserPtr<std::int32_t[3]> user(memory.address(4));
  EXPECT_EQ(user.write(provider, values).done, 12u);
  EXPECT_EQ(std::memcmp(memory.bytes() + 4, values, 12), 0);
}

}  // namespace
}  // namespace axptr
