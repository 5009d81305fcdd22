// What only the processor says: of each page fault, and of how a function of the subject returns.
// The image notes it, and the host judges (host/hardware.h).
#ifndef SIM_RING0_REPLAY_HARDWARE_H_
#define SIM_RING0_REPLAY_HARDWARE_H_

#include <cstdint>

namespace ring0 {

// Of the error code of a page fault.
inline constexpr std::uint32_t kErrorPresent = 1;
inline constexpr std::uint32_t kErrorWrite = 2;
inline constexpr std::uint32_t kErrorUser = 4;
inline constexpr std::uint32_t kErrorFetch = 16;

inline constexpr std::uint64_t kFlagInterrupt = 1 << 9;
inline constexpr std::uint64_t kFlagDirection = 1 << 10;
inline constexpr std::uint64_t kFlagAccess = 1 << 18;  // RFLAGS.AC: user memory is open

// A fault, as the processor tells it, and what the page tables said when the handler began.
struct PackedFault {
  static constexpr std::uint8_t kHappened = 1;   // else the event is no fault of the hardware's
  static constexpr std::uint8_t kTables = 2;     // the address is the user's: the next two count
  static constexpr std::uint8_t kPresent = 4;    // the page is present
  static constexpr std::uint8_t kPermitted = 8;  // and lets the user make this access

  std::uint8_t bits = 0;
  std::uint8_t vector = 0;
  std::uint8_t ring = 0;  // of what was interrupted
  std::uint8_t padding = 0;
  std::uint32_t error_code = 0;
  std::uint64_t address = 0;  // CR2
  std::uint64_t flags = 0;    // RFLAGS of what was interrupted
};

// What a function of the subject did not leave as it must, as a bit of PackedResult::misdeeds.
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
  kAlignment,  // it called the platform with a stack that is no multiple of 16
};
inline constexpr std::uint32_t kMisdeeds = 11;

constexpr bool Has(std::uint32_t misdeeds, Misdeed misdeed) {
  return (misdeeds >> static_cast<unsigned>(misdeed) & 1) != 0;
}

}  // namespace ring0

#endif  // SIM_RING0_REPLAY_HARDWARE_H_
