#include "sim/machine/window.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "sim/machine/check.h"

namespace sim {
namespace {

// Beyond this many pages (64 MiB) the memory of a finished run is given back.
constexpr uint64_t kKeptPages = 16384;
// The system keeps one record of neighbouring pages that are alike, and half of what a change of
// protection costs is to split and join those. The first pages, where most scenarios are, get
// different advice by turns: it means nothing here but that each has a record of its own.
constexpr uint64_t kPagesApart = 8;
// Beyond this many noted ranges they are taken together.
constexpr size_t kMaxNoted = 256;

uint8_t* PageAddress(uint64_t page) {
  return reinterpret_cast<uint8_t*>(Window::kStart + page * Window::kPageBytes);
}

absl::Status SystemError(absl::string_view what) {
  return absl::UnavailableError(absl::StrCat(what, ": ", strerror(errno)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Window>> Window::Reserve() {
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
    const absl::Status status =
        SystemError("cannot reserve 64 GiB of addresses at 0x550000000000 for the user window");
    if (window != MAP_FAILED) munmap(window, kBytes);
    return status;
  }
  void* const direct_map =
      mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0);
  if (direct_map == MAP_FAILED) {
    const absl::Status status = SystemError("mmap of the direct map of the user window");
    munmap(window, kBytes);
    return status;
  }
  // A core file or a fork of the process should not carry 64 GiB of page tables along.
  madvise(window, kBytes, MADV_DONTDUMP);
  madvise(direct_map, kBytes, MADV_DONTDUMP);
  for (uint64_t page = 1; page < kPagesApart; page += 2) {
    madvise(PageAddress(page), kPageBytes, MADV_SEQUENTIAL);
  }
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
      backed_(kPages) {
  taken_away_.reserve(kMaxNoted);
}

Window::~Window() {
  munmap(reinterpret_cast<void*>(kStart), kBytes);
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
    // A page that is writable already must not fall back to readable with its neighbours.
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
    written_.Set(page, run_end);  // what was writable may have been written
    Protect(page, run_end, access);
    page = too_much.FindSet(run_end, end);
  }
}

void Window::Protect(uint64_t first, uint64_t end, HardwareAccess access) {
  const int protection = access == HardwareAccess::kNone   ? PROT_NONE
                         : access == HardwareAccess::kRead ? PROT_READ
                                                           : PROT_READ | PROT_WRITE;
  const int failed = mprotect(PageAddress(first), (end - first) * kPageBytes, protection);
  SIM_CHECK(failed == 0);
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

void Window::SetPastEndOfFile(uint64_t first, uint64_t end, bool past_end) {
  void* const address = PageAddress(first);
  const auto offset = past_end ? 0 : static_cast<off_t>(first * kPageBytes);
  // Past libc's mmap: ThreadSanitizer takes it for a write of these bytes by this thread, and so
  // for a race with every CPU that loads from them just now. But that may be: such a load gets the
  // old bytes, or faults.
  const long mapped =
      syscall(SYS_mmap, address, (end - first) * kPageBytes, PROT_NONE,
              MAP_SHARED | MAP_NORESERVE | MAP_FIXED, past_end ? empty_file_ : file_, offset);
  SIM_CHECK(mapped == reinterpret_cast<long>(address));
  readable_.Clear(first, end);
  writable_.Clear(first, end);
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

void Window::GiveMemoryBack() {
  if (backed_pages_ <= kKeptPages) return;
  LowerTo(0, kPages, HardwareAccess::kNone);
  const int failed = fallocate(file_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, kBytes);
  SIM_CHECK(failed == 0);
  written_.Clear(0, kPages);
  backed_.Clear(0, kPages);
  backed_pages_ = 0;
}

void Window::NoteWritten(uint64_t first, uint64_t end) {
  written_.Set(first, end);
  backed_pages_ += end - first - backed_.Count(first, end);
  backed_.Set(first, end);
}

}  // namespace sim
