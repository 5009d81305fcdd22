#include "sim/oracle/check_access.h"

namespace sim {
namespace {

// Whether `event` is a kernel bug that check_fault or another checker reports. A SMAP violation of
// the caller does not count: it only shows that the library lent out memory that the model
// refuses, and that is an error of the outcome.
bool IsKernelBug(const Event& event) {
  return event.kind == EventKind::kFault && event.disposition == FaultDisposition::kKernelBug &&
         event.bug != KernelBug::kAccessPrevented;
}

Outcome OutcomeOf(const Event& raced) {
  if (!raced.ok) return Outcome::Error(raced.error, raced.size);
  return Outcome::Ok(raced.size, raced.fingerprint);
}

void CheckRacedAccess(const OpEvidence& evidence, const Expectation::RacedAccess& expected,
                      Violations* violations) {
  const Event* const found = EventOfRace(evidence, expected.op_index);
  // CheckResult reports unpredicted panics.
  if (evidence.PanicDiffers() || expected.outcome.kind == Outcome::Kind::kPanic) return;
  const bool happened = found != nullptr;
  if (happened && expected.Allows(OutcomeOf(*found))) return;
  Rarely([&] {
    Violation violation{.rule = Rule::kRacedAccessMissing,
                        .address = evidence.op.address,
                        .wanted = expected.outcome,
                        .raced_by = expected.op_index};
    if (happened) {
      violation.rule = Rule::kOutcome;
      violation.got = OutcomeOf(*found);
    }
    Report(evidence, violation, found, violations);
  });
}

}  // namespace

void CheckRacedAccesses(const OpEvidence& evidence, Violations* violations) {
  for (const Expectation::RacedAccess& expected : evidence.expected.raced_accesses) {
    CheckRacedAccess(evidence, expected, violations);
  }
}

void CheckRacedSetUps(const OpEvidence& evidence, Violations* violations) {
  if (evidence.PanicDiffers()) return;
  for (const Expectation::RacedSetUp& expected : evidence.expected.raced_set_ups) {
    const Event* const found = EventOfRace(evidence, expected.op_index);
    // A set-up operation that did not happen shows in the state.
    if (found == nullptr || OutcomeOf(*found) == expected.outcome) continue;
    Rarely([&] {
      Report(evidence,
             {.rule = Rule::kRacedSetUp,
              .address = evidence.op.address,
              .wanted = expected.outcome,
              .got = OutcomeOf(*found),
              .raced_by = expected.op_index},
             found, violations);
    });
  }
}

void CheckDoubleFetch(const OpEvidence& evidence, Violations* violations) {
  if (!evidence.contract.loads_once) return;
  // A string is read twice, for its end and for its UTF-8 validation, in separate attempts. Two
  // pointers may be equal, or point to themselves.
  const bool reads_twice = evidence.op.verb == Verb::kConstStr || FollowsPointers(evidence.op.verb);
  // After a fault under NoFault, the memory is read again from its start.
  const bool is_of_attempt = reads_twice || IsUnderNoFault(evidence.op.verb);
  const FetchLog::Again& again =
      is_of_attempt ? evidence.record.again_in_attempt : evidence.record.again;
  if (again.bytes <= evidence.expected.loaded_again) return;
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
  const Event* found = nullptr;
  for (const Event& event : evidence.events) {
    // The checks of the raced access cover a fault of another CPU.
    if (!IsOutsideWindow(event) || event.by_other) continue;
    found = &event;
    break;
  }
  if (found == nullptr) return;
  Rarely([&] {
    Violation violation{.rule = Rule::kAttemptOutsideWindow,
                        .address = found->address,
                        .got = value::BytesFrom{found->size, found->address},
                        .provoked = IsPredictedPanic(evidence, *found)};
    if (found->kind == EventKind::kFault) {
      violation.rule = Rule::kFaultOutsideWindow;
      violation.got = value::Address{found->address};
    }
    Report(evidence, violation, found, violations);
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
