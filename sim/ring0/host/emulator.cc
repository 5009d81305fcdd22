#include "sim/ring0/host/emulator.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
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
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "sim/ring0/replay/packed.h"

namespace sim {
namespace {

std::vector<std::string> CommandLine(const Emulator& emulator, const std::string& folder) {
  std::vector<std::string> words = {
      emulator.program, "-M", "pc", "-accel", emulator.accelerator, "-cpu", emulator.cpu, "-smp",
      "2",  // with one processor, a locked instruction faults as a load
      "-m", "1536",
      // A reset stops the machine instead, so that the registers can be read.
      "-action", "reboot=shutdown,shutdown=pause", "-qmp", "stdio", "-nodefaults", "-display",
      "none", "-object",
      absl::StrCat("memory-backend-file,id=report,share=on,size=", ring0::kReportBytes,
                   ",mem-path=", folder, "/report"),
      "-device", absl::StrCat("ivshmem-plain,memdev=report,addr=0x", absl::Hex(ring0::kReportSlot)),
      "-device", "isa-debug-exit,iobase=0xf4,iosize=0x4", "-kernel", emulator.image, "-initrd",
      absl::StrCat(folder, "/archive")};
  if (emulator.counts_instructions && emulator.accelerator == "tcg")
    words.insert(words.end(), {"-icount", "shift=0"});
  return words;
}

constexpr int kNotStarted = 127;  // as in shells

// Called in the child process: executes the emulator, which is killed when this program ends for
// any reason.
[[noreturn]] void Become(const std::vector<char*>& arguments, int monitor,
                         const std::string& errors) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(monitor, STDIN_FILENO);
  dup2(monitor, STDOUT_FILENO);
  dup2(open(errors.c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
  execvp(arguments[0], arguments.data());
  _exit(kNotStarted);
}

// A client of QMP (QEMU Machine Protocol), over a socket.
class Monitor {
 public:
  explicit Monitor(int socket) : socket_(socket) { Ask(R"({"execute": "qmp_capabilities"})"); }

  // Whether the machine has stopped without a command.
  bool HasStopped() { return Said().find("\"STOP\"") != absl::string_view::npos; }

  // Empty if no answer arrives in time.
  std::string Registers() {
    constexpr absl::string_view kCommand =
        R"({"execute": "human-monitor-command", "arguments": {"command-line": "info registers -a"}})";
    Ask(kCommand);
    for (int i = 0; i < 400; ++i) {
      if (std::string registers = RegistersIn(Said()); !registers.empty()) return registers;
      usleep(kPauseMicroseconds);
    }
    return "";
  }

  static constexpr useconds_t kPauseMicroseconds = 5000;

 private:
  void Ask(absl::string_view command) {
    send(socket_, command.data(), command.size(), MSG_NOSIGNAL);
  }
  absl::string_view Said() {
    char buffer[4096];
    ssize_t count = 0;
    while ((count = recv(socket_, buffer, sizeof(buffer), MSG_DONTWAIT)) > 0) {
      said_.append(buffer, static_cast<size_t>(count));
    }
    return said_;
  }

  const int socket_;
  std::string said_;
};

// The size of the records in the file, in bytes.
uint64_t BytesOf(const std::string& report) {
  ring0::ReportHead head;
  std::ifstream file(report, std::ios::binary);
  return file.read(reinterpret_cast<char*>(&head), sizeof(head)) ? head.bytes : 0;
}

// Waits until the process ends. Ends the process if the image has stopped, or sends no record for
// `seconds`.
void WaitFor(pid_t process, int seconds, const std::string& report, Monitor* monitor,
             EmulatorRun* run) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point end = Clock::now() + std::chrono::seconds(seconds);
  uint64_t bytes = 0;
  int status = 0;
  while (waitpid(process, &status, WNOHANG) == 0) {
    if (const uint64_t now = BytesOf(report); now != bytes) {
      bytes = now;
      end = Clock::now() + std::chrono::seconds(seconds);
    }
    run->was_reset = monitor->HasStopped();
    run->timed_out = !run->was_reset && Clock::now() > end;
    if (run->was_reset || run->timed_out) {
      run->registers = monitor->Registers();
      kill(process, SIGKILL);
      waitpid(process, &status, 0);
      break;
    }
    usleep(Monitor::kPauseMicroseconds);
  }
  run->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// The records in the file; empty if the image wrote none.
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

std::string RegistersIn(absl::string_view answers) {
  constexpr absl::string_view kAnswer = R"({"return": "\r\nCPU)";
  const size_t start = answers.find(kAnswer);
  if (start == absl::string_view::npos) return "";
  absl::string_view rest = answers.substr(start + kAnswer.size() - strlen("CPU"));
  const size_t end = rest.find('"');
  if (end == absl::string_view::npos) return "";
  std::string registers;
  for (const absl::string_view line : absl::StrSplit(rest.substr(0, end), "\\r\\n")) {
    constexpr absl::string_view kKept[] = {"CPU", "R", "CS", "SS", "CR", "EFER"};
    const auto is_kept = [&](absl::string_view word) { return absl::StartsWith(line, word); };
    if (std::ranges::any_of(kKept, is_kept)) absl::StrAppend(&registers, line, "\n");
  }
  return registers;
}

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
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return absl::UnavailableError(absl::StrCat("socketpair: ", strerror(errno)));
  }
  const absl::Cleanup close_ours = [&] { close(ends[0]); };
  const pid_t process = fork();
  if (process == 0) Become(arguments, ends[1], folder + "/errors");
  close(ends[1]);
  if (process < 0) return absl::UnavailableError(absl::StrCat("fork: ", strerror(errno)));
  EmulatorRun run;
  Monitor monitor(ends[0]);
  WaitFor(process, emulator.seconds, folder + "/report", &monitor, &run);
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
