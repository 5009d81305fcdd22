#include "sim/ring0/testing/example.h"

#include <cstddef>
#include <cstdint>

#include "axptr/platform.h"
#include "axptr/testing/example_kernel.h"
#include "axptr/user_access.h"
#include "sim/ring0/image/cpu.h"
#include "sim/ring0/image/report.h"
#include "sim/ring0/machine/kernel.h"

namespace {

using ring0::g_kernel;
using ring0::kPageBytes;

kernel::Process g_process;
kernel::Task g_task;
std::size_t g_resolved = 0;
std::size_t g_abandoned = 0;

// What another CPU does, once, directly after a page was populated.
enum class Interference { kNone, kEvicts, kUnmaps, kProtects };
Interference g_interference = Interference::kNone;

// A recoverable user access of the example, and the frame where execution continues if it is
// abandoned.
struct Recoverable {
  kernel::Attempt attempt;
  ring0::Frame frame;
};

}  // namespace

// Not inlined, as if in another object file: the compiler must not optimise the library across this
// call.
[[gnu::noinline]] bool axptr_platform_attempt(std::uintptr_t start, std::size_t size_bytes,
                                              unsigned access_bits, void (*body)(void* argument),
                                              void* argument) {
  Recoverable here = {.attempt = {.range = *axptr::VirtAddrRange::from_start_size(
                                      axptr::VirtAddr(start), size_bytes),
                                  .outer = g_task.innermost,
                                  .access_bits = access_bits},
                      .frame = {}};
  here.frame.kind = ring0::Frame::Kind::kExample;
  g_task.innermost = &here.attempt;
  const bool came_back = ring0::RunInFrame(&here.frame, body, argument);
  g_task.innermost = here.attempt.outer;
  return came_back;
}

namespace kernel {

bool PageTables::covers(std::uintptr_t start, std::size_t size_bytes, unsigned flags) const {
  return g_kernel.memory.Check(start, size_bytes, flags);
}

bool PageTables::bring_in(std::uintptr_t page, unsigned flags) {
  if (g_kernel.memory.Populate(page, kPageBytes, flags) != 0) return false;
  const Interference now = g_interference;
  g_interference = Interference::kNone;
  if (now == Interference::kEvicts) g_kernel.memory.Evict(page, kPageBytes);
  if (now == Interference::kUnmaps) g_kernel.memory.Unmap(page, kPageBytes);
  if (now == Interference::kProtects) {
    g_kernel.memory.Protect(page, kPageBytes, ring0::kRead | ring0::kUser);
  }
  return true;
}

}  // namespace kernel

