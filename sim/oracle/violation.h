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
  // or by a race that takes away memory that the library handed out without a promise to survive
  // that. Not a finding.
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
     "The pointer that was handed out is not to the memory that was asked for, or that of a copy "
     "not to "
     "its buffer."},
    {ViolationKind::kAccessBufferOverrun,
     "The library wrote, or touched, what lies before or behind the kernel's buffer that it copies "
     "to."},
    {ViolationKind::kAccessBufferContents,
     "The kernel's buffer does not hold, after the call, what was copied, and behind that what it "
     "held before."},
    {ViolationKind::kAccessStrayStore,
     "The library stored to user memory that the access must not change: to constant memory, or "
     "outside of what was asked for."},
    {ViolationKind::kAccessTorn,
     "The library moved an aligned value of the size of a word, or of a part of one, by more than "
     "one load or store: another CPU can change it in between."},
    {ViolationKind::kAccessClosed,
     "User memory is touched while user access is closed: with SMAP, a panic."},
    {ViolationKind::kAccessOutOfAttempt,
     "User memory is touched outside of the range of the innermost attempt."},
    {ViolationKind::kAccessOrder,
     "An attempt loads, or stores to, a byte at or below one that it touched so before."},
    {ViolationKind::kAccessLeftOpen,
     "User access is open where user memory is not touched: while the address space is asked, with "
     "the flag clear, in the fault handler, while the task is switched away, or after the call."},
    {ViolationKind::kAccessLeftBehind,
     "A call leaves something of its caller's changed: errno, the direction flag, the rounding "
     "mode, or the way back of an attempt."},
    {ViolationKind::kFlagStuck,
     "The flag that allows faults is not after the operation what it was before."},
    {ViolationKind::kFlagSetOutside,
     "The flag is set where user memory is not touched: while the address space is asked, the lock "
     "is held, the fault handler runs, or the task is switched away."},
    {ViolationKind::kFlagClearInAttempt,
     "An attempt to touch user memory runs with the flag clear."},
    {ViolationKind::kFaultKernelBug,
     "Kernel code faulted with the flag clear (without a flag: at an instruction that has no "
     "fixup), or with user access closed: on a real machine, a panic."},
    {ViolationKind::kFaultOutOfRange,
     "A fault lies outside the range of every attempt under way, or, where its instruction has a "
     "fixup, outside the memory that the operation names; or another attempt than the one whose "
     "range holds it is abandoned."},
    {ViolationKind::kFaultNoWayBack,
     "A fault came with the flag set, but no attempt was under way that could be abandoned; or its "
     "fixup does not lie in the code of the subject."},
    {ViolationKind::kFaultRetried, "A fault that was handled came back again and again."},
    {ViolationKind::kLockTakenTwice,
     "A CPU takes the lock that it holds, be it in its fault handler: on a real machine, a "
     "deadlock."},
    {ViolationKind::kLockHeldInAttempt, "User memory is touched while the lock is held."},
    {ViolationKind::kLockNotReleased, "The lock is held after the operation."},
    {ViolationKind::kLockReleasedFree, "A CPU releases a lock that it does not hold."},
    {ViolationKind::kCheckOrder,
     "The address space is asked although alignment or size already decided, or is made to "
     "populate what it was not asked about before."},
    {ViolationKind::kCheckRange,
     "A permission check asks for too few bytes or too few flags for what is touched afterwards."},
    {ViolationKind::kPopulationPages,
     "Other pages are populated after the operation than the model says."},
    {ViolationKind::kPopulationError, "An error of population did not reach the caller."},
    {ViolationKind::kFramesLost,
     "Free frames and populated pages do not add up to what they were."},
    {ViolationKind::kTimeUnbounded,
     "More happened during the operation than its size can explain."},
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
