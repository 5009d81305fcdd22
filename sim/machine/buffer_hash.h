// The hash by which the contents of kernel buffers are compared (Effects::copied_fingerprint).
//
// Each copy hashes its buffer once in the run and once in the model, and buffers have up to 64 KiB.
// FNV-1a, the fingerprint of outcomes, takes four cycles for each byte, one after the other. This
// hash takes eight bytes in a step, and four steps run in parallel.
#ifndef SIM_MACHINE_BUFFER_HASH_H_
#define SIM_MACHINE_BUFFER_HASH_H_

#include <cstddef>
#include <cstdint>

namespace sim {

// The hash of no bytes.
inline constexpr uint64_t kEmptyBufferHash = 0xcbf29ce484222325;

// The 64-bit hash of the `size` bytes at `bytes`. Definition, with
// Mix(h, w) = rotate_left((h ^ w) * 0x9e3779b97f4a7c15, 32), all modulo 2^64:
// - The bytes are words of 8 bytes, little-endian. The last word is padded with zeros: the hash
//   does not contain the size.
// - Word i belongs to lane i % 4. A lane begins with its number, and becomes Mix(lane, word).
// - The hash begins with kEmptyBufferHash, and becomes Mix(hash, lane) for each lane that has a
//   word, in order.
// Mix is a bijection of each argument, so two buffers of which one word differs have different
// hashes.
uint64_t HashOfBuffer(const char* bytes, size_t size);

}  // namespace sim

#endif  // SIM_MACHINE_BUFFER_HASH_H_
