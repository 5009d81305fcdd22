// The rules that an operation can break, as values: finer than the kinds of
// sim/scenario/violation_names.h. Each rule belongs to one kind. The name of a rule occurs in JSON
// and in the identity of a bug, so its meaning never changes; violation_text prints rules for
// people.
#ifndef SIM_ORACLE_VIOLATION_RULES_H_
#define SIM_ORACLE_VIOLATION_RULES_H_

#include <cstddef>
#include <cstdint>
#include <iterator>

#include "absl/strings/string_view.h"
#include "sim/scenario/violation_names.h"

namespace sim {

// In the order of their kinds. A new rule is added at the end of its kind: the identity of a bug
// omits the name of the first rule of a kind.
enum class Rule : uint8_t {
  kOutcome,
  kRacedAccessMissing,
  kRacedSetUp,
  kFaultOutsideWindow,
  kAttemptOutsideWindow,
  kLoadedAgain,
  kTextLoadedAgain,
  kPointerElsewhere,
  kWrittenOutside,
  kTouchedOutside,
  kBufferContents,
  kStrayStore,
  kTornAccess,
  kTouchedClosed,
  kAccessPrevented,
  kTouchedOutsideAttempt,
  kTouchedOutOfOrder,
  kTouchedMisaligned,
  kOpenAfterCall,
  kOpenAtQuestion,
  kOpenedFlagClear,
  kOpenInHandler,
  kOpenSwitchedAway,
  kLeftBehind,
  kFlagNotRestored,
  kFlagSetOutside,
  kFlagSetInHandler,
  kFlagSetSwitchedAway,
  kFlagClearAtBegin,
  kFlagClearAtEnd,
  kFlagClearAtTouch,
  kKernelBugFault,
  kFaultWithoutFixup,
  kFaultOutOfRange,
  kAttemptAfterFault,
  kAttemptCameBack,
  kOtherAttemptAbandoned,
  kFaultElsewhere,
  kFaultNoWayBack,
  kFixupElsewhere,
  kFaultRetried,
  kLockTakenTwice,
  kLockHeldInAttempt,
  kLockHeldAtTouch,
  kLockNotReleased,
  kLockReleasedFree,
  kCheckedInVain,
  kPopulatedUnchecked,
  kPopulatedElsewhere,
  kOtherNumberOfChecks,
  kOtherNumberOfPopulations,
  kOtherNumberOfLocks,
  kOtherNumberOfAttempts,
  kRaceMisplaced,
  kResultUnchecked,
  kCheckFlags,
  kPopulationFlags,
  kAttemptUnchecked,
  kAttemptElsewhere,
  kAttemptFlags,
  kAskedAgain,
  kAttemptWider,
  kRangeNotPopulated,
  kPageMissing,
  kPageTooMany,
  kNumberOfPages,
  kPopulationErrorLost,
  kFramesLost,
  kFramesLostByReset,
  kTooManyEvents,
  kEndless,
};

struct RuleInfo {
  Rule rule;
  ViolationKind kind;
  absl::string_view name;
};

inline constexpr RuleInfo kRules[] = {
    {Rule::kOutcome, ViolationKind::kAccessResult, "outcome"},
    {Rule::kRacedAccessMissing, ViolationKind::kAccessResult, "raced_access_missing"},
    {Rule::kRacedSetUp, ViolationKind::kAccessResult, "raced_set_up"},
    {Rule::kFaultOutsideWindow, ViolationKind::kAccessKernelHalf, "fault_outside_window"},
    {Rule::kAttemptOutsideWindow, ViolationKind::kAccessKernelHalf, "attempt_outside_window"},
    {Rule::kLoadedAgain, ViolationKind::kAccessDoubleFetch, "loaded_again"},
    {Rule::kTextLoadedAgain, ViolationKind::kAccessDoubleFetch, "text_loaded_again"},
    {Rule::kPointerElsewhere, ViolationKind::kAccessWrongPointer, "pointer_elsewhere"},
    {Rule::kWrittenOutside, ViolationKind::kAccessBufferOverrun, "written_outside"},
    {Rule::kTouchedOutside, ViolationKind::kAccessBufferOverrun, "touched_outside"},
    {Rule::kBufferContents, ViolationKind::kAccessBufferContents, "buffer_contents"},
    {Rule::kStrayStore, ViolationKind::kAccessStrayStore, "stray_store"},
    {Rule::kTornAccess, ViolationKind::kAccessTorn, "torn_access"},
    {Rule::kTouchedClosed, ViolationKind::kAccessClosed, "touched_closed"},
    {Rule::kAccessPrevented, ViolationKind::kAccessClosed, "access_prevented"},
    {Rule::kTouchedOutsideAttempt, ViolationKind::kAccessOutOfAttempt, "touched_outside_attempt"},
    {Rule::kTouchedOutOfOrder, ViolationKind::kAccessOrder, "touched_out_of_order"},
    {Rule::kTouchedMisaligned, ViolationKind::kAccessMisaligned, "touched_misaligned"},
    {Rule::kOpenAfterCall, ViolationKind::kAccessLeftOpen, "open_after_call"},
    {Rule::kOpenAtQuestion, ViolationKind::kAccessLeftOpen, "open_at_question"},
    {Rule::kOpenedFlagClear, ViolationKind::kAccessLeftOpen, "opened_flag_clear"},
    {Rule::kOpenInHandler, ViolationKind::kAccessLeftOpen, "open_in_handler"},
    {Rule::kOpenSwitchedAway, ViolationKind::kAccessLeftOpen, "open_switched_away"},
    {Rule::kLeftBehind, ViolationKind::kAccessLeftBehind, "left_behind"},
    {Rule::kFlagNotRestored, ViolationKind::kFlagStuck, "flag_not_restored"},
    {Rule::kFlagSetOutside, ViolationKind::kFlagSetOutside, "flag_set_outside"},
    {Rule::kFlagSetInHandler, ViolationKind::kFlagSetOutside, "flag_set_in_handler"},
    {Rule::kFlagSetSwitchedAway, ViolationKind::kFlagSetOutside, "flag_set_switched_away"},
    {Rule::kFlagClearAtBegin, ViolationKind::kFlagClearInAttempt, "flag_clear_at_begin"},
    {Rule::kFlagClearAtEnd, ViolationKind::kFlagClearInAttempt, "flag_clear_at_end"},
    {Rule::kFlagClearAtTouch, ViolationKind::kFlagClearInAttempt, "flag_clear_at_touch"},
    {Rule::kKernelBugFault, ViolationKind::kFaultKernelBug, "kernel_bug_fault"},
    {Rule::kFaultWithoutFixup, ViolationKind::kFaultKernelBug, "fault_without_fixup"},
    {Rule::kFaultOutOfRange, ViolationKind::kFaultOutOfRange, "fault_out_of_range"},
    {Rule::kAttemptAfterFault, ViolationKind::kFaultOutOfRange, "attempt_after_fault"},
    {Rule::kAttemptCameBack, ViolationKind::kFaultOutOfRange, "attempt_came_back"},
    {Rule::kOtherAttemptAbandoned, ViolationKind::kFaultOutOfRange, "other_attempt_abandoned"},
    {Rule::kFaultElsewhere, ViolationKind::kFaultOutOfRange, "fault_elsewhere"},
    {Rule::kFaultNoWayBack, ViolationKind::kFaultNoWayBack, "fault_no_way_back"},
    {Rule::kFixupElsewhere, ViolationKind::kFaultNoWayBack, "fixup_elsewhere"},
    {Rule::kFaultRetried, ViolationKind::kFaultRetried, "fault_retried"},
    {Rule::kLockTakenTwice, ViolationKind::kLockTakenTwice, "lock_taken_twice"},
    {Rule::kLockHeldInAttempt, ViolationKind::kLockHeldInAttempt, "lock_held_in_attempt"},
    {Rule::kLockHeldAtTouch, ViolationKind::kLockHeldInAttempt, "lock_held_at_touch"},
    {Rule::kLockNotReleased, ViolationKind::kLockNotReleased, "lock_not_released"},
    {Rule::kLockReleasedFree, ViolationKind::kLockReleasedFree, "lock_released_free"},
    {Rule::kCheckedInVain, ViolationKind::kCheckOrder, "checked_in_vain"},
    {Rule::kPopulatedUnchecked, ViolationKind::kCheckOrder, "populated_unchecked"},
    {Rule::kPopulatedElsewhere, ViolationKind::kCheckOrder, "populated_elsewhere"},
    {Rule::kOtherNumberOfChecks, ViolationKind::kCheckOrder, "other_number_of_checks"},
    {Rule::kOtherNumberOfPopulations, ViolationKind::kCheckOrder, "other_number_of_populations"},
    {Rule::kOtherNumberOfLocks, ViolationKind::kCheckOrder, "other_number_of_locks"},
    {Rule::kOtherNumberOfAttempts, ViolationKind::kCheckOrder, "other_number_of_attempts"},
    {Rule::kRaceMisplaced, ViolationKind::kCheckOrder, "race_misplaced"},
    {Rule::kResultUnchecked, ViolationKind::kCheckRange, "result_unchecked"},
    {Rule::kCheckFlags, ViolationKind::kCheckRange, "check_flags"},
    {Rule::kPopulationFlags, ViolationKind::kCheckRange, "population_flags"},
    {Rule::kAttemptUnchecked, ViolationKind::kCheckRange, "attempt_unchecked"},
    {Rule::kAttemptElsewhere, ViolationKind::kCheckRange, "attempt_elsewhere"},
    {Rule::kAttemptFlags, ViolationKind::kCheckRange, "attempt_flags"},
    {Rule::kAskedAgain, ViolationKind::kCheckRange, "asked_again"},
    {Rule::kAttemptWider, ViolationKind::kCheckRange, "attempt_wider"},
    {Rule::kRangeNotPopulated, ViolationKind::kPopulationPages, "range_not_populated"},
    {Rule::kPageMissing, ViolationKind::kPopulationPages, "page_missing"},
    {Rule::kPageTooMany, ViolationKind::kPopulationPages, "page_too_many"},
    {Rule::kNumberOfPages, ViolationKind::kPopulationPages, "number_of_pages"},
    {Rule::kPopulationErrorLost, ViolationKind::kPopulationError, "population_error_lost"},
    {Rule::kFramesLost, ViolationKind::kFramesLost, "frames_lost"},
    {Rule::kFramesLostByReset, ViolationKind::kFramesLost, "frames_lost_by_reset"},
    {Rule::kTooManyEvents, ViolationKind::kTimeUnbounded, "too_many_events"},
    {Rule::kEndless, ViolationKind::kTimeUnbounded, "endless"},
};
inline constexpr size_t kRuleCount = std::size(kRules);

// Whether the table has a row for each rule, in order, and at least one rule for each kind.
constexpr bool IsRuleTableWhole() {
  size_t kinds = 1;
  for (size_t i = 0; i < kRuleCount; ++i) {
    if (kRules[i].rule != static_cast<Rule>(i)) return false;
    if (i == 0) continue;
    const size_t step =
        static_cast<size_t>(kRules[i].kind) - static_cast<size_t>(kRules[i - 1].kind);
    if (step > 1) return false;
    kinds += step;
  }
  return kRules[0].kind == ViolationKind() && kinds == kViolationKinds &&
         kRules[kRuleCount - 1].rule == Rule::kEndless;
}
static_assert(IsRuleTableWhole(), "a rule or a kind without a row, or in another order");

constexpr ViolationKind KindOf(Rule rule) { return kRules[static_cast<size_t>(rule)].kind; }

constexpr absl::string_view RuleName(Rule rule) { return kRules[static_cast<size_t>(rule)].name; }

// Whether `rule` is the first rule of its kind, so that the kind alone identifies it.
constexpr bool IsMainRule(Rule rule) {
  return rule == Rule() || KindOf(rule) != kRules[static_cast<size_t>(rule) - 1].kind;
}

}  // namespace sim

#endif  // SIM_ORACLE_VIOLATION_RULES_H_
