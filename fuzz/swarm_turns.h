// The swarms (sim/scenario/swarm.h) that one run of a mutator uses one after the other, each for
// kTurn mutations. The seed of the run determines them.
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

  // `setting` is the value of the environment variable AXPTR_SWARM. Null: the choices with the
  // numbers `seed`, `seed` + 1, ..., one for each turn. A number: only the choice of that number.
  // `off`: everything is on. Errors: InvalidArgumentError for other text.
  static absl::StatusOr<SwarmTurns> Of(const char* setting, uint64_t seed);

  // The choice for the next mutation.
  const Swarm& Next();

  // If the latest mutation was the first of turn 1, 2, 4, 8, ...: a line about the choice of that
  // turn. Otherwise nullopt.
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
