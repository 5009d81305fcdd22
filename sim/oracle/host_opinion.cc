// Makes raw system calls, not libc's wrappers: sanitizers replace the wrappers by functions that
// access the memory first, and would fault at the addresses checked here.
#include "sim/oracle/host_opinion.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#ifndef MADV_POPULATE_READ  // since Linux 5.14
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

namespace sim {
namespace {

constexpr uint64_t kPage = 4096;

// Exchanges `size` bytes between `own` and `address` by the system call `number`; returns how many.
size_t ProcessVm(long number, uint8_t* own, uint64_t address, size_t size) {
  const iovec local = {own, size};
  const iovec remote = {reinterpret_cast<void*>(address), size};
  // All arguments have register width; the upper bits of a narrower argument are undefined.
  const long done = syscall(number, long{getpid()}, &local, 1L, &remote, 1L, 0L);
  return done < 0 ? 0 : static_cast<size_t>(done);
}

bool PermitsByProcessVm(uint8_t* piece, uint64_t start, size_t size, bool write) {
  // x86 has no write-only memory: if a byte cannot be read, it cannot be written.
  return ProcessVm(SYS_process_vm_readv, piece, start, size) == size &&
         (!write || ProcessVm(SYS_process_vm_writev, piece, start, size) == size);
}

bool PermitsByPopulate(uint64_t start, size_t size, bool write) {
  const uint64_t first = start - start % kPage;
  const uint64_t last = start + size - (size == 0 ? 0 : 1);
  const uint64_t bytes = size == 0 ? 0 : last - last % kPage - first + kPage;
  const long advice = write ? MADV_POPULATE_WRITE : MADV_POPULATE_READ;
  return syscall(SYS_madvise, first, bytes, advice) == 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<HostOpinion>> HostOpinion::Create() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
    return absl::UnavailableError(absl::StrCat("a pipe to ask the host: ", strerror(errno)));
  }
  std::unique_ptr<HostOpinion> host(new HostOpinion(ends[0], ends[1]));
  bool any = false;
  for (int i = 0; i < kHostWitnessCount; ++i) {
    host->has_[i] = host->AnswersRight(static_cast<HostWitness>(i));
    any = any || host->has_[i];
  }
  if (!any)
    return absl::UnavailableError("no system call of this host reports what user memory permits");
  return host;
}

HostOpinion::HostOpinion(int read_end, int write_end)
    : read_end_(read_end), write_end_(write_end), piece_(kPieceBytes) {}

HostOpinion::~HostOpinion() {
  close(read_end_);
  close(write_end_);
}

bool HostOpinion::AnswersRight(HostWitness witness) {
  constexpr size_t kPages = 3;  // rw-, r--, ---
  void* const memory =
      mmap(nullptr, kPages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  const auto start = reinterpret_cast<uint64_t>(memory);
  bool right = mprotect(static_cast<uint8_t*>(memory) + kPage, kPage, PROT_READ) == 0 &&
               mprotect(static_cast<uint8_t*>(memory) + 2 * kPage, kPage, PROT_NONE) == 0;
  right = right && Permits(witness, start, 2 * kPage, /*write=*/false) &&
          !Permits(witness, start, 3 * kPage, /*write=*/false) &&
          Permits(witness, start, kPage, /*write=*/true) &&
          !Permits(witness, start, 2 * kPage, /*write=*/true);
  munmap(memory, kPages * kPage);
  return right;
}

bool HostOpinion::Permits(HostWitness witness, uint64_t start, uint64_t size, bool write) {
  // Also queries zero bytes.
  uint64_t done = 0;
  do {
    const size_t piece = std::min<uint64_t>(size - done, kPieceBytes);
    if (!PermitsPiece(witness, start + done, piece, write)) return false;
    done += piece;
  } while (done < size);
  return true;
}

bool HostOpinion::PermitsPiece(HostWitness witness, uint64_t start, size_t size, bool write) {
  switch (witness) {
    case HostWitness::kProcessVm:
      return PermitsByProcessVm(piece_.data(), start, size, write);
    case HostWitness::kPopulate:
      return PermitsByPopulate(start, size, write);
    case HostWitness::kPipe:
      return PermitsByPipe(start, size, write);
  }
  return false;
}

bool HostOpinion::PermitsByPipe(uint64_t start, size_t size, bool write) {
  const long in = syscall(SYS_write, write_end_, start, size);
  bool permits = in == static_cast<long>(size);
  if (permits && write) permits = syscall(SYS_read, read_end_, start, size) == in;
  // Drains the pipe.
  while (in > 0 && syscall(SYS_read, read_end_, piece_.data(), piece_.size()) > 0) {
  }
  return permits;
}

bool HostOpinion::Fetch(uint64_t start, size_t size) {
  if (Has(HostWitness::kProcessVm)) {
    return ProcessVm(SYS_process_vm_readv, piece_.data(), start, size) == size;
  }
  const auto wanted = static_cast<long>(size);
  return syscall(SYS_write, write_end_, start, size) == wanted &&
         syscall(SYS_read, read_end_, piece_.data(), size) == wanted;
}

std::optional<uint64_t> HostOpinion::CountToTerminator(uint64_t start, uint64_t end,
                                                       uint64_t element_size) {
  array_.clear();
  for (uint64_t count = 0; start + array_.size() < end;) {
    const uint64_t next = start + array_.size();
    const size_t to_page_end = std::min(kPage - next % kPage, end - next);
    if (!Fetch(next, to_page_end)) break;
    array_.insert(array_.end(), piece_.begin(), piece_.begin() + static_cast<long>(to_page_end));
    for (; (count + 1) * element_size <= array_.size(); ++count) {
      const auto element = array_.begin() + static_cast<long>(count * element_size);
      const auto element_end = element + static_cast<long>(element_size);
      if (std::all_of(element, element_end, [](uint8_t byte) { return byte == 0; })) return count;
    }
  }
  return std::nullopt;
}

}  // namespace sim
