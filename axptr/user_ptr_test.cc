#include "axptr/user_ptr.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

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

struct Pair {
  std::int32_t a;
  std::int32_t b;
};
AXPTR_USER_PLAIN(Pair, a, b);

// --- Properties that are checked at compile time.

static_assert(sizeof(UserPtr<Pair>) == sizeof(void*) &&
              sizeof(UserConstPtr<Pair>) == sizeof(void*));
static_assert(std::is_trivially_copyable_v<UserPtr<Pair>> &&
              std::is_trivially_copyable_v<UserConstPtr<Pair>>);
static_assert(!std::is_convertible_v<std::uintptr_t, UserPtr<int>>, "an address is not a pointer");
static_assert(!std::is_constructible_v<UserPtr<int>, int*>, "nor a kernel's pointer a user's");
static_assert(!std::is_convertible_v<UserConstPtr<int>, UserPtr<int>>);
static_assert(std::is_same_v<decltype(UserPtr<int>().as_ptr()), int*>);
static_assert(std::is_same_v<decltype(UserConstPtr<int>().as_ptr()), const int*>);
static_assert(std::is_same_v<decltype(UserPtr<int>().cast<char>()), UserPtr<char>>);
static_assert(std::is_same_v<decltype(UserConstPtr<int>().cast<char>()), UserConstPtr<char>>);
static_assert(UserPtr<int>::ACCESS_FLAGS == (MappingFlags::READ | MappingFlags::WRITE));
static_assert(UserConstPtr<int>::ACCESS_FLAGS == MappingFlags::READ);
static_assert(UserPtr<int>(8).address() == VirtAddr(8) &&
              UserPtr<int>(VirtAddr(8)).address() == VirtAddr(8));
static_assert(UserPtr<int>().is_null() && UserPtr<int>(0).is_null() && !UserPtr<int>(1).is_null());
static_assert(UserPtr<int>(0).nullable() == std::nullopt, "null is no pointer to use");
static_assert(UserPtr<int>(4).nullable() == UserPtr<int>(4));
static_assert(UserPtr<void>(3).cast<int>().address() == VirtAddr(3));

template <typename Pointer>
constexpr bool kHasGetAsStr =
    requires(Pointer pointer, FakeMemory& memory) { pointer.get_as_str(memory); };
static_assert(kHasGetAsStr<UserConstPtr<char>> && kHasGetAsStr<UserConstPtr<std::uint8_t>>);
static_assert(kHasGetAsStr<UserConstPtr<char8_t>> && !kHasGetAsStr<UserConstPtr<std::uint16_t>>);
static_assert(!kHasGetAsStr<UserConstPtr<bool>> && !kHasGetAsStr<UserConstPtr<std::byte>>);
static_assert(!kHasGetAsStr<UserPtr<char>>);

template <typename Result>
LinuxError error_of(const Result& result) {
  return result ? kNoError : result.error();
}

// A result that is text, for comparison with a literal.
LinuxResult<std::string_view> text_of(const LinuxResult<std::span<const char>>& result) {
  if (!result) return std::unexpected(result.error());
  return std::string_view(result->data(), result->size());
}

class UserPointers : public ::testing::Test {
 protected:
  UserPointers() {
    memory_.map_all(kUserReadWrite);
    testing::clear_trail();
  }
  ~UserPointers() override { EXPECT_FALSE(is_accessing_user_memory()); }

  template <typename T>
  UserPtr<T> writable(std::size_t offset) {
    return UserPtr<T>(memory_.address(offset));
  }
  template <typename T>
  UserConstPtr<T> readable(std::size_t offset) {
    return UserConstPtr<T>(memory_.address(offset));
  }
  void put(std::size_t offset, std::string_view text) {
    std::memcpy(memory_.bytes() + offset, text.data(), text.size());
  }

  FakeMemory memory_{3};
  FakeProvider provider_{memory_};
};

// --- get

