// Facts that only a processor provides: of each page fault, and of how a function of the subject
// returns. The image records these facts, and the host judges them (host/hardware.h).
#ifndef SIM_RING0_REPLAY_HARDWARE_H_
#define SIM_RING0_REPLAY_HARDWARE_H_

#include <cstdint>

namespace ring0 {

// Bits of the error code of a page fault.
inline constexpr std::uint32_t kErrorPresent = 1;
inline constexpr std::uint32_t kErrorWrite = 2;
inline constexpr std::uint32_t kErrorUser = 4;
inline constexpr std::uint32_t kErrorFetch = 16;

inline constexpr std::uint64_t kFlagInterrupt = 1 << 9;
inline constexpr std::uint64_t kFlagDirection = 1 << 10;
inline constexpr std::uint64_t kFlagAccess = 1 << 18;  // RFLAGS.AC: user access is open

// A fault as the processor reports it, and the state of the page tables when the handler began.
struct PackedFault {
  static constexpr std::uint8_t kHappened = 1;  // the event is a fault of the hardware
  static constexpr std::uint8_t kTables =
      2;  // the address is a user address: the next two bits are valid
  static constexpr std::uint8_t kPresent = 4;    // the page is present
  static constexpr std::uint8_t kPermitted = 8;  // the page permits this access by the user

  std::uint8_t bits = 0;
  std::uint8_t vector = 0;
  std::uint8_t ring = 0;  // privilege level of the interrupted code
  std::uint8_t padding = 0;
  std::uint32_t error_code = 0;
  std::uint64_t address = 0;  // CR2
  std::uint64_t flags = 0;    // RFLAGS of the interrupted code
};

// A state that a function of the subject must preserve or establish, and did not. Bit numbers of
// PackedResult::misdeeds.
enum class Misdeed : std::uint32_t {
  kRbx,
  kRbp,
  kR12,
  kR13,
  kR14,
  kR15,
  kStack,      // the stack pointer
  kInterrupt,  // RFLAGS.IF
  kDirection,  // RFLAGS.DF
  kAccess,     // RFLAGS.AC
  kAlignment,  // the stack pointer at a call of the platform was not a multiple of 16
};
inline constexpr std::uint32_t kMisdeeds = 11;

constexpr bool Has(std::uint32_t misdeeds, Misdeed misdeed) {
  return (misdeeds >> static_cast<unsigned>(misdeed) & 1) != 0;
}

}  // namespace ring0

#endif  // SIM_RING0_REPLAY_HARDWARE_H_
