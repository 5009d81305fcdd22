// The functions that copy values, bytes, strings, segments, atomic words and structs that grow,
// over an address space whose cost is negligible.
//
// CMakeLists.txt compiles this file once for each way in which the library copies, each in a
// namespace of its own (`axptr`), as an object with
//
//   BENCH_WAY               "vectors", "words" or "fast"
//   BENCH_ADD_COPYING_ROWS  the function of row.h that adds its rows
//
// So this file must not include a header that uses a type of the library, such as
// sim/machine/address_space.h.
#include <sys/mman.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "axptr/addr_space.h"
#include "axptr/check_region.h"
#include "axptr/layout.h"
#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "axptr/platform.h"
#include "axptr/user_access.h"
#include "axptr/user_atomic.h"
#include "axptr/user_io_vec.h"
#include "axptr/user_out_ptr.h"
#include "axptr/user_plain.h"
#include "axptr/user_ptr.h"
#include "axptr/user_strings.h"
#include "axptr/versioned.h"
#include "axptr/virt_addr.h"
#include "bench/host_memory.h"
#include "bench/recovery.h"
#include "bench/row.h"
#include "sim/machine/check.h"

namespace bench {
namespace {

using axptr::MappingFlags;
using axptr::Platform;
using axptr::UserConstPtr;
using axptr::UserOutPtr;
using axptr::UserPtr;
using axptr::VirtAddr;

// The variant that also registers the rows that are the same for all variants, and the rows of
// peers.
constexpr bool kIsFirstWay = std::string_view(BENCH_WAY) == "vectors";
constexpr uint64_t kSizes[] = {64, 1024, 4096, uint64_t{1} << 20};
constexpr uint64_t kMostBytes = uint64_t{1} << 20;

struct Words3 {
  uint64_t words[3];
};
AXPTR_USER_PLAIN(Words3, words);
struct Words8 {
  uint64_t words[8];
};
AXPTR_USER_PLAIN(Words8, words);

// An address space like a one-level page table: one byte per page holds its permissions and
// presence.
class FlatAddressSpace {
 public:
  explicit FlatAddressSpace(uint64_t pages) : pages_(pages) {}

  void Map(uint64_t page, uint64_t count) { memset(&pages_[page], kAll | kPresent, count); }

  bool check_region_access(axptr::VirtAddrRange range, MappingFlags flags) const {
    const uint64_t first = range.start().as_usize() - kUserStart;
    const uint64_t end = range.end().as_usize() - kUserStart;
    if (first >= end || end > pages_.size() * kPageBytes) return false;
    return All(first / kPageBytes, (end - 1) / kPageBytes, static_cast<uint8_t>(flags.bits()));
  }

  axptr::LinuxResult<void> populate_area(axptr::VirtAddrRange pages, MappingFlags) {
    const uint64_t first = (pages.start().as_usize() - kUserStart) / kPageBytes;
    const bool present = All(first, first + pages.size() / kPageBytes - 1, kPresent);
    if (!present) return std::unexpected(axptr::LinuxError::kEnomem);
    return {};
  }

 private:
  static constexpr uint8_t kPresent = 0x80;
  static constexpr uint8_t kAll =
      static_cast<uint8_t>((MappingFlags::READ | MappingFlags::WRITE | MappingFlags::USER).bits());

  bool All(uint64_t page, uint64_t last, uint8_t bits) const {
    uint8_t common = bits;
    for (; page <= last; ++page) common &= pages_[page];
    return common == bits;
  }

  std::vector<uint8_t> pages_;
};

// User memory and kernel memory, each as large as the largest transfer of a row.
class Memory {
 public:
  Memory() {
    memset(user_.bytes(), 1, kMostBytes);
    memset(kernel_.bytes(), 1, kMostBytes);
    space_.Map(0, kPages);
  }
  auto provider() { return axptr::NoLockNeeded(space_); }
  FlatAddressSpace& space() { return space_; }
  std::byte* user() { return user_.bytes(); }
  std::span<std::byte> kernel(uint64_t size_bytes) { return {kernel_.bytes(), size_bytes}; }
  std::span<char> chars(uint64_t size_bytes) {
    return {reinterpret_cast<char*>(kernel_.bytes()), size_bytes};
  }
  // Prepares a string of `size_bytes` bytes: only the byte after them is zero.
  void EndTextAfter(uint64_t size_bytes) {
    user_.bytes()[size_bytes] = std::byte{0};
    memset(kernel_.bytes(), 'x', size_bytes);
  }

