#include "sim/oracle/check_fault.h"

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_format.h"

namespace sim {
namespace {

constexpr uint64_t PageOf(uint64_t address) { return address / kPageBytes; }

absl::string_view BugName(KernelBug bug) {
  switch (bug) {
    case KernelBug::kNone:
      return "no reason given";
    case KernelBug::kFlagClear:
      return "flag clear";
    case KernelBug::kOutOfRange:
      return "out of range";
    case KernelBug::kLockHeld:
      return "lock held";
    case KernelBug::kNoWayBack:
      return "no way back";
    case KernelBug::kRetriedTooOften:
      return "retried too often";
    case KernelBug::kAccessClosed:
      return "user access closed";
    case KernelBug::kEndless:
      return "endless";
  }
  return "unknown reason";
}

std::string FaultText(const Event& fault) {
  const absl::string_view what = fault.disposition == FaultDisposition::kResolved ? "handled"
                                 : fault.disposition == FaultDisposition::kEfault
                                     ? "refused"
                                     : BugName(fault.bug);
  if (!fault.address_known) return absl::StrFormat("a fault at an unknown address: %s", what);
  return absl::StrFormat("a fault at %#x: %s", fault.address, what);
}

// The number of attempts up to the innermost whose range holds `fault`; 0: none does.
size_t CountUpToHolder(const Event& fault, std::span<const ByteRange> attempts) {
  size_t count = fault.address_known ? attempts.size() : 0;
  while (count > 0 && !attempts[count - 1].Contains(fault.address)) --count;
  return count;
}

// The name of what is wrong with `fault`, or empty. `attempts`: the ranges of those under way.
absl::string_view Judge(const OpEvidence& evidence, const Event& fault,
                        std::span<const ByteRange> attempts) {
  const bool user_code = InfoOf(evidence.op.verb).verb_class == VerbClass::kUser;
  switch (fault.bug) {
    case KernelBug::kLockHeld:  // check_lock.h
    case KernelBug::kEndless:   // check_time.h
      return {};
    case KernelBug::kOutOfRange:
      return violation_name::kFaultOutOfRange;
    case KernelBug::kNoWayBack:
      return violation_name::kFaultNoWayBack;
    case KernelBug::kRetriedTooOften:
      return violation_name::kFaultRetried;
    case KernelBug::kFlagClear:
    case KernelBug::kAccessClosed:
      return violation_name::kFaultKernelBug;
    case KernelBug::kNone:
      break;
  }
  if (fault.disposition == FaultDisposition::kKernelBug) return violation_name::kFaultKernelBug;
  if (user_code) return {};
  if (!fault.flag) return violation_name::kFaultKernelBug;
  if (attempts.empty()) return violation_name::kFaultNoWayBack;
  if (CountUpToHolder(fault, attempts) == 0) return violation_name::kFaultOutOfRange;
  return {};
}

// The attempts under way, and which of them has to end because of an unresolved fault.
class Attempts {
 public:
  std::span<const ByteRange> ranges() const { return ranges_; }

  void Begin(ByteRange range) { ranges_.push_back(range); }

  // The attempts down to the one whose range holds `fault` are to be abandoned.
  void Abandon(const Event& fault) { left_ = CountUpToHolder(fault, ranges_); }

  // An attempt ended. Returns whether that is what is due: the end of an abandoned one, as long as
  // there are such; else any.
  bool End(bool was_abandoned) {
    const bool is_due = left_ == 0 || (was_abandoned && ranges_.size() >= left_);
    if (!ranges_.empty()) ranges_.pop_back();
    if (ranges_.size() < left_) left_ = 0;
    return is_due;
  }

  // Whether an attempt that is to be abandoned goes on.
  bool IsAbandoning() const { return left_ != 0; }

 private:
  absl::InlinedVector<ByteRange, 4> ranges_;
  size_t left_ = 0;  // the number of attempts up to the one to be abandoned; 0: none is
};

// Whether the scenario asked for this kernel bug.
bool IsProvoked(const OpEvidence& evidence, const Event& fault) {
  return evidence.expected.PredictsPanic() && fault.bug == KernelBug::kFlagClear &&
         (!fault.address_known || PageOf(fault.address) == PageOf(evidence.expected.panic_address));
}

bool IsSameFault(const Event& a, const Event& b) {
  return a.address_known && b.address_known && a.access == b.access &&
         PageOf(a.address) == PageOf(b.address);
}

absl::string_view Wanted(absl::string_view name) {
  if (name == violation_name::kFaultKernelBug)
    return "no fault of kernel code with the flag clear or user access closed";
  if (name == violation_name::kFaultOutOfRange) return "faults only in the range of the attempt";
  if (name == violation_name::kFaultNoWayBack) return "an attempt under way";
  return "a fault that was handled does not come back";
}

// What is wrong with the way in which `event`, which is no fault, follows the faults before it.
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
    Report(evidence, violation_name::kFaultOutOfRange, event.address,
           "an unresolved fault abandons the attempt whose range holds it, and those inside it",
           event.kind == EventKind::kAttemptBegun ? "another attempt begins"
           : event.ok                             ? "an attempt that is to be abandoned comes back"
                                                  : "another attempt is abandoned",
           violations);
  });
}

}  // namespace

void CheckFault(const OpEvidence& evidence, Violations* violations) {
  Attempts attempts;
  const Event* handled = nullptr;  // the last fault, if it was resolved and nothing undid that
  for (const Event& event : evidence.events) {
    if (event.kind == EventKind::kRaced) handled = nullptr;
    if (event.kind != EventKind::kFault) {
      CheckUnwinding(evidence, event, &attempts, violations);
      continue;
    }
    const bool resolved = event.disposition == FaultDisposition::kResolved;
    absl::string_view name = Judge(evidence, event, attempts.ranges());
    if (name.empty() && event.disposition == FaultDisposition::kEfault) attempts.Abandon(event);
    if (name.empty() && resolved && handled != nullptr && IsSameFault(*handled, event)) {
      name = violation_name::kFaultRetried;
    }
    handled = resolved ? &event : nullptr;
    if (name.empty()) continue;
    Rarely([&] {
      Report(evidence, name, event.address, std::string(Wanted(name)), FaultText(event),
             violations);
      violations->back().provoked = IsProvoked(evidence, event);
    });
    if (name == violation_name::kFaultRetried) return;  // it would come back again and again
  }
}

}  // namespace sim