namespace ring0 {

Frame* OnExampleFault(std::uint64_t address, bool write, bool open) {
  const kernel::KernelFault fault = {
      .address = axptr::VirtAddr(address),
      .access = write ? axptr::MappingFlags::WRITE : axptr::MappingFlags::READ,
      .user_access_open = open};
  const kernel::AfterFault after = kernel::handle_kernel_fault(g_task, fault);
  switch (after.action) {
    case kernel::AfterFault::Action::kRetry:
      ++g_resolved;
      return nullptr;
    case kernel::AfterFault::Action::kAbandon: {
      ++g_abandoned;
      Frame* const frame = &reinterpret_cast<Recoverable*>(after.abandoned)->frame;
      axptr::set_accessing_user_memory(frame->flag);
      return frame;
    }
    default:
      Die("example: WRONG: its fault handler panics, address", address);
  }
}

namespace {

constexpr std::uint64_t kPopulated = kWindowStart;
constexpr std::uint64_t kLazy = kWindowStart + 0x1000;
constexpr std::uint64_t kReadOnly = kWindowStart + 0x2000;
constexpr std::uint64_t kHole = kWindowStart + 0x3000;
constexpr std::uint64_t kInRow = kWindowStart + 0x8000;  // two pages, followed by a hole
constexpr long kFault = -kBadAddress;

std::byte g_content[3 * kPageBytes];
char g_arena[256];
kernel::IoSegment g_segments[16];

void Store(std::uint64_t address, const void* bytes, std::size_t size) {
  g_kernel.memory.Fill(address, size, bytes, size);
}

void SetUpMemory() {
  g_kernel.memory.UnmapAll();
  const unsigned rights = kRead | kWrite | kUser;
  g_kernel.memory.Map(kPopulated, kPageBytes, rights, Backing::kEager, 0);
  g_kernel.memory.Map(kLazy, kPageBytes, rights, Backing::kLazy, 0);
  g_kernel.memory.Map(kReadOnly, kPageBytes, kRead | kUser, Backing::kEager, 0);
  g_kernel.memory.Map(kInRow, 2 * kPageBytes, rights, Backing::kLazy, 0);
}

long ClockGettime(std::uint64_t address) { return kernel::sys_clock_gettime(g_process, address); }

long Read(std::uint64_t address) {
  kernel::File file(g_content);
  return kernel::sys_read(g_process, file, address, sizeof(g_content));
}

long Readv(std::uint64_t address) {
  const std::uint64_t table[] = {address, 16, address + 64, 48};
  Store(kPopulated, table, sizeof(table));
  kernel::File file(g_content);
  return kernel::sys_readv(g_process, file, kPopulated, 2, g_segments);
}

long Execve(std::uint64_t address) {
  const std::uint64_t table[] = {address, address + 3, 0};
  Store(kPopulated, table, sizeof(table));
  Store(address, "ls\0-l", 6);
  const auto strings = kernel::arguments_of_execve(g_process, kPopulated, g_arena);
  return strings ? static_cast<long>(strings->size()) : -static_cast<long>(strings.error());
}

long Ioctl(std::uint64_t address) {
  kernel::Watermarks device = {};
  return kernel::ioctl_set_watermarks(g_process, device, address, 16);
}

long Futex(std::uint64_t address) {
  kernel::WaitQueue queue;
  const long result = kernel::sys_futex_wait(g_process, queue, address, 0);
  return result == 0 && queue.waiting != 1 ? -1 : result;
}

struct Row {
  const char* name;
  long (*call)(std::uint64_t address);
  std::uint64_t address;
  Interference interference;
  long result;
  std::size_t resolved;   // faults that the example's handler resolved
  std::size_t abandoned;  // recoverable user accesses that the handler abandoned
};

constexpr Interference kNothing = Interference::kNone;
constexpr Interference kEvicts = Interference::kEvicts;
constexpr Interference kUnmaps = Interference::kUnmaps;
constexpr Interference kProtects = Interference::kProtects;
constexpr long kRow = 2 * kPageBytes;

constexpr Row kRows[] = {
    {"clock_gettime, populated", ClockGettime, kPopulated, kNothing, 0, 0, 0},
    {"clock_gettime, not present", ClockGettime, kLazy, kNothing, 0, 0, 0},
    {"clock_gettime, evicted meanwhile", ClockGettime, kLazy, kEvicts, 0, 1, 0},
    {"clock_gettime, unmapped meanwhile", ClockGettime, kLazy, kUnmaps, kFault, 0, 1},
    {"clock_gettime, read-only meanwhile", ClockGettime, kLazy, kProtects, kFault, 0, 1},
    {"clock_gettime, not mapped", ClockGettime, kHole, kNothing, kFault, 0, 0},
    {"clock_gettime, read-only", ClockGettime, kReadOnly, kNothing, kFault, 0, 0},
    {"clock_gettime, of the kernel", ClockGettime, 0xffff'8000'0000'0000, kNothing, kFault, 0, 0},
    {"read, up to a hole", Read, kInRow, kNothing, kRow, 0, 0},
    {"read, evicted meanwhile", Read, kInRow, kEvicts, kRow, 1, 0},
    {"read, unmapped meanwhile", Read, kInRow, kUnmaps, kFault, 0, 1},
    {"read, the second page unmapped", Read, kInRow + kPageBytes, kUnmaps, kFault, 0, 1},
    {"readv", Readv, kLazy, kNothing, 64, 0, 0},
    {"readv, to a hole", Readv, kHole, kNothing, kFault, 0, 0},
    {"execve", Execve, kLazy, kNothing, 2, 0, 0},
    {"ioctl", Ioctl, kLazy, kNothing, 0, 0, 0},
    {"ioctl, evicted meanwhile", Ioctl, kLazy, kEvicts, 0, 1, 0},
    {"futex_wait, populated", Futex, kPopulated, kNothing, 0, 0, 0},
    {"futex_wait, not present", Futex, kLazy, kNothing, 0, 0, 0},
    {"futex_wait, evicted meanwhile", Futex, kLazy, kEvicts, 0, 0, 1},
    {"futex_wait, unmapped meanwhile", Futex, kLazy, kUnmaps, kFault, 0, 1},
    {"futex_wait, not mapped", Futex, kHole, kNothing, kFault, 0, 0},
};

void SayOf(const char* name, const char* verdict, std::uint64_t number) {
  char text[96] = {};
  std::size_t length = 0;
  const char* const parts[] = {name, verdict};
  for (const char* part : parts) {
    for (; *part != 0 && length + 1 < sizeof(text); ++part) text[length++] = *part;
  }
  Say(text, number);
}

void Run(const Row& row) {
  SetUpMemory();
  g_resolved = g_abandoned = 0;
  g_interference = row.interference;
  const long result = row.call(row.address);
  const bool is_right = result == row.result && g_resolved == row.resolved &&
                        g_abandoned == row.abandoned && !axptr::is_accessing_user_memory() &&
                        !IsUserOpen() && g_task.innermost == nullptr;
  SayOf(row.name, is_right ? ": as expected, result" : ": WRONG, result",
        static_cast<std::uint64_t>(result));
  if (is_right) return;
  Say("  faults resolved", g_resolved);
  Say("  attempts abandoned", g_abandoned);
}

}  // namespace

void RunExample() {
  g_task.process = &g_process;
  g_kernel.memory.Reset();
  g_kernel.memory.frames.SetFree(64);
  for (const Row& row : kRows) Run(row);
  Send(RecordTag::kDone, nullptr, 0);
}

}  // namespace ring0
