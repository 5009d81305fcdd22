#include "sim/cli/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "absl/strings/str_cat.h"
#include "sim/cli/exit_status.h"
#include "sim/machine/host_limit.h"

namespace sim {
namespace {

// Opened for the opposite direction, so that a read or write fails instead of losing data.
absl::Status OpenClosedStreams() {
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) {
    if (fcntl(stream, F_GETFD) >= 0) continue;
    const int opened = open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    if (opened != stream) {
      return absl::UnavailableError(
          absl::StrCat("standard stream ", stream,
                       " is closed, and /dev/null cannot take its place: ", strerror(errno)));
    }
  }
  return absl::OkStatus();
}

void TakeSignals() {
  signal(SIGCHLD, SIG_DFL);
  signal(SIGXFSZ, SIG_IGN);
  sigset_t needed;
  sigemptyset(&needed);
  sigaddset(&needed, SIGCHLD);
  sigaddset(&needed, SIGALRM);
  sigprocmask(SIG_UNBLOCK, &needed, nullptr);
}

absl::Status CheckStackLimit() {
  struct rlimit limit = {};
  if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur >= kLeastStackBytes) {
    return absl::OkStatus();
  }
  return absl::ResourceExhaustedError(
      absl::StrCat("the stack is limited to ", limit.rlim_cur / 1024, " KiB; expected at least ",
                   kLeastStackBytes / 1024, " KiB (ulimit -s)"));
}

[[noreturn]] void OutOfMemory() {
  errno = ENOMEM;
  StopForHost("memory", "more of it (ulimit -v, ulimit -d)");
}

bool g_is_under_test = false;

void ReportExit() {
  if (!g_is_under_test) return;
  fflush(stdout);
  fputs("axsim: the code under test has ended this process; nothing more is judged\n", stderr);
  _exit(kNotAsExpected);
}

}  // namespace

UnderTest::UnderTest() {
  [[maybe_unused]] static const int registered = atexit(ReportExit);
  g_is_under_test = true;
}

UnderTest::~UnderTest() { g_is_under_test = false; }

absl::Status PrepareProcess() {
  std::set_new_handler(OutOfMemory);
  TakeSignals();
  const absl::Status opened = OpenClosedStreams();
  return opened.ok() ? CheckStackLimit() : opened;
}

}  // namespace sim
