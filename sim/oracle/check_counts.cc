#include "sim/oracle/check_counts.h"

#include <array>

namespace sim {
namespace {

struct Count {
  EventKind kind;
  Rule rule;
  uint64_t wanted;
};

void CheckNumbers(const OpEvidence& evidence, Violations* violations) {
  const Expectation& expected = evidence.expected;
  const SubjectFacts& subject = evidence.subject;
  const std::array<Count, 4> counts = {{
      {EventKind::kChecked, Rule::kOtherNumberOfChecks, expected.checks},
      {EventKind::kPopulated, Rule::kOtherNumberOfPopulations, expected.populations},
      {EventKind::kLockTaken, Rule::kOtherNumberOfLocks, expected.locks},
      {EventKind::kAttemptBegun, Rule::kOtherNumberOfAttempts,
       subject.makes_attempts ? expected.attempts : 0},
  }};
  for (const Count& count : counts) {
    const uint64_t got = evidence.seen.CountOf(count.kind);
    if (got == count.wanted || (got < count.wanted && !subject.counts_exactly)) continue;
    // A subject that has both attempts and fixups may choose either for each access.
    const bool is_choice = subject.has_flag && !subject.makes_attempts;
    if (count.kind == EventKind::kAttemptBegun && is_choice) continue;
    Rarely([&] {
      Report(evidence,
             {.rule = count.rule,
              .address = evidence.op.address,
              .wanted = value::Count{count.wanted},
              .got = value::Count{got}},
             nullptr, violations);
    });
    return;
  }
}

void ReportMisplaced(const OpEvidence& evidence, Violations* violations) {
  const size_t op_index = evidence.expected.misplaced_races.front();
  for (const Event& event : evidence.events) {
    if (event.kind != EventKind::kRaced || event.index != op_index) continue;
    Report(evidence, {.rule = Rule::kRaceMisplaced, .address = event.address, .raced_by = op_index},
           &event, violations);
    return;
  }
}

}  // namespace

void CheckCounts(const OpEvidence& evidence, Violations* violations) {
  if (evidence.op.race || evidence.contract.counts == Contract::Counts::kAny) return;
  if (evidence.Panicked() || evidence.expected.PredictsPanic()) return;
  if (!evidence.IsOutcomeAllowed()) return;
  if (!evidence.expected.misplaced_races.empty()) {
    Rarely([&] { ReportMisplaced(evidence, violations); });
  } else if (IsLibraryAccess(evidence.op.verb)) {
    CheckNumbers(evidence, violations);
  }
}

}  // namespace sim
