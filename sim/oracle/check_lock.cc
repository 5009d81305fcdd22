#include "sim/oracle/check_lock.h"

#include "absl/strings/str_format.h"

namespace sim {
namespace {

bool IsTakenTwice(const Event& event) {
  return event.kind == EventKind::kLockTakenTwice ||
         (event.kind == EventKind::kFault && event.bug == KernelBug::kLockHeld);
}

bool TouchesUserMemory(const Event& event) {
  return event.kind == EventKind::kAttemptBegun || event.kind == EventKind::kFault;
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
    if (TouchesUserMemory(event) && event.lock_held && !reported_held &&
        !IsRefusedQuestion(event)) {
      reported_held = true;
      Rarely([&] {
        Report(evidence, violation_name::kLockHeldInAttempt, event.address,
               "the lock free while user memory is touched",
               absl::StrFormat("CPU %d holds it", event.cpu), violations);
      });
    }
    const bool second = held && event.kind == EventKind::kLockTaken;
    if ((second || IsTakenTwice(event)) && !reported_twice) {
      reported_twice = true;
      Rarely([&] {
        Report(evidence, violation_name::kLockTakenTwice, event.address,
               "the lock taken by a CPU that does not hold it",
               absl::StrFormat("CPU %d takes it again", event.cpu), violations);
      });
    }
    if (event.kind == EventKind::kLockTaken) held = true;
    if (event.kind == EventKind::kLockReleased) held = false;
  }
  if (evidence.record.lock_held && !evidence.Panicked()) {
    Rarely([&] {
      Report(evidence, violation_name::kLockNotReleased, 0, "the lock free after the operation",
             "it is held", violations);
    });
  }
}

}  // namespace sim
