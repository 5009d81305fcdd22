#include "sim/oracle/check_flag.h"

namespace sim {
namespace {

// Whether the flag must be clear at `event`, with `attempts` under way.
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
    case EventKind::kFault:    // judged by check_fault
    case EventKind::kMisused:  // judged by check_touch
      return false;
  }
  return false;
}

}  // namespace

void CheckFlag(const OpEvidence& evidence, Violations* violations) {
  if (!evidence.subject.has_flag) return;
  uint64_t attempts = 0;
  bool reported_clear = false;
  const bool is_in_attempts_only = evidence.contract.flag == Contract::Flag::kInAttempts;
  bool reported_set = evidence.record.flag_before || !is_in_attempts_only;
  for (const Event& event : evidence.events) {
    const EventKind kind = event.kind;
    const bool flag = event.flag;
    const bool begins = kind == EventKind::kAttemptBegun;
    const bool ends = kind == EventKind::kAttemptEnded;
    if (!flag && !begins && !ends) continue;
    if (!flag && !reported_clear) {
      reported_clear = true;
      Rarely([&] {
        Report(evidence,
               {.rule = begins ? Rule::kFlagClearAtBegin : Rule::kFlagClearAtEnd,
                .address = event.address,
                .wanted = value::Flag{true},
                .got = value::Flag{false}},
               &event, violations);
      });
    }
    if (flag && !reported_set && MustBeClear(event, attempts)) {
      reported_set = true;
      Rarely([&] {
        Report(evidence,
               {.rule = Rule::kFlagSetOutside,
                .address = event.address,
                .wanted = value::Flag{false},
                .got = value::Flag{true}},
               &event, violations);
      });
    }
    if (begins) ++attempts;
    if (ends && attempts > 0) --attempts;
  }
  const OpRecord& record = evidence.record;
  const bool is_cleared = !record.flag && !is_in_attempts_only;
  if (record.flag != record.flag_before && !is_cleared && !evidence.Panicked()) {
    Rarely([&] {
      Report(evidence,
             {.rule = Rule::kFlagNotRestored,
              .wanted = value::Flag{record.flag_before},
              .got = value::Flag{record.flag}},
             nullptr, violations);
    });
  }
}

}  // namespace sim
