// A platform for the library's own tests: memory whose pages stay closed until the library has
// checked them, an address space over it, a provider with a lock, and axptr_platform_attempt.
//
// Everything that the library asks for is written down as text, in order, in trail(): for instance
//   lock, check 0+8 rwu, populate 0+4096 rwu, unlock, attempt 0+8 rw, end
// with addresses relative to the start of the memory. What must not be (the flag set while the
// address space is asked, the lock held during an attempt) is written down too, and so spoils the
// comparison. A test that is compiled with testing/hooked_platform.h has user access watched too.
#ifndef AXPTR_TESTING_FAKE_PLATFORM_H_
#define AXPTR_TESTING_FAKE_PLATFORM_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "axptr/virt_addr.h"

namespace axptr::testing {

// What happened since clear_trail().
std::vector<std::string>& trail();
void clear_trail();

// Makes the `nth` attempt from now on (from 1) a refused one, whose body is not run.
void refuse_attempt(int nth);

// From within an attempt: abandons the innermost one, as an unresolved page fault in its range
// would. Precondition: nothing of the test's own that has a destructor is alive between the attempt
// and the call.
[[noreturn]] void abandon_attempt();

// The same for an unresolved page fault at `address`: abandons the innermost attempt whose range
// holds the address, and those inside it with it (platform.h). Precondition: there is one.
[[noreturn]] void fault_at(VirtAddr address);

// Calls `function` at the begin of the `nth` attempt from now on (from 1), before its body: for
// what another CPU does after the check. A page that it closes is a page fault in the body, which
// abandons the innermost attempt whose range holds the address.
void before_attempt(int nth, std::function<void()> function);

// Makes the provider refuse the `nth` lock from now on (from 1), with EINTR.
void refuse_lock(int nth);

// For a platform that accesses user memory without an attempt: an unresolved fault at an
// instruction continues at `find(pc)`, unless that is 0. x86-64 only.
void find_fixups_by(std::uintptr_t (*find)(std::uintptr_t pc));

// Writes an attempt's begin to the trail, and does what before_attempt and refuse_attempt asked
// for. Returns whether to go on; then end_access is due.
bool begin_access(std::uintptr_t start, std::size_t size_bytes, unsigned access_bits);
void end_access(bool completed);

// How many attempts are under way.
int attempts_under_way();

// Pages of memory seen twice: by a "user" view, which is closed (any touch is a crash) until
// check_region_access has let its page through, and by the test, always open. Ends with a page that
// is never mapped.
class FakeMemory {
 public:
  explicit FakeMemory(std::size_t page_count);
  ~FakeMemory();
  FakeMemory(const FakeMemory&) = delete;
  FakeMemory& operator=(const FakeMemory&) = delete;

  std::size_t page_count() const { return pages_.size(); }
  VirtAddr address(std::size_t offset_bytes) const {
    return VirtAddr(reinterpret_cast<std::uintptr_t>(user_) + offset_bytes);
  }
  std::uint8_t* bytes() { return bytes_; }

  // The page belongs to an area with `flags` (USER is to be among them for one of a user).
  void map(std::size_t page, MappingFlags flags) { pages_[page] = flags; }
  void map_all(MappingFlags flags);
  void unmap(std::size_t page) { pages_[page] = std::nullopt; }
  // Closes every page of the user view again.
  void close();
  // Another CPU takes a page away, or permits no more than reading it: its area, and the user view.
  void take_away(std::size_t page);
  void make_read_only(std::size_t page);

  // How many pages populate_area still makes present before it fails with ENOMEM.
  void set_frames(std::size_t frames) { frames_ = frames; }

  // The two questions of an AddrSpace.
  bool check_region_access(VirtAddrRange range, MappingFlags flags);
  LinuxResult<void> populate_area(VirtAddrRange pages, MappingFlags flags);

 private:
  bool allows(VirtAddrRange range, MappingFlags flags) const;

  std::vector<std::optional<MappingFlags>> pages_;
  std::vector<MappingFlags> opened_;  // what the user view of each page allows
  std::size_t frames_ = SIZE_MAX;
  std::uint8_t* user_ = nullptr;
  std::uint8_t* bytes_ = nullptr;
};

void note_lock_taken();
void note_lock_released();
void note_lock_refused();
// Whether the lock that is asked for now is one to be refused.
bool is_lock_refused();

// A FakeMemory behind a lock.
class FakeProvider {
 public:
  explicit FakeProvider(FakeMemory& memory) : memory_(memory) {}

  template <typename F>
  decltype(auto) with_addr_space(F&& function) {
    class Lock {
     public:
      Lock() { note_lock_taken(); }
      ~Lock() { note_lock_released(); }
    };
    using Result = std::invoke_result_t<F&, FakeMemory&>;
    if constexpr (std::constructible_from<Result, std::unexpected<LinuxError>>) {
      if (is_lock_refused()) {
        note_lock_refused();
        return Result(std::unexpected(LinuxError::kEintr));
      }
    }
    const Lock lock;
    return std::forward<F>(function)(memory_);
  }

 private:
  FakeMemory& memory_;
};

inline constexpr MappingFlags kUserRead = MappingFlags::READ | MappingFlags::USER;
inline constexpr MappingFlags kUserReadWrite = kUserRead | MappingFlags::WRITE;

}  // namespace axptr::testing

#endif  // AXPTR_TESTING_FAKE_PLATFORM_H_
