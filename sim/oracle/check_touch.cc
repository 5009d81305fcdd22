#include "sim/oracle/check_touch.h"

namespace sim {
namespace {

// The rule that `misuse` breaks.
Rule RuleOf(Misuse misuse) {
  switch (misuse) {
    case Misuse::kTouchedClosed:
      return Rule::kTouchedClosed;
    case Misuse::kTouchedFlagClear:
      return Rule::kFlagClearAtTouch;
    case Misuse::kTouchedLockHeld:
      return Rule::kLockHeldAtTouch;
    case Misuse::kTouchedOutsideAttempt:
      return Rule::kTouchedOutsideAttempt;
    case Misuse::kTouchedOutOfOrder:
      return Rule::kTouchedOutOfOrder;
    case Misuse::kTouchedMisaligned:
      return Rule::kTouchedMisaligned;
    case Misuse::kOpenedFlagClear:
      return Rule::kOpenedFlagClear;
    case Misuse::kOpenAtQuestion:
      return Rule::kOpenAtQuestion;
    case Misuse::kFlagSetInHandler:
      return Rule::kFlagSetInHandler;
    case Misuse::kOpenInHandler:
      return Rule::kOpenInHandler;
    case Misuse::kFlagSetSwitchedAway:
      return Rule::kFlagSetSwitchedAway;
    case Misuse::kOpenSwitchedAway:
      return Rule::kOpenSwitchedAway;
  }
  return Rule::kTouchedClosed;
}

// Whether `misuse` is a violation by the contract, given the facts of the subject.
bool IsForbidden(const OpEvidence& evidence, Misuse misuse) {
  const Contract& contract = evidence.contract;
  const SubjectFacts& subject = evidence.subject;
  const bool recovers = subject.makes_attempts && contract.on_fault == Contract::OnFault::kError;
  switch (misuse) {
    case Misuse::kTouchedClosed:
    case Misuse::kTouchedOutsideAttempt:
      return recovers;
    case Misuse::kTouchedFlagClear:
    case Misuse::kOpenedFlagClear:
      return subject.has_flag;
    case Misuse::kTouchedLockHeld:
      return contract.lock == Contract::Lock::kForQuestions;
    case Misuse::kTouchedOutOfOrder:
      // A byte that is loaded twice is reported as access.double_fetch.
      return contract.loads_once && evidence.record.again.bytes == 0 &&
             evidence.record.again_in_attempt.bytes == 0;
    case Misuse::kTouchedMisaligned:
      return contract.touches_aligned;
    case Misuse::kOpenAtQuestion:
      return contract.flag == Contract::Flag::kInAttempts;
    case Misuse::kFlagSetInHandler:
    case Misuse::kOpenInHandler:
    case Misuse::kFlagSetSwitchedAway:
    case Misuse::kOpenSwitchedAway:
      return true;
  }
  return true;
}

ViolationValue ValueOf(const Event& event) {
  const bool is_touch =
      event.size != 0 || event.index == static_cast<uint64_t>(Misuse::kTouchedClosed);
  if (!is_touch) return value::None();
  return value::Touch{.address = event.address,
                      .size = event.size,
                      .is_store = (event.access & kPermWrite) != 0,
                      .access_open = event.ok,
                      .flag = event.flag,
                      .lock_held = event.lock_held,
                      .in_attempt = event.address_known};
}

}  // namespace

void CheckTouch(const OpEvidence& evidence, Violations* violations) {
  for (const Event& event : evidence.events) {
    if (event.kind != EventKind::kMisused) continue;
    const auto misuse = static_cast<Misuse>(event.index);
    if (!IsForbidden(evidence, misuse)) continue;
    Report(evidence, {.rule = RuleOf(misuse), .address = event.address, .got = ValueOf(event)},
           &event, violations);
  }
}

}  // namespace sim
