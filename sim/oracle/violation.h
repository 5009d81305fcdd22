// A broken invariant: what the oracle reports. Its name says which invariant it is.
#ifndef SIM_ORACLE_VIOLATION_H_
#define SIM_ORACLE_VIOLATION_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>

#include "absl/strings/string_view.h"
#include "sim/scenario/violation_names.h"

namespace sim {

struct Violation {
  absl::string_view name;  // one of violation_name
  size_t op_index = 0;     // the operation of the scenario, from 0
  std::string wanted;
  std::string got;
  uint64_t address = 0;  // where; 0 if it has no place
  // The scenario itself asked for it: kernel code that touches memory it must not, or a race that
  // takes away memory which was handed out and does not promise to survive that. Not a finding.
  bool provoked = false;
};

struct ViolationMeaning {
  absl::string_view name;
  absl::string_view meaning;  // one sentence
};

inline constexpr ViolationMeaning kViolationMeanings[] = {
    {violation_name::kAccessResult,
     "The outcome is not the model's: a wrong length, wrong bytes, another error, ok where an "
     "error was due, or the reverse."},
    {violation_name::kAccessKernelHalf,
     "The library touched, or was about to touch, an address outside the window of user memory."},
    {violation_name::kAccessDoubleFetch,
     "The library loaded a byte of user memory twice in one call: another CPU can change it in "
     "between."},
    {violation_name::kAccessWrongPointer,
     "The pointer that was handed out is not to the memory that was asked for, or that of a copy "
     "not "
     "to its buffer."},
    {violation_name::kAccessBufferOverrun,
     "The library wrote before or behind the kernel's buffer that it copies to."},
    {violation_name::kAccessBufferContents,
     "The kernel's buffer does not hold, after the call, what was copied, and behind that what it "
     "held before."},
    {violation_name::kFlagStuck,
     "The flag that allows faults is not after the operation what it was before."},
    {violation_name::kFlagSetOutside,
     "The flag is set where user memory is not touched: while the address space is asked, or the "
     "lock is held."},
    {violation_name::kFlagClearInAttempt,
     "An attempt to touch user memory runs with the flag clear."},
    {violation_name::kFaultKernelBug,
     "Kernel code faulted with the flag clear, or with user access closed: on a real machine, a "
     "panic."},
    {violation_name::kFaultOutOfRange,
     "A fault lies outside the range of every attempt under way, or another attempt than the one "
     "whose range holds it is abandoned."},
    {violation_name::kFaultNoWayBack,
     "A fault came with the flag set, but no attempt was under way that could be abandoned."},
    {violation_name::kFaultRetried, "A fault that was handled came back again and again."},
    {violation_name::kLockTakenTwice,
     "A CPU takes the lock that it holds, be it in its fault handler: on a real machine, a "
     "deadlock."},
    {violation_name::kLockHeldInAttempt, "User memory is touched while the lock is held."},
    {violation_name::kLockNotReleased, "The lock is held after the operation."},
    {violation_name::kCheckOrder,
     "The address space is asked although alignment or size already decided, or is made to "
     "populate what it was not asked about before."},
    {violation_name::kCheckRange,
     "A permission check asks for too few bytes or too few flags for what is touched afterwards."},
    {violation_name::kPopulationPages,
     "Other pages are populated after the operation than the model says."},
    {violation_name::kPopulationError, "An error of population did not reach the caller."},
    {violation_name::kFramesLost,
     "Free frames and populated pages do not add up to what they were."},
    {violation_name::kTimeUnbounded,
     "More happened during the operation than its size can explain."},
};

// Whether the two tables name the same violations in the same order.
constexpr bool HasMeaningForEachName() {
  size_t count = 0;
  for (const ViolationMeaning& entry : kViolationMeanings) {
    if (count == std::size(kViolationNames) || entry.name != kViolationNames[count]) return false;
    ++count;
  }
  return count == std::size(kViolationNames);
}
static_assert(HasMeaningForEachName(), "a violation without a meaning, or in another order");

// The entry of `name`, or null if no violation has that name.
constexpr const ViolationMeaning* FindViolationMeaning(absl::string_view name) {
  for (const ViolationMeaning& entry : kViolationMeanings) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

}  // namespace sim

#endif  // SIM_ORACLE_VIOLATION_H_
