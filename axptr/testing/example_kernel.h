// The example kernel of README.md: what a kernel provides, three system calls and the page-fault
// handler. freestanding_check.cc compiles it with kernel flags, fault_handler_test.cc runs the
// handler. Included once in a program.
#ifndef AXPTR_TESTING_EXAMPLE_KERNEL_H_
#define AXPTR_TESTING_EXAMPLE_KERNEL_H_

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "axptr/check_region.h"
#include "axptr/user_ptr.h"

namespace kernel {

using axptr::LinuxError;
using axptr::LinuxResult;
using axptr::MappingFlags;
using axptr::UserConstPtr;
using axptr::UserPtr;
using axptr::VirtAddr;
using axptr::VirtAddrRange;

// --- The example.

// What a kernel has anyway; here just enough to compile.
class PageTables {
 public:
  bool covers(std::uintptr_t start, std::size_t size_bytes, unsigned flags) const;
  bool bring_in(std::uintptr_t page, unsigned flags);
};
// For the test of the page-fault handler.
std::size_t pages_brought_in = 0;
bool flag_while_bringing_in = false;
class SpinLock {
 public:
  void lock() { locked_ = true; }
  void unlock() { locked_ = false; }

 private:
  volatile bool locked_ = false;
};

bool PageTables::covers(std::uintptr_t start, std::size_t size_bytes, unsigned) const {
  return start >= 0x1000 && start < 0x8000 && size_bytes <= 0x1000;
}
bool PageTables::bring_in(std::uintptr_t page, unsigned) {
  ++pages_brought_in;
  flag_while_bringing_in = axptr::is_accessing_user_memory();
  return page >= 0x1000 && page < 0x7000;
}

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

// int clock_gettime(struct timespec* out)
long sys_clock_gettime(Process& process, std::uintptr_t out) {
  const Timespec now = {.seconds = 1, .nanoseconds = 2};
  const auto written = UserPtr<Timespec>(out).access(process, [&](Timespec& user) { user = now; });
  return written ? 0 : -static_cast<long>(written.error());
}

// How many arguments execve has, and how long they are together.
LinuxResult<std::size_t> sum_of_argument_lengths(Process& process, std::uintptr_t argv) {
  const UserConstPtr<UserConstPtr<char>> table(argv);
  const auto arguments = table.get_as_null_terminated(process);
  if (!arguments) return std::unexpected(arguments.error());
  std::size_t sum_bytes = 0;
  for (std::size_t index = 0; index < arguments->size(); ++index) {
    // The table may change or vanish meanwhile: each entry is read once, and under the flag.
    const UserConstPtr<UserConstPtr<char>> entry(argv + index * sizeof(UserConstPtr<char>));
    const auto argument =
        entry.access(process, [](const UserConstPtr<char>& user) { return user; });
    if (!argument) return std::unexpected(argument.error());
    const auto text = argument->get_as_str(process);
    if (!text) return std::unexpected(text.error());
    sum_bytes += text->size();
  }
  return sum_bytes;
}
// [README: end]

// [README: page fault]
// A recoverable access under way: axptr_platform_attempt has one on its stack.
struct Attempt {
  VirtAddrRange range;
  Attempt* outer = nullptr;
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
  // d, e, f. populate_area makes the page present for the access, or finds it so and flushes its
  // TLB entry. It may sleep.
  const bool resolved = task.process->with_addr_space([&](ProcessMemory& memory) {
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

#endif  // AXPTR_TESTING_EXAMPLE_KERNEL_H_
