#include "sim/machine/kernel_buffer.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "sim/machine/check.h"
#include "sim/machine/host_limit.h"
#include "sim/machine/user_touch.h"

namespace sim {
namespace {

constexpr size_t kPieceBytes = 4096;

// What memory looks like that nothing was written to.
struct Untouched {
  constexpr Untouched() { std::fill_n(bytes, kPieceBytes, KernelBuffer::kUntouchedByte); }
  uint8_t bytes[kPieceBytes];
};
constexpr Untouched kUntouched;

// The bytes of [first, first + size) up to the last one that was written.
size_t WrittenBytes(const char* first, size_t size) {
  while (size != 0) {
    const size_t piece = std::min(size, kPieceBytes);
    if (memcmp(first + size - piece, kUntouched.bytes, piece) != 0) break;
    size -= piece;
  }
  while (size != 0 && static_cast<uint8_t>(first[size - 1]) == KernelBuffer::kUntouchedByte) --size;
  return size;
}

// The first of the guard bytes at `first` that was written; null: none.
const char* FirstWritten(const char* first) {
  if (memcmp(first, kUntouched.bytes, KernelBuffer::kGuardBytes) == 0) return nullptr;
  return std::find_if(first, first + KernelBuffer::kGuardBytes, [](char byte) {
    return static_cast<uint8_t>(byte) != KernelBuffer::kUntouchedByte;
  });
}

[[noreturn]] void Refused() {
  StopForHost("memory for a buffer of the kernel's", "80 KiB in three mappings");
}

}  // namespace

KernelBuffer::KernelBuffer() {
  void* const reserved =
      mmap(nullptr, kMemoryBytes + 2 * kPageBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (reserved == MAP_FAILED) Refused();
  memory_ = static_cast<char*>(reserved) + kPageBytes;
  if (mprotect(memory_, kMemoryBytes, PROT_READ | PROT_WRITE) != 0) Refused();
  Clean(memory_, kMemoryBytes);
}

KernelBuffer::~KernelBuffer() { munmap(memory_ - kPageBytes, kMemoryBytes + 2 * kPageBytes); }

std::span<char> KernelBuffer::Lend(size_t size_bytes) {
  SIM_CHECK(size_bytes <= kMaxBytes);
  if (room_.data() != nullptr) Clean(memory_, kMemoryBytes);
  room_ = {memory_ + kMemoryBytes - kGuardBytes - size_bytes, size_bytes};
  return room_;
}

KernelBuffer::Written KernelBuffer::TakeBack() {
  SIM_CHECK(room_.data() != nullptr);
  char* const first = room_.data();
  char* const end = first + room_.size();
  Written written;
  written.bytes = WrittenBytes(first, room_.size());
  written.fingerprint = FingerprintUserMemory(reinterpret_cast<uint64_t>(first), written.bytes);
  Clean(first, written.bytes);
  const char* outside = FirstWritten(first - kGuardBytes);
  if (outside == nullptr) outside = FirstWritten(end);
  if (outside != nullptr) {
    written.outside = outside - first;
    Clean(memory_, kMemoryBytes);
  }
  room_ = {};
  return written;
}

void KernelBuffer::Clean(char* first, size_t size) { memset(first, kUntouchedByte, size); }

}  // namespace sim
