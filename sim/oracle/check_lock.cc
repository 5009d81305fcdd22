#include "sim/oracle/check_lock.h"

namespace sim {
namespace {

bool IsTakenTwice(const Event& event) {
  return event.kind == EventKind::kLockTakenTwice ||
         (event.kind == EventKind::kFault && event.bug == KernelBug::kLockHeld);
}

bool TouchesUserMemory(const Event& event) {
  return event.kind == EventKind::kAttemptBegun ||
         (event.kind == EventKind::kFault && !IsStopped(event.bug));
}

// A question that was asked in vain, because the lock was held, has an event that looks like a
// fault at no address.
bool IsRefusedQuestion(const Event& event) {
  return event.kind == EventKind::kFault && event.bug == KernelBug::kLockHeld &&
         event.address == 0 && !event.flag;
}

}  // namespace

void CheckLock(const OpEvidence& evidence, Violations* violations) {
  bool held = false;
  bool reported_held = false;
  bool reported_twice = false;
  for (const Event& event : evidence.events) {
    const bool must_be_free = evidence.contract.lock == Contract::Lock::kForQuestions;
    if (must_be_free && TouchesUserMemory(event) && event.lock_held && !reported_held &&
        !IsRefusedQuestion(event)) {
      reported_held = true;
      Rarely([&] {
        Report(evidence,
               {.rule = Rule::kLockHeldInAttempt,
                .address = event.address,
                .got = value::Cpu{event.cpu}},
               &event, violations);
      });
    }
    const bool second = held && event.kind == EventKind::kLockTaken;
    if ((second || IsTakenTwice(event)) && !reported_twice) {
      reported_twice = true;
      Rarely([&] {
        Report(evidence,
               {.rule = Rule::kLockTakenTwice,
                .address = event.address,
                .got = value::Cpu{event.cpu},
                .provoked = !must_be_free && evidence.expected.PredictsPanic()},
               &event, violations);
      });
    }
    if (event.kind == EventKind::kFault && event.bug == KernelBug::kLockFree) {
      Rarely([&] {
        Report(evidence, {.rule = Rule::kLockReleasedFree, .got = value::Cpu{event.cpu}}, &event,
               violations);
      });
    }
    if (event.kind == EventKind::kLockTaken) held = true;
    if (event.kind == EventKind::kLockReleased) held = false;
  }
  if (evidence.record.lock_held && !evidence.Panicked()) {
    Rarely([&] { Report(evidence, {.rule = Rule::kLockNotReleased}, nullptr, violations); });
  }
}

}  // namespace sim
