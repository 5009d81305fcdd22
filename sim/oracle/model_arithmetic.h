// The model's own arithmetic: pages, fingerprints, UTF-8. Shared with nobody, on purpose.
#ifndef SIM_ORACLE_MODEL_ARITHMETIC_H_
#define SIM_ORACLE_MODEL_ARITHMETIC_H_

#include <cstdint>

#include "sim/oracle/memory_history.h"
#include "sim/scenario/scenario.h"

namespace sim::model_internal {

// Sums and products of addresses and lengths fit, so that nothing ever wraps.
__extension__ typedef unsigned __int128 Wide;

inline constexpr Wide kNoEnd = Wide{1} << 64;  // the first address that there is not

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

  // `hash` continued over the bytes [start, end) of `run`. A zero byte only multiplies, so that a
  // gigabyte of them costs no more than one.
  static uint64_t Extend(uint64_t hash, const MemoryHistory::ByteRun& run, uint64_t start,
                         uint64_t end) {
    if (run.pattern == nullptr) return hash * Power(end - start);
    for (uint64_t at = start; at < end; ++at) hash = (hash ^ run.At(at)) * kPrime;
    return hash;
  }
};

// Puts code points together and judges those, instead of knowing which bytes may follow which.
class Utf8Decoder {
 public:
  // Takes the next byte; false if the text is not well formed.
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
    if (byte < 0xc0) return false;  // a continuation of nothing
    if (byte < 0xe0) return Begin(byte - 0xc0u, 1, 0x80);
    if (byte < 0xf0) return Begin(byte - 0xe0u, 2, 0x800);
    if (byte < 0xf8) return Begin(byte - 0xf0u, 3, 0x10000);
    return false;
  }

  // A character of `missing` further bytes, which is at least `smallest`: smaller ones have a
  // shorter form.
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
