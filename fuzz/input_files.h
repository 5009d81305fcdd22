// Inputs from files, for programs that run them without an engine.
#ifndef FUZZ_INPUT_FILES_H_
#define FUZZ_INPUT_FILES_H_

#include <functional>
#include <string>

namespace sim {

struct FilesRun {
  int status =
      0;          // 0: all files were run; 2: an error, printed to stderr; else the result of `run`
  int count = 0;  // files that were run to their end
};

// Calls `run(path, contents)` for each file of the `count` paths at `paths`. A path that is a
// folder stands for all regular files in the folder and below, sorted by name. Each call is
// preceded by a line `Running: PATH` on standard error, so that the last such line names the input
// if the program dies in `run`. The first result of `run` other than 0 ends the loop and becomes
// the status.
//
// Status 2 before the first call: `count` is 0, or a path does not exist or is a flag. Status 2
// after some calls: a file cannot be read.
FilesRun RunInputFiles(int count, const char* const* paths,
                       const std::function<int(const std::string&, const std::string&)>& run);

}  // namespace sim

#endif  // FUZZ_INPUT_FILES_H_
