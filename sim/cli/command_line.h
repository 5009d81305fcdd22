// From the words of a command line to a command that runs, with help on the way.
#ifndef SIM_CLI_COMMAND_LINE_H_
#define SIM_CLI_COMMAND_LINE_H_

#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "sim/cli/command.h"

namespace sim {

// `words`: what stands behind the program's name. Options are `--name` and `--name=value`, in any
// place; `--` ends them; a lone "-" is a file. Runs the command, or prints help (to standard output
// if it was asked for), or a mistake in the words (to standard error).
// Result: an exit status of exit_status.h.
int RunCommandLine(std::span<const Command> commands, std::span<const std::string> words);

// The words behind a command's name. Errors: InvalidArgumentError, for people.
absl::StatusOr<Arguments> ParseArguments(const Command& command,
                                         std::span<const std::string> words);

// What `axsim --help` and `axsim COMMAND --help` print.
std::string PrintHelp(std::span<const Command> commands);
std::string PrintCommandHelp(const Command& command);

}  // namespace sim

#endif  // SIM_CLI_COMMAND_LINE_H_
