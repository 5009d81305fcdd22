// Loads and stores of user memory by the simulator itself: as user code, and as kernel code that
// uses memory which the library lent. Not instrumented. Each byte is loaded once.
#ifndef SIM_MACHINE_USER_TOUCH_H_
#define SIM_MACHINE_USER_TOUCH_H_

#include <cstdint>

namespace sim {

// FNV-1a of no bytes, 64 bits.
inline constexpr uint64_t kEmptyFingerprint = 0xcbf29ce484222325;

// Loads the byte at `address`; with `write`, also stores the byte with `flipped_bits` inverted.
void TouchByte(uint64_t address, bool write, uint8_t flipped_bits = 0);

// FNV-1a, 64 bits, over the `size` bytes at `address`, loaded in ascending order.
uint64_t FingerprintUserMemory(uint64_t address, uint64_t size);

}  // namespace sim

#endif  // SIM_MACHINE_USER_TOUCH_H_
