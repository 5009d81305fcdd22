// Parses a command line, and runs the command or prints help.
#ifndef SIM_CLI_COMMAND_LINE_H_
#define SIM_CLI_COMMAND_LINE_H_

#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "sim/cli/command.h"

namespace sim {

// `words`: the words after the program's name. Options are `--name` and `--name=value`, in any
// place; `--` ends the options; a single "-" is a file. Runs the command, or prints help (to
// standard output if requested), or prints a usage error to standard error. Result: an exit status
// of exit_status.h.
int RunCommandLine(std::span<const Command> commands, std::span<const std::string> words);

// Parses the words after a command's name. Errors: InvalidArgumentError, with a message for the
// user.
absl::StatusOr<Arguments> ParseArguments(const Command& command,
                                         std::span<const std::string> words);

// The output of `axsim --help` and of `axsim COMMAND --help`.
std::string PrintHelp(std::span<const Command> commands);
std::string PrintCommandHelp(const Command& command);

}  // namespace sim

#endif  // SIM_CLI_COMMAND_LINE_H_
