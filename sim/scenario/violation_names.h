// The names of violations, as a text may state them (`=> violation NAME`). They are words of the
// language; what breaks each rule, and how that is found, is sim/oracle/.
//
// Mutants, corpus files and reports use the names, so that a name never changes its meaning.
#ifndef SIM_SCENARIO_VIOLATION_NAMES_H_
#define SIM_SCENARIO_VIOLATION_NAMES_H_

#include "absl/strings/string_view.h"

namespace sim {

// `family.name`.
namespace violation_name {

inline constexpr absl::string_view kAccessResult = "access.result";
inline constexpr absl::string_view kAccessKernelHalf = "access.kernel_half";
inline constexpr absl::string_view kAccessDoubleFetch = "access.double_fetch";
inline constexpr absl::string_view kAccessWrongPointer = "access.wrong_pointer";
inline constexpr absl::string_view kAccessBufferOverrun = "access.buffer_overrun";
inline constexpr absl::string_view kAccessBufferContents = "access.buffer_contents";
inline constexpr absl::string_view kFlagStuck = "flag.stuck";
inline constexpr absl::string_view kFlagSetOutside = "flag.set_outside";
inline constexpr absl::string_view kFlagClearInAttempt = "flag.clear_in_attempt";
inline constexpr absl::string_view kFaultKernelBug = "fault.kernel_bug";
inline constexpr absl::string_view kFaultOutOfRange = "fault.out_of_range";
inline constexpr absl::string_view kFaultNoWayBack = "fault.no_way_back";
inline constexpr absl::string_view kFaultRetried = "fault.retried";
inline constexpr absl::string_view kLockTakenTwice = "lock.taken_twice";
inline constexpr absl::string_view kLockHeldInAttempt = "lock.held_in_attempt";
inline constexpr absl::string_view kLockNotReleased = "lock.not_released";
inline constexpr absl::string_view kCheckOrder = "check.order";
inline constexpr absl::string_view kCheckRange = "check.range";
inline constexpr absl::string_view kPopulationPages = "population.pages";
inline constexpr absl::string_view kPopulationError = "population.error";
inline constexpr absl::string_view kFramesLost = "frames.lost";
inline constexpr absl::string_view kTimeUnbounded = "time.unbounded";

}  // namespace violation_name

// All of them, in the order in which they are explained.
inline constexpr absl::string_view kViolationNames[] = {
    violation_name::kAccessResult,      violation_name::kAccessKernelHalf,
    violation_name::kAccessDoubleFetch, violation_name::kAccessWrongPointer,
    violation_name::kAccessBufferOverrun, violation_name::kAccessBufferContents,
    violation_name::kFlagStuck,
    violation_name::kFlagSetOutside,    violation_name::kFlagClearInAttempt,
    violation_name::kFaultKernelBug,    violation_name::kFaultOutOfRange,
    violation_name::kFaultNoWayBack,    violation_name::kFaultRetried,
    violation_name::kLockTakenTwice,    violation_name::kLockHeldInAttempt,
    violation_name::kLockNotReleased,   violation_name::kCheckOrder,
    violation_name::kCheckRange,        violation_name::kPopulationPages,
    violation_name::kPopulationError,   violation_name::kFramesLost,
    violation_name::kTimeUnbounded,
};

// Whether a violation has this name.
constexpr bool IsViolationName(absl::string_view name) {
  for (const absl::string_view known : kViolationNames) {
    if (known == name) return true;
  }
  return false;
}

}  // namespace sim

#endif  // SIM_SCENARIO_VIOLATION_NAMES_H_