TEST_F(UserPointers, GetReadsAndWritesTheValue) {
  const std::uint32_t value = 0x12345678;
  std::memcpy(memory_.bytes() + 8, &value, sizeof(value));
  const auto read = readable<std::uint32_t>(8).get(provider_);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(**read, value);
  const auto written = writable<std::uint32_t>(8).get(provider_);
  ASSERT_TRUE(written.has_value());
  **written = 7;
  EXPECT_EQ(memory_.bytes()[8], 7);
  EXPECT_THAT(trail(), ElementsAre("lock", "check 8+4 ru", "populate 0+4096 ru", "unlock",  //
                                   "lock", "check 8+4 rwu", "populate 0+4096 rwu", "unlock"));
}

TEST_F(UserPointers, CannotGetWritableFromReadOnly) {
  memory_.map(1, kUserRead);
  EXPECT_EQ(error_of(writable<int>(4096).get(provider_)), LinuxError::kEfault);
  EXPECT_TRUE(readable<int>(4096).get(provider_).has_value());
  EXPECT_EQ(error_of(writable<char[8]>(4092).get(provider_)), LinuxError::kEfault);
  EXPECT_TRUE(readable<char[8]>(4092).get(provider_).has_value());
}

TEST_F(UserPointers, CannotGetWithoutPermission) {
  for (const MappingFlags flags : {MappingFlags(), MappingFlags::WRITE, MappingFlags::EXECUTE}) {
    memory_.map(0, flags | MappingFlags::USER);
    EXPECT_EQ(error_of(readable<int>(0).get(provider_)), LinuxError::kEfault);
    EXPECT_EQ(error_of(writable<int>(0).get(provider_)), LinuxError::kEfault);
  }
}

TEST_F(UserPointers, CannotGetWhereNothingIsMapped) {
  memory_.unmap(1);
  EXPECT_EQ(error_of(readable<int>(4096).get(provider_)), LinuxError::kEfault);
  for (const std::uintptr_t address :
       {std::uintptr_t{0}, std::uintptr_t{4}, std::uintptr_t{4092}, std::uintptr_t{0x800000000000},
        std::uintptr_t{0xffff800000000000}, std::uintptr_t{0xffffffffff600000}, UINTPTR_MAX - 3}) {
    EXPECT_EQ(error_of(UserConstPtr<int>(address).get(provider_)), LinuxError::kEfault) << address;
    EXPECT_EQ(error_of(UserPtr<int>(address).get(provider_)), LinuxError::kEfault) << address;
  }
}

TEST_F(UserPointers, GetEndsExactlyAtTheEndOrNotAtAll) {
  memory_.unmap(1);
  EXPECT_TRUE(readable<char[8]>(4088).get(provider_).has_value());
  EXPECT_EQ(error_of(readable<char[8]>(4092).get(provider_)), LinuxError::kEfault);
  memory_.map(1, kUserReadWrite);
  EXPECT_TRUE(writable<char[8]>(4092).get(provider_).has_value());
}

TEST_F(UserPointers, GetPassesOnTheErrorOfPopulation) {
  memory_.set_frames(0);
  EXPECT_EQ(error_of(readable<int>(0).get(provider_)), LinuxError::kEnomem);
}

// --- get_as_slice

TEST_F(UserPointers, SliceOfNoneChecksAlignmentOnly) {
  EXPECT_TRUE(UserPtr<int>(0).get_as_slice(provider_, 0).has_value());
  EXPECT_TRUE(UserPtr<int>(UINTPTR_MAX - 3).get_as_slice(provider_, 0)->empty());
  EXPECT_EQ(error_of(UserPtr<int>(2).get_as_slice(provider_, 0)), LinuxError::kEfault);
  EXPECT_THAT(trail(), IsEmpty());
}

TEST_F(UserPointers, CannotReadSliceLargerThanAnyObject) {
  constexpr std::size_t kMax = PTRDIFF_MAX / sizeof(Pair);
  for (const std::size_t length : {SIZE_MAX, SIZE_MAX / sizeof(Pair) + 1, kMax + 1}) {
    EXPECT_EQ(error_of(readable<Pair>(0).get_as_slice(provider_, length)), LinuxError::kEfault);
    // The layout of such an array does not exist, so it has no alignment. Address 0 is aligned to
    // any.
    EXPECT_EQ(error_of(UserPtr<Pair>().get_as_slice(provider_, length)), LinuxError::kEfault);
    EXPECT_EQ(error_of(writable<Pair>(0).access(provider_, length, [](std::span<Pair>) {})),
              LinuxError::kEfault);
  }
  EXPECT_THAT(trail(), IsEmpty());
}

