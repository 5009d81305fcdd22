// The modes of axsim ring0 other than running scenario files.
#ifndef SIM_CLI_COMMANDS_RING0_MODES_H_
#define SIM_CLI_COMMANDS_RING0_MODES_H_

#include "sim/cli/command.h"
#include "sim/ring0/host/ring0.h"

namespace sim {

// --costs: counts the instructions of calls, and compares them with a file. Result: an exit status.
// kSomeNotJudged: the file has no counts for the compiler of the image.
int Ring0CostsCommand(const Arguments& arguments, const Ring0Options& options);

// --random: runs random scenarios up to the first that fails, and writes that scenario to a file.
// Result: an exit status.
int Ring0RandomCommand(const Arguments& arguments, const Ring0Options& options);

// The exit status for a report.
int Ring0Status(const Ring0Report& report);

}  // namespace sim

#endif  // SIM_CLI_COMMANDS_RING0_MODES_H_
