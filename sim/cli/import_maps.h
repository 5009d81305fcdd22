// The address space of a real process as a scenario's layout.
#ifndef SIM_CLI_IMPORT_MAPS_H_
#define SIM_CLI_IMPORT_MAPS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sim {

// Converts the text of /proc/PID/maps to the text of a scenario: a `map` line in the window for
// each area of user space, in the same order.
//
// Order, adjacency and permissions of areas are kept, and sizes if they fit. The first area begins
// at the start of the window, and each gap is one page. If the areas do not fit into the window,
// the largest ones are shortened, with a comment. Writable private memory without a file is lazy;
// the rest is eager until half of the machine's memory is used, then lazy.
//
// Arguments: `name`: stands in comments and messages.
// Errors: InvalidArgumentError "name:line: ..." for the first malformed line.
absl::StatusOr<std::string> ImportMaps(absl::string_view maps, absl::string_view name);

}  // namespace sim

#endif  // SIM_CLI_IMPORT_MAPS_H_
