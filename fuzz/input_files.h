// Inputs from files, for programs that run them without an engine.
#ifndef FUZZ_INPUT_FILES_H_
#define FUZZ_INPUT_FILES_H_

#include <functional>
#include <string>

namespace sim {

struct FilesRun {
  int status = 0;  // 0 all were run; 2 not, as standard error says; or what `run` returned
  int count = 0;   // files that were run to their end
};

// Calls `run(path, contents)` for each of the `count` paths at `paths`: with the file, or with each
// regular file of the folder and of the folders in it, by name. Before each call writes `Running:
// PATH` to standard error, so that whatever ends the program, its last such line names the input. A
// result of `run` that is not 0 ends it, and is the status.
//
// Status 2, before anything is run: there is no path, or one does not exist or is a flag. Status 2
// later: a file cannot be read.
FilesRun RunInputFiles(int count, const char* const* paths,
                       const std::function<int(const std::string&, const std::string&)>& run);

}  // namespace sim

#endif  // FUZZ_INPUT_FILES_H_