TEST_F(UserPointers, SlicesOfPagesEndWhereThePagesEnd) {
  memory_.unmap(0);
  const auto ok = [&](std::size_t offset, std::size_t length) {
    return writable<char>(offset).get_as_slice(provider_, length).has_value();
  };
  EXPECT_TRUE(ok(4096, 8192) && ok(4096, 4096) && ok(8191, 4097) && ok(4097, 8191));
  EXPECT_FALSE(ok(4096, 8193));
  EXPECT_FALSE(ok(4095, 1));
  EXPECT_FALSE(ok(4095, 4096));
}

TEST_F(UserPointers, CannotReadSliceAcrossHole) {
  memory_.unmap(1);
  EXPECT_EQ(error_of(readable<char>(0).get_as_slice(provider_, 12288)), LinuxError::kEfault);
  memory_.map(1, MappingFlags::USER);
  EXPECT_EQ(error_of(readable<char>(0).get_as_slice(provider_, 12288)), LinuxError::kEfault);
}

TEST_F(UserPointers, EachCallChecksThePageAnew) {
  EXPECT_TRUE(writable<int>(4096).get(provider_).has_value());
  memory_.map(1, kUserRead);
  EXPECT_FALSE(writable<int>(4096).get(provider_).has_value());
  EXPECT_TRUE(readable<int>(4096).get(provider_).has_value());
  memory_.unmap(1);
  EXPECT_FALSE(readable<int>(4096).get(provider_).has_value());
  memory_.map(1, kUserReadWrite);
  EXPECT_TRUE(writable<int>(4096).get(provider_).has_value());
}

// --- get_as_null_terminated, get_as_str

TEST_F(UserPointers, NullTerminatedLeavesTheTerminatorOut) {
  put(4094, "ab");
  const auto read = readable<char>(4094).get_as_null_terminated(provider_);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(std::string_view(read->data(), read->size()), "ab");
  const auto written = writable<char>(4094).get_as_null_terminated(provider_);
  ASSERT_TRUE(written.has_value());
  (*written)[1] = 'z';
  EXPECT_EQ(memory_.bytes()[4095], 'z');
}

TEST_F(UserPointers, StringIsValidatedInItsOwnAttempt) {
  put(10, "gr\xc3\xbc\xc3\x9f dich");
  EXPECT_EQ(text_of(readable<char>(10).get_as_str(provider_)), "gr\xc3\xbc\xc3\x9f dich");
  EXPECT_THAT(trail(), ElementsAre("lock", "check 0+4096 ru", "unlock", "attempt 10+4086 r", "end",
                                   "attempt 10+11 r", "end"));
}

TEST_F(UserPointers, EmptyStringIsOkAndNotReadAgain) {
  EXPECT_EQ(text_of(readable<char>(10).get_as_str(provider_)), "");
  EXPECT_THAT(trail(),
              ElementsAre("lock", "check 0+4096 ru", "unlock", "attempt 10+4086 r", "end"));
}

TEST_F(UserPointers, StringThatIsNotUtf8IsEilseq) {
  for (const std::string_view text : {"\x80", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                      "long enough to be read by words \xc3"}) {
    std::memset(memory_.bytes(), 0, 64);
    put(0, text);
    EXPECT_EQ(error_of(readable<std::uint8_t>(0).get_as_str(provider_)), LinuxError::kEilseq);
  }
}

TEST_F(UserPointers, StringWithoutEndIsEfaultAlsoWhereItIsNotUtf8) {
  std::memset(memory_.bytes(), 0xff, 3 * kPageSize4K);
  EXPECT_EQ(error_of(readable<char>(0).get_as_str(provider_)), LinuxError::kEfault);
}

TEST_F(UserPointers, StringUnmappedBeforeItsValidationIsEfault) {
  put(0, "abc");
  testing::refuse_attempt(2);
  EXPECT_EQ(error_of(readable<char>(0).get_as_str(provider_)), LinuxError::kEfault);
}

