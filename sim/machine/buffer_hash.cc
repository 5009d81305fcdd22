#include "sim/machine/buffer_hash.h"

#include <algorithm>
#include <cstring>

// Compiled without sanitizers (CMakeLists.txt): each copy of a fuzz target hashes its whole buffer.
namespace sim {
namespace {

constexpr size_t kLanes = 4;
constexpr size_t kWordBytes = 8;

inline uint64_t Mix(uint64_t hash, uint64_t word) {
  const uint64_t product = (hash ^ word) * 0x9e3779b97f4a7c15;
  return product << 32 | product >> 32;
}

// The first `size` bytes of a word, the others zero.
inline uint64_t WordAt(const char* bytes, size_t size = kWordBytes) {
  uint64_t word = 0;
  memcpy(&word, bytes, size);
  return word;
}

}  // namespace

uint64_t HashOfBuffer(const char* bytes, size_t size) {
  uint64_t lanes[kLanes] = {0, 1, 2, 3};
  size_t at = 0;
  for (; size - at >= kLanes * kWordBytes; at += kLanes * kWordBytes) {
    for (size_t i = 0; i < kLanes; ++i) {
      lanes[i] = Mix(lanes[i], WordAt(bytes + at + i * kWordBytes));
    }
  }
  for (size_t i = 0; at < size; ++i) {
    const size_t more = std::min(kWordBytes, size - at);
    lanes[i] = Mix(lanes[i], WordAt(bytes + at, more));
    at += more;
  }
  uint64_t hash = kEmptyBufferHash;
  const size_t words = (size + kWordBytes - 1) / kWordBytes;
  for (size_t i = 0; i < std::min(kLanes, words); ++i) hash = Mix(hash, lanes[i]);
  return hash;
}

}  // namespace sim
