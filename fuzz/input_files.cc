#include "fuzz/input_files.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

namespace sim {
namespace {

namespace fs = std::filesystem;

constexpr int kUnusable = 2;  // the same value as axsim's (sim/cli/exit_status.h)

// Appends the regular files at and below `path` to `files`, sorted by name. On an error prints the
// reason and returns false.
bool AddFiles(const std::string& path, std::vector<std::string>* files) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    const bool is_flag = path.rfind('-', 0) == 0;
    fprintf(
        stderr, "%s: %s\n", path.c_str(),
        is_flag ? "no such file; without an engine there are no flags" : "no such file or folder");
    return false;
  }
  if (!fs::is_directory(status)) {
    files->push_back(path);
    return true;
  }
  std::vector<std::string> found;
  for (fs::recursive_directory_iterator at(path, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code no_status;
    if (at->is_regular_file(no_status)) found.push_back(at->path().string());
  }
  if (error) {
    fprintf(stderr, "%s: cannot read: %s\n", path.c_str(), error.message().c_str());
    return false;
  }
  std::sort(found.begin(), found.end());
  files->insert(files->end(), found.begin(), found.end());
  return true;
}

}  // namespace

FilesRun RunInputFiles(int count, const char* const* paths,
                       const std::function<int(const std::string&, const std::string&)>& run) {
  FilesRun result;
  if (count == 0) {
    fprintf(stderr, "no input: expected files or folders\n");
    result.status = kUnusable;
    return result;
  }
  std::vector<std::string> files;
  for (int i = 0; i < count; ++i) {
    if (!AddFiles(paths[i], &files)) {
      result.status = kUnusable;
      return result;
    }
  }
  for (const std::string& path : files) {
    std::ifstream file(path, std::ios::binary);
    const std::string contents(std::istreambuf_iterator<char>(file), {});
    if (!file.good()) {
      fprintf(stderr, "%s: cannot read\n", path.c_str());
      result.status = kUnusable;
      return result;
    }
    fprintf(stderr, "Running: %s\n", path.c_str());
    result.status = run(path, contents);
    if (result.status != 0) return result;
    ++result.count;
  }
  return result;
}

}  // namespace sim
