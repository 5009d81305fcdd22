#include "sim/oracle/check_access.h"

#include <algorithm>

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
      // Of the kernel's buffer; check_effects knows it.
      if (event.bug == KernelBug::kBufferOverrun) return false;
      return !event.address_known || !IsInWindow(event.address);
    default:
      return false;
  }
}

bool IsKernelBug(const Event& event) {
  return event.kind == EventKind::kFault && event.disposition == FaultDisposition::kKernelBug;
}

Outcome OutcomeOf(const Event& raced) {
  if (!raced.ok) return Outcome::Error(raced.error, raced.size);
  return Outcome::Ok(raced.size, raced.fingerprint);
}

void CheckRacedAccess(const OpEvidence& evidence, const Expectation::RacedAccess& expected,
                      Violations* violations) {
  const auto found =
      std::find_if(evidence.events.begin(), evidence.events.end(), [&](const Event& event) {
        return event.kind == EventKind::kRaced && event.index == expected.op_index;
      });
  // CheckResult knows about panics.
  if (evidence.PanicDiffers() || expected.outcome.kind == Outcome::Kind::kPanic) return;
  const bool happened = found != evidence.events.end();
  if (happened && OutcomeOf(*found).Fulfils(expected.outcome)) return;
  Rarely([&] {
    Violation violation{.rule = Rule::kRacedAccessMissing,
                        .address = evidence.op.address,
                        .wanted = expected.outcome,
                        .raced_by = expected.op_index};
    if (happened) {
      violation.rule = Rule::kOutcome;
      violation.got = OutcomeOf(*found);
    }
    Report(evidence, violation, happened ? &*found : nullptr, violations);
  });
}

}  // namespace

void CheckRacedAccesses(const OpEvidence& evidence, Violations* violations) {
  for (const Expectation::RacedAccess& expected : evidence.expected.raced_accesses) {
    CheckRacedAccess(evidence, expected, violations);
  }
}

void CheckDoubleFetch(const OpEvidence& evidence, Violations* violations) {
  // A string is read for its end, then for its form, in an attempt of its own.
  const bool reads_twice = evidence.op.verb == Verb::kConstStr;
  const FetchLog::Again& again =
      reads_twice ? evidence.record.again_in_attempt : evidence.record.again;
  if (again.bytes == 0) return;
  Rarely([&] {
    Report(evidence,
           {.rule = reads_twice ? Rule::kTextLoadedAgain : Rule::kLoadedAgain,
            .address = again.address,
            .got = value::BytesFrom{again.bytes, again.address}},
           nullptr, violations);
  });
}

void CheckKernelHalf(const OpEvidence& evidence, Violations* violations) {
  if (!IsLibraryAccess(evidence.op.verb)) return;
  const auto found =
      std::find_if(evidence.events.begin(), evidence.events.end(), [&](const Event& event) {
        // Another CPU's fault is the affair of what that one does in the midst of this.
        return event.cpu == evidence.op.cpu && IsOutside(event);
      });
  if (found == evidence.events.end()) return;
  Rarely([&] {
    Violation violation{.rule = Rule::kAttemptOutsideWindow,
                        .address = found->address,
                        .got = value::BytesFrom{found->size, found->address}};
    if (found->kind == EventKind::kFault) {
      violation.rule = Rule::kFaultOutsideWindow;
      violation.got = value::Address{found->address};
    }
    Report(evidence, violation, &*found, violations);
  });
}

void CheckResult(const OpEvidence& evidence, Violations* violations) {
  if (evidence.IsOutcomeAllowed()) return;
  const bool explained = evidence.Panicked() &&
                         std::any_of(evidence.events.begin(), evidence.events.end(), IsKernelBug);
  if (explained) return;
  Rarely([&] {
    Report(evidence,
           {.rule = Rule::kOutcome,
            .address = evidence.op.address,
            .wanted = evidence.expected.outcome,
            .got = evidence.record.outcome},
           nullptr, violations);
  });
}

}  // namespace sim
