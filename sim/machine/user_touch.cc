#include "sim/machine/user_touch.h"

#include "sim/machine/sanitizer.h"

namespace sim {
namespace {

constexpr uint64_t kPrime = 0x100000001b3;
// kPrime to the 8th: what eight zero bytes multiply by.
constexpr uint64_t kPrime8 = [] {
  uint64_t power = 1;
  for (int i = 0; i < 8; ++i) power *= kPrime;
  return power;
}();

using Word [[gnu::may_alias]] = uint64_t;

}  // namespace

SIM_NO_SANITIZE void TouchByte(uint64_t address, bool write) {
  auto* const byte = reinterpret_cast<volatile uint8_t*>(address);
  if (write) {
    // One instruction that is a write from the start, as a user's store is; a load first would
    // fault as a read.
    asm volatile("lock orb $0, %0" : "+m"(*byte) : : "memory", "cc");
  } else {
    static_cast<void>(*byte);
  }
}

SIM_NO_SANITIZE uint64_t FingerprintUserMemory(uint64_t address, uint64_t size) {
  uint64_t hash = kEmptyFingerprint;
  uint64_t done = 0;
  while (done < size) {
    if ((address + done) % 8 == 0 && size - done >= 8) {
      uint64_t word = *reinterpret_cast<const volatile Word*>(address + done);
      done += 8;
      if (word == 0) {
        hash *= kPrime8;
        continue;
      }
      for (int i = 0; i < 8; ++i, word >>= 8) hash = (hash ^ (word & 0xff)) * kPrime;
    } else {
      hash = (hash ^ *reinterpret_cast<const volatile uint8_t*>(address + done)) * kPrime;
      ++done;
    }
  }
  return hash;
}

}  // namespace sim
