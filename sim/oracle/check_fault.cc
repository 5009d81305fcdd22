#include "sim/oracle/check_fault.h"

#include <optional>

#include "absl/container/inlined_vector.h"
#include "sim/scenario/named_bytes.h"

namespace sim {
namespace {

constexpr uint64_t PageOf(uint64_t address) { return address / kPageBytes; }

// The number of attempts from the outermost to the innermost one whose range contains `fault`; 0 if
// none does.
size_t CountUpToHolder(const Event& fault, std::span<const ByteRange> attempts) {
  size_t count = fault.address_known ? attempts.size() : 0;
  while (count > 0 && !attempts[count - 1].Contains(fault.address)) --count;
  return count;
}

// Whether `fault` lies on a page of the user memory that the operation names, directly or by
// pointers.
bool IsAtNamedMemory(const OpEvidence& evidence, const Event& fault) {
  for (const Expectation::Part& part : evidence.expected.parts) {
    const ByteRange pages = ByteRange::Of(part.start, part.bytes).Pages();
    if (fault.address_known && pages.Contains(fault.address)) return true;
  }
  // Memory that pointers name may be anywhere.
  if (FollowsPointers(evidence.op.verb)) return true;
  const std::optional<NamedBytes> named = BytesNamedBy(evidence.op);
  if (!named || named->most == 0 || !fault.address_known) return false;
  const NamedBytes::Wide last = named->start + named->MostBytes() - 1;
  return PageOf(named->start) <= PageOf(fault.address) &&
         PageOf(fault.address) <= last / kPageBytes;
}

// The rule that `fault` breaks, or nullopt. `attempts`: the ranges of the attempts under way.
std::optional<Rule> Judge(const OpEvidence& evidence, const Event& fault,
                          std::span<const ByteRange> attempts) {
  const bool user_code = InfoOf(evidence.op.verb).verb_class == VerbClass::kUser;
  switch (fault.bug) {
    case KernelBug::kLockHeld:  // check_lock.h
    case KernelBug::kLockFree:
    case KernelBug::kEndless:        // check_time.h
    case KernelBug::kBufferOverrun:  // check_effects.h
      return std::nullopt;
    case KernelBug::kOutOfRange:
      return fault.has_fixup ? Rule::kFaultElsewhere : Rule::kFaultOutOfRange;
    case KernelBug::kNoFixup:
      return Rule::kFaultWithoutFixup;
    case KernelBug::kFixupElsewhere:
      return Rule::kFixupElsewhere;
    case KernelBug::kNoWayBack:
      return Rule::kFaultNoWayBack;
    case KernelBug::kRetriedTooOften:
      return Rule::kFaultRetried;
    case KernelBug::kFlagClear:
    case KernelBug::kAccessClosed:
      return Rule::kKernelBugFault;
    case KernelBug::kAccessPrevented:
      if (IsPredictedPanic(evidence, fault)) return Rule::kAccessPrevented;
      // Wrongly lent out memory is a wrong outcome (check_access.h).
      if (!evidence.expected.PredictsPanic()) return std::nullopt;
      return Rule::kKernelBugFault;
    case KernelBug::kNone:
      break;
  }
  if (fault.disposition == FaultDisposition::kKernelBug) return Rule::kKernelBugFault;
  if (user_code) return std::nullopt;
  if (!IsExpected(fault)) return Rule::kKernelBugFault;
  if (fault.has_fixup && fault.disposition != FaultDisposition::kEfault) {
    if (!IsAtNamedMemory(evidence, fault)) return Rule::kFaultElsewhere;
    return std::nullopt;
  }
  const bool needs_way_back = evidence.contract.on_fault == Contract::OnFault::kError;
  if (attempts.empty() && !needs_way_back) return std::nullopt;
  const bool is_recoverable = !attempts.empty() && fault.disposition != FaultDisposition::kFixup;
  if (!is_recoverable) return Rule::kFaultNoWayBack;
  if (CountUpToHolder(fault, attempts) == 0) return Rule::kFaultOutOfRange;
  return std::nullopt;
}

// The attempts under way, and the one that must end because of an unresolved fault.
class Attempts {
 public:
  std::span<const ByteRange> ranges() const { return ranges_; }

  void Begin(ByteRange range) { ranges_.push_back(range); }

  // Abandons the attempts inside the one whose range contains `fault`, and that one.
  void Abandon(const Event& fault) { left_ = CountUpToHolder(fault, ranges_); }

  // An attempt ended. Returns whether that is correct: while abandoned attempts are left, the end
  // must be that of an abandoned one.
  bool End(bool was_abandoned) {
    const bool is_due = left_ == 0 || (was_abandoned && ranges_.size() >= left_);
    if (!ranges_.empty()) ranges_.pop_back();
    if (ranges_.size() < left_) left_ = 0;
    return is_due;
  }

  // Whether an abandoned attempt is still under way.
  bool IsAbandoning() const { return left_ != 0; }

 private:
  absl::InlinedVector<ByteRange, 4> ranges_;
  size_t left_ = 0;  // number of attempts up to the abandoned one; 0: none
};

bool IsSameFault(const Event& a, const Event& b) {
  return a.address_known && b.address_known && a.access == b.access &&
         PageOf(a.address) == PageOf(b.address);
}

// Reports the rule that `event`, which is no fault, breaks by following the faults before it.
void CheckUnwinding(const OpEvidence& evidence, const Event& event, Attempts* attempts,
                    Violations* violations) {
  bool is_due = true;
  if (event.kind == EventKind::kAttemptBegun) {
    is_due = !attempts->IsAbandoning();
    attempts->Begin(ByteRange::Of(event.address, event.size));
  } else if (event.kind == EventKind::kAttemptEnded) {
    is_due = attempts->End(!event.ok);
  }
  if (is_due) return;
  Rarely([&] {
    const Rule rule = event.kind == EventKind::kAttemptBegun ? Rule::kAttemptAfterFault
                      : event.ok                             ? Rule::kAttemptCameBack
                                                             : Rule::kOtherAttemptAbandoned;
    Report(evidence, {.rule = rule, .address = event.address}, &event, violations);
  });
}

void CheckFaults(const OpEvidence& evidence, Violations* violations) {
  Attempts attempts;
  const Event* handled = nullptr;  // last fault, if resolved and not undone since
  for (const Event& event : evidence.events) {
    if (event.kind == EventKind::kRaced) handled = nullptr;
    if (event.kind != EventKind::kFault) {
      CheckUnwinding(evidence, event, &attempts, violations);
      continue;
    }
    const bool resolved = event.disposition == FaultDisposition::kResolved;
    std::optional<Rule> rule = Judge(evidence, event, attempts.ranges());
    if (!rule && event.disposition == FaultDisposition::kEfault) attempts.Abandon(event);
    if (!rule && resolved && handled != nullptr && IsSameFault(*handled, event)) {
      rule = Rule::kFaultRetried;
    }
    handled = resolved ? &event : nullptr;
    if (!rule) continue;
    Rarely([&] {
      Report(evidence,
             {.rule = *rule,
              .address = event.address,
              .got = FaultOf(event),
              .provoked = IsPredictedPanic(evidence, event)},
             &event, violations);
    });
    if (*rule == Rule::kFaultRetried) return;  // the fault would repeat
  }
}

}  // namespace

void CheckFault(const OpEvidence& evidence, Violations* violations) {
  // Without a fault, any end of an attempt is correct.
  if (evidence.seen.Has(EventKind::kFault)) CheckFaults(evidence, violations);
}

}  // namespace sim
