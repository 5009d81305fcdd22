// User memory that is ordinary memory of the host, at the addresses where user memory lies. Knows
// nothing of the library, so that files may use it that compile the library in another way.
#ifndef BENCH_HOST_MEMORY_H_
#define BENCH_HOST_MEMORY_H_

#include <cstddef>
#include <cstdint>

#include "sim/machine/window.h"

namespace bench {

inline constexpr uint64_t kUserStart = sim::Window::kStart;
inline constexpr uint64_t kPageBytes = sim::Window::kPageBytes;
// Where rows that copy have the kernel's memory: how fast a copy is depends on the alignment of
// both ends, which a heap would choose anew for each row.
inline constexpr uint64_t kKernelStart = uint64_t{1} << 44;

// The host's memory at [start, start + size_bytes): zeros, may be read and written.
class HostMemory {
 public:
  explicit HostMemory(size_t size_bytes, uint64_t start = kUserStart);
  ~HostMemory();
  HostMemory(const HostMemory&) = delete;
  HostMemory& operator=(const HostMemory&) = delete;

  std::byte* bytes() { return bytes_; }

 private:
  std::byte* bytes_;
  size_t size_bytes_;
};

// Indices below `limit` in an order that no branch predictor knows by heart; the same in each run.
class RandomIndices {
 public:
  explicit RandomIndices(uint64_t limit);
  uint64_t Next() { return indices_[next_++ % kCount]; }

 private:
  static constexpr size_t kCount = 16384;
  uint32_t indices_[kCount];
  size_t next_ = 0;
};

}  // namespace bench

#endif  // BENCH_HOST_MEMORY_H_
