#include "axptr/null_terminated.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

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

struct Bytes3 {
  std::uint8_t bytes[3];
};
AXPTR_USER_PLAIN(Bytes3, bytes);
struct Words3 {
  std::uint32_t words[3];
};
AXPTR_USER_PLAIN(Words3, words);
struct Longs3 {
  std::uint64_t words[3];
};
AXPTR_USER_PLAIN(Longs3, words);
struct Words6 {
  std::uint16_t words[3];
};
AXPTR_USER_PLAIN(Words6, words);
struct Bytes4096 {
  std::uint8_t bytes[4096];
};
AXPTR_USER_PLAIN(Bytes4096, bytes);
struct Longs1024 {
  std::uint64_t words[1024];
};
AXPTR_USER_PLAIN(Longs1024, words);
struct alignas(4096) Page {
  std::uint64_t words[512];
};
AXPTR_USER_PLAIN(Page, words);

using Length = LinuxResult<std::size_t>;
constexpr MappingFlags kRead = MappingFlags::READ;
constexpr MappingFlags kReadWrite = MappingFlags::READ | MappingFlags::WRITE;
const Length kEfault = std::unexpected(LinuxError::kEfault);
const Length kEnomem = std::unexpected(LinuxError::kEnomem);

class NullTerminated : public ::testing::Test {
 protected:
  NullTerminated() {
    memory_.map_all(kUserReadWrite);
    std::memset(memory_.bytes(), 1, 4 * kPageSize4K);
    testing::clear_trail();
  }

  template <typename T>
  Length length(std::size_t offset, MappingFlags flags = kRead) {
    return check_null_terminated<T>(provider_, memory_.address(offset), flags);
  }

  void put_terminator(std::size_t offset, std::size_t size) {
    std::memset(memory_.bytes() + offset, 0, size);
  }

  FakeMemory memory_{4};
  FakeProvider provider_{memory_};
};

TEST_F(NullTerminated, MisalignedIsRefusedBeforeAnyCheck) {
  EXPECT_EQ(length<std::uint16_t>(1), kEfault);
  EXPECT_EQ(length<std::uint64_t>(4), kEfault);
  EXPECT_EQ(length<Page>(8), kEfault);
  EXPECT_THAT(trail(), IsEmpty());
}

TEST_F(NullTerminated, TheLastPageOfTheAddressSpaceIsRefused) {
  for (const std::uintptr_t back : {0u, 7u, 4087u, 4094u, 4095u}) {
    EXPECT_EQ(check_null_terminated<char>(provider_, VirtAddr(UINTPTR_MAX - back), kRead), kEfault);
  }
  EXPECT_EQ(check_null_terminated<Page>(provider_, VirtAddr(UINTPTR_MAX - 4095), kRead), kEfault);
  EXPECT_THAT(trail(), IsEmpty());
}

TEST_F(NullTerminated, APageIsCheckedUnderTheLockAndReadAfterIt) {
  put_terminator(5000, 1);
  EXPECT_EQ(length<char>(4090), 910u);
  EXPECT_THAT(trail(),
              ElementsAre("lock", "check 0+4096 ru", "unlock", "attempt 4090+6 r", "end",  //
                          "lock", "check 4096+4096 ru", "unlock", "attempt 4096+4096 r", "end"));
}

TEST_F(NullTerminated, WritableMemoryIsPopulatedUnderTheSameLock) {
  put_terminator(4092, 4);
  EXPECT_EQ(length<std::uint32_t>(4088, kReadWrite), 1u);
  EXPECT_THAT(trail(), ElementsAre("lock", "check 0+4096 rwu", "populate 0+4096 rwu", "unlock",
                                   "attempt 4088+8 r", "end"));
}

TEST_F(NullTerminated, ReadIsCheckedEvenIfTheCallerOnlyWrites) {
  put_terminator(4092, 4);
  EXPECT_EQ(length<std::uint32_t>(4088, MappingFlags::WRITE), 1u);
  EXPECT_THAT(trail(), ElementsAre("lock", "check 0+4096 rwu", "populate 0+4096 rwu", "unlock",
                                   "attempt 4088+8 r", "end"));
}

