#include "sim/oracle/check_flag.h"

namespace sim {
namespace {

const char* Shown(bool flag) { return flag ? "set" : "clear"; }

// Whether the flag has to be clear at `event`, with `attempts` under way.
bool MustBeClear(const Event& event, uint64_t attempts) {
  switch (event.kind) {
    case EventKind::kChecked:
    case EventKind::kPopulated:
      return true;
    case EventKind::kLockTaken:
    case EventKind::kLockReleased:
    case EventKind::kLockTakenTwice:
    case EventKind::kRaced:
      return attempts == 0;
    case EventKind::kAttemptBegun:
    case EventKind::kAttemptEnded:
    case EventKind::kFault:  // check_fault judges those
      return false;
  }
  return false;
}

}  // namespace

void CheckFlag(const OpEvidence& evidence, Violations* violations) {
  uint64_t attempts = 0;
  bool reported_clear = false;
  bool reported_set = evidence.record.flag_before;
  for (const Event& event : evidence.events) {
    const bool begins = event.kind == EventKind::kAttemptBegun;
    const bool ends = event.kind == EventKind::kAttemptEnded;
    if ((begins || ends) && !event.flag && !reported_clear) {
      reported_clear = true;
      Rarely([&] {
        Report(evidence, violation_name::kFlagClearInAttempt, event.address, "the flag set",
               begins ? "clear as the attempt begins" : "clear as the attempt ends", violations);
      });
    }
    if (event.flag && !reported_set && MustBeClear(event, attempts)) {
      reported_set = true;
      Rarely([&] {
        Report(evidence, violation_name::kFlagSetOutside, event.address,
               "the flag clear where user memory is not touched", "set", violations);
      });
    }
    if (begins) ++attempts;
    if (ends && attempts > 0) --attempts;
  }
  const OpRecord& record = evidence.record;
  if (record.flag != record.flag_before && !evidence.Panicked()) {
    Rarely([&] {
      Report(evidence, violation_name::kFlagStuck, 0, Shown(record.flag_before), Shown(record.flag),
             violations);
    });
  }
}

}  // namespace sim
