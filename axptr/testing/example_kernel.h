// The example kernel of README.md: what a kernel provides, system calls, and the page-fault
// handler. freestanding_check.cc compiles it with kernel flags, fault_handler_test.cc runs the
// handler. Included once in a program, which also has the page tables: those of
// example_page_tables.h, or, where a processor looks at them, real ones.
#ifndef AXPTR_TESTING_EXAMPLE_KERNEL_H_
#define AXPTR_TESTING_EXAMPLE_KERNEL_H_

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "axptr/check_region.h"
#include "axptr/no_fault.h"
#include "axptr/user_atomic.h"
#include "axptr/user_io_vec.h"
#include "axptr/user_out_ptr.h"
#include "axptr/user_ptr.h"
#include "axptr/user_strings.h"
#include "axptr/versioned.h"

// Included once in a program.
// NOLINTBEGIN(misc-definitions-in-headers)
namespace kernel {

using axptr::Copied;
using axptr::IoSegment;
using axptr::LinuxError;
using axptr::LinuxResult;
using axptr::MappingFlags;
using axptr::NoFault;
using axptr::NoFaultResult;
using axptr::UserAtomic;
using axptr::UserConstPtr;
using axptr::UserIoVec;
using axptr::UserOutPtr;
using axptr::UserPtr;
using axptr::UserStrings;
using axptr::VirtAddr;
using axptr::VirtAddrRange;

// --- The example.

// What a kernel has anyway; here just enough to compile.
class PageTables {
 public:
  bool covers(std::uintptr_t start, std::size_t size_bytes, unsigned flags) const;
  bool bring_in(std::uintptr_t page, unsigned flags);
};
class SpinLock {
 public:
  void lock() { locked_ = true; }
  void unlock() { locked_ = false; }

 private:
  volatile bool locked_ = false;
};

class SpinGuard {
 public:
  explicit SpinGuard(SpinLock& lock) : lock_(lock) { lock_.lock(); }
  ~SpinGuard() { lock_.unlock(); }

 private:
  SpinLock& lock_;
};
class File {
 public:
  explicit File(std::span<const std::byte> content) : content_(content) {}
  // The next bytes, at most `size_bytes`, where the page cache has them.
  std::span<const std::byte> next(std::size_t size_bytes) const {
    const std::size_t left = content_.size() - position_;
    return content_.subspan(position_, size_bytes < left ? size_bytes : left);
  }
  void advance(std::size_t size_bytes) { position_ += size_bytes; }

 private:
  std::span<const std::byte> content_;
  std::size_t position_ = 0;
};
struct WaitQueue {
  SpinLock lock;
  std::size_t waiting = 0;
};

// [README: address space]
class ProcessMemory {
 public:
  bool check_region_access(VirtAddrRange range, MappingFlags flags) {
    return tables_.covers(range.start().as_usize(), range.size(), flags.bits());
  }

  LinuxResult<void> populate_area(VirtAddrRange pages, MappingFlags flags) {
    for (VirtAddr page = pages.start(); page < pages.end();
         page = VirtAddr(page.as_usize() + axptr::kPageSize4K)) {
      if (!tables_.bring_in(page.as_usize(), flags.bits())) {
        return std::unexpected(LinuxError::kEnomem);
      }
    }
    return {};
  }

 private:
  PageTables tables_;
};

class Process {
 public:
  template <typename F>
  decltype(auto) with_addr_space(F&& function) {
    class Guard {
     public:
      explicit Guard(SpinLock& lock) : lock_(lock) { lock_.lock(); }
      ~Guard() { lock_.unlock(); }

     private:
      SpinLock& lock_;
    };
    const Guard guard(lock_);
    return function(memory_);
  }

