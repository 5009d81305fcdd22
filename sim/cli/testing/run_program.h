// For tests of programs: runs a program and returns how it ended.
#ifndef SIM_CLI_TESTING_RUN_PROGRAM_H_
#define SIM_CLI_TESTING_RUN_PROGRAM_H_

#include <string>
#include <vector>

namespace sim {

struct ProgramResult {
  int status = -1;     // the exit status; 128 + N for signal N
  std::string out;     // standard output
  std::string err;     // standard error
  double seconds = 0;  // of the wall clock
  long peak_kib = 0;   // resident memory at its highest
};

// Runs `words[0]` (a path, or looked up in PATH) with `input` as its standard input. The program is
// killed after two minutes.
ProgramResult RunProgram(const std::vector<std::string>& words, const std::string& input = "");

// A folder of this test's own, empty.
std::string FreshFolder(const std::string& name);

void WriteFile(const std::string& path, const std::string& bytes);
std::string ReadFile(const std::string& path);

}  // namespace sim

#endif  // SIM_CLI_TESTING_RUN_PROGRAM_H_
