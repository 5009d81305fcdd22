// What axsim can do. Each prints its result to standard output and its complaints to standard
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
int ReachCommand(const Arguments& arguments);
int Ring0Command(const Arguments& arguments);
int ImportCommand(const Arguments& arguments);
int TriageCommand(const Arguments& arguments);

// The option --max-events of `arguments`: the most events that a run may leave; if it is not given,
// as many as the simulator has room for. Errors: it is no number from 1 to that.
absl::StatusOr<size_t> MaxEventsOf(const Arguments& arguments);

// The options --subject, --contract and --require of `arguments`.
SubjectChoice ChoiceOf(const Arguments& arguments);

// Use(ChoiceOf(arguments)).
absl::Status UseSubjectAndContractOf(const Arguments& arguments);

// RequiredBy(ChoiceOf(arguments)).
absl::StatusOr<FacetSet> RequiredOf(const Arguments& arguments);

// Says what went wrong. Result: kUnusable.
int Fail(const absl::Status& status);

}  // namespace sim

#endif  // SIM_CLI_COMMANDS_COMMANDS_H_
