// Address 0 has no special meaning: if user memory is mapped there, the library reads it, writes it
// and returns pointers to it. Needs -fno-delete-null-pointer-checks (README.md), under which
// nothing here is undefined. Builds with sanitizers check that, without -fsanitize=null and
// object-size: these two report each use of address 0, also where the compiler was told that it is
// valid.
//
// The tests map host memory at address 0. Most hosts do not permit this (vm.mmap_min_addr); then
// the tests are skipped, and report that nothing was tested.
#include <sys/mman.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "axptr/testing/fake_platform.h"
#include "axptr/user_ptr.h"
#include "gtest/gtest.h"

namespace axptr {

constexpr std::size_t kPages = 2;
constexpr std::size_t kSizeBytes = kPages * kPageSize4K;

// An address space with readable and writable memory at [0, kSizeBytes), and nothing else.
struct LowMemory {
  bool check_region_access(VirtAddrRange range, MappingFlags flags) {
    return range.end() <= VirtAddr(kSizeBytes) && testing::kUserReadWrite.contains(flags);
  }
  LinuxResult<void> populate_area(VirtAddrRange, MappingFlags) { return {}; }
};

struct LowProcess {
  template <typename F>
  decltype(auto) with_addr_space(F&& function) {
    return std::forward<F>(function)(memory);
  }
  LowMemory memory;
};

namespace {

// A pointer to address 0 whose value is hidden from the compiler, and one whose value is a
// constant.
std::uint8_t* unknown_zero() {
  std::uint8_t* pointer = nullptr;
  asm("" : "+r"(pointer));
  return pointer;
}
std::uintptr_t unknown_zero_address() { return reinterpret_cast<std::uintptr_t>(unknown_zero()); }

class PageZero : public ::testing::Test {
 protected:
  void SetUp() override {
    void* const memory = mmap(nullptr, kSizeBytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (memory == MAP_FAILED) {
      GTEST_SKIP() << "not judged: the host maps no memory at address 0 (" << std::strerror(errno)
                   << "): it takes root, or vm.mmap_min_addr=0";
    }
    if (reinterpret_cast<std::uintptr_t>(memory) != 0) {
      munmap(memory, kSizeBytes);
      GTEST_SKIP() << "not judged: the host takes address 0 for a hint, as an emulator does that "
                      "does not know MAP_FIXED_NOREPLACE";
    }
    is_mapped_ = true;
    testing::clear_trail();
  }
  void TearDown() override {
    EXPECT_FALSE(is_accessing_user_memory());
    if (is_mapped_) munmap(unknown_zero(), kSizeBytes);
  }

  // Writes the bytes and a terminator of `sizeof(T)` bytes to address 0, after filling all with
  // ones.
  template <typename T>
  void put(std::size_t length) {
    volatile std::uint8_t* const bytes = unknown_zero();
    for (std::size_t index = 0; index < kSizeBytes; ++index) bytes[index] = 0x41;
    for (std::size_t index = 0; index < sizeof(T); ++index) bytes[length * sizeof(T) + index] = 0;
  }
  void put_text(std::string_view text) {
    volatile std::uint8_t* const bytes = unknown_zero();
    for (std::size_t index = 0; index < text.size(); ++index) {
      bytes[index] = static_cast<std::uint8_t>(text[index]);
    }
    bytes[text.size()] = 0;
  }

  template <typename T>
  void expect_scans_find_the_terminator() {
    for (const std::size_t length : {0, 1, 2, 7, 8, 9, 31, 100, 511}) {
      put<T>(length);
      for (const std::uintptr_t zero : {std::uintptr_t{0}, unknown_zero_address()}) {
        const auto writable = UserPtr<T>(zero).get_as_null_terminated(process_);
        const auto readable = UserConstPtr<T>(zero).get_as_null_terminated(process_);
        ASSERT_TRUE(writable.has_value() && readable.has_value());
        EXPECT_EQ(writable->size(), length);
        EXPECT_EQ(readable->size(), length);
        EXPECT_EQ(readable->data(), reinterpret_cast<T*>(unknown_zero()));
      }
    }
  }

  LowProcess process_;

 private:
  bool is_mapped_ = false;
};

struct Three {
  std::uint32_t words[3];
};
AXPTR_USER_PLAIN(Three, words);

TEST_F(PageZero, GetLendsTheValue) {
  for (const std::uintptr_t zero : {std::uintptr_t{0}, unknown_zero_address()}) {
    const auto written = UserPtr<std::uint32_t>(zero).get(process_);
    ASSERT_TRUE(written.has_value());
    **written = 0x12345678;
    const auto read = UserConstPtr<std::uint32_t>(zero).get(process_);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(**read, 0x12345678u);
  }
  EXPECT_EQ(unknown_zero()[3], 0x12);
}

TEST_F(PageZero, AConstantAddressOfZeroIsNoTrap) {
  put<std::uint8_t>(1);
  const auto read = UserConstPtr<std::uint8_t>(0).get(process_);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(**read, 0x41);
  const auto loaded = UserConstPtr<std::uint8_t>(0).access(
      process_, [](const std::uint8_t& value) { return value; });
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(*loaded, 0x41);
}

TEST_F(PageZero, SlicesAreLent) {
  const auto slice = UserPtr<std::uint64_t>(0).get_as_slice(process_, kSizeBytes / 8);
  ASSERT_TRUE(slice.has_value());
  ASSERT_EQ(slice->size(), kSizeBytes / 8);
  std::uint64_t next = 1;
  for (std::uint64_t& element : *slice) element = next++;
  EXPECT_EQ(slice->front(), 1u);
  EXPECT_EQ(slice->back(), kSizeBytes / 8);
  EXPECT_EQ(unknown_zero()[0], 1);
  EXPECT_FALSE(UserPtr<std::uint64_t>(0).get_as_slice(process_, kSizeBytes / 8 + 1).has_value());
}

TEST_F(PageZero, AccessReadsAndWritesTheValue) {
  for (const std::uintptr_t zero : {std::uintptr_t{0}, unknown_zero_address()}) {
    ASSERT_TRUE(UserPtr<Three>(zero)
                    .access(process_, [](Three& user) { user = {.words = {1, 2, 3}}; })
                    .has_value());
    const auto sum = UserConstPtr<Three>(zero).access(process_, [](const Three& user) {
      return user.words[0] + user.words[1] * 10 + user.words[2] * 100;
    });
    ASSERT_TRUE(sum.has_value());
    EXPECT_EQ(*sum, 321u);
  }
}

TEST_F(PageZero, AddressZeroComparesEqualToNullInsideAFunction) {
  const auto is_null =
      UserPtr<std::uint32_t>(unknown_zero_address()).access(process_, [](std::uint32_t& user) {
        const std::uint32_t* const pointer = &user;
        return pointer == nullptr;
      });
  ASSERT_TRUE(is_null.has_value());
  EXPECT_TRUE(*is_null);
}

TEST_F(PageZero, AccessOfASliceSeesEveryElement) {
  const auto written =
      UserPtr<std::uint16_t>(0).access(process_, 3000, [](std::span<std::uint16_t> elements) {
        for (std::uint16_t& element : elements) element = 3;
      });
  ASSERT_TRUE(written.has_value());
  const auto sum = UserConstPtr<std::uint16_t>(unknown_zero_address())
                       .access(process_, 3000, [](std::span<const std::uint16_t> elements) {
                         unsigned total = 0;
                         for (const std::uint16_t& element : elements) total += element;
                         return total;
                       });
  ASSERT_TRUE(sum.has_value());
  EXPECT_EQ(*sum, 9000u);
}

TEST_F(PageZero, ScansFindTheTerminator) {
  expect_scans_find_the_terminator<std::uint8_t>();
  expect_scans_find_the_terminator<std::uint16_t>();
  expect_scans_find_the_terminator<std::uint32_t>();
  expect_scans_find_the_terminator<std::uint64_t>();
  expect_scans_find_the_terminator<Three>();
}

TEST_F(PageZero, TextIsValidatedAndCopied) {
  for (const std::string& text :
       {std::string(), std::string("a"), std::string("gr\xc3\xbc\xc3\x9f"), std::string(200, 'x'),
        std::string(5000, 'y')}) {
    put_text(text);
    const auto in_place = UserConstPtr<char>(0).get_as_str(process_);
    ASSERT_TRUE(in_place.has_value());
    EXPECT_EQ(std::string(in_place->begin(), in_place->end()), text);
    static char buffer[kSizeBytes];
    const auto copied = UserConstPtr<char>(unknown_zero_address()).copy_str(process_, buffer);
    ASSERT_TRUE(copied.has_value());
    EXPECT_EQ(std::string(copied->begin(), copied->end()), text);
  }
  put_text("\xc3");
  EXPECT_EQ(UserConstPtr<char>(0).get_as_str(process_).error(), LinuxError::kEilseq);
}

TEST_F(PageZero, NullIsStillNull) {
  EXPECT_TRUE(UserPtr<int>(unknown_zero_address()).is_null());
  EXPECT_FALSE(UserPtr<int>(unknown_zero_address()).nullable().has_value());
}

}  // namespace
}  // namespace axptr
