#include "sim/ring0/host/emulator.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "sim/ring0/replay/packed.h"

namespace sim {
namespace {

std::vector<std::string> CommandLine(const Emulator& emulator, const std::string& folder) {
  std::vector<std::string> words = {
      emulator.program,
      "-M",
      "pc",
      "-accel",
      emulator.accelerator,
      "-cpu",
      emulator.cpu,
      "-smp",
      "2",  // with one processor, a locked instruction faults as a load
      "-m",
      "1536",
      "-no-reboot",
      "-nodefaults",
      "-display",
      "none",
      "-object",
      absl::StrCat("memory-backend-file,id=report,share=on,size=", ring0::kReportBytes,
                   ",mem-path=", folder, "/report"),
      "-device",
      absl::StrCat("ivshmem-plain,memdev=report,addr=0x", absl::Hex(ring0::kReportSlot)),
      "-device",
      "isa-debug-exit,iobase=0xf4,iosize=0x4",
      "-kernel",
      emulator.image,
      "-initrd",
      absl::StrCat(folder, "/archive")};
  if (emulator.counts_instructions && emulator.accelerator == "tcg")
    words.insert(words.end(), {"-icount", "shift=0"});
  return words;
}

constexpr int kNotStarted = 127;  // as shells have it

// In the child: the emulator, which ends when this program does, however that ends.
[[noreturn]] void Become(const std::vector<char*>& arguments, const std::string& errors) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  dup2(open(errors.c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
  execvp(arguments[0], arguments.data());
  _exit(kNotStarted);
}

// Waits until the process ends, or kills it. Returns waitpid's status.
int WaitFor(pid_t process, int seconds, bool* timed_out) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point end = Clock::now() + std::chrono::seconds(seconds);
  int status = 0;
  while (waitpid(process, &status, WNOHANG) == 0) {
    if (Clock::now() > end) {
      *timed_out = true;
      kill(process, SIGKILL);
      waitpid(process, &status, 0);
      break;
    }
    usleep(5000);
  }
  return status;
}

// The records in the file; none where the image wrote none.
std::string ReadReport(const std::string& file) {
  std::ifstream report(file, std::ios::binary);
  ring0::ReportHead head;
  report.read(reinterpret_cast<char*>(&head), sizeof(head));
  std::string records(std::min(head.bytes, ring0::kReportBytes), '\0');
  report.read(records.data(), static_cast<std::streamsize>(records.size()));
  records.resize(static_cast<size_t>(std::max<std::streamsize>(report.gcount(), 0)));
  return records;
}

}  // namespace

absl::StatusOr<EmulatorRun> RunEmulator(const Emulator& emulator, const std::string& archive) {
  std::string folder = (std::filesystem::temp_directory_path() / "axsim-ring0-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) {
    return absl::UnavailableError(absl::StrCat(folder, ": ", strerror(errno)));
  }
  const absl::Cleanup remove = [&] {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  };
  std::ofstream(folder + "/archive", std::ios::binary) << archive;
  std::vector<std::string> words = CommandLine(emulator, folder);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t process = fork();
  if (process < 0) return absl::UnavailableError(absl::StrCat("fork: ", strerror(errno)));
  if (process == 0) Become(arguments, folder + "/errors");
  EmulatorRun run;
  const int status = WaitFor(process, emulator.seconds, &run.timed_out);
  run.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (run.status == kNotStarted) {
    return absl::UnavailableError(absl::StrCat(emulator.program, ": cannot be started"));
  }
  run.records = ReadReport(folder + "/report");
  std::ifstream errors(folder + "/errors");
  for (std::string line; std::getline(errors, line);) {
    if (line.find("warning: ") == std::string::npos) absl::StrAppend(&run.errors, line, "\n");
  }
  return run;
}

}  // namespace sim