TEST_F(UserPointers, CannotReadStringAtNonCanonicalAddress) {
  EXPECT_EQ(error_of(UserConstPtr<char>(0x800000000000).get_as_str(provider_)),
            LinuxError::kEfault);
}

TEST_F(UserPointers, ArgumentVectorIsReadEntryByEntry) {
  put(4096, "first");
  const std::uintptr_t argv[] = {memory_.address(4096).as_usize(), 8, 0};
  std::memcpy(memory_.bytes(), argv, sizeof(argv));
  const auto entries = readable<UserConstPtr<char>>(0).get_as_null_terminated(provider_);
  ASSERT_TRUE(entries.has_value());
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ(text_of((*entries)[0].get_as_str(provider_)), "first");
  EXPECT_EQ(error_of((*entries)[1].get_as_str(provider_)), LinuxError::kEfault);
}

// --- copy_str

TEST_F(UserPointers, CopiedStringIsCheckedAndCopiedPageByPage) {
  put(4090, "over the end of a page");
  std::array<char, 64> buffer;
  buffer.fill('#');
  const auto text = readable<char>(4090).copy_str(provider_, buffer);
  EXPECT_EQ(text_of(text), "over the end of a page");
  EXPECT_EQ(text->data(), buffer.data());
  EXPECT_EQ(buffer[text->size()], '\0');
  EXPECT_EQ(buffer[text->size() + 1], '#');
  EXPECT_THAT(trail(),
              ElementsAre("lock", "check 0+4096 ru", "unlock", "attempt 4090+6 r", "end", "lock",
                          "check 4096+4096 ru", "unlock", "attempt 4096+58 r", "end"));
}

TEST_F(UserPointers, CopiedStringMustEndWithinTheBuffer) {
  put(10, "abc");
  std::array<char, 8> buffer;
  EXPECT_EQ(text_of(readable<char>(10).copy_str(provider_, std::span(buffer).first(4))), "abc");
  buffer.fill('#');
  EXPECT_EQ(error_of(readable<char>(10).copy_str(provider_, std::span(buffer).first(3))),
            LinuxError::kEnametoolong);
  EXPECT_EQ(buffer[3], '#');
}

TEST_F(UserPointers, CopyThatIsNotUtf8IsEilseq) {
  put(0, "\xed\xa0\x80");
  std::array<char, 8> buffer;
  EXPECT_EQ(error_of(readable<std::uint8_t>(0).copy_str(provider_, buffer)), LinuxError::kEilseq);
}

TEST_F(UserPointers, CopyOfUnmappedMemoryIsEfault) {
  put(0, "abc");
  testing::refuse_attempt(1);
  std::array<char, 8> buffer;
  EXPECT_EQ(error_of(readable<char>(0).copy_str(provider_, buffer)), LinuxError::kEfault);
}

// --- access

TEST_F(UserPointers, AccessRunsOverTheValueUnderTheFlag) {
  const auto flag = writable<Pair>(4088).access(provider_, [](Pair& pair) {
    pair = {.a = 3, .b = 4};
    return is_accessing_user_memory();
  });
  EXPECT_EQ(flag, true);
  EXPECT_EQ(memory_.bytes()[4088], 3);
  EXPECT_THAT(trail(), ElementsAre("lock", "check 4088+8 rwu", "populate 0+4096 rwu", "unlock",
                                   "attempt 4088+8 rw", "end"));
}

TEST_F(UserPointers, AccessOfConstGivesConst) {
  const auto sum = readable<Pair>(0).access(provider_, [](auto& pair) {
    static_assert(std::is_same_v<decltype(pair), const Pair&>);
    return pair.a + pair.b;
  });
  EXPECT_EQ(sum, 0);
}

TEST_F(UserPointers, AccessOfManyGivesASpan) {
  const auto done =
      writable<std::uint16_t>(0).access(provider_, 3, [](std::span<std::uint16_t> all) {
        for (std::uint16_t& one : all) one = 0x0101;
      });
  EXPECT_TRUE(done.has_value());
  EXPECT_EQ(memory_.bytes()[5], 1);
  EXPECT_EQ(memory_.bytes()[6], 0);
  EXPECT_THAT(trail().at(4), "attempt 0+6 rw");
}

