// The address space of a real process as a scenario's layout.
#ifndef SIM_CLI_IMPORT_MAPS_H_
#define SIM_CLI_IMPORT_MAPS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sim {

// From the text of /proc/PID/maps to the text of a scenario: a `map` line for each area of user
// space, in the same order, in the window.
//
// Kept: order, which areas are neighbours without a gap, sizes (so far as they fit), permissions.
// Changed: the first area begins with the window; each gap is one page; where all of it would not
// fit into the window, the largest areas are cut, and say so in a comment.
// Kinds: writable private memory without a file is lazy; the rest is eager, as long as that takes
// no more than half of the machine's memory, then lazy.
//
// Arguments: `name`: stands in comments and messages.
// Errors: InvalidArgumentError "name:line: ..." for the first malformed line.
absl::StatusOr<std::string> ImportMaps(absl::string_view maps, absl::string_view name);

}  // namespace sim

#endif  // SIM_CLI_IMPORT_MAPS_H_
