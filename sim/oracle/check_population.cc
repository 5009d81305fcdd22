#include "sim/oracle/check_population.h"

#include <bit>

#include "absl/strings/str_format.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

bool IsOfKnownSize(Verb verb) { return IsLibraryAccess(verb) && !IsNullTerminated(verb); }

void CheckErrorReachedCaller(const OpEvidence& evidence, const Event& event,
                             Violations* violations) {
  const Outcome& outcome = evidence.record.outcome;
  if (event.ok || evidence.Panicked()) return;
  if (outcome.kind == Outcome::Kind::kError && outcome.error == event.error) return;
  Rarely([&] {
    Report(evidence, violation_name::kPopulationError, event.address,
           PrintOutcome(evidence.op.verb, Outcome::Error(event.error)),
           PrintOutcome(evidence.op.verb, outcome), violations);
  });
}

std::string PagesText(uint64_t populated, uint64_t shared) {
  if (shared == 0) return absl::StrFormat("%d pages populated", populated);
  return absl::StrFormat("%d pages populated, %d of them shared", populated, shared);
}

// The `page`-th in reach is populated although the model says no, or the reverse.
void ReportPage(const OpEvidence& evidence, int page, Violations* violations) {
  const bool wanted = (evidence.expected.populated_in_reach >> page & 1) != 0;
  Report(evidence, violation_name::kPopulationPages,
         FirstPageInReach(evidence.op) + static_cast<uint64_t>(page) * kPageBytes,
         wanted ? "page populated" : "page not populated", wanted ? "it is not" : "it is",
         violations);
}

}  // namespace

void CheckPopulationErrors(const OpEvidence& evidence, Violations* violations) {
  const size_t before = violations->size();
  ByteRange populated;
  for (const Event& event : evidence.events) {
    if (event.kind != EventKind::kPopulated) continue;
    CheckErrorReachedCaller(evidence, event, violations);
    if (violations->size() > before) return;
    const ByteRange range = ByteRange::Of(event.address, event.size);
    if (populated.end == range.start) {
      populated.end = range.end;
    } else {
      populated = range;
    }
  }
  const bool handed_out = evidence.record.outcome.kind == Outcome::Kind::kOk || evidence.Panicked();
  if (!IsOfKnownSize(evidence.op.verb) || !handed_out || evidence.expected.checks == 0) return;
  const ByteRange wanted =
      ByteRange::Of(evidence.expected.touch_start, evidence.expected.touch_bytes).Pages();
  if (populated.Contains(wanted)) return;
  // A panic in the midst of the question is not the fault of this.
  if (evidence.Panicked() && populated.start == populated.end) return;
  Rarely([&] {
    Report(evidence, violation_name::kPopulationPages, wanted.start,
           absl::StrFormat("[%#x, %#x) populated", wanted.start, wanted.end),
           absl::StrFormat("[%#x, %#x)", populated.start, populated.end), violations);
  });
}

void CheckPopulation(const OpEvidence& evidence, Violations* violations) {
  if (evidence.PanicDiffers()) return;
  const OpRecord& record = evidence.record;
  const Expectation& expected = evidence.expected;
  const uint64_t different = record.populated_in_reach ^ expected.populated_in_reach;
  if (different != 0) {
    Rarely([&] { ReportPage(evidence, std::countr_zero(different), violations); });
  } else if (record.pages_populated != expected.pages_populated ||
             record.pages_shared != expected.pages_shared) {
    Rarely([&] {
      Report(evidence, violation_name::kPopulationPages, evidence.op.address,
             PagesText(expected.pages_populated, expected.pages_shared),
             PagesText(record.pages_populated, record.pages_shared), violations);
    });
  }
  const uint64_t total = record.frames_free + record.pages_populated - record.pages_shared;
  const uint64_t expected_total =
      expected.frames_free + expected.pages_populated - expected.pages_shared;
  if (total == expected_total) return;
  Rarely([&] {
    Report(evidence, violation_name::kFramesLost, evidence.op.address,
           absl::StrFormat("%d frames, free or in populated pages", expected_total),
           absl::StrFormat("%d free, %s", record.frames_free,
                           PagesText(record.pages_populated, record.pages_shared)),
           violations);
  });
}

void CheckReset(const Trace& trace, size_t op_index, uint64_t frames, Violations* violations) {
  if (trace.frames_after_reset == frames) return;
  violations->push_back({.name = violation_name::kFramesLost,
                         .op_index = op_index,
                         .wanted = absl::StrFormat("%d frames free after the reset", frames),
                         .got = absl::StrFormat("%d", trace.frames_after_reset)});
}

}  // namespace sim