TEST_F(UserPointers, AccessOfNoneRunsWithoutTheFlag) {
  const auto flag = UserPtr<int>(0).access(provider_, 0, [](std::span<int> none) {
    return none.empty() && !is_accessing_user_memory();
  });
  EXPECT_EQ(flag, true);
  bool ran = false;
  EXPECT_TRUE(UserConstPtr<int>(4).access(provider_, 0, [&](auto) { ran = true; }).has_value());
  EXPECT_TRUE(ran);
  EXPECT_FALSE(UserConstPtr<int>(2).access(provider_, 0, [](auto) {}).has_value());
  EXPECT_THAT(trail(), IsEmpty());
}

TEST_F(UserPointers, AccessIsRefusedBeforeTheFunctionRuns) {
  memory_.map(1, kUserRead);
  bool ran = false;
  const auto run = [&](auto&&) { ran = true; };
  EXPECT_EQ(error_of(writable<int>(4096).access(provider_, run)), LinuxError::kEfault);
  EXPECT_EQ(error_of(writable<int>(2).access(provider_, run)), LinuxError::kEfault);
  EXPECT_EQ(error_of(writable<int>(4092).access(provider_, 2, run)), LinuxError::kEfault);
  memory_.set_frames(0);
  EXPECT_EQ(error_of(writable<int>(0).access(provider_, run)), LinuxError::kEnomem);
  EXPECT_FALSE(ran);
}

TEST_F(UserPointers, AccessOfUnmappedMemoryIsEfault) {
  const auto value = writable<int>(0).access(provider_, [](int& user) {
    user = 9;
    testing::abandon_attempt();
    return 1;
  });
  EXPECT_EQ(error_of(value), LinuxError::kEfault);
  EXPECT_EQ(memory_.bytes()[0], 9) << "what was stored before the fault stays";
  const auto nothing =
      writable<int>(0).access(provider_, 2, [](std::span<int>) { testing::abandon_attempt(); });
  EXPECT_EQ(error_of(nothing), LinuxError::kEfault);
}

TEST_F(UserPointers, AccessesNest) {
  const auto outer = writable<int>(0).access(provider_, [&](int& value) {
    const auto inner =
        readable<int>(8).access(provider_, [](const int&) { testing::abandon_attempt(); });
    value = inner ? 1 : 2;
    return is_accessing_user_memory();
  });
  EXPECT_EQ(outer, true);
  EXPECT_EQ(memory_.bytes()[0], 2);
}

TEST_F(UserPointers, ResultMayBeAnythingThatIsCopiedAsBytes) {
  struct NoDefault {
    explicit NoDefault(int v) : value(v) {}
    int value;
  };
  const auto result = readable<int>(0).access(provider_, [](const int&) { return NoDefault(5); });
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->value, 5);
  const auto pointer =
      readable<int>(0).access(provider_, [](const int&) { return UserConstPtr<char>(0x1234); });
  EXPECT_EQ(pointer, UserConstPtr<char>(0x1234));
}

// Two ranges at once: the outer memory is unmapped while the inner function runs.
TEST_F(UserPointers, AFaultInTheOuterMemoryIsTheErrorOfTheOuterAccess) {
  int steps = 0;
  const auto outer = writable<int>(0).access(provider_, [&](int& to) {
    const auto inner = readable<int>(8).access(provider_, [&](const int& from) {
      steps = 1;
      testing::fault_at(memory_.address(0));
      to = from;
    });
    steps = inner.has_value() ? 2 : 3;
  });
  EXPECT_EQ(error_of(outer), LinuxError::kEfault);
  EXPECT_EQ(steps, 1);
}

TEST_F(UserPointers, AnAddressSpaceThatNeedsNoLockSaysSo) {
  EXPECT_TRUE(writable<int>(0).get(NoLockNeeded(memory_)).has_value());
  EXPECT_TRUE(writable<int>(0).get(FakeProvider(memory_)).has_value());
}

}  // namespace
}  // namespace axptr
