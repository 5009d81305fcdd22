#include "sim/cli/breakpoint.h"

#include <unistd.h>

#include <climits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace sim {
namespace {

// The path is relative to the current folder if the program is below it.
std::string PathOfThisProgram() {
  char path[PATH_MAX];
  const ssize_t size = readlink("/proc/self/exe", path, sizeof(path));
  if (size <= 0) return "axsim";
  const std::string program(path, static_cast<size_t>(size));
  if (getcwd(path, sizeof(path)) == nullptr) return program;
  const std::string folder = absl::StrCat(path, "/");
  return absl::StartsWith(program, folder) ? program.substr(folder.size()) : program;
}

// Quotes a word for a shell.
std::string Quoted(const std::string& word) {
  const bool plain =
      !word.empty() &&
      word.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-=:@,") ==
          std::string::npos;
  return plain ? word : absl::StrCat("'", absl::StrReplaceAll(word, {{"'", "'\\''"}}), "'");
}

}  // namespace

void ScenarioBreakpoint(size_t op_index) {
  // Prevents that the compiler removes the calls or the argument.
  asm volatile("" : : "r"(op_index) : "memory");
}

std::string GdbCommand(const std::string& file, size_t op_index, const std::string& subject) {
  const std::string option = subject.empty() ? "" : Quoted("--subject=" + subject) + " ";
  return absl::StrCat(
      "gdb -q -ex 'handle SIGSEGV SIGBUS nostop noprint pass' \\\n"
      "    -ex 'break sim::ScenarioBreakpoint if op_index == ",
      op_index, "' -ex run \\\n    --args ", Quoted(PathOfThisProgram()), " run --quiet ", option,
      Quoted(file));
}

}  // namespace sim
