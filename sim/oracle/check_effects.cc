#include "sim/oracle/check_effects.h"

namespace sim {
namespace {

// check_flag compares the flag before and after an operation.
bool IsJudgedByFlag(const EffectsDifference& difference) {
  return difference.rule == Rule::kFlagNotRestored;
}

bool IsOfPlace(const EffectsDifference& difference) {
  return difference.rule != Rule::kBufferContents;
}

void ReportAll(const OpEvidence& evidence, bool of_places, Violations* violations) {
  for (const EffectsDifference& difference :
       DifferencesOf(evidence.expected.effects, evidence.record.effects)) {
    if (IsOfPlace(difference) != of_places || IsJudgedByFlag(difference)) continue;
    Report(evidence,
           {.rule = difference.rule,
            .address = evidence.op.address,
            .wanted = difference.wanted,
            .got = difference.got},
           nullptr, violations);
  }
}

// Whether there is nothing to compare: the usual case, and a panic, which has no effects.
bool IsNothingToSay(const OpEvidence& evidence) {
  return evidence.record.effects == evidence.expected.effects || evidence.Panicked() ||
         evidence.expected.PredictsPanic();
}

// Whether the contract defines the contents of the buffer after an access with the outcome `got`.
bool IsBufferPromised(const Prediction& expected, const Outcome& got) {
  if (got.kind != Outcome::Kind::kError) return !expected.is_buffer_open;
  return !expected.is_tail_open && (expected.is_done_told || got.Fulfils(expected.outcome));
}

// An access to a page beside the buffer is a fault, which ends the run.
void CheckGuardPages(const OpEvidence& evidence, Violations* violations) {
  for (const Event& event : evidence.events) {
    if (event.kind != EventKind::kFault || event.bug != KernelBug::kBufferOverrun) continue;
    Rarely([&] {
      Report(evidence,
             {.rule = Rule::kTouchedOutside,
              .address = evidence.op.address,
              .got = value::ByteIndex{static_cast<int64_t>(event.address)}},
             &event, violations);
    });
  }
}

void AddLeftBehind(uint8_t bits, std::vector<EffectsDifference>* differences) {
  if ((bits & kLeftOpen) != 0) differences->push_back({Rule::kOpenAfterCall, {}, {}});
  if ((bits & kLeftFlag) != 0) {
    differences->push_back({Rule::kFlagNotRestored, value::Flag{false}, value::Flag{true}});
  }
  const auto others = static_cast<uint8_t>(bits & ~(kLeftOpen | kLeftFlag));
  if (others != 0) {
    differences->push_back({Rule::kLeftBehind, value::None(), value::LeftBehind{others}});
  }
}

}  // namespace

std::vector<EffectsDifference> DifferencesOf(const Effects& wanted, const Effects& got) {
  std::vector<EffectsDifference> differences;
  if (got.pointer_error != wanted.pointer_error) {
    differences.push_back({Rule::kPointerElsewhere, value::PointerError{wanted.pointer_error},
                           value::PointerError{got.pointer_error}});
  }
  if (got.written_outside != wanted.written_outside) {
    differences.push_back(
        {Rule::kWrittenOutside, value::None(), value::ByteIndex{got.written_outside.value_or(0)}});
  }
  if (got.stray_store != wanted.stray_store) {
    differences.push_back(
        {Rule::kStrayStore, value::None(), value::Address{got.stray_store.value_or(0)}});
  }
  if (got.torn_at != wanted.torn_at) {
    differences.push_back(
        {Rule::kTornAccess, value::None(), value::Address{got.torn_at.value_or(0)}});
  }
  if (got.copied_bytes != wanted.copied_bytes ||
      got.copied_fingerprint != wanted.copied_fingerprint) {
    differences.push_back({Rule::kBufferContents,
                           value::Contents{wanted.copied_bytes, wanted.copied_fingerprint},
                           value::Contents{got.copied_bytes, got.copied_fingerprint}});
  }
  AddLeftBehind(static_cast<uint8_t>(got.left_behind & ~wanted.left_behind), &differences);
  return differences;
}

void CheckPlaces(const OpEvidence& evidence, Violations* violations) {
  if (evidence.Panicked()) CheckGuardPages(evidence, violations);
  if (IsNothingToSay(evidence)) return;
  Rarely([&] { ReportAll(evidence, /*of_places=*/true, violations); });
}

void CheckBuffer(const OpEvidence& evidence, Violations* violations) {
  if (IsNothingToSay(evidence)) return;
  if (!IsBufferPromised(evidence.expected, evidence.record.outcome)) return;
  if (!evidence.IsOutcomeAllowed()) return;
  Rarely([&] { ReportAll(evidence, /*of_places=*/false, violations); });
}

void CheckRacedEffects(const OpEvidence& evidence, Violations* violations) {
  if (evidence.PanicDiffers()) return;
  for (const Expectation::RacedAccess& expected : evidence.expected.raced_accesses) {
    if (expected.outcome.kind == Outcome::Kind::kPanic) continue;
    if (expected.op_index >= evidence.records.size()) continue;
    const RaceRecord race = evidence.records[expected.op_index].race.value_or(RaceRecord());
    if (race.effects == expected.effects) continue;
    const bool is_open = !IsBufferPromised(expected, race.outcome);
    Rarely([&] {
      for (const EffectsDifference& difference : DifferencesOf(expected.effects, race.effects)) {
        if (is_open && !IsOfPlace(difference)) continue;
        Report(evidence,
               {.rule = difference.rule,
                .address = evidence.op.address,
                .wanted = difference.wanted,
                .got = difference.got,
                .raced_by = expected.op_index},
               EventOfRace(evidence, expected.op_index), violations);
      }
    });
  }
}

}  // namespace sim
