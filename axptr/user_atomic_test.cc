#include "axptr/user_atomic.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "axptr/no_fault.h"
#include "axptr/testing/fake_platform.h"
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

template <typename T>
class UserAtomics : public ::testing::Test {
 protected:
  using Atomic = UserAtomic<T>;

  UserAtomics() {
    memory_.map_all(kUserReadWrite);
    std::memset(memory_.bytes(), 0xa5, kPageSize4K);
    testing::clear_trail();
  }
  ~UserAtomics() override { EXPECT_FALSE(is_accessing_user_memory()); }

  Atomic at(std::size_t offset) const { return Atomic(memory_.address(offset)); }
  void put(T value) { std::memcpy(memory_.bytes() + kOffset, &value, sizeof(value)); }
  // The word, whose neighbours are as they were.
  T word() {
    EXPECT_EQ(memory_.bytes()[kOffset - 1], 0xa5);
    EXPECT_EQ(memory_.bytes()[kOffset + sizeof(T)], 0xa5);
    T value;
    std::memcpy(&value, memory_.bytes() + kOffset, sizeof(value));
    return value;
  }

  // Calls each operation at `offset`; `expect(result)` with the result of each.
  template <typename Expect>
  void each_operation(std::size_t offset, Expect expect) {
    expect(at(offset).store(provider_, 1));
    expect(at(offset).exchange(provider_, 1));
    expect(at(offset).compare_exchange(provider_, 1, 2));
    expect(at(offset).fetch_add(provider_, 1));
    expect(at(offset).fetch_or(provider_, 1));
    expect(at(offset).fetch_and(provider_, 1));
    expect(at(offset).fetch_xor(provider_, 1));
  }

  static constexpr std::size_t kOffset = 64;
  static constexpr T kValue = static_cast<T>(0xf0e1d2c3b4a59687);
  static constexpr T kOther = static_cast<T>(0x00112233ffeeddcc);
  FakeMemory memory_{2};
  FakeProvider provider_{memory_};
};

using Words = ::testing::Types<std::uint32_t, std::uint64_t>;
TYPED_TEST_SUITE(UserAtomics, Words);

TYPED_TEST(UserAtomics, HaveTheResultsOfTheirOperations) {
  const auto atomic = this->at(this->kOffset);
  auto& provider = this->provider_;
  constexpr TypeParam value = TestFixture::kValue;
  constexpr TypeParam other = TestFixture::kOther;
  const auto expect = [&](const LinuxResult<TypeParam>& result, TypeParam after) {
    EXPECT_EQ(result, LinuxResult<TypeParam>(value));
    EXPECT_EQ(this->word(), after);
    this->put(value);
  };
  this->put(value);
  expect(atomic.load(provider), value);
  expect(atomic.exchange(provider, other), other);
  expect(atomic.fetch_add(provider, other), static_cast<TypeParam>(value + other));
  expect(atomic.fetch_or(provider, other), value | other);
  expect(atomic.fetch_and(provider, other), value & other);
  expect(atomic.fetch_xor(provider, other), value ^ other);
  EXPECT_TRUE(atomic.store(provider, other).has_value());
  EXPECT_EQ(this->word(), other);
}

TYPED_TEST(UserAtomics, CompareExchangeSaysWhetherItStoredAndWhatItFound) {
  using Exchange = typename UserAtomic<TypeParam>::Exchange;
  const auto atomic = this->at(this->kOffset);
  this->put(this->kValue);
  EXPECT_EQ(atomic.compare_exchange(this->provider_, this->kOther, 1),
            (Exchange{false, this->kValue}));
  EXPECT_EQ(this->word(), this->kValue);
  EXPECT_EQ(atomic.compare_exchange(this->provider_, this->kValue, this->kOther),
            (Exchange{true, this->kValue}));
  EXPECT_EQ(this->word(), this->kOther);
}

TYPED_TEST(UserAtomics, EachOrderIsAccepted) {
  const auto atomic = this->at(this->kOffset);
  auto& provider = this->provider_;
  this->put(5);
  EXPECT_EQ(atomic.template load<MemoryOrder::kRelaxed>(provider), 5u);
  EXPECT_EQ(atomic.template load<MemoryOrder::kAcquire>(provider), 5u);
  EXPECT_TRUE(atomic.template store<MemoryOrder::kRelease>(provider, 6).has_value());
  EXPECT_EQ(atomic.template exchange<MemoryOrder::kAcqRel>(provider, 7), 6u);
  EXPECT_TRUE(atomic.template compare_exchange<MemoryOrder::kRelease>(provider, 7, 8)->exchanged);
  EXPECT_TRUE(atomic.template compare_exchange<MemoryOrder::kAcqRel>(provider, 8, 9)->exchanged);
  EXPECT_EQ(atomic.template fetch_add<MemoryOrder::kRelaxed>(provider, 1), 9u);
  EXPECT_EQ(this->word(), 10u);
}

