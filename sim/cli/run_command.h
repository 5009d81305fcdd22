// axsim run: replays scenarios and says what happened.
#ifndef SIM_CLI_RUN_COMMAND_H_
#define SIM_CLI_RUN_COMMAND_H_

#include <span>
#include <string>

namespace sim {

struct RunOptions {
  enum class Format { kText, kJson };
  Format format = Format::kText;
  bool quiet = false;  // of kText: the verdict only, not a line for each operation
};

// Runs each of `files` (text or binary, "-" is standard input) and prints to standard output; what
// cannot be read is said on standard error, and the others are run all the same.
// Result: the worst exit status of exit_status.h among them.
int Run(std::span<const std::string> files, const RunOptions& options);

}  // namespace sim

#endif  // SIM_CLI_RUN_COMMAND_H_
