// axsim: the simulated machine on the command line. Links no fuzzing engine.
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "sim/cli/convert_command.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/run_command.h"

ABSL_FLAG(std::string, format, "text", "of run: text, or json (one object a line for each file)");
ABSL_FLAG(bool, quiet, false, "of run: print the verdict only");

namespace {

constexpr char kUsage[] =
    "runs scenarios of user-memory accesses on a simulated machine, and judges them.\n\n"
    "  axsim run [--format=text|json] [--quiet] FILE...   replay text or binary scenarios\n"
    "  axsim encode INPUT [OUTPUT]                        text to the bytes of a fuzzer\n"
    "  axsim decode INPUT [OUTPUT]                        bytes (or text) to canonical text\n\n"
    "FILE is a scenario's text, or a fuzzer's crash file as it is; \"-\" is standard input.\n"
    "Exit status: 0 all as expected; 1 a violation, or an expectation (=>) that is not met;\n"
    "2 unusable arguments or input. Example:\n\n"
    "  axsim run corpus/scenario_fuzzer/*.scn\n";

int Unusable() {
  fprintf(stderr, "axsim: expected one of the commands run, encode, decode; axsim --help says more\n");
  return sim::kUnusable;
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(kUsage);
  const std::vector<char*> positional = absl::ParseCommandLine(argc, argv);
  const std::vector<std::string> words(positional.begin() + 1, positional.end());
  if (words.empty()) return Unusable();
  const std::span<const std::string> files = std::span(words).subspan(1);
  if (words[0] == "encode") return sim::Encode(files);
  if (words[0] == "decode") return sim::Decode(files);
  if (words[0] != "run") return Unusable();
  const std::string format = absl::GetFlag(FLAGS_format);
  if (format != "text" && format != "json") {
    fprintf(stderr, "axsim: --format=%s: expected text or json\n", format.c_str());
    return sim::kUnusable;
  }
  return sim::Run(files, {.format = format == "json" ? sim::RunOptions::Format::kJson
                                                     : sim::RunOptions::Format::kText,
                          .quiet = absl::GetFlag(FLAGS_quiet)});
}
