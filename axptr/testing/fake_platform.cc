#include "axptr/testing/fake_platform.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "axptr/platform.h"
#include "axptr/user_access.h"

namespace axptr::testing {
namespace {

// The state at the start of an attempt, which is restored at its end.
struct AttemptFrame {
  jmp_buf way_back;
  VirtAddr start;
  std::size_t size_bytes = 0;
  AttemptFrame* outer = nullptr;
  int outer_attempts = 0;
  bool flag = false;
  decltype(Platform::open_user_access()) user_access;

  bool holds(VirtAddr address) const { return address.as_usize() - start.as_usize() < size_bytes; }
};

// Whether user memory is open for kernel code; nullopt if the hooks have no such state.
template <typename P>
std::optional<bool> is_user_access_open() {
  if constexpr (requires { P::user_access_is_open; }) return P::user_access_is_open;
  return std::nullopt;
}

std::vector<std::string> events;
std::uintptr_t base_address = 0;  // of the newest FakeMemory: addresses are shown relative to it
int refused_attempt = 0;
int refused_lock = 0;
int watched_attempt = 0;
std::function<void()> at_watched_attempt;
int locks_held = 0;
int frames_under_way = 0;
AttemptFrame* innermost = nullptr;

// Decrements `nth`; returns whether this is the n-th call.
bool is_due(int& nth) {
  if (nth <= 0) return false;
  --nth;
  return nth == 0;
}

void require(bool condition, const char* what) {
  if (condition) return;
  std::perror(what);
  std::abort();
}

std::string text_of(MappingFlags flags) {
  std::string text;
  if (flags.contains(MappingFlags::READ)) text += 'r';
  if (flags.contains(MappingFlags::WRITE)) text += 'w';
  if (flags.contains(MappingFlags::EXECUTE)) text += 'x';
  if (flags.contains(MappingFlags::USER)) text += 'u';
  return text;
}

std::string describe(const char* what, std::uintptr_t start, std::size_t size, MappingFlags flags) {
  return std::string(what) + ' ' + std::to_string(start - base_address) + '+' +
         std::to_string(size) + ' ' + text_of(flags);
}

void note_outside_attempt(std::string event) {
  if (is_accessing_user_memory()) event += " WITH THE FLAG SET";
  if (is_user_access_open<Platform>() == true) event += " WITH USER ACCESS OPEN";
  events.push_back(std::move(event));
}

// Where faults at an instruction continue; null: nowhere.
std::uintptr_t (*find_fixup)(std::uintptr_t pc) = nullptr;

// If the interrupted instruction has a fixup, sets the context to continue there; returns whether
// it has one.
bool apply_fixup([[maybe_unused]] void* context) {
#ifdef __x86_64__
  if (find_fixup == nullptr) return false;
  auto& instruction = static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP];
  const std::uintptr_t found = find_fixup(static_cast<std::uintptr_t>(instruction));
  if (found == 0) return false;
  instruction = static_cast<greg_t>(found);
  return true;
#else
  return false;
#endif
}

// A page fault in the range of an attempt, with the flag set, abandons the attempt. Any other fault
// is a crash: the instruction runs again with the default action of the signal.
void on_fault(int number, siginfo_t* info, void* context) {
  if (is_accessing_user_memory() && apply_fixup(context)) return;
  const VirtAddr address(reinterpret_cast<std::uintptr_t>(info->si_addr));
  for (const AttemptFrame* frame = innermost; frame != nullptr; frame = frame->outer) {
    if (frame->holds(address) && is_accessing_user_memory()) fault_at(address);
  }
  signal(number, SIG_DFL);
}

void handle_page_faults() {
  struct sigaction action = {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  require(sigaction(SIGSEGV, &action, nullptr) == 0, "sigaction");
}

}  // namespace

std::vector<std::string>& trail() { return events; }

void clear_trail() {
  events.clear();
  refused_attempt = 0;
  refused_lock = 0;
  watched_attempt = 0;
}

void refuse_attempt(int nth) { refused_attempt = nth; }

void before_attempt(int nth, std::function<void()> function) {
  watched_attempt = nth;
  at_watched_attempt = std::move(function);
}

void refuse_lock(int nth) { refused_lock = nth; }
bool is_lock_refused() { return is_due(refused_lock); }

void abandon_attempt() {
  require(innermost != nullptr, "abandon_attempt outside an attempt");
  longjmp(innermost->way_back, 1);
}

void fault_at(VirtAddr address) {
  while (innermost != nullptr && !innermost->holds(address)) innermost = innermost->outer;
  abandon_attempt();
}

int attempts_under_way() { return frames_under_way; }

void find_fixups_by(std::uintptr_t (*find)(std::uintptr_t pc)) { find_fixup = find; }

bool begin_access(std::uintptr_t start, std::size_t size_bytes, unsigned access_bits) {
  std::string event =
      describe("attempt", start, size_bytes, MappingFlags::from_bits_truncate(access_bits));
  if (!is_accessing_user_memory()) event += " WITH THE FLAG CLEAR";
  if (is_user_access_open<Platform>() == false) event += " WITH USER ACCESS CLOSED";
  const bool no_fault = (access_bits & AXPTR_NO_FAULT) != 0;
  if (no_fault) event += " no fault";
  if (locks_held != 0 && !no_fault) event += " WITH THE LOCK HELD";
  events.push_back(std::move(event));
  if (is_due(watched_attempt)) at_watched_attempt();
  if (is_due(refused_attempt)) {
    events.push_back("refused");
    return false;
  }
  return true;
}

void end_access(bool completed) { events.push_back(completed ? "end" : "abandoned"); }

void note_lock_taken() {
  note_outside_attempt(locks_held == 0 ? "lock" : "lock AGAIN");
  ++locks_held;
}

void note_lock_released() {
  --locks_held;
  note_outside_attempt("unlock");
}

void note_lock_refused() { note_outside_attempt("lock refused"); }

FakeMemory::FakeMemory(std::size_t page_count) : pages_(page_count), opened_(page_count) {
  handle_page_faults();
  const std::size_t size = page_count * kPageSize4K;
  const int file = memfd_create("fake memory", 0);
  require(file >= 0 && ftruncate(file, static_cast<off_t>(size)) == 0, "memfd_create");
  void* const open = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  // One page before and one after stay closed.
  void* const room =
      mmap(nullptr, size + 2 * kPageSize4K, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  require(open != MAP_FAILED && room != MAP_FAILED, "mmap");
  bytes_ = static_cast<std::uint8_t*>(open);
  user_ = static_cast<std::uint8_t*>(room) + kPageSize4K;
  require(mmap(user_, size, PROT_NONE, MAP_SHARED | MAP_FIXED, file, 0) == user_, "mmap");
  ::close(file);
  base_address = reinterpret_cast<std::uintptr_t>(user_);
}

FakeMemory::~FakeMemory() {
  const std::size_t size = page_count() * kPageSize4K;
  munmap(bytes_, size);
  munmap(user_ - kPageSize4K, size + 2 * kPageSize4K);
}

void FakeMemory::map_all(MappingFlags flags) {
  for (auto& page : pages_) page = flags;
}

void FakeMemory::close() {
  require(mprotect(user_, page_count() * kPageSize4K, PROT_NONE) == 0, "mprotect");
  for (MappingFlags& opened : opened_) opened = MappingFlags();
}

void FakeMemory::take_away(std::size_t page) {
  unmap(page);
  opened_[page] = MappingFlags();
  require(mprotect(user_ + page * kPageSize4K, kPageSize4K, PROT_NONE) == 0, "mprotect");
}

void FakeMemory::make_read_only(std::size_t page) {
  map(page, kUserRead);
  opened_[page] = kUserRead;
  require(mprotect(user_ + page * kPageSize4K, kPageSize4K, PROT_READ) == 0, "mprotect");
}

bool FakeMemory::allows(VirtAddrRange range, MappingFlags flags) const {
  const VirtAddr end = address(page_count() * kPageSize4K);
  if (range.start() < address(0) || range.end() > end) return false;
  for (VirtAddr page = range.start().align_down_4k(); page < range.end();
       page = *page.checked_add(kPageSize4K)) {
    const std::size_t index = (page.as_usize() - address(0).as_usize()) / kPageSize4K;
    if (!pages_[index] || !pages_[index]->contains(flags)) return false;
  }
  return true;
}

bool FakeMemory::check_region_access(VirtAddrRange range, MappingFlags flags) {
  note_outside_attempt(describe("check", range.start().as_usize(), range.size(), flags));
  if (range.is_empty()) events.push_back("AN EMPTY RANGE WAS CHECKED");
  if (!allows(range, flags)) return false;
  const VirtAddrRange pages = *range.page_cover();
  for (VirtAddr page = pages.start(); page < pages.end(); page = *page.checked_add(kPageSize4K)) {
    MappingFlags& opened = opened_[(page.as_usize() - address(0).as_usize()) / kPageSize4K];
    if (opened.contains(flags)) continue;
    opened = opened | flags;
    const int writable = opened.contains(MappingFlags::WRITE) ? PROT_WRITE : 0;
    require(
        mprotect(reinterpret_cast<void*>(page.as_usize()), kPageSize4K, PROT_READ | writable) == 0,
        "mprotect");
  }
  return true;
}

LinuxResult<void> FakeMemory::populate_area(VirtAddrRange pages, MappingFlags flags) {
  note_outside_attempt(describe("populate", pages.start().as_usize(), pages.size(), flags));
  const std::size_t wanted = pages.size() / kPageSize4K;
  if (wanted > frames_) return std::unexpected(LinuxError::kEnomem);
  frames_ -= wanted;
  return {};
}

}  // namespace axptr::testing

extern "C" bool axptr_platform_attempt(std::uintptr_t start, std::size_t size_bytes,
                                       unsigned access_bits, void (*body)(void* argument),
                                       void* argument) {
  using namespace axptr::testing;  // NOLINT(google-build-using-namespace)
  if (!begin_access(start, size_bytes, access_bits)) return false;
  AttemptFrame frame{.way_back = {},
                     .start = axptr::VirtAddr(start),
                     .size_bytes = size_bytes,
                     .outer = innermost,
                     .outer_attempts = frames_under_way,
                     .flag = axptr::is_accessing_user_memory(),
                     .user_access = axptr::Platform::open_user_access()};
  innermost = &frame;
  ++frames_under_way;
  const bool completed = setjmp(frame.way_back) == 0;
  if (completed) body(argument);
  const AttemptFrame& begun = *innermost;  // this one: those inside it are gone
  axptr::Platform::restore_user_access(begun.user_access);
  axptr::set_accessing_user_memory(begun.flag);
  frames_under_way = begun.outer_attempts;
  innermost = begun.outer;
  end_access(completed);
  return completed;
}
