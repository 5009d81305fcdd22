#include "fuzz/swarm_turns.h"

#include <bit>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace sim {

absl::StatusOr<SwarmTurns> SwarmTurns::Of(const char* setting, uint64_t seed) {
  if (setting == nullptr) return SwarmTurns(Kind::kTurns, seed);
  if (absl::string_view(setting) == "off") return SwarmTurns(Kind::kOff, 0);
  uint64_t number = 0;
  if (!absl::SimpleAtoi(setting, &number)) {
    return absl::InvalidArgumentError(
        absl::StrCat("AXPTR_SWARM=", setting, ": expected off, or the number of a choice"));
  }
  return SwarmTurns(Kind::kOne, number);
}

const Swarm& SwarmTurns::Next() {
  if (kind_ == Kind::kTurns && mutations_ > 0 && mutations_ % kTurn == 0) {
    ++number_;
    Choose();
  }
  ++mutations_;
  return swarm_;
}

std::optional<std::string> SwarmTurns::News() const {
  const uint64_t turn = (mutations_ - 1) / kTurn + 1;
  const bool begins = (mutations_ - 1) % kTurn == 0;
  if (!begins || !std::has_single_bit(turn) || (kind_ != Kind::kTurns && turn > 1)) {
    return std::nullopt;
  }
  if (kind_ == Kind::kOff) return "swarm off: everything";
  return absl::StrCat("swarm ", number_, ": ", swarm_.Text());
}

}  // namespace sim
