// Arithmetic of the model: pages, fingerprints, UTF-8. Independent of all subjects and of the
// machine, which do not use it.
#ifndef SIM_ORACLE_MODEL_ARITHMETIC_H_
#define SIM_ORACLE_MODEL_ARITHMETIC_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "sim/oracle/memory_history.h"
#include "sim/scenario/scenario.h"

namespace sim::model_internal {

// Holds every sum and product of addresses and lengths without wrapping.
__extension__ typedef unsigned __int128 Wide;

inline constexpr Wide kNoEnd = Wide{1} << 64;  // the first value that is not an address

constexpr uint64_t PageFloor(uint64_t address) { return address - address % kPageBytes; }
constexpr Wide PageCeiling(Wide end) { return (end + kPageBytes - 1) / kPageBytes * kPageBytes; }

// FNV-1a, 64 bits.
struct Fnv {
  static constexpr uint64_t kEmpty = 0xcbf29ce484222325;
  static constexpr uint64_t kPrime = 0x100000001b3;

  // kPrime to the power of `exponent`.
  static constexpr uint64_t Power(uint64_t exponent) {
    uint64_t result = 1;
    for (uint64_t base = kPrime; exponent != 0; exponent /= 2, base *= base) {
      if (exponent % 2 == 1) result *= base;
    }
    return result;
  }

  // The effect of some bytes on a hash whose lowest byte is known: hash * factor + term. FNV-1a
  // combines a byte with the lowest byte of the hash by XOR; all else is addition and
  // multiplication.
  struct Step {
    uint64_t factor = 1;
    uint64_t term = 0;
    uint64_t Of(uint64_t hash) const { return hash * factor + term; }
  };

  static uint64_t ExtendByte(uint64_t hash, uint8_t byte) { return (hash ^ byte) * kPrime; }

  // Extends `hash` by `count` bytes of the value `byte`. The lowest byte of the hash then is
  // periodic; the length of the period is a power of two, at most kCircle. So kCircle bytes return
  // the lowest byte to its first value, and have the same effect (Step) each time.
  static uint64_t ExtendEqual(uint64_t hash, uint8_t byte, uint64_t count) {
    constexpr uint64_t kCircle = 256;
    if (byte == 0) return hash * Power(count);  // a zero byte only multiplies
    for (; count % kCircle != 0; --count) hash = ExtendByte(hash, byte);
    if (count == 0) return hash;
    uint64_t walked = hash;
    for (uint64_t i = 0; i < kCircle; ++i) walked = ExtendByte(walked, byte);
    Step step{.factor = Power(kCircle)};
    step.term = walked - hash * step.factor;
    for (uint64_t circles = count / kCircle; circles != 0; circles /= 2) {
      if (circles % 2 == 1) hash = step.Of(hash);
      step = {step.factor * step.factor, step.Of(step.term)};
    }
    return hash;
  }

  // Extends `hash` by the bytes [start, end) of `run`.
  static uint64_t Extend(uint64_t hash, const MemoryHistory::ByteRun& run, uint64_t start,
                         uint64_t end) {
    if (run.RepeatsOneByte()) return ExtendEqual(hash, run.At(start), end - start);
    uint64_t index = run.IndexOf(start);
    for (uint64_t at = start; at < end; ++at) {
      hash = ExtendByte(hash, run.pattern[index]);
      if (++index == run.pattern_bytes) index = 0;
    }
    return hash;
  }

  // Extends `hash` by `bytes`. Copies are mostly of zeros: blocks of equal bytes are one run.
  static uint64_t ExtendAll(uint64_t hash, std::string_view bytes) {
    constexpr size_t kBlock = 256;
    while (!bytes.empty()) {
      const size_t equal = EqualBytes(bytes, kBlock);
      if (equal != 0) hash = ExtendEqual(hash, static_cast<uint8_t>(bytes.front()), equal);
      bytes.remove_prefix(equal);
      for (const char byte : bytes.substr(0, kBlock)) {
        hash = ExtendByte(hash, static_cast<uint8_t>(byte));
      }
      bytes.remove_prefix(std::min(bytes.size(), kBlock));
    }
    return hash;
  }

 private:
  // The number of bytes, in whole blocks, at the start of `bytes` that equal the first one.
  static size_t EqualBytes(std::string_view bytes, size_t block) {
    size_t equal = 0;
    while (bytes.size() - equal > block) {
      const std::string_view next = bytes.substr(equal, block);
      if (next != bytes.substr(equal + 1, block)) break;
      equal += block;
    }
    return equal;
  }
};

// The hash of the contents of a kernel buffer (Effects::copied_fingerprint; defined in
// sim/machine/buffer_hash.h).
inline uint64_t BufferHash(std::string_view bytes) {
  constexpr uint64_t kFactor = 0x9e3779b97f4a7c15;
  const auto mix = [](uint64_t hash, uint64_t word) {
    return std::rotl((hash ^ word) * kFactor, 32);
  };
  constexpr size_t kRow = 32;
  std::array<uint64_t, 4> lanes = {0, 1, 2, 3};
  std::array<uint64_t, 4> row = {};
  uint64_t used = 0;  // lanes
  for (; !bytes.empty(); bytes.remove_prefix(std::min(kRow, bytes.size()))) {
    if (bytes.size() < kRow) row = {};
    memcpy(row.data(), bytes.data(), std::min(kRow, bytes.size()));
    const uint64_t words = (std::min(kRow, bytes.size()) + 7) / 8;
    for (size_t lane = 0; lane < words; ++lane) lanes[lane] = mix(lanes[lane], row[lane]);
    used = std::max(used, words);
  }
  uint64_t hash = Fnv::kEmpty;
  for (size_t lane = 0; lane < used; ++lane) hash = mix(hash, lanes[lane]);
  return hash;
}

// Decodes code points and checks their values; needs no table of valid byte sequences.
class Utf8Decoder {
 public:
  // Takes the next byte. Returns false if the text is not well formed.
  bool Take(uint8_t byte) {
    if (missing_ == 0) return TakeFirst(byte);
    if (byte / 0x40 != 2) return false;
    code_point_ = code_point_ * 0x40 + byte % 0x40;
    --missing_;
    if (missing_ != 0) return true;
    const bool is_surrogate = code_point_ >= 0xd800 && code_point_ <= 0xdfff;
    return code_point_ >= smallest_ && code_point_ <= 0x10ffff && !is_surrogate;
  }

  bool IsBetweenCharacters() const { return missing_ == 0; }

 private:
  bool TakeFirst(uint8_t byte) {
    if (byte < 0x80) return true;
    if (byte < 0xc0) return false;  // continuation byte without a first byte
    if (byte < 0xe0) return Begin(byte - 0xc0u, 1, 0x80);
    if (byte < 0xf0) return Begin(byte - 0xe0u, 2, 0x800);
    if (byte < 0xf8) return Begin(byte - 0xf0u, 3, 0x10000);
    return false;
  }

  // Starts a character of `missing` more bytes. Values below `smallest` are overlong encodings.
  bool Begin(uint32_t bits, int missing, uint32_t smallest) {
    code_point_ = bits;
    missing_ = missing;
    smallest_ = smallest;
    return true;
  }

  uint32_t code_point_ = 0;
  uint32_t smallest_ = 0;
  int missing_ = 0;
};

}  // namespace sim::model_internal

#endif  // SIM_ORACLE_MODEL_ARITHMETIC_H_
