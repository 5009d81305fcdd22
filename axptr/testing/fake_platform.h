// A platform for the library's own tests: memory whose pages are inaccessible until the library has
// checked them, an address space over it, a provider with a lock, and axptr_platform_attempt.
//
// trail() records, as text and in order, every call of the library to the platform, for instance
//   lock, check 0+8 rwu, populate 0+4096 rwu, unlock, attempt 0+8 rw, end
// with addresses relative to the start of the memory. Violations (the flag is set while the address
// space is queried, the lock is held during an attempt) are recorded too, so that the comparison
// with the expected trail fails. In a test that is compiled with testing/hooked_platform.h the
// state of user access is checked in the same way.
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

// The records since clear_trail().
std::vector<std::string>& trail();
void clear_trail();

// Makes the `nth` attempt from now on (from 1) fail without running its body.
void refuse_attempt(int nth);

// From within an attempt: abandons the innermost one, as an unresolved page fault in its range
// would. Precondition: between the attempt and this call the test has no live object with a
// destructor.
[[noreturn]] void abandon_attempt();

// The same for an unresolved page fault at `address`: abandons the innermost attempt whose range
// holds the address, and those inside it with it (platform.h). Precondition: there is one.
[[noreturn]] void fault_at(VirtAddr address);

// Calls `function` at the start of the `nth` attempt from now on (from 1), before its body, as
// another CPU that acts after the check. An access of the body to a page that `function` closed
// faults, which abandons the innermost attempt whose range holds the address.
void before_attempt(int nth, std::function<void()> function);

// Makes the provider fail to take the `nth` lock from now on (from 1), with EINTR.
void refuse_lock(int nth);

// For a platform that accesses user memory without an attempt: an unresolved fault at an
// instruction continues at `find(pc)`, unless that is 0. x86-64 only.
void find_fixups_by(std::uintptr_t (*find)(std::uintptr_t pc));

// Records the start of an attempt in the trail, and performs the actions set by before_attempt and
// refuse_attempt. Returns whether the attempt continues; if so, the caller must call end_access.
bool begin_access(std::uintptr_t start, std::size_t size_bytes, unsigned access_bits);
void end_access(bool completed);

// The number of attempts in progress.
int attempts_under_way();

// Memory that is mapped twice: as the "user" view, in which a page is inaccessible (any access
// crashes) until check_region_access has permitted it, and as the test's view, which is always
// accessible. A page that is never mapped follows.
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

  // Maps the page in an area with `flags`, which must include USER for a user area.
  void map(std::size_t page, MappingFlags flags) { pages_[page] = flags; }
  void map_all(MappingFlags flags);
  void unmap(std::size_t page) { pages_[page] = std::nullopt; }
  // Makes every page of the user view inaccessible again.
  void close();
  // As another CPU: unmaps a page, or makes it read-only, in its area and in the user view.
  void take_away(std::size_t page);
  void make_read_only(std::size_t page);

  // The number of pages that populate_area populates before it fails with ENOMEM.
  void set_frames(std::size_t frames) { frames_ = frames; }

  // The two functions of an AddrSpace.
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
// Whether taking the lock now must fail.
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
