// axsim import maps: the address space of a real process as a layout.
#include "absl/strings/str_cat.h"
#include "sim/cli/commands/commands.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/import_maps.h"
#include "sim/cli/input.h"

namespace sim {

int ImportCommand(const Arguments& arguments) {
  const std::vector<std::string>& files = arguments.files;
  if (files[0] != "maps") {
    return Fail(absl::InvalidArgumentError(absl::StrCat(
        "import ", files[0], ": expected `maps`, the one thing that can be imported")));
  }
  const absl::StatusOr<std::string> maps = ReadInput(files[1]);
  if (!maps.ok()) return Fail(maps.status());
  const absl::StatusOr<std::string> text =
      ImportMaps(*maps, files[1] == "-" ? "standard input" : files[1]);
  if (!text.ok()) return Fail(text.status());
  const absl::Status written = WriteWhole(files.size() == 3 ? files[2] : "-", *text);
  return written.ok() ? kAllAsExpected : Fail(written);
}

}  // namespace sim
