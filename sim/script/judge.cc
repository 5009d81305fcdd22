#include "sim/script/judge.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "sim/script/observation.h"

namespace sim {
namespace {

// What makes a difference for the fuzzer.
uint64_t SignatureOf(const Observation& observation) {
  const Event& event = observation.event;
  const bool is_small = observation.what == Observation::What::kAnswer ||
                        observation.what == Observation::What::kSurvived ||
                        observation.what == Observation::What::kPage;
  uint64_t hash = HashWord(kHashOfNothing, static_cast<uint64_t>(observation.what));
  if (is_small) hash = HashWord(hash, observation.value);
  if (observation.what != Observation::What::kEvent) return hash;
  hash = HashWord(hash, static_cast<uint64_t>(event.kind));
  hash = HashWord(hash, static_cast<uint64_t>(event.disposition));
  hash = HashWord(hash, static_cast<uint64_t>(event.bug));
  hash = HashWord(hash, event.index);
  hash = HashWord(hash, static_cast<uint64_t>(event.error));
  const unsigned bits = (event.ok ? 1u : 0u) | (event.flag ? 2u : 0u) |
                        (event.lock_held ? 4u : 0u) | (event.by_other ? 8u : 0u) |
                        (event.bus_error ? 16u : 0u) | (event.address_known ? 32u : 0u) |
                        (event.fingerprint != 0 ? 64u : 0u) | (event.cpu != 0 ? 128u : 0u);
  return HashWord(HashWord(hash, bits), event.access);
}

}  // namespace

absl::StatusOr<ScriptJudge> ScriptJudge::Create() {
  absl::StatusOr<std::unique_ptr<Player>> player = Player::Create();
  if (!player.ok()) return player.status();
  return ScriptJudge(*std::move(player));
}

std::string ScriptJudge::Judge(const Script& script) {
  const std::optional<Difference> difference =
      FirstDifference(reference_->Predict(script), player_->Play(script));
  if (!difference) return "";
  std::string text = "SCRIPT\n";
  for (size_t i = 0; i < script.steps.size(); ++i) {
    absl::StrAppend(&text, i == difference->step ? "> " : "  ", PrintStep(script.steps[i]), "\n");
  }
  absl::StrAppend(&text, "step ", difference->step + 1, "\nexpected: ", difference->expected,
                  "\nrecorded: ", difference->recorded, "\n");
  return text;
}

void CountPairs(const std::vector<Observation>& observations, std::span<uint8_t> counters) {
  uint64_t before = 0;
  for (const Observation& observation : observations) {
    const uint64_t signature = SignatureOf(observation);
    counters[HashWord(before, signature) / 65536 % counters.size()] = 1;
    before = signature;
  }
}

}  // namespace sim
