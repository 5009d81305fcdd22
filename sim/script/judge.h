// Plays a script and compares what is observed with what the reference predicts.
#ifndef SIM_SCRIPT_JUDGE_H_
#define SIM_SCRIPT_JUDGE_H_

#include <string>

#include "sim/script/player.h"
#include "sim/script/reference.h"
#include "sim/script/script.h"

namespace sim {

// The report of the first difference: the script, the step, what was expected and what was
// recorded. Empty: there is none.
std::string Judge(const Script& script, Player& player, Reference& reference);

}  // namespace sim

#endif  // SIM_SCRIPT_JUDGE_H_
