// Reading scenarios from files, in whichever form they are.
#ifndef SIM_CLI_INPUT_H_
#define SIM_CLI_INPUT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "sim/scenario/scenario.h"

namespace sim {

// Larger files are refused before they are read.
inline constexpr size_t kMaxInputBytes = size_t{64} << 20;

// A scenario from the file `path`, or from standard input if that is "-": text, or the bytes of a
// fuzzer. A name that ends in .scn is text; anything else is looked at.
// Errors: the file cannot be read, is too large, or its text has a mistake; the message begins with
// the file's name, and for a mistake in the text with file:line:column.
absl::StatusOr<Scenario> LoadScenario(const std::string& path);

// Writes `bytes` to `path`, whole or not at all: into a temporary file beside it, then renames.
// "-" is standard output. Errors: what the system says, with the file's name.
absl::Status WriteWhole(const std::string& path, absl::string_view bytes);

}  // namespace sim

#endif  // SIM_CLI_INPUT_H_