 private:
  static constexpr uint64_t kPages = kMostBytes / kPageBytes + 1;
  HostMemory user_{kMostBytes + kPageBytes};
  HostMemory kernel_{kMostBytes + kPageBytes, kKernelStart};
  FlatAddressSpace space_{kPages};
};

// The start of user memory, hidden from the compiler, which would otherwise hoist the checks out of
// the loop.
uint64_t Start() {
  uint64_t start = kUserStart;
  benchmark::DoNotOptimize(start);
  return start;
}

std::string Named(const char* family, const std::string& rest) {
  return absl::StrCat(family, "/", BENCH_WAY, "/", rest);
}

// Adds a row that calls `call(memory)` once per iteration, after one call of `prepare(memory)`.
template <typename Prepare, typename Call>
void Add(const std::string& name, const std::string& peer, Prepare prepare, Call call) {
  AddRow(name, peer, [=](benchmark::State& state) {
    Memory memory;
    prepare(memory);
    for (auto _ : state) {
      call(memory);
      benchmark::ClobberMemory();
    }
  });
}
template <typename Call>
void Add(const std::string& name, const std::string& peer, Call call) {
  Add(name, peer, [](Memory&) {}, call);
}

// Ends the program unless all bytes were moved.
void Expect(const axptr::Copied& copied, uint64_t size_bytes) {
  SIM_CHECK(copied.is_complete() && copied.done == size_bytes);
}

void AddTransfers(uint64_t size) {
  const std::string memcpy_row = absl::StrCat("memcpy/", size);
  const std::string memset_row = absl::StrCat("memset/", size);
  Add(Named("copy", absl::StrCat("read_into/", size)), memcpy_row, [size](Memory& memory) {
    Expect(UserConstPtr<std::byte>(Start()).read_into(memory.provider(), memory.kernel(size)),
           size);
  });
  Add(Named("copy", absl::StrCat("write_from/", size)), memcpy_row, [size](Memory& memory) {
    Expect(UserOutPtr<std::byte>(Start()).write_from(memory.provider(), memory.kernel(size)), size);
  });
  Add(Named("copy", absl::StrCat("zero/", size)), memset_row, [size](Memory& memory) {
    Expect(UserOutPtr<std::byte>(Start()).zero(memory.provider(), size), size);
  });
  if (kIsFirstWay) {
    Add(memset_row, "load/one", [size](Memory& memory) {
      std::byte* to = memory.user();
      benchmark::DoNotOptimize(to);
      memset(to, 0, size);
    });
  }
}

// The hooks of the platform alone, if it defines them.
template <typename P>
void AddPrimitives(uint64_t size) {
  if constexpr (requires { P::zero_user(0, 0); }) {
    Add(absl::StrCat("bare/rep_movsb/", size), absl::StrCat("memcpy/", size),
        [size](Memory& memory) {
          SIM_CHECK(P::copy_from_user(memory.kernel(size).data(), Start(), size) == 0);
        });
    Add(absl::StrCat("bare/rep_stosb/", size), absl::StrCat("memset/", size),
        [size](Memory&) { SIM_CHECK(P::zero_user(Start(), size) == 0); });
  }
}

// A transfer that ends at its fixup: the second of two pages is not mapped.
template <typename P>
void AddFault() {
  if constexpr (requires { P::find_fixup(0); }) {
    AddRow("fault/fixup", "fault/bare_no_mask", [](benchmark::State& state) {
      Memory memory;
      SIM_CHECK(mprotect(memory.user() + kPageBytes, kPageBytes, PROT_NONE) == 0);
      const FaultsAbandonAttempts handler(
          {axptr::is_accessing_user_memory, axptr::set_accessing_user_memory, P::find_fixup});
      const UserConstPtr<std::byte> pointer(kUserStart + kPageBytes - 8);
      for (auto _ : state) {
        SIM_CHECK(pointer.read_into(memory.provider(), memory.kernel(16)).done == 8);
      }
    });
  }
}

template <typename T>
void AddValue(const char* bytes, const std::string& peer) {
  Add(Named("value", absl::StrCat("read/", bytes)), peer, [](Memory& memory) {
    const auto value = UserConstPtr<T>(Start()).read(memory.provider());
    SIM_CHECK(value.has_value());
    benchmark::DoNotOptimize(*value);
  });
  Add(Named("value", absl::StrCat("write/", bytes)), peer, [](Memory& memory) {
    T value = {};
    benchmark::DoNotOptimize(value);
    Expect(UserOutPtr<T>(Start()).write(memory.provider(), value), sizeof(T));
  });
}

void AddValues() {
  const std::string check = Named("value", "check/8");
  AddValue<uint64_t>("8", check);
  AddValue<Words3>("24", check);
  Add(check, "load/one", [](Memory& memory) {
    SIM_CHECK(axptr::check_region_with(memory.provider(), VirtAddr(Start()),
                                       axptr::Layout::of<uint64_t>(), MappingFlags::READ)
                  .has_value());
  });
  Add(Named("value", "get/8"), check, [](Memory& memory) {
    const auto value = UserConstPtr<uint64_t>(Start()).get(memory.provider());
    SIM_CHECK(value.has_value());
    benchmark::DoNotOptimize(*const_cast<const volatile uint64_t*>(*value));
  });
}

// Strings of 4096 bytes, the terminator not counted.
void AddStrings() {
  constexpr uint64_t kLength = 4096;
  const auto prepare = [](Memory& memory) { memory.EndTextAfter(kLength); };
  const auto add = [&](const char* function, const char* peer, auto call) {
    Add(Named("text", absl::StrCat(function, "/", kLength)), absl::StrCat(peer, "/", kLength),
        prepare, call);
  };
  const auto text = [] { return UserConstPtr<char>(Start()); };
  add("str_length", "strnlen", [text](Memory& memory) {
    SIM_CHECK(text().str_length(memory.provider(), kMostBytes).value_or(0) == kLength);
  });
  add("copy_bytes_until_nul", "memcpy", [text](Memory& memory) {
    Expect(text().copy_bytes_until_nul(memory.provider(), memory.chars(2 * kLength)), kLength);
  });
  add("copy_str", "memcpy", [text](Memory& memory) {
    SIM_CHECK(text().copy_str(memory.provider(), memory.chars(2 * kLength))->size() == kLength);
  });
  add("get_as_str", "strlen", [text](Memory& memory) {
    SIM_CHECK(text().get_as_str(memory.provider())->size() == kLength);
  });
  add("get_as_null_terminated", "strlen", [](Memory& memory) {
    const UserConstPtr<uint8_t> bytes(Start());
    SIM_CHECK(bytes.get_as_null_terminated(memory.provider())->size() == kLength);
  });
  add("write_str", "memcpy", [](Memory& memory) {
    Expect(
        UserOutPtr<char>(Start()).write_str(memory.provider(), memory.chars(kLength), 2 * kLength),
        kLength);
  });
}

void AddAtomics() {
  const auto add = [](const char* function, auto bare, auto call) {
    const std::string peer = absl::StrCat("bare/atomic_", function, "/8");
    Add(peer, "load/one",
        [bare](Memory& memory) { bare(*reinterpret_cast<std::atomic<uint64_t>*>(memory.user())); });
    Add(absl::StrCat("atomic/", function, "/8"), peer, [call](Memory& memory) {
      SIM_CHECK(call(axptr::UserAtomic<uint64_t>(Start()), memory.provider()).has_value());
    });
  };
  add(
      "load", [](auto& word) { benchmark::DoNotOptimize(word.load()); },
      [](auto word, auto provider) { return word.load(provider); });
  add(
      "store", [](auto& word) { word.store(1); },
      [](auto word, auto provider) { return word.store(provider, 1); });
  add(
      "fetch_add", [](auto& word) { benchmark::DoNotOptimize(word.fetch_add(1)); },
      [](auto word, auto provider) { return word.fetch_add(provider, 1); });
  add(
      "compare_exchange",
      [](auto& word) {
        uint64_t expected = 1;
        benchmark::DoNotOptimize(word.compare_exchange_strong(expected, 1));
      },
      [](auto word, auto provider) { return word.compare_exchange(provider, 1, 1); });
}

// Eight segments of `length` bytes, apart from each other.
void AddSegments(uint64_t length) {
  constexpr uint64_t kCount = 8;
  constexpr uint64_t kStride = 16 * kPageBytes;
  const std::string peer = absl::StrCat("bare/segments/", kCount, "x", length);
  if (kIsFirstWay) {
    Add(peer, "load/one", [length](Memory& memory) {
      for (uint64_t at = 0; at < kCount; ++at) {
        const axptr::Layout layout{.size_bytes = length, .align = 1};
        SIM_CHECK(axptr::check_region_with(memory.provider(), VirtAddr(Start() + at * kStride),
                                           layout, MappingFlags::READ)
                      .has_value());
        memcpy(memory.kernel(kCount * length).data() + at * length, memory.user() + at * kStride,
               length);
      }
    });
  }
  // Calls `move(segments, memory)` for the segments of a table at the end of user memory.
  const auto add = [&](const char* function, auto move) {
    AddRow(Named("segments", absl::StrCat(function, "/", kCount, "x", length)), peer,
           [=](benchmark::State& state) {
             Memory memory;
             axptr::IoSegment storage[kCount];
             for (uint64_t at = 0; at < kCount; ++at) {
               storage[at] = {UserPtr<std::byte>(kUserStart + at * kStride), length};
             }
             memcpy(memory.user() + kMostBytes, storage, sizeof(storage));
             const UserConstPtr<axptr::IoSegment> table(kUserStart + kMostBytes);
             auto segments =
                 axptr::UserIoVec::fetch(memory.provider(), table, kCount, std::span(storage));
             for (auto _ : state) {
               Expect(move(*segments, memory), kCount * length);
               segments->revert(kCount * length);
               benchmark::ClobberMemory();
             }
           });
  };
  add("read_into", [length](auto& segments, Memory& memory) {
    return segments.read_into(memory.provider(), memory.kernel(kCount * length));
  });
  add("write_from", [length](auto& segments, Memory& memory) {
    return segments.write_from(memory.provider(), memory.kernel(kCount * length));
  });
}

// An argv of 16 strings of 24 bytes.
void AddArgv() {
  constexpr uint64_t kCount = 16;
  constexpr uint64_t kLength = 24;
  constexpr uint64_t kTable = kMostBytes;
  const auto prepare = [](Memory& memory) {
    for (uint64_t at = 0; at < kCount; ++at) {
      const uint64_t string = at * (kLength + 1);
      memory.user()[string + kLength] = std::byte{0};
      const uint64_t address = kUserStart + string;
      memcpy(memory.user() + kTable + at * sizeof(address), &address, sizeof(address));
    }
  };
  if (kIsFirstWay) {
    Add("bare/argv/16", "load/one", prepare, [](Memory& memory) {
      char* to = memory.chars(kPageBytes).data();
      auto* table = reinterpret_cast<char* const*>(memory.user() + kTable);
      for (; *table != nullptr; ++table) {
        const size_t size = strlen(*table) + 1;
        memcpy(to, *table, size);
        to += size;
      }
    });
  }
  Add(Named("argv", "copy/16"), "bare/argv/16", prepare, [](Memory& memory) {
    const UserConstPtr<UserConstPtr<char>> table(Start() + kTable);
    const auto strings =
        axptr::UserStrings::copy(memory.provider(), table, 100, memory.chars(kPageBytes));
    SIM_CHECK(strings.has_value() && strings->size() == kCount);
  });
}

// A struct of 64 bytes, of which the user's version has 64 or 32.
void AddVersioned() {
  for (const uint64_t usize : {32, 64}) {
    Add(Named("versioned", absl::StrCat("read/", usize)), "memcpy/64", [usize](Memory& memory) {
      const auto value = axptr::read_versioned<Words8, 16>(memory.provider(),
                                                           UserConstPtr<Words8>(Start()), usize);
      SIM_CHECK(value.has_value());
      benchmark::DoNotOptimize(*value);
    });
    Add(Named("versioned", absl::StrCat("write/", usize)), "memcpy/64", [usize](Memory& memory) {
      Words8 value = {};
      benchmark::DoNotOptimize(value);
      SIM_CHECK((axptr::write_versioned<Words8, 16>(memory.provider(), UserOutPtr<Words8>(Start()),
                                                    usize, value))
                    .has_value());
    });
  }
}

// One value checked and loaded in one of `areas` areas of one page each, with a hole after each.
void AddRandomAreas(uint64_t areas) {
  AddRow(absl::StrCat("flat/get/random/", areas), absl::StrCat("load/random/", areas),
         [areas](benchmark::State& state) {
           HostMemory memory(areas * 2 * kPageBytes);
           FlatAddressSpace space(areas * 2);
           for (uint64_t area = 0; area < areas; ++area) space.Map(2 * area, 1);
           const auto random = std::make_unique<RandomIndices>(areas);
           for (auto _ : state) {
             uint64_t address = kUserStart + random->Next() * 2 * kPageBytes;
             benchmark::DoNotOptimize(address);
             const auto value = UserConstPtr<uint64_t>(address).get(axptr::NoLockNeeded(space));
             SIM_CHECK(value.has_value());
             benchmark::DoNotOptimize(*const_cast<const volatile uint64_t*>(*value));
           }
         });
}

}  // namespace

void BENCH_ADD_COPYING_ROWS() {
  for (const uint64_t size : kSizes) {
    AddTransfers(size);
    AddPrimitives<Platform>(size);
  }
  AddFault<Platform>();
  AddValues();
  AddStrings();
  for (const uint64_t length : {512, 4096}) AddSegments(length);
  AddArgv();
  AddVersioned();
  if (!kIsFirstWay) return;
  AddAtomics();
  for (const uint64_t areas : {1, 4096}) AddRandomAreas(areas);
}

}  // namespace bench
