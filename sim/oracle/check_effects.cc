#include "sim/oracle/check_effects.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace sim {
namespace {

std::string PointerText(uint64_t error) {
  if (error == 0) return "the pointer that was asked for";
  if (error == kElsewhere) return "a pointer to memory of another kind";
  return absl::StrFormat("a pointer %d bytes from it", static_cast<int64_t>(error));
}

std::string ContentsText(const Effects& effects) {
  return absl::StrFormat("%d bytes copied, with fnv=%#x", effects.copied_bytes,
                         effects.copied_fingerprint);
}

bool IsOfPlace(const EffectsDifference& difference) {
  return difference.name != violation_name::kAccessBufferContents;
}

void ReportAll(const OpEvidence& evidence, bool of_places, Violations* violations) {
  for (EffectsDifference& difference :
       DifferencesOf(evidence.expected.effects, evidence.record.effects)) {
    if (IsOfPlace(difference) != of_places) continue;
    Report(evidence, difference.name, evidence.op.address, std::move(difference.wanted),
           std::move(difference.got), violations);
  }
}

// Whether there is nothing to compare: the usual case, and a panic, which leaves no effects.
bool IsNothingToSay(const OpEvidence& evidence) {
  return evidence.record.effects == evidence.expected.effects || evidence.Panicked() ||
         evidence.expected.PredictsPanic();
}

}  // namespace

std::vector<EffectsDifference> DifferencesOf(const Effects& wanted, const Effects& got) {
  std::vector<EffectsDifference> differences;
  if (got.pointer_error != wanted.pointer_error) {
    differences.push_back({violation_name::kAccessWrongPointer, PointerText(wanted.pointer_error),
                           PointerText(got.pointer_error)});
  }
  if (got.written_outside != wanted.written_outside) {
    differences.push_back(
        {violation_name::kAccessBufferOverrun, "no byte written outside the buffer",
         absl::StrCat("byte ", got.written_outside.value_or(0), " of it written")});
  }
  if (got.copied_bytes != wanted.copied_bytes ||
      got.copied_fingerprint != wanted.copied_fingerprint) {
    differences.push_back(
        {violation_name::kAccessBufferContents, ContentsText(wanted), ContentsText(got)});
  }
  return differences;
}

void CheckPlaces(const OpEvidence& evidence, Violations* violations) {
  if (IsNothingToSay(evidence)) return;
  Rarely([&] { ReportAll(evidence, /*of_places=*/true, violations); });
}

void CheckBuffer(const OpEvidence& evidence, Violations* violations) {
  if (IsNothingToSay(evidence) || !evidence.expected.Allows(evidence.record.outcome)) return;
  Rarely([&] { ReportAll(evidence, /*of_places=*/false, violations); });
}

void CheckRacedEffects(const OpEvidence& evidence, Violations* violations) {
  if (evidence.PanicDiffers()) return;
  for (const Expectation::RacedAccess& expected : evidence.expected.raced_accesses) {
    if (expected.outcome.kind == Outcome::Kind::kPanic) continue;
    if (expected.op_index >= evidence.records.size()) continue;
    const Effects& got = evidence.records[expected.op_index].race.effects;
    if (got == expected.effects) continue;
    Rarely([&] {
      for (EffectsDifference& difference : DifferencesOf(expected.effects, got)) {
        Report(evidence, difference.name, evidence.op.address,
               absl::StrCat(difference.wanted, " by the access raced by operation ",
                            expected.op_index + 1),
               std::move(difference.got), violations);
      }
    });
  }
}

}  // namespace sim
