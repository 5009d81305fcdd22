// Permissions of user memory, as plain bits.
#ifndef SIM_SCENARIO_PERMS_H_
#define SIM_SCENARIO_PERMS_H_

#include <cstdint>

namespace sim {

// A set of kPermRead, kPermWrite, kPermExecute.
using Perms = uint8_t;
inline constexpr Perms kPermRead = 1;
inline constexpr Perms kPermWrite = 2;
inline constexpr Perms kPermExecute = 4;

}  // namespace sim

#endif  // SIM_SCENARIO_PERMS_H_
