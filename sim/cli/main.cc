// axsim: the simulated machine on the command line. Links no fuzzing engine.
#include <string>
#include <vector>

#include "absl/debugging/symbolize.h"
#include "sim/cli/command_line.h"
#include "sim/cli/commands/commands.h"
#include "sim/cli/process.h"

int main(int argc, char** argv) {
  const absl::Status prepared = sim::PrepareProcess();
  if (!prepared.ok()) return sim::Fail(prepared);
  absl::InitializeSymbolizer(argv[0]);
  const std::vector<std::string> words(argv + 1, argv + argc);
  return sim::RunCommandLine(sim::Commands(), words);
}
