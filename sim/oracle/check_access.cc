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

Outcome OutcomeOf(const Event& raced) {
  if (!raced.ok) return Outcome::Error(raced.error);
  return Outcome::Ok(raced.size, raced.fingerprint);
}

// What a raced access came to, in words; `verb` does not matter for what differs.
std::string RacedText(const Outcome& outcome, size_t op_index) {
  return absl::StrFormat("%s of the access raced by operation %d",
                         PrintOutcome(Verb::kConstGet, outcome), op_index + 1);
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
  if (happened && OutcomeOf(*found) == expected.outcome) return;
  Rarely([&] {
    Report(evidence, violation_name::kAccessResult, evidence.op.address,
           RacedText(expected.outcome, expected.op_index),
           happened ? PrintOutcome(Verb::kConstGet, OutcomeOf(*found)) : "it did not happen",
           violations);
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
    Report(evidence, violation_name::kAccessDoubleFetch, again.address,
           reads_twice ? "each byte loaded once to find the end, and once to look at the text"
                       : "each byte of user memory loaded once",
           absl::StrFormat("%d bytes from %#x loaded again", again.bytes, again.address),
           violations);
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
