// The names of violations, as a text may state them (`=> violation NAME`). sim/oracle/ defines each
// rule and detects its violations.
//
// A name never changes its meaning, because mutants, corpus files and reports use the names.
#ifndef SIM_SCENARIO_VIOLATION_NAMES_H_
#define SIM_SCENARIO_VIOLATION_NAMES_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>

#include "absl/strings/string_view.h"

namespace sim {

// In the order of the documentation.
enum class ViolationKind : uint8_t {
  kAccessResult,
  kAccessKernelHalf,
  kAccessDoubleFetch,
  kAccessWrongPointer,
  kAccessBufferOverrun,
  kAccessBufferContents,
  kAccessStrayStore,
  kAccessTorn,
  kAccessClosed,
  kAccessOutOfAttempt,
  kAccessOrder,
  kAccessMisaligned,
  kAccessLeftOpen,
  kAccessLeftBehind,
  kFlagStuck,
  kFlagSetOutside,
  kFlagClearInAttempt,
  kFaultKernelBug,
  kFaultOutOfRange,
  kFaultNoWayBack,
  kFaultRetried,
  kLockTakenTwice,
  kLockHeldInAttempt,
  kLockNotReleased,
  kLockReleasedFree,
  kCheckOrder,
  kCheckRange,
  kPopulationPages,
  kPopulationError,
  kFramesLost,
  kTimeUnbounded,
};

// The name of each kind, in their order: `family.name`.
inline constexpr absl::string_view kViolationNames[] = {
    "access.result",         "access.kernel_half",    "access.double_fetch",
    "access.wrong_pointer",  "access.buffer_overrun", "access.buffer_contents",
    "access.stray_store",    "access.torn",           "access.closed",
    "access.out_of_attempt", "access.order",          "access.misaligned",
    "access.left_open",      "access.left_behind",    "flag.stuck",
    "flag.set_outside",      "flag.clear_in_attempt", "fault.kernel_bug",
    "fault.out_of_range",    "fault.no_way_back",     "fault.retried",
    "lock.taken_twice",      "lock.held_in_attempt",  "lock.not_released",
    "lock.released_free",    "check.order",           "check.range",
    "population.pages",      "population.error",      "frames.lost",
    "time.unbounded",
};
inline constexpr size_t kViolationKinds = std::size(kViolationNames);
static_assert(kViolationKinds == static_cast<size_t>(ViolationKind::kTimeUnbounded) + 1,
              "a kind of violation without a name, or the reverse");

constexpr absl::string_view ViolationName(ViolationKind kind) {
  return kViolationNames[static_cast<size_t>(kind)];
}

// The kind with this name; nothing if no kind has it.
constexpr std::optional<ViolationKind> ViolationFromName(absl::string_view name) {
  for (size_t i = 0; i < kViolationKinds; ++i) {
    if (kViolationNames[i] == name) return static_cast<ViolationKind>(i);
  }
  return std::nullopt;
}

}  // namespace sim

#endif  // SIM_SCENARIO_VIOLATION_NAMES_H_
