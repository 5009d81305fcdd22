#include "sim/oracle/check_population.h"

#include <bit>

namespace sim {
namespace {

void CheckErrorReachedCaller(const OpEvidence& evidence, const Event& event,
                             Violations* violations) {
  // After an error the library checks the rest in smaller parts, which may succeed, or copies the
  // permitted bytes first, which may no longer be accessible. check_access compares the error with
  // the model's.
  if (ChecksPageByPage(evidence.op.verb)) return;
  const Outcome& outcome = evidence.record.outcome;
  if (event.ok || evidence.Panicked()) return;
  // A library that need not populate may continue, and fault.
  if (evidence.contract.asks < Contract::Asks::kAreasAndPopulation) return;
  if (outcome.kind == Outcome::Kind::kError && outcome.error == event.error) return;
  Rarely([&] {
    Report(evidence,
           {.rule = Rule::kPopulationErrorLost,
            .address = event.address,
            .wanted = Outcome::Error(event.error),
            .got = outcome},
           &event, violations);
  });
}

// Reports that the population of the `page`-th page in reach differs from the model's.
void ReportPage(const OpEvidence& evidence, int page, Violations* violations) {
  const bool wanted = (evidence.expected.populated_in_reach >> page & 1) != 0;
  Report(evidence,
         {.rule = wanted ? Rule::kPageMissing : Rule::kPageTooMany,
          .address = FirstPageInReach(evidence.op) + static_cast<uint64_t>(page) * kPageBytes},
         nullptr, violations);
}

}  // namespace

void CheckPopulationErrors(const OpEvidence& evidence, Violations* violations) {
  const size_t before = violations->size();
  ByteRange populated;
  const Event* last = nullptr;
  for (const Event& event : evidence.events) {
    if (event.kind != EventKind::kPopulated) continue;
    CheckErrorReachedCaller(evidence, event, violations);
    if (violations->size() > before) return;
    last = &event;
    const ByteRange range = ByteRange::Of(event.address, event.size);
    if (populated.end == range.start) {
      populated.end = range.end;
    } else {
      populated = range;
    }
  }
  const bool handed_out = evidence.record.outcome.kind == Outcome::Kind::kOk || evidence.Panicked();
  const bool is_populated = handed_out && IsPopulatedFirst(evidence.op.verb);
  if (!is_populated || evidence.expected.populations == 0) return;
  const ByteRange wanted =
      ByteRange::Of(evidence.expected.touch_start, evidence.expected.touch_bytes).Pages();
  if (populated.Contains(wanted)) return;
  // A panic during the check is not an error of the population.
  if (evidence.Panicked() && populated.start == populated.end) return;
  Rarely([&] {
    Report(evidence,
           {.rule = Rule::kRangeNotPopulated,
            .address = wanted.start,
            .wanted = wanted,
            .got = populated},
           last, violations);
  });
}

void CheckPopulation(const OpEvidence& evidence, Violations* violations) {
  if (evidence.PanicDiffers()) return;
  const OpRecord& record = evidence.record;
  const Expectation& expected = evidence.expected;
  const uint64_t different = record.populated_in_reach ^ expected.populated_in_reach;
  if (evidence.is_population_unseen || expected.is_state_open) {
    // Unseen, or chosen by the library. The sum of free frames and populated pages is independent
    // of that.
  } else if (different != 0) {
    Rarely([&] { ReportPage(evidence, std::countr_zero(different), violations); });
  } else if (record.pages_populated != expected.pages_populated ||
             record.pages_shared != expected.pages_shared) {
    Rarely([&] {
      Report(evidence,
             {.rule = Rule::kNumberOfPages,
              .address = evidence.op.address,
              .wanted = value::Pages{expected.pages_populated, expected.pages_shared},
              .got = value::Pages{record.pages_populated, record.pages_shared}},
             nullptr, violations);
    });
  }
  const uint64_t total = record.frames_free + record.pages_populated - record.pages_shared;
  const uint64_t expected_total =
      expected.frames_free + expected.pages_populated - expected.pages_shared;
  if (total == expected_total) return;
  // The result of a raced `frames` depends on the pages populated before it.
  if (expected.is_state_open && !expected.raced_set_ups.empty()) return;
  Rarely([&] {
    Report(
        evidence,
        {.rule = Rule::kFramesLost,
         .address = evidence.op.address,
         .wanted = value::Count{expected_total},
         .got = value::Frames{record.frames_free, {record.pages_populated, record.pages_shared}}},
        nullptr, violations);
  });
}

void CheckReset(const Trace& trace, size_t op_index, uint64_t frames, Violations* violations) {
  if (trace.frames_after_reset == frames) return;
  violations->push_back({.rule = Rule::kFramesLostByReset,
                         .op_index = op_index,
                         .wanted = value::Count{frames},
                         .got = value::Count{trace.frames_after_reset}});
}

}  // namespace sim