TEST_F(NullTerminated, ErrorOfPopulationIsPassedOn) {
  memory_.set_frames(1);
  EXPECT_EQ(length<char>(4090, kReadWrite), kEnomem);
  EXPECT_THAT(trail(),
              ElementsAre("lock", "check 0+4096 rwu", "populate 0+4096 rwu", "unlock",
                          "attempt 4090+6 r", "end",  //
                          "lock", "check 4096+4096 rwu", "populate 4096+4096 rwu", "unlock"));
}

TEST_F(NullTerminated, NoPageAfterTheTerminatorsIsChecked) {
  put_terminator(4095, 1);
  memory_.unmap(1);
  EXPECT_EQ(length<char>(4000), 95u);
  EXPECT_EQ(length<char>(4095), 0u);
}

TEST_F(NullTerminated, NoTerminatorBeforeAHoleIsRefused) {
  memory_.unmap(1);
  EXPECT_EQ(length<char>(4000), kEfault);
  memory_.map(1, MappingFlags::USER);
  EXPECT_EQ(length<char>(4000), kEfault);
}

TEST_F(NullTerminated, TheTerminatorMayBeTheFirstElementOfALaterPage) {
  put_terminator(4096, 1);
  EXPECT_EQ(length<char>(4000), 96u);
  put_terminator(4096, 4096);
  std::memset(memory_.bytes() + 4096, 1, 4096);
  put_terminator(3 * kPageSize4K + 1, 1);
  EXPECT_EQ(length<char>(4000), 3 * kPageSize4K + 1 - 4000);
  memory_.map(1, MappingFlags::USER);
  EXPECT_EQ(length<char>(4000), kEfault);
}

TEST_F(NullTerminated, AReadOnlySecondPageIsRefusedForWriting) {
  memory_.map(1, kUserRead);
  put_terminator(4100, 1);
  EXPECT_EQ(length<char>(4000), 100u);
  EXPECT_EQ(length<char>(4000, kReadWrite), kEfault);
}

TEST_F(NullTerminated, MemoryOfTheKernelIsRefused) {
  memory_.map(0, kReadWrite);
  EXPECT_EQ(length<char>(0), kEfault);
}

TEST_F(NullTerminated, ReadIsRequiredForAllFlagsOfTheCaller) {
  memory_.map(0, MappingFlags::WRITE | MappingFlags::USER);
  EXPECT_EQ(length<char>(0, MappingFlags::WRITE), kEfault);
}

TEST_F(NullTerminated, AStraddlingElementHasAllItsPagesCheckedAtOnce) {
  put_terminator(4104, 12);
  EXPECT_EQ(length<Words3>(4080), 2u);
  EXPECT_THAT(trail(),
              ElementsAre("lock", "check 0+4096 ru", "unlock", "attempt 4080+12 r", "end", "lock",
                          "check 4096+4096 ru", "unlock", "attempt 4092+4092 r", "end"));
  testing::clear_trail();
  EXPECT_EQ(length<Words3>(4092), 1u);
  EXPECT_THAT(trail(),
              ElementsAre("lock", "check 0+8192 ru", "unlock", "attempt 4092+4092 r", "end"));
}

TEST_F(NullTerminated, AnElementThatStraddlesIntoAHoleIsNotRead) {
  memory_.unmap(1);
  EXPECT_EQ(length<Words3>(4092), kEfault);
  EXPECT_THAT(trail(), ElementsAre("lock", "check 0+8192 ru", "unlock"));
}

TEST_F(NullTerminated, ALargeElementHasAllItsPagesCheckedAtOnce) {
  put_terminator(8, 8192);
  EXPECT_EQ(length<Longs1024>(8), 0u);
  EXPECT_THAT(trail(),
              ElementsAre("lock", "check 0+12288 ru", "unlock", "attempt 8+8192 r", "end"));
}

