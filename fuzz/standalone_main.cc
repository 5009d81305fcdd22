// The main program of a fuzz target without an engine, for compilers that have none:
//
//   NAME_fuzzer FILE|FOLDER...
//
// Runs each FILE, and each file in the FOLDERs, as an engine runs an input. If an input ends the
// program, the last line `Running: FILE` on standard error names the input. Exit status: 0 nothing
// found; 2 no path was given, or a path does not exist or cannot be read; otherwise the status with
// which the target ends the process.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "fuzz/input_files.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

int RunOne(const std::string&, const std::string& contents) {
  // An allocation of exactly this size, so that a sanitizer reports reads after the end.
  const std::unique_ptr<uint8_t[]> input(new uint8_t[contents.size()]);
  std::copy(contents.begin(), contents.end(), input.get());
  LLVMFuzzerTestOneInput(input.get(), contents.size());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const sim::FilesRun run = sim::RunInputFiles(argc - 1, argv + 1, RunOne);
  if (run.status == 0) printf("%d inputs, nothing found\n", run.count);
  return run.status;
}