TYPED_TEST(UserAtomics, AreCheckedAndPopulatedUnderTheLockAndDoneAfterIt) {
  const std::string bytes = "64+" + std::to_string(sizeof(TypeParam));
  EXPECT_TRUE(this->at(64).load(this->provider_).has_value());
  EXPECT_THAT(trail(), ElementsAre("lock", "check " + bytes + " ru", "populate 0+4096 ru", "unlock",
                                   "attempt " + bytes + " r", "end"));
  this->each_operation(64, [&](const auto& result) { EXPECT_TRUE(result.has_value()); });
  testing::clear_trail();
  EXPECT_TRUE(this->at(64).store(this->provider_, 1).has_value());
  EXPECT_THAT(trail(), ElementsAre("lock", "check " + bytes + " rwu", "populate 0+4096 rwu",
                                   "unlock", "attempt " + bytes + " rw", "end"));
}

TYPED_TEST(UserAtomics, AMisalignedWordIsRefusedBeforeAnyCheck) {
  for (std::size_t offset = 1; offset < sizeof(TypeParam); ++offset) {
    const auto expect_efault = [](const auto& result) {
      ASSERT_FALSE(result.has_value());
      EXPECT_EQ(result.error(), LinuxError::kEfault);
    };
    this->each_operation(offset, expect_efault);
    expect_efault(this->at(offset).load(this->provider_));
  }
  EXPECT_THAT(trail(), IsEmpty());
}

// The first argument of an operation is a NoFault here. A load needs READ only, as with a provider.
TYPED_TEST(UserAtomics, ReadOnlyMemoryIsLoadedAndNotChangedWithoutFaults) {
  this->memory_.map_all(kUserRead);
  this->put(this->kValue);
  const auto atomic = this->at(this->kOffset);
  const auto loaded = fault_in_and_retry(
      this->provider_, 2, [&](const NoFault& no_fault) { return atomic.load(no_fault); });
  EXPECT_EQ(loaded, LinuxResult<TypeParam>(this->kValue));
  const auto added = fault_in_and_retry(
      this->provider_, 2, [&](const NoFault& no_fault) { return atomic.fetch_add(no_fault, 1); });
  EXPECT_EQ(added, LinuxResult<TypeParam>(std::unexpected(LinuxError::kEfault)));
  EXPECT_EQ(this->word(), this->kValue);
}

TYPED_TEST(UserAtomics, ReadOnlyMemoryIsLoadedAndNotChanged) {
  this->memory_.map_all(kUserRead);
  this->put(this->kValue);
  EXPECT_EQ(this->at(this->kOffset).load(this->provider_), this->kValue);
  this->each_operation(this->kOffset, [](const auto& result) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error(), LinuxError::kEfault);
  });
  EXPECT_EQ(this->word(), this->kValue);
}

TYPED_TEST(UserAtomics, AnErrorLeavesTheWordAsItWas) {
  this->put(this->kValue);
  const auto expect_error = [&](auto prepare, LinuxError error) {
    const auto prepare_and_clear = [&] {
      this->memory_.map_all(kUserReadWrite);
      prepare();
    };
    prepare_and_clear();
    this->each_operation(this->kOffset, [&](const auto& result) {
      ASSERT_FALSE(result.has_value());
      EXPECT_EQ(result.error(), error);
      prepare_and_clear();
    });
    EXPECT_EQ(this->at(this->kOffset).load(this->provider_).error(), error);
    EXPECT_EQ(this->word(), this->kValue);
    testing::clear_trail();
  };
  expect_error([&] { testing::before_attempt(1, [&] { this->memory_.take_away(0); }); },
               LinuxError::kEfault);
  expect_error([&] { testing::refuse_attempt(1); }, LinuxError::kEfault);
  expect_error([&] { testing::refuse_lock(1); }, LinuxError::kEintr);
  expect_error([&] { this->memory_.unmap(0); }, LinuxError::kEfault);
  expect_error([&] { this->memory_.set_frames(0); }, LinuxError::kEnomem);
}

TYPED_TEST(UserAtomics, TheLastWordOfTheAddressSpaceIsRefused) {
  const UserAtomic<TypeParam> last(UINTPTR_MAX - sizeof(TypeParam) + 1);
  EXPECT_EQ(last.load(this->provider_).error(), LinuxError::kEfault);
  EXPECT_THAT(trail(), IsEmpty());
}

}  // namespace
}  // namespace axptr