TEST_F(NullTerminated, MemoryUnmappedBeforeItIsReadIsEfault) {
  put_terminator(5000, 1);
  testing::refuse_attempt(2);
  EXPECT_EQ(length<char>(4090), kEfault);
  EXPECT_FALSE(is_accessing_user_memory());
  EXPECT_THAT(trail().back(), "refused");
}

// A reference implementation of the rules, one element and one byte at a time.
template <typename T>
std::optional<std::size_t> predict(FakeMemory& memory, const std::vector<MappingFlags>& pages,
                                   std::size_t offset, MappingFlags flags) {
  if (offset % alignof(T) != 0) return std::nullopt;
  const std::uint8_t* const bytes = memory.bytes();
  const std::size_t end = pages.size() * kPageSize4K;
  std::array<bool, 4> allowed = {};
  for (std::size_t page = 0; page < pages.size(); ++page) {
    allowed[page] = pages[page].contains(flags | MappingFlags::USER);
  }
  const bool* const is_allowed = allowed.data();
  for (std::size_t count = 0;; ++count) {
    const std::size_t first = offset + count * sizeof(T);
    bool is_terminator = true;
    for (std::size_t byte = first; byte < first + sizeof(T); ++byte) {
      if (byte >= end || !is_allowed[byte / kPageSize4K]) return std::nullopt;
      is_terminator = is_terminator && bytes[byte] == 0;
    }
    if (is_terminator) return count;
  }
}

template <typename T>
class NullTerminatedOf : public ::testing::Test {};
using Elements = ::testing::Types<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, Bytes3,
                                  Words6, Words3, Longs3, Bytes4096, Longs1024, Page>;
TYPED_TEST_SUITE(NullTerminatedOf, Elements);

// Every layout of four pages over three kinds x start at either side of a page end x the terminator
// at either side of one. The pages are inaccessible until they are checked.
TYPED_TEST(NullTerminatedOf, AgreesWithThePredictionForEveryLayout) {
  constexpr std::size_t kSize = sizeof(TypeParam);
  const std::vector<MappingFlags> kinds = {MappingFlags(), kUserRead, kUserReadWrite};
  FakeMemory memory(4);
  FakeProvider provider(memory);
  for (std::size_t layout = 0; layout < 81; ++layout) {
    const std::vector<MappingFlags> pages = {kinds[layout % 3], kinds[layout / 3 % 3],
                                             kinds[layout / 9 % 3], kinds[layout / 27]};
    for (std::size_t page = 0; page < 4; ++page) {
      if (pages[page].is_empty()) {
        memory.unmap(page);
      } else {
        memory.map(page, pages[page]);
      }
    }
    for (const std::size_t start : {0u, 4072u, 4088u, 4092u, 4095u, 4096u, 8184u}) {
      for (std::size_t edge = 4096; edge <= 4 * kPageSize4K; edge += 4096) {
        for (const std::size_t back : {2 * kSize, kSize, kSize / 2, std::size_t{0}}) {
          if (edge < start + back) continue;
          const std::size_t elements = (edge - back - start) / kSize;
          const std::size_t terminator = start + elements * kSize;
          std::memset(memory.bytes(), 0x80, 4 * kPageSize4K);
          if (terminator + kSize <= 4 * kPageSize4K) {
            std::memset(memory.bytes() + terminator, 0, kSize);
          }
          for (const MappingFlags flags : {kRead, kReadWrite}) {
            testing::clear_trail();
            memory.close();
            const auto expected = predict<TypeParam>(memory, pages, start, flags);
            const auto found =
                check_null_terminated<TypeParam>(provider, memory.address(start), flags);
            ASSERT_EQ(found, expected ? Length(*expected) : kEfault)
                << "layout " << layout << ", start " << start << ", terminator " << terminator;
            for (const std::string& event : trail()) {
              ASSERT_THAT(event, ::testing::Not(::testing::HasSubstr("WITH"))) << event;
            }
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace axptr
