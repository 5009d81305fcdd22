// The choices (sim/scenario/swarm.h) of one run of a mutator: one after the other, each for so many
// mutations. Which they are follows from the run's seed.
#ifndef FUZZ_SWARM_TURNS_H_
#define FUZZ_SWARM_TURNS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "sim/scenario/swarm.h"

namespace sim {

class SwarmTurns {
 public:
  // The mutations of one turn.
  static constexpr uint64_t kTurn = 256;

  // What AXPTR_SWARM says. Null: the choices from number `seed` on, a number for each turn. A
  // number: that choice alone. `off`: everything. Errors: InvalidArgumentError for other text.
  static absl::StatusOr<SwarmTurns> Of(const char* setting, uint64_t seed);

  // The choice for the next mutation.
  const Swarm& Next();

  // A line about the choice for the latest mutation, when it begins: for turn 1, 2, 4, 8, ...
  // Nothing otherwise.
  std::optional<std::string> News() const;

 private:
  enum class Kind : uint8_t { kTurns, kOne, kOff };
  SwarmTurns(Kind kind, uint64_t first) : kind_(kind), number_(first) { Choose(); }
  void Choose() { swarm_ = kind_ == Kind::kOff ? Swarm() : Swarm::OfSeed(number_); }

  Kind kind_;
  uint64_t number_;  // of the choice
  uint64_t mutations_ = 0;
  Swarm swarm_;
};

}  // namespace sim

#endif  // FUZZ_SWARM_TURNS_H_
