#include "sim/machine/user_touch.h"

#include <algorithm>

#include "sim/machine/processor.h"
#include "sim/machine/sanitizer.h"

namespace sim {
namespace {

constexpr uint64_t kPrime = 0x100000001b3;

constexpr uint64_t Power(uint64_t base, uint64_t exponent) {
  uint64_t result = 1;
  for (; exponent != 0; exponent /= 2, base *= base) {
    if (exponent % 2 != 0) result *= base;
  }
  return result;
}

using Word [[gnu::may_alias]] = uint64_t;

constexpr uint64_t kBytesOfWord = 0x0101010101010101;  // times a byte: 8 such bytes

// Continues the FNV-1a `hash` over `count` equal bytes, in O(count / 256) steps. The difference
// that the XOR makes depends only on the lowest byte of the hash, and for equal bytes the lowest
// byte has a period that divides 256. Hence each 256 bytes multiply the hash by the same number and
// add the same number.
SIM_NO_SANITIZE uint64_t AppendRepeated(uint64_t hash, uint64_t byte, uint64_t count) {
  constexpr uint64_t kRound = 256;
  constexpr uint64_t kPrimeOfRound = Power(kPrime, kRound);
  if (byte == 0) return hash * Power(kPrime, count);
  if (count >= 2 * kRound) {
    const uint64_t before = hash;
    for (uint64_t i = 0; i < kRound; ++i) hash = (hash ^ byte) * kPrime;
    const uint64_t added = hash - before * kPrimeOfRound;
    for (count -= kRound; count >= kRound; count -= kRound) hash = hash * kPrimeOfRound + added;
  }
  for (; count > 0; --count) hash = (hash ^ byte) * kPrime;
  return hash;
}

// Continues the FNV-1a `hash` over the bytes of user memory [from, to).
SIM_NO_SANITIZE uint64_t AppendBytes(uint64_t hash, uint64_t from, uint64_t to) {
  for (; from != to; ++from) {
    hash = (hash ^ *reinterpret_cast<const volatile uint8_t*>(from)) * kPrime;
  }
  return hash;
}

}  // namespace

SIM_NO_SANITIZE void TouchByte(uint64_t address, bool write, uint8_t flipped_bits) {
  if (write) {
    FlipBits(address, flipped_bits);
  } else {
    static_cast<void>(*reinterpret_cast<const volatile uint8_t*>(address));
  }
}

SIM_NO_SANITIZE uint64_t FingerprintUserMemory(uint64_t address, uint64_t size) {
  const uint64_t end = address + size;
  const uint64_t words = address + 7 - (address + 7) % 8;
  if (words - address >= size) return AppendBytes(kEmptyFingerprint, address, end);
  uint64_t hash = AppendBytes(kEmptyFingerprint, address, words);
  const uint64_t words_end = end - end % 8;
  uint64_t repeated = 0;      // the last word read
  uint64_t repeated_for = 0;  // bytes not yet in the hash; each equals the bytes of `repeated`
  for (address = words; address != words_end; address += 8) {
    uint64_t word = *reinterpret_cast<const volatile Word*>(address);
    if (word != repeated) {
      hash = AppendRepeated(hash, repeated & 0xff, repeated_for);
      repeated = word;
      repeated_for = 0;
    }
    if (word == (word & 0xff) * kBytesOfWord) {
      repeated_for += 8;
      continue;
    }
    for (int i = 0; i < 8; ++i, word >>= 8) hash = (hash ^ (word & 0xff)) * kPrime;
  }
  return AppendBytes(AppendRepeated(hash, repeated & 0xff, repeated_for), words_end, end);
}

}  // namespace sim
