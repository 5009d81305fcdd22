#include "sim/cli/testing/run_program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace sim {
namespace {

constexpr unsigned kMaxSeconds = 120;

[[noreturn]] void BeProgram(const std::vector<std::string>& words, const std::string& folder) {
  const int in = open((folder + "/in").c_str(), O_RDONLY);
  const int out = open((folder + "/out").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int err = open((folder + "/err").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  alarm(kMaxSeconds);
  execvp(argv[0], argv.data());
  _exit(127);
}

}  // namespace

ProgramResult RunProgram(const std::vector<std::string>& words, const std::string& input) {
  const std::string folder = FreshFolder("run_program");
  WriteFile(folder + "/in", input);
  const absl::Time began = absl::Now();
  const pid_t child = fork();
  if (child == 0) BeProgram(words, folder);
  int status = 0;
  struct rusage usage = {};
  wait4(child, &status, 0, &usage);
  ProgramResult result;
  result.seconds = absl::ToDoubleSeconds(absl::Now() - began);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.out = ReadFile(folder + "/out");
  result.err = ReadFile(folder + "/err");
  result.peak_kib = usage.ru_maxrss;
  std::filesystem::remove_all(folder);
  return result;
}

std::string FreshFolder(const std::string& name) {
  static int number = 0;
  const std::string folder = ::testing::TempDir() + "axsim_" + std::to_string(getpid()) + "_" +
                             std::to_string(number++) + "_" + name;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace sim
