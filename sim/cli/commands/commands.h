// The commands of axsim. Each command prints its result to standard output and errors to standard
// error, and returns an exit status of exit_status.h.
#ifndef SIM_CLI_COMMANDS_COMMANDS_H_
#define SIM_CLI_COMMANDS_COMMANDS_H_

#include <cstddef>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sim/cli/command.h"
#include "sim/cli/subject_choice.h"
#include "sim/oracle/facet.h"

namespace sim {

// The table of all commands.
std::span<const Command> Commands();

int RunCommand(const Arguments& arguments);
int ExplainCommand(const Arguments& arguments);
int MinimizeCommand(const Arguments& arguments);
int ExploreCommand(const Arguments& arguments);
int ConformCommand(const Arguments& arguments);
int EmitCommand(const Arguments& arguments);
int EncodeCommand(const Arguments& arguments);
int DecodeCommand(const Arguments& arguments);
int InfoCommand(const Arguments& arguments);
int RandomCommand(const Arguments& arguments);
int ReachCommand(const Arguments& arguments);
int Ring0Command(const Arguments& arguments);
int ImportCommand(const Arguments& arguments);
int TriageCommand(const Arguments& arguments);

// The option --max-events of `arguments`: the maximum number of events of a run. The default is the
// capacity of the simulator. Errors: the value is not a number from 1 to the capacity.
absl::StatusOr<size_t> MaxEventsOf(const Arguments& arguments);

// The options --subject, --contract and --require of `arguments`.
SubjectChoice ChoiceOf(const Arguments& arguments);

// Use(ChoiceOf(arguments)).
absl::Status UseSubjectAndContractOf(const Arguments& arguments);

// RequiredBy(ChoiceOf(arguments)).
absl::StatusOr<FacetSet> RequiredOf(const Arguments& arguments);

// Prints the error. Returns kUnusable.
int Fail(const absl::Status& status);

}  // namespace sim

#endif  // SIM_CLI_COMMANDS_COMMANDS_H_
