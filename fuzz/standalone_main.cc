// A fuzz target as a program of its own, without an engine, for compilers that have none:
//
//   NAME_fuzzer FILE|FOLDER...
//
// Runs each file, and each in the folders, as an engine runs an input. The line `Running: FILE`
// that comes last on standard error names the input that was under way where one ends the program.
// Exit status: 0 nothing found; 2 a path does not exist or cannot be read, or there is none; or as
// the target ends.
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
  // Of exactly this size, so that a sanitizer sees what reads beyond it.
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
