#include "sim/machine/window.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "sim/machine/host_limit.h"
#include "sim/machine/window_key.h"

namespace sim {
namespace {

// Linux merges adjacent equal VMAs, and splitting and merging them is half the cost of mprotect().
// Alternating madvise() values keep the first kPagesApart pages, which most scenarios use, in VMAs
// of their own. The advice has no other effect here.
constexpr uint64_t kPagesApart = 8;
// If more ranges than this are recorded, they are merged into one.
constexpr size_t kMaxNoted = 256;

uint8_t* PageAddress(uint64_t page) {
  return reinterpret_cast<uint8_t*>(Window::kStart + page * Window::kPageBytes);
}

int ProtectionOf(HardwareAccess access) {
  switch (access) {
    case HardwareAccess::kNone:
      return PROT_NONE;
    case HardwareAccess::kRead:
      return PROT_READ;
    case HardwareAccess::kReadWrite:
      return PROT_READ | PROT_WRITE;
  }
  return PROT_NONE;
}

// Gives pages [first, end) the key of the window, which mmap() takes away and mprotect() leaves.
// Returns false if the host refuses.
bool GiveKey(uint64_t first, uint64_t end, HardwareAccess access) {
  if (!HardwareClosesWindow()) return true;
  return syscall(SYS_pkey_mprotect, PageAddress(first), (end - first) * Window::kPageBytes,
                 long{ProtectionOf(access)}, long{g_window_key}) == 0;
}

// Maps pages [first, end) of the window to pages of `file`, from its page `file_first` on. Usually
// the offset in the file equals the offset in the window, so that adjacent pages form one mapping
// of the host. Returns false if the host refuses.
bool MapPages(int file, uint64_t file_first, uint64_t first, uint64_t end, HardwareAccess access) {
  // Bypasses mmap() of libc: ThreadSanitizer treats mmap() as a write of these bytes by this
  // thread, and would report a race with every concurrent load. Such loads are permitted: a load
  // gets the old bytes, or faults. All arguments have the width of a register, because syscall()
  // leaves the upper half of a narrower argument undefined.
  const long mapped =
      syscall(SYS_mmap, PageAddress(first), (end - first) * Window::kPageBytes,
              long{ProtectionOf(access)}, long{MAP_SHARED | MAP_NORESERVE | MAP_FIXED}, long{file},
              static_cast<long>(file_first * Window::kPageBytes));
  return mapped != -1 && GiveKey(first, end, access);
}

// Sets the advice of the pages (kPagesApart). To be called after the whole window was mapped.
void AdvisePages() {
  // Keeps the window of 64 GiB out of core files.
  madvise(PageAddress(0), Window::kBytes, MADV_DONTDUMP);
  for (uint64_t page = 1; page < kPagesApart; page += 2) {
    madvise(PageAddress(page), Window::kPageBytes, MADV_SEQUENTIAL);
  }
}

[[noreturn]] void StopForMappings() {
  StopForHost("a change of protection in the user window",
              "room for a mapping more (vm.max_map_count; ulimit -v)");
}

absl::Status SystemError(absl::string_view what) {
  return absl::UnavailableError(absl::StrCat(what, ": ", strerror(errno)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Window>> Window::Reserve() {
  // The system kills a process whose file exceeds this limit.
  struct rlimit file_size = {};
  if (getrlimit(RLIMIT_FSIZE, &file_size) == 0 && file_size.rlim_cur < kBytes) {
    return absl::UnavailableError(
        absl::StrCat("files are limited to ", file_size.rlim_cur,
                     " bytes; expected at least 64 GiB for the user window (ulimit -f)"));
  }
  const int file = memfd_create("user-window", MFD_CLOEXEC);
  const int empty_file = memfd_create("user-window-end-of-file", MFD_CLOEXEC);
  absl::Cleanup close_files = [=] {
    close(file);
    close(empty_file);
  };
  if (file < 0 || empty_file < 0) return SystemError("memfd_create of the user window");
  if (ftruncate(file, kBytes) != 0) return SystemError("ftruncate of the user window");
  void* const window = mmap(reinterpret_cast<void*>(kStart), kBytes, PROT_NONE,
                            MAP_SHARED | MAP_NORESERVE | MAP_FIXED_NOREPLACE, file, 0);
  if (window != reinterpret_cast<void*>(kStart)) {
    const absl::Status status = SystemError(
        "cannot reserve 64 GiB of addresses at 0x550000000000 for the user window (they must be "
        "free, and ulimit -v must allow 130 GiB)");
    if (window != MAP_FAILED) munmap(window, kBytes);
    return status;
  }
  void* const direct_map =
      mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0);
  if (direct_map == MAP_FAILED) {
    const absl::Status status =
        SystemError("cannot map the user window a second time (ulimit -v must allow 130 GiB)");
    munmap(window, kBytes);
    return status;
  }
  AdvisePages();
  madvise(direct_map, kBytes, MADV_DONTDUMP);
  TakeWindowKey();
  if (!GiveKey(0, kPages, HardwareAccess::kNone)) FreeWindowKey();
  std::move(close_files).Cancel();
  return std::unique_ptr<Window>(new Window(file, empty_file, static_cast<uint8_t*>(direct_map)));
}

Window::Window(int file, int empty_file, uint8_t* direct_map)
    : file_(file),
      empty_file_(empty_file),
      direct_map_(direct_map),
      readable_(kPages),
      writable_(kPages),
      written_(kPages),
      backed_(kPages),
      at_empty_file_(kPages) {
  taken_away_.reserve(kMaxNoted);
  most_mappings_ = kPagesApart + 1;
}

Window::Memory::Memory()
    : file_(memfd_create("user-window", MFD_CLOEXEC)), written_(kPages), backed_(kPages) {
  void* const map =
      file_ < 0 || ftruncate(file_, kBytes) != 0
          ? MAP_FAILED
          : mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file_, 0);
  if (map == MAP_FAILED) StopForHost("a second address space", "64 GiB more (ulimit -v: 194 GiB)");
  madvise(map, kBytes, MADV_DONTDUMP);
  direct_map_ = static_cast<uint8_t*>(map);
}

Window::Memory::~Memory() {
  munmap(direct_map_, kBytes);
  close(file_);
}

void Window::Exchange(Memory* memory) {
  Close();
  std::swap(file_, memory->file_);
  std::swap(direct_map_, memory->direct_map_);
  std::swap(written_, memory->written_);
  std::swap(backed_, memory->backed_);
  std::swap(backed_pages_, memory->backed_pages_);
  std::swap(backed_limit_, memory->backed_limit_);
  std::swap(shown_, memory->shown_);
  MapAllMemory();
  taken_away_.clear();
}

Window::~Window() {
  munmap(reinterpret_cast<void*>(kStart), kBytes);
  FreeWindowKey();
  munmap(direct_map_, kBytes);
  close(file_);
  close(empty_file_);
}

HardwareAccess Window::Now(uint64_t page) const {
  if (writable_.Test(page)) return HardwareAccess::kReadWrite;
  return readable_.Test(page) ? HardwareAccess::kRead : HardwareAccess::kNone;
}

void Window::Raise(uint64_t first, uint64_t end, HardwareAccess access) {
  if (access == HardwareAccess::kNone) return;
  const PageBits& raised = access == HardwareAccess::kReadWrite ? writable_ : readable_;
  for (uint64_t page = raised.FindClear(first, end); page < end;) {
    uint64_t run_end = raised.FindSet(page, end);
    // Stops before a writable page, which must not be lowered to readable together with its
    // neighbours.
    if (access == HardwareAccess::kRead) run_end = writable_.FindSet(page, run_end);
    Protect(page, run_end, access);
    page = raised.FindClear(run_end, end);
  }
}

void Window::NoteTakenAway(uint64_t first, uint64_t end) {
  if (taken_away_.size() == kMaxNoted) {
    Pages all = taken_away_.front();
    for (const Pages& pages : taken_away_) {
      all = {std::min(all.first, pages.first), std::max(all.end, pages.end)};
    }
    taken_away_.assign(1, all);
  }
  taken_away_.push_back({first, end});
}

void Window::LowerTo(uint64_t first, uint64_t end, HardwareAccess access) {
  if (access == HardwareAccess::kReadWrite) return;
  const PageBits& too_much = access == HardwareAccess::kNone ? readable_ : writable_;
  for (uint64_t page = too_much.FindSet(first, end); page < end;) {
    const uint64_t run_end = too_much.FindClear(page, end);
    NoteWritableAsWritten(page, run_end);
    Protect(page, run_end, access);
    page = too_much.FindSet(run_end, end);
  }
}

void Window::NoteWritableAsWritten(uint64_t first, uint64_t end) {
  for (uint64_t page = writable_.FindSet(first, end); page < end;) {
    const uint64_t run_end = writable_.FindClear(page, end);
    written_.Set(page, run_end);
    page = writable_.FindSet(run_end, end);
  }
}

void Window::CountMappings() {
  // The change may split the mapping at the start of the range and the mapping at its end.
  most_mappings_ += 2;
  if (most_mappings_ > kMaxMappings) {
    Close();
    most_mappings_ += 2;
  }
}

void Window::Protect(uint64_t first, uint64_t end, HardwareAccess access) {
  CountMappings();
  uint8_t* const address = PageAddress(first);
  const size_t size = (end - first) * kPageBytes;
  if (mprotect(address, size, ProtectionOf(access)) != 0) {
    Close();  // other mappings of the process may have used up the host's limit
    if (mprotect(address, size, ProtectionOf(access)) != 0) StopForMappings();
  }
  if (access == HardwareAccess::kNone) {
    readable_.Clear(first, end);
  } else {
    readable_.Set(first, end);
    backed_pages_ += end - first - backed_.Count(first, end);
    backed_.Set(first, end);
  }
  if (access == HardwareAccess::kReadWrite) {
    writable_.Set(first, end);
  } else {
    writable_.Clear(first, end);
  }
}

void Window::MapFile(int file, uint64_t file_first, uint64_t first, uint64_t end,
                     HardwareAccess access) {
  CountMappings();
  if (MapPages(file, file_first, first, end, access)) return;
  Close();
  if (!MapPages(file, file_first, first, end, access)) StopForMappings();
}

void Window::MapMemory(uint64_t first, uint64_t end) {
  while (first < end) {
    const auto shown = shown_.lower_bound(first);
    if (shown != shown_.end() && shown->first == first) {
      MapFile(file_, shown->second, first, first + 1, HardwareAccess::kNone);
      ++first;
      continue;
    }
    const uint64_t own_end = shown == shown_.end() ? end : std::min(end, shown->first);
    MapFile(file_, first, first, own_end, HardwareAccess::kNone);
    first = own_end;
  }
}

void Window::Show(uint64_t page, uint64_t home) {
  NoteWritableAsWritten(page, page + 1);
  if (home == page) {
    shown_.erase(page);
  } else {
    shown_[page] = home;
  }
  MapMemory(page, page + 1);
  at_empty_file_.Clear(page, page + 1);
  readable_.Clear(page, page + 1);
  writable_.Clear(page, page + 1);
}

bool Window::RaisePastEndOfFile(uint64_t first, uint64_t end, HardwareAccess access) {
  bool any = false;
  for (uint64_t page = readable_.FindClear(first, end); page < end;) {
    const uint64_t run_end = readable_.FindSet(page, end);
    MapFile(empty_file_, page, page, run_end, access);
    at_empty_file_.Set(page, run_end);
    // writable_ stays clear: a page past the end of a file holds no memory to write to.
    readable_.Set(page, run_end);
    any = true;
    page = readable_.FindClear(run_end, end);
  }
  return any;
}

void Window::NoteNotPastEndOfFile(uint64_t first, uint64_t end) {
  for (uint64_t page = at_empty_file_.FindSet(first, end); page < end;) {
    const uint64_t run_end = at_empty_file_.FindClear(page, end);
    MapMemory(page, run_end);
    at_empty_file_.Clear(page, run_end);
    readable_.Clear(page, run_end);
    page = at_empty_file_.FindSet(run_end, end);
  }
}

void Window::Close() {
  // One call for the whole window splits no mapping; therefore it succeeds also at the host's limit
  // on mappings.
  if (mprotect(PageAddress(0), kBytes, PROT_NONE) != 0) StopForMappings();
  if (at_empty_file_.FindSet(0, kPages) != kPages) {
    MapAllMemory();
    at_empty_file_.Clear(0, kPages);
  }
  NoteWritableAsWritten(0, kPages);
  readable_.Clear(0, kPages);
  writable_.Clear(0, kPages);
  most_mappings_ = kPagesApart + 1 + 2 * shown_.size();
  ++closings_;
}

void Window::MapAllMemory() {
  if (!MapPages(file_, 0, 0, kPages, HardwareAccess::kNone)) StopForMappings();
  for (const auto& [page, home] : shown_) {
    if (!MapPages(file_, home, page, page + 1, HardwareAccess::kNone)) StopForMappings();
  }
  AdvisePages();
  most_mappings_ = kPagesApart + 1 + 2 * shown_.size();
}

void Window::Forget(uint64_t first, uint64_t end) {
  for (const PageBits* dirty : {&written_, &writable_}) {
    for (uint64_t page = dirty->FindSet(first, end); page < end;) {
      const uint64_t run_end = dirty->FindClear(page, end);
      memset(DirectMap(kStart + page * kPageBytes), 0, (run_end - page) * kPageBytes);
      page = dirty->FindSet(run_end, end);
    }
  }
  written_.Clear(first, end);
}

void Window::BoundMemory() {
  if (backed_pages_ < backed_limit_) return;
  Close();
  DropZeros();
  backed_limit_ = backed_pages_ + kSparePages;
}

void Window::DropZeros() {
  for (uint64_t page = backed_.FindSet(0, kPages); page < kPages;) {
    if (written_.Test(page)) {
      page = backed_.FindSet(written_.FindClear(page, kPages), kPages);
      continue;
    }
    const uint64_t run_end = written_.FindSet(page, backed_.FindClear(page, kPages));
    Drop(page, run_end);
    page = backed_.FindSet(run_end, kPages);
  }
}

void Window::Drop(uint64_t first, uint64_t end) {
  const int failed = fallocate(file_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                               static_cast<off_t>(first * kPageBytes),
                               static_cast<off_t>((end - first) * kPageBytes));
  if (failed != 0) StopForHost("to take memory back", "fallocate(2) with FALLOC_FL_PUNCH_HOLE");
  backed_pages_ -= backed_.Count(first, end);
  backed_.Clear(first, end);
}

void Window::GiveMemoryBack() {
  backed_limit_ = kSparePages;
  if (backed_pages_ <= kSparePages) return;
  Close();
  written_.Clear(0, kPages);
  Drop(0, kPages);
}

void Window::NoteWritten(uint64_t first, uint64_t end) {
  written_.Set(first, end);
  backed_pages_ += end - first - backed_.Count(first, end);
  backed_.Set(first, end);
}

uint64_t Window::HostMemoryBytes() const {
  struct stat status = {};
  if (fstat(file_, &status) != 0) StopForHost("the size of the user window", "fstat(2)");
  constexpr uint64_t kBlockBytes = 512;
  return static_cast<uint64_t>(status.st_blocks) * kBlockBytes;
}

}  // namespace sim
