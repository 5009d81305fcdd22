#include "sim/oracle/check_access.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

bool IsOutside(const Event& event) {
  switch (event.kind) {
    case EventKind::kAttemptBegun:
      return event.size > 0 && (event.address < kWindowStart || event.address >= kWindowEnd ||
                                event.size > kWindowEnd - event.address);
    case EventKind::kFault:
      // A question under a held lock is reported as a fault too; check_lock knows those.
      if (event.bug == KernelBug::kLockHeld) return false;
      return !event.address_known || !IsInWindow(event.address);
    default:
      return false;
  }
}

bool IsKernelBug(const Event& event) {
  return event.kind == EventKind::kFault && event.disposition == FaultDisposition::kKernelBug;
}

}  // namespace

void CheckKernelHalf(const OpEvidence& evidence, Violations* violations) {
  if (!IsLibraryAccess(evidence.op.verb)) return;
  const auto found = std::find_if(evidence.events.begin(), evidence.events.end(), IsOutside);
  if (found == evidence.events.end()) return;
  Rarely([&] {
    Report(evidence, violation_name::kAccessKernelHalf, found->address,
           "user memory touched in the window only",
           found->kind == EventKind::kFault
               ? absl::StrFormat("a fault at %#x", found->address)
               : absl::StrFormat("an attempt on %d bytes at %#x", found->size, found->address),
           violations);
  });
}

void CheckResult(const OpEvidence& evidence, Violations* violations) {
  if (evidence.expected.Allows(evidence.record.outcome)) return;
  const bool explained = evidence.Panicked() &&
                         std::any_of(evidence.events.begin(), evidence.events.end(), IsKernelBug);
  if (explained) return;
  Rarely([&] {
    Report(evidence, violation_name::kAccessResult, evidence.op.address,
           PrintOutcome(evidence.op.verb, evidence.expected.outcome),
           PrintOutcome(evidence.op.verb, evidence.record.outcome), violations);
  });
}

}  // namespace sim
