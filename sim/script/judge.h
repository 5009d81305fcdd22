// Plays scripts and compares what is observed with what the reference predicts.
#ifndef SIM_SCRIPT_JUDGE_H_
#define SIM_SCRIPT_JUDGE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/machine/window_key.h"
#include "sim/script/player.h"
#include "sim/script/reference.h"
#include "sim/script/script.h"

namespace sim {

class ScriptJudge {
 public:
  // Errors: those of Machine::Create.
  static absl::StatusOr<ScriptJudge> Create();

  // The report of the first difference: the script, the step, what was expected and what was
  // recorded. Empty: there is none.
  std::string Judge(const Script& script);

  // What was observed of the last script.
  const std::vector<Observation>& recorded() const { return player_->observations(); }

 private:
  explicit ScriptJudge(std::unique_ptr<Player> player)
      : player_(std::move(player)),
        reference_(std::make_unique<Reference>(HardwareClosesWindow())) {}

  std::unique_ptr<Player> player_;
  std::unique_ptr<Reference> reference_;
};

// Sets a counter for each pair of observations that follow each other, by their kinds, results and
// causes; values and addresses make no difference.
void CountPairs(const std::vector<Observation>& observations, std::span<uint8_t> counters);

}  // namespace sim

#endif  // SIM_SCRIPT_JUDGE_H_
