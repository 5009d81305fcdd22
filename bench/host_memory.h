// User memory that is ordinary host memory, at the addresses of user memory. Independent of the
// library, so that files that compile the library with other options can include it.
#ifndef BENCH_HOST_MEMORY_H_
#define BENCH_HOST_MEMORY_H_

#include <cstddef>
#include <cstdint>

#include "sim/machine/window.h"

namespace bench {

inline constexpr uint64_t kUserStart = sim::Window::kStart;
inline constexpr uint64_t kPageBytes = sim::Window::kPageBytes;
// The kernel memory of the rows that copy. Its address is fixed, because the speed of a copy
// depends on the alignment of both ends, and a heap would choose another alignment for each row.
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

// Indices below `limit` in a pseudo-random order that a branch predictor cannot learn; the same in
// each run.
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
