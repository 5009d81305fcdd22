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

// A check that failed because the lock was held has an event like a fault at address 0.
bool IsRefusedQuestion(const Event& event) {
  return event.kind == EventKind::kFault && event.bug == KernelBug::kLockHeld &&
         event.address == 0 && !event.flag;
}

// Whether `event`, at which the lock was held or not, needs no report; true for nearly all events.
bool IsUsual(const Event& event, bool held) {
  switch (event.kind) {
    case EventKind::kLockReleased:
    case EventKind::kChecked:
    case EventKind::kPopulated:
    case EventKind::kAttemptEnded:
    case EventKind::kRaced:
    case EventKind::kMisused:
      return true;
    case EventKind::kLockTaken:
      return !held;
    case EventKind::kAttemptBegun:
      return !event.lock_held;
    case EventKind::kLockTakenTwice:
    case EventKind::kFault:
      return false;
  }
  return false;
}

}  // namespace

void CheckLock(const OpEvidence& evidence, Violations* violations) {
  bool held = false;
  bool reported_held = false;
  bool reported_twice = false;
  const bool must_be_free = evidence.contract.lock == Contract::Lock::kForQuestions;
  for (const Event& event : evidence.events) {
    const EventKind kind = event.kind;
    if (IsUsual(event, held)) {
      if (kind == EventKind::kLockTaken || kind == EventKind::kLockReleased) {
        held = kind == EventKind::kLockTaken;
      }
      continue;
    }
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
  }
  if (evidence.record.lock_held && !evidence.Panicked()) {
    Rarely([&] { Report(evidence, {.rule = Rule::kLockNotReleased}, nullptr, violations); });
  }
}

}  // namespace sim
