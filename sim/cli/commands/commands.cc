#include "sim/cli/commands/commands.h"

#include <cstdint>
#include <cstdio>
#include <vector>

#include "sim/cli/exit_status.h"

namespace sim {
namespace {

const Option kFormat = {"format", "text|json", "json: one object on one line"};
const Option kSeconds = {"seconds", "N", "stop minimising after so long (10)"};

std::vector<Command> MakeCommands() {
  std::vector<Command> commands;
  commands.push_back(
      {.name = "run",
       .arguments = "[--format=text|json] [--quiet] FILE...",
       .summary = "Replays scenarios, and says what every operation came to.",
       .example = "  axsim run corpus/scenario_fuzzer/*.scn\n",
       .min_files = 1,
       .max_files = SIZE_MAX,
       .options = {kFormat, {"quiet", "", "the verdict only, not a line for each operation"}},
       .run = RunCommand});
  commands.push_back(
      {.name = "explain",
       .arguments = "[OPTION...] FILE",
       .summary = "From a crash file to understanding: minimises it, and tells the story of its bug.",
       .example = "  axsim explain crash-1234\n  axsim explain --html=crash.html crash-1234\n",
       .min_files = 1,
       .max_files = 1,
       .options = {kFormat,
                   {"html", "FILE", "write a page that a browser shows, instead"},
                   {"color", "auto|always|never", "auto: on a terminal"},
                   {"as-is", "", "do not minimise first"},
                   kSeconds},
       .run = ExplainCommand});
  commands.push_back(
      {.name = "minimize",
       .arguments = "[OPTION...] INPUT [OUTPUT]",
       .summary = "The smallest scenario that shows the same bug, as text.",
       .example = "  axsim minimize crash-1234 minimal.scn\n",
       .min_files = 1,
       .max_files = 2,
       .options = {{"format", "text|binary|json", "binary: the bytes of a fuzzer"}, kSeconds},
       .run = MinimizeCommand});
  commands.push_back(
      {.name = "emit",
       .arguments = "--gtest [OPTION...] INPUT [OUTPUT]",
       .summary = "The source of a GoogleTest that fails as long as the bug is there.",
       .example = "  axsim emit --gtest crash-1234 crash_1234_test.cc\n",
       .min_files = 1,
       .max_files = 2,
       .options = {{"gtest", "", "the kind of test (there is one)"},
                   {"name", "NAME", "of the test, in the place of one made of the bug or the file"},
                   {"as-is", "", "do not minimise first"},
                   kSeconds},
       .run = EmitCommand});
  commands.push_back({.name = "encode",
                      .arguments = "INPUT [OUTPUT]",
                      .summary = "A scenario as the bytes of a fuzzer.",
                      .example = "  axsim encode corpus/scenario_fuzzer/hello_string.scn seed.bin\n",
                      .min_files = 1,
                      .max_files = 2,
                      .options = {},
                      .run = EncodeCommand});
  commands.push_back({.name = "decode",
                      .arguments = "INPUT [OUTPUT]",
                      .summary = "A scenario, whatever its form, as canonical text.",
                      .example = "  axsim decode crash-1234\n",
                      .min_files = 1,
                      .max_files = 2,
                      .options = {},
                      .run = DecodeCommand});
  commands.push_back({.name = "info",
                      .arguments = "[--format=text|json] FILE...",
                      .summary = "What files hold: form, operations, areas, verbs.",
                      .example = "  axsim info crash-1234\n",
                      .min_files = 1,
                      .max_files = SIZE_MAX,
                      .options = {kFormat},
                      .run = InfoCommand});
  commands.push_back({.name = "import",
                      .arguments = "maps FILE [OUTPUT]",
                      .summary = "The address space of a real process as a scenario's layout.",
                      .example = "  axsim import maps /proc/self/maps layout.scn\n",
                      .min_files = 2,
                      .max_files = 3,
                      .options = {},
                      .run = ImportCommand});
  commands.push_back(
      {.name = "triage",
       .arguments = "[OPTION...] FOLDER",
       .summary = "Groups a folder of crash files by bug, and minimises one of each.",
       .example = "  axsim triage build/fuzz/crashes/scenario_fuzzer\n",
       .min_files = 1,
       .max_files = 1,
       .options = {kFormat,
                   {"output", "FOLDER", "write the minimised scenarios there"},
                   kSeconds},
       .run = TriageCommand});
  return commands;
}

}  // namespace

std::span<const Command> Commands() {
  static const auto* const commands = new std::vector<Command>(MakeCommands());
  return *commands;
}

int Fail(const absl::Status& status) {
  fprintf(stderr, "axsim: %s\n", std::string(status.message()).c_str());
  return kUnusable;
}

}  // namespace sim
