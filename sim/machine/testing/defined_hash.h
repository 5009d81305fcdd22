// The hash of kernel buffers as buffer_hash.h defines it, a byte at a time. Tests of both
// implementations, the machine's and the model's, compare with it.
#ifndef SIM_MACHINE_TESTING_DEFINED_HASH_H_
#define SIM_MACHINE_TESTING_DEFINED_HASH_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sim {

inline uint64_t DefinedBufferHash(std::string_view bytes) {
  const auto mix = [](uint64_t hash, uint64_t word) {
    return std::rotl((hash ^ word) * 0x9e3779b97f4a7c15, 32);
  };
  uint64_t lanes[4] = {0, 1, 2, 3};
  const size_t words = (bytes.size() + 7) / 8;
  for (size_t i = 0; i < words; ++i) {
    uint64_t word = 0;
    for (size_t at = 0; at < 8 && 8 * i + at < bytes.size(); ++at) {
      word += uint64_t{static_cast<uint8_t>(bytes[8 * i + at])} << (8 * at);
    }
    lanes[i % 4] = mix(lanes[i % 4], word);
  }
  uint64_t hash = 0xcbf29ce484222325;
  for (size_t i = 0; i < 4 && i < words; ++i) hash = mix(hash, lanes[i]);
  return hash;
}

}  // namespace sim

#endif  // SIM_MACHINE_TESTING_DEFINED_HASH_H_
