// Random scripts, and random changes of scripts: for the fuzz target and for tests. The same
// generator state always gives the same script, on every host.
#ifndef SIM_SCRIPT_RANDOM_SCRIPT_H_
#define SIM_SCRIPT_RANDOM_SCRIPT_H_

#include <random>

#include "sim/script/script.h"

namespace sim {

// A script with plausible values: a machine, some areas, and runs that ask, touch and break rules.
Script RandomScript(std::mt19937_64& random);

// Changes `script` in one to four places. Of a long script only a part is left, from a reset on.
void MutateScript(std::mt19937_64& random, Script* script);

// Steps of `a` up to a random place, then steps of `b`.
Script CrossScripts(std::mt19937_64& random, const Script& a, const Script& b);

}  // namespace sim

#endif  // SIM_SCRIPT_RANDOM_SCRIPT_H_
