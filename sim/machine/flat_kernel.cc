#include "sim/machine/flat_kernel.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "sim/machine/subject_flag.h"
#include "sim/machine/window.h"

namespace sim {

absl::StatusOr<std::unique_ptr<FlatMemory>> FlatMemory::Reserve() {
  void* const wanted = reinterpret_cast<void*>(Window::kStart);
  void* const memory =
      mmap(wanted, Window::kBytes, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (memory == wanted) return std::unique_ptr<FlatMemory>(new FlatMemory);
  // A host kernel without MAP_FIXED_NOREPLACE treats the address as a hint.
  if (memory != MAP_FAILED) munmap(memory, Window::kBytes);
  return absl::UnavailableError("no memory where the window of user addresses should be");
}

FlatMemory::~FlatMemory() { munmap(reinterpret_cast<void*>(Window::kStart), Window::kBytes); }

void FlatMemory::Write(uint64_t start, uint64_t size, std::span<const uint8_t> pattern) {
  auto* const bytes = reinterpret_cast<uint8_t*>(start);
  uint64_t done = std::min<uint64_t>(pattern.size(), size);
  if (done == 1) {
    memset(bytes, pattern[0], size);
    done = size;
  } else {
    memcpy(bytes, pattern.data(), done);
  }
  while (done < size) {  // `done` bytes hold whole patterns; each round doubles them
    const uint64_t more = std::min(done, size - done);
    memcpy(bytes + done, bytes, more);
    done += more;
  }
  NoteWritten(start, size);
}

void FlatMemory::NoteWritten(uint64_t start, uint64_t size) {
  const uint64_t end = start + size;
  for (Bytes& bytes : written_) {
    if (end < bytes.start || bytes.end < start) continue;
    bytes = {std::min(bytes.start, start), std::max(bytes.end, end)};
    return;
  }
  written_.push_back({start, end});
}

void FlatMemory::Forget(uint64_t start, uint64_t size) {
  const uint64_t end = start + size;
  for (const Bytes& bytes : written_) {
    const uint64_t from = std::max(start, bytes.start);
    const uint64_t to = std::min(end, bytes.end);
    if (from < to) memset(reinterpret_cast<void*>(from), 0, to - from);
  }
  std::erase_if(written_,
                [&](const Bytes& bytes) { return start <= bytes.start && bytes.end <= end; });
}

absl::StatusOr<std::unique_ptr<Kernel>> FlatKernel::Create() {
  absl::StatusOr<std::unique_ptr<FlatMemory>> memory = FlatMemory::Reserve();
  if (!memory.ok()) return memory.status();
  return std::unique_ptr<Kernel>(new FlatKernel(*std::move(memory)));
}

FlatKernel::FlatKernel(std::unique_ptr<FlatMemory> memory)
    : Kernel(/*window=*/nullptr), memory_(std::move(memory)) {
  address_space_.set_contents(memory_.get());
}

FlatKernel::~FlatKernel() { address_space_.set_contents(nullptr); }

bool FlatKernel::Attempt(uint64_t start, uint64_t size, uint8_t access, void (*body)(void*),
                         void* argument) {
  Event event = NewEvent(EventKind::kAttemptBegun);
  event.address = start;
  event.size = size;
  event.access = access;
  Record(event);
  CountStep();
  const bool write = (access & axptr::MappingFlags::WRITE.bits()) != 0;
  if (!Window::ContainsRange(start, size)) PanicAt(start, write, KernelBug::kOutOfRange);
  if (write) memory_->NoteWritten(start, size);
  body(argument);
  event.kind = EventKind::kAttemptEnded;
  event.flag = FaultsAllowed();
  event.lock_held = lock_.held_by(current_cpu_);
  Record(event);
  return true;
}

void FlatKernel::UseAsKernel(uint64_t start, uint64_t size, bool write,
                             absl::FunctionRef<void()> body) {
  body();
  if (write) memory_->NoteWritten(start, size);
}

}  // namespace sim
