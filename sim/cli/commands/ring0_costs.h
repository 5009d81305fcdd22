// axsim ring0 --costs: instructions of calls in ring 0, beside those that a file expects.
#ifndef SIM_CLI_COMMANDS_RING0_COSTS_H_
#define SIM_CLI_COMMANDS_RING0_COSTS_H_

#include "sim/cli/command.h"
#include "sim/ring0/host/ring0.h"

namespace sim {

// Result: an exit status. kNotJudged: the file has no counts for the compiler of the image.
int Ring0CostsCommand(const Arguments& arguments, const Ring0Options& options);

}  // namespace sim

#endif  // SIM_CLI_COMMANDS_RING0_COSTS_H_