 private:
  SpinLock lock_;
  ProcessMemory memory_;
};
// [README: end]

static_assert(axptr::AddrSpace<ProcessMemory>);
static_assert(axptr::AddrSpaceProvider<Process&>);
static_assert(!axptr::AddrSpaceProvider<ProcessMemory&>);

// [README: system calls]
struct Timespec {
  std::int64_t seconds;
  std::int64_t nanoseconds;
};
AXPTR_USER_PLAIN(Timespec, seconds, nanoseconds);

long result_of(const LinuxResult<std::size_t>& result) {
  return result ? static_cast<long>(*result) : -static_cast<long>(result.error());
}

// int clock_gettime(struct timespec* out)
long sys_clock_gettime(Process& process, std::uintptr_t out) {
  const Timespec now = {.seconds = 1, .nanoseconds = 2};
  const Copied written = UserOutPtr<Timespec>(out).write(process, now);
  return written.is_complete() ? 0 : -static_cast<long>(written.error);
}

// ssize_t read(int file, void* buffer, size_t size). A fault in the middle is a short count, and
// the file advances by what reached the user.
long sys_read(Process& process, File& file, std::uintptr_t buffer, std::size_t size) {
  const UserOutPtr<std::byte> user(buffer);
  const Copied copied = user.write_from(process, file.next(size));
  file.advance(copied.done);
  return result_of(copied.short_count());
}

// ssize_t readv(int file, const struct iovec* segments, int count). `storage` is the kernel's, with
// room for UserIoVec::kMaxSegments.
long sys_readv(Process& process, File& file, std::uintptr_t segments, std::size_t count,
               std::span<IoSegment> storage) {
  auto user = UserIoVec::fetch(process, UserConstPtr<IoSegment>(segments), count, storage);
  if (!user) return -static_cast<long>(user.error());
  const Copied copied = user->write_from(process, file.next(user->total()));
  file.advance(copied.done);
  return result_of(copied.short_count());
}

// The arguments of execve, copied to `arena` at once: at most 1024, and no more bytes than `arena`
// has. E2BIG beyond.
LinuxResult<UserStrings> arguments_of_execve(Process& process, std::uintptr_t argv,
                                             std::span<char> arena) {
  constexpr std::size_t kMaxArguments = 1024;
  const UserConstPtr<UserConstPtr<char>> table(argv);
  return UserStrings::copy(process, table, kMaxArguments, arena);
}

// An ioctl whose struct had 16 bytes in its first version, and has 24 now. The user passes the size
// of the user's version.
struct Watermarks {
  std::uint64_t low;
  std::uint64_t high;
  std::uint64_t flags;  // since the second version; 0 if the user's version lacks it
};
AXPTR_USER_PLAIN(Watermarks, low, high, flags);

long ioctl_set_watermarks(Process& process, Watermarks& device, std::uintptr_t argument,
                          std::size_t usize) {
  const UserConstPtr<Watermarks> user(argument);
  const auto watermarks = axptr::read_versioned<Watermarks, 16>(process, user, usize);
  if (!watermarks) return -static_cast<long>(watermarks.error());
  device = *watermarks;
  return 0;
}

// FUTEX_WAIT: the word is compared, and the task queued, under the lock of the queue. Memory that
// is not present is populated outside of that lock.
long sys_futex_wait(Process& process, WaitQueue& queue, std::uintptr_t address,
                    std::uint32_t expected) {
  const UserAtomic<std::uint32_t> word(address);
  const auto queued =
      axptr::fault_in_and_retry(process, 8, [&](const NoFault& no_fault) -> NoFaultResult<void> {
        const SpinGuard guard(queue.lock);
        const auto value = word.load(no_fault);
        if (!value) return std::unexpected(value.error());
        if (*value != expected) return std::unexpected(LinuxError::kEagain);
        ++queue.waiting;
        return {};
      });
  return queued ? 0 : -static_cast<long>(queued.error());
}
// [README: end]

// [README: page fault]
// A recoverable access under way: axptr_platform_attempt has one on its stack.
struct Attempt {
  VirtAddrRange range;
  Attempt* outer = nullptr;
  unsigned access_bits = 0;
  std::size_t retries = 0;
};

// What goes with a task when it sleeps in the handler and wakes up on another CPU.
struct Task {
  Process* process = nullptr;
  Attempt* innermost = nullptr;
};

struct KernelFault {
  VirtAddr address;
  MappingFlags access;            // READ or WRITE
  bool user_access_open = false;  // in the interrupted context: RFLAGS.AC, sstatus.SUM, !PSTATE.PAN
};

struct AfterFault {
  enum class Action { kPanic, kRetry, kAbandon } action = Action::kPanic;
  Attempt* abandoned = nullptr;  // of kAbandon: it returns false, and those inside it are gone
};

// Rules b to h of axptr/platform.h. `flag`: the user-access flag as the fault found it.
AfterFault decide(Task& task, const KernelFault& fault, bool flag) {
  // b. Who may fault.
  if (!flag || !fault.user_access_open) return {};
  // c. Range. A fault without an address (a general-protection fault) is a panic, too.
  const auto byte = VirtAddrRange::from_start_size(fault.address, 1);
  const auto page = byte ? byte->page_cover() : std::nullopt;
  if (!page) return {};
  Attempt* holder = task.innermost;
  while (holder != nullptr && (fault.address < holder->range.start() ||  //
                               fault.address >= holder->range.end())) {
    holder = holder->outer;
  }
  if (task.innermost != nullptr && holder == nullptr) return {};
  const bool may_resolve = holder == nullptr || (holder->access_bits & axptr::AXPTR_NO_FAULT) == 0;
  // d, e, f. populate_area makes the page present for the access, or finds it so and flushes its
  // TLB entry. It may sleep.
  const bool resolved = may_resolve && task.process->with_addr_space([&](ProcessMemory& memory) {
    const MappingFlags needed = fault.access | MappingFlags::USER;
    return memory.check_region_access(*byte, needed) &&
           memory.populate_area(*page, needed).has_value();
  });
  // g. Retry, a bounded number of times.
  constexpr std::size_t kMargin = 64;
  const std::size_t pages = holder != nullptr ? holder->range.size() / axptr::kPageSize4K + 2 : 0;
  if (resolved && (holder == nullptr || ++holder->retries <= 2 * pages + kMargin)) {
    return {.action = AfterFault::Action::kRetry};
  }
  // h. Unresolved.
  if (holder == nullptr) return {};
  task.innermost = holder->outer;
  return {.action = AfterFault::Action::kAbandon, .abandoned = holder};
}

// For a page fault of kernel code. The entry code has closed user access; its state comes back with
// the interrupted context.
AfterFault handle_kernel_fault(Task& task, const KernelFault& fault) {
  // a. While this handler runs or sleeps, the CPU is not accessing user memory.
  const bool flag = axptr::is_accessing_user_memory();
  axptr::set_accessing_user_memory(false);
  const AfterFault after = decide(task, fault, flag);
  axptr::set_accessing_user_memory(flag);  // on the CPU where the task is now
  return after;
}
// [README: end]

// [README: declared]
// A class with private fields is declared by a friend.
class Ticket {
 public:
  constexpr Ticket() = default;
  constexpr explicit Ticket(std::uint64_t number) : number_(number) {}

 private:
  std::uint64_t number_ = 0;
  friend AXPTR_USER_PLAIN(Ticket, number_);
};

// What would be padding is a field, so that the kernel gives its bytes a value.
struct Event {
  std::uint64_t data = 0;
  std::uint32_t kind = 0;
  std::uint32_t reserved = 0;
  Ticket tickets[2];
};
AXPTR_USER_PLAIN(Event, data, kind, reserved, tickets);
// [README: end]

}  // namespace kernel
// NOLINTEND(misc-definitions-in-headers)

#endif  // AXPTR_TESTING_EXAMPLE_KERNEL_H_
