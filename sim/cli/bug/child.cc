#include "sim/cli/bug/child.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "sim/cli/system_error.h"

namespace sim {
namespace {

// The time that a child gets to exit after it closed its end of the pipe.
constexpr absl::Duration kTimeToEnd = absl::Seconds(10);

[[noreturn]] void BeChild(pid_t parent, int file, absl::FunctionRef<void(int file)> body) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  // No core file: the wait status reports the crash.
  const struct rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  dup2(STDERR_FILENO, STDOUT_FILENO);
  body(file);
  fflush(nullptr);
  _exit(0);
}

// Milliseconds until `deadline`, for poll().
int TimeLeft(absl::Time deadline) {
  const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
  return static_cast<int>(std::clamp<int64_t>(left, 0, INT32_MAX));
}

}  // namespace

absl::StatusOr<Child> Child::Start(absl::FunctionRef<void(int file)> body) {
  int ends[2];
  if (pipe(ends) != 0) return SystemError("no pipe");
  fflush(nullptr);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) {
    const absl::Status error = SystemError("no child process");
    close(ends[0]);
    close(ends[1]);
    return error;
  }
  if (child == 0) {
    close(ends[0]);
    BeChild(parent, ends[1], body);
  }
  setpgid(child, child);  // also in the parent: either may run first
  close(ends[1]);
  return Child(child, ends[0]);
}

Child::Child(Child&& other) noexcept
    : child_(std::exchange(other.child_, 0)), file_(std::exchange(other.file_, -1)) {}

Child::~Child() { static_cast<void>(End(/*late=*/true)); }

Child::Got Child::Read(char* to, size_t size, absl::Time deadline, int stop_file, size_t* count) {
  while (true) {
    struct pollfd files[] = {{file_, POLLIN, 0}, {stop_file, POLLIN, 0}};
    const int ready = poll(files, std::size(files), TimeLeft(deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return Got::kLate;
    if (files[1].revents != 0) return Got::kStopped;
    const ssize_t got = read(file_, to, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Got::kEnd;
    *count = static_cast<size_t>(got);
    return Got::kBytes;
  }
}

Child::Ending Child::End(bool late) {
  Ending ending;
  if (child_ <= 0) return ending;
  close(std::exchange(file_, -1));
  const pid_t child = std::exchange(child_, 0);
  int status = 0;
  pid_t ended = 0;
  const absl::Time deadline = absl::Now() + kTimeToEnd;
  while (!late && ended == 0 && absl::Now() < deadline) {
    ended = waitpid(child, &status, WNOHANG);
    if (ended == 0) absl::SleepFor(absl::Microseconds(200));
  }
  kill(-child, SIGKILL);  // also ends processes that the child has started
  while (ended == 0 || (ended < 0 && errno == EINTR)) ended = waitpid(child, &status, 0);
  ending.is_waited_for = ended == child;
  if (WIFSIGNALED(status)) ending.signal = WTERMSIG(status);
  if (WIFEXITED(status)) ending.status = WEXITSTATUS(status);
  return ending;
}

std::string Child::Ending::Name() const {
  if (!is_waited_for) return "ended, and the system does not say how";
  return signal != 0 ? absl::StrCat("crashed: ", SignalName(signal))
                     : absl::StrCat("exited: ", status);
}

std::string SignalName(int signal) {
  const char* const name = sigabbrev_np(signal);
  return absl::StrCat("SIG", name == nullptr ? "?" : name);
}

void WriteAll(int file, const char* bytes, size_t size) {
  while (size != 0) {
    const ssize_t count = write(file, bytes, size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) _exit(1);
    bytes += count;
    size -= static_cast<size_t>(count);
  }
}

}  // namespace sim
