#include "sim/machine/kernel_buffer.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "sim/machine/buffer_hash.h"
#include "sim/machine/check.h"
#include "sim/machine/host_limit.h"

namespace sim {
namespace {

[[noreturn]] void Refused() {
  StopForHost("memory for a buffer of the kernel's", "700 KiB in 35 mappings");
}

}  // namespace

// The part of the pattern that a call can use.
struct KernelBuffer::Pattern {
  static constexpr size_t kBytes = kPatternStarts + kPageBytes + kMaxPages * kPageBytes;

  Pattern() {
    for (size_t i = 0; i < kBytes; ++i) bytes[i] = PatternAt(i);
  }
  static const uint8_t* Bytes() {
    static const Pattern pattern;
    return pattern.bytes;
  }

  uint8_t bytes[kBytes];
};

KernelBuffer::KernelBuffer() : pattern_(Pattern::Bytes()) {
  void* const reserved = mmap(nullptr, kAllPages * kPageBytes, PROT_NONE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (reserved == MAP_FAILED) Refused();
  memory_ = static_cast<char*>(reserved);
  for (size_t pages = 1; pages <= kMaxPages; ++pages) {
    char* const first = memory_ + FirstPageOf(pages) * kPageBytes;
    if (mprotect(first, pages * kPageBytes, PROT_READ | PROT_WRITE) != 0) Refused();
  }
}

KernelBuffer::~KernelBuffer() { munmap(memory_, kAllPages * kPageBytes); }

std::span<char> KernelBuffer::Lend(size_t size_bytes) {
  SIM_CHECK(size_bytes <= kMaxBytes);
  const size_t around = place_ == Place::kMiddle ? 2 * kMiddleBytes : 0;
  const size_t count = std::max<size_t>(1, (size_bytes + around + kPageBytes - 1) / kPageBytes);
  pages_ = {memory_ + FirstPageOf(count) * kPageBytes, count * kPageBytes};
  // The pattern starts at most one page before the room.
  const size_t in_front =
      place_ == Place::kStart ? 0 : std::min(kPageBytes, pages_.size() - around / 2 - size_bytes);
  room_ = pages_.subspan(in_front, size_bytes);
  memcpy(pages_.data(), PatternFrom(-static_cast<int64_t>(in_front)), pages_.size());
  return room_;
}

const uint8_t* KernelBuffer::PatternFrom(int64_t index) const {
  return pattern_ + PatternStart(call_) + int64_t{kPageBytes} + index;
}

std::optional<int64_t> KernelBuffer::IndexInGuard(uint64_t address) const {
  if (room_.data() == nullptr) return std::nullopt;
  const uint64_t before = reinterpret_cast<uint64_t>(pages_.data()) - kPageBytes;
  const uint64_t behind = reinterpret_cast<uint64_t>(pages_.data()) + pages_.size();
  if (address - before >= kPageBytes && address - behind >= kPageBytes) return std::nullopt;
  return static_cast<int64_t>(address - reinterpret_cast<uint64_t>(room_.data()));
}

KernelBuffer::Written KernelBuffer::TakeBack() {
  SIM_CHECK(room_.data() != nullptr);
  const auto size = static_cast<int64_t>(room_.size());
  const int64_t first = pages_.data() - room_.data();
  const int64_t end = first + static_cast<int64_t>(pages_.size());
  Written written;
  written.bytes = WrittenBytes();
  written.fingerprint = HashOfBuffer(room_.data(), written.bytes);
  const int64_t before = FirstWritten(first, 0);
  const int64_t behind = FirstWritten(size, end);
  if (before != 0) {
    written.outside = before;
  } else if (behind != end) {
    written.outside = behind;
  }
  room_ = {};
  return written;
}

size_t KernelBuffer::WrittenBytes() const {
  const auto* const bytes = reinterpret_cast<const uint8_t*>(room_.data());
  const uint8_t* const pattern = PatternFrom(0);
  size_t size = room_.size();
  // Compares in decreasing piece sizes: with a sanitizer, a loop over single bytes is slow.
  for (const size_t most : {kPageBytes, size_t{256}, size_t{16}, size_t{1}}) {
    while (size != 0) {
      const size_t piece = std::min(size, most);
      if (memcmp(bytes + size - piece, pattern + size - piece, piece) != 0) break;
      size -= piece;
    }
  }
  return size;
}

int64_t KernelBuffer::FirstWritten(int64_t from, int64_t to) const {
  const auto* const bytes = reinterpret_cast<const uint8_t*>(room_.data());
  const uint8_t* const pattern = PatternFrom(0);
  if (memcmp(bytes + from, pattern + from, static_cast<size_t>(to - from)) == 0) return to;
  while (bytes[from] == pattern[from]) ++from;
  return from;
}

}  // namespace sim
