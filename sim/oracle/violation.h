// A broken invariant, as the oracle reports it, as data; violation_text.h prints it.
#ifndef SIM_ORACLE_VIOLATION_H_
#define SIM_ORACLE_VIOLATION_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>

#include "absl/strings/string_view.h"
#include "sim/oracle/violation_rules.h"
#include "sim/oracle/violation_value.h"
#include "sim/scenario/violation_names.h"

namespace sim {

struct Violation {
  Rule rule = Rule::kOutcome;
  size_t op_index = 0;   // the operation of the scenario, from 0
  uint8_t cpu = 0;       // the CPU that broke the rule
  uint64_t address = 0;  // user address of the violation; 0 if it has none
  // The required and the actual value. The type depends on the rule.
  ViolationValue wanted = {};
  ViolationValue got = {};
  // The event that shows the violation, as an index into Trace::EventsOf(op_index). Nullopt: no
  // single event does.
  std::optional<size_t> event = std::nullopt;
  // The race line whose access broke the rule, from 0. Nullopt: the operation itself broke it.
  std::optional<size_t> raced_by = std::nullopt;
  // Whether the scenario itself caused the violation: by kernel code that touches forbidden memory,
  // or by a race that removes memory that the library lent out without a promise about such a race.
  // Not a finding.
  bool provoked = false;

  ViolationKind kind() const { return KindOf(rule); }
  absl::string_view name() const { return ViolationName(kind()); }
};

struct ViolationMeaning {
  ViolationKind kind;
  absl::string_view meaning;  // one sentence
};

inline constexpr ViolationMeaning kViolationMeanings[] = {
    {ViolationKind::kAccessResult,
     "The outcome is not the model's: a wrong length, wrong bytes, another error, ok where an "
     "error was due, or the reverse."},
    {ViolationKind::kAccessKernelHalf,
     "The library touched, or was about to touch, an address outside the window of user memory."},
    {ViolationKind::kAccessDoubleFetch,
     "The library loaded a byte of user memory twice in one call: another CPU can change it in "
     "between."},
    {ViolationKind::kAccessWrongPointer,
     "The returned pointer does not point to the requested memory, or for a copy not to the "
     "buffer."},
    {ViolationKind::kAccessBufferOverrun,
     "The library wrote, or touched, memory before or after the kernel's buffer to which it "
     "copies."},
    {ViolationKind::kAccessBufferContents,
     "After the call, the kernel's buffer does not have the copied bytes, followed by its previous "
     "contents."},
    {ViolationKind::kAccessStrayStore,
     "The library stored to user memory that the access must not change: to constant memory, or "
     "outside of the requested memory."},
    {ViolationKind::kAccessTorn,
     "The library moved an aligned value of the size of a word, or of a part of one, by more than "
     "one load or store: another CPU can change it in between."},
    {ViolationKind::kAccessClosed,
     "User memory is touched while user access is closed: with SMAP, a panic."},
    {ViolationKind::kAccessOutOfAttempt,
     "User memory is touched outside of the range of the innermost attempt."},
    {ViolationKind::kAccessOrder,
     "An attempt loads (or stores) a byte at or below an address that it loaded (or stored) "
     "before."},
    {ViolationKind::kAccessMisaligned,
     "The library loads or stores user memory at an address that is not a multiple of the size of "
     "the load or store: on some processors, a trap or two accesses."},
    {ViolationKind::kAccessLeftOpen,
     "User access is open where user memory is not touched: while the address space is checked, "
     "with the flag clear, in the fault handler, while the task is switched away, or after the "
     "call."},
    {ViolationKind::kAccessLeftBehind,
     "A call changed state of its caller: errno, the direction flag, the rounding mode, or the "
     "list of attempts."},
    {ViolationKind::kFlagStuck,
     "The flag that allows faults does not have the same value after the operation as before it."},
    {ViolationKind::kFlagSetOutside,
     "The flag is set where user memory is not touched: while the address space is checked, the "
     "lock is held, the fault handler runs, or the task is switched away."},
    {ViolationKind::kFlagClearInAttempt,
     "An attempt to touch user memory runs with the flag clear."},
    {ViolationKind::kFaultKernelBug,
     "Kernel code faulted with the flag clear (without a flag: at an instruction that has no "
     "fixup), or with user access closed: on a real machine, a panic."},
    {ViolationKind::kFaultOutOfRange,
     "A fault is outside the range of every running attempt, or, if its instruction has a fixup, "
     "outside the memory that the operation names; or the abandoned attempt is not the one whose "
     "range contains the fault."},
    {ViolationKind::kFaultNoWayBack,
     "A fault happened with the flag set, but there was no attempt that could be abandoned; or its "
     "fixup is not in the code of the subject."},
    {ViolationKind::kFaultRetried, "A handled fault was repeated too often."},
    {ViolationKind::kLockTakenTwice,
     "A CPU takes a lock that it already holds, possibly in its fault handler: on a real machine, "
     "a deadlock."},
    {ViolationKind::kLockHeldInAttempt, "User memory is touched while the lock is held."},
    {ViolationKind::kLockNotReleased, "The lock is held after the operation."},
    {ViolationKind::kLockReleasedFree, "A CPU releases a lock that it does not hold."},
    {ViolationKind::kCheckOrder,
     "The address space is checked although alignment or size already determine the result, or "
     "memory is populated that was not checked before."},
    {ViolationKind::kCheckRange,
     "A permission check covers too few bytes or too few flags for the memory that is touched "
     "afterwards."},
    {ViolationKind::kPopulationPages,
     "After the operation, the populated pages are not those of the model."},
    {ViolationKind::kPopulationError, "An error of population did not reach the caller."},
    {ViolationKind::kFramesLost, "The sum of free frames and populated pages has changed."},
    {ViolationKind::kTimeUnbounded, "The operation had more events than its size can explain."},
};

// Whether the table has a sentence for each kind, in the order of the kinds.
constexpr bool HasMeaningForEachKind() {
  size_t count = 0;
  for (const ViolationMeaning& entry : kViolationMeanings) {
    if (entry.kind != static_cast<ViolationKind>(count)) return false;
    ++count;
  }
  return count == kViolationKinds;
}
static_assert(HasMeaningForEachKind(), "a violation without a meaning, or in another order");

constexpr absl::string_view MeaningOf(ViolationKind kind) {
  return kViolationMeanings[static_cast<size_t>(kind)].meaning;
}

}  // namespace sim

#endif  // SIM_ORACLE_VIOLATION_H_
