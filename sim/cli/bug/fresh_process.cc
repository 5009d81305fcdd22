#include "sim/cli/bug/fresh_process.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "sim/cli/bug/judge.h"
#include "sim/machine/host_limit.h"

namespace sim {
namespace {

absl::Status SystemError(absl::string_view what) {
  return absl::UnavailableError(absl::StrCat(what, ": ", strerror(errno)));
}

void WriteAnswer(int file, absl::string_view answer) {
  while (!answer.empty()) {
    const ssize_t count = write(file, answer.data(), answer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) _exit(1);
    answer.remove_prefix(static_cast<size_t>(count));
  }
}

std::string ReadAnswer(int file) {
  std::string answer;
  char buffer[4096];
  while (true) {
    const ssize_t count = read(file, buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return answer;
    answer.append(buffer, static_cast<size_t>(count));
  }
}

[[noreturn]] void BeChild(int file, int seconds, absl::FunctionRef<std::string()> body) {
  // The default action of SIGALRM ends the process, whatever loop it is in.
  signal(SIGALRM, SIG_DFL);
  alarm(static_cast<unsigned>(seconds));
  WriteAnswer(file, body());
  fflush(nullptr);
  _exit(0);
}

absl::Status HowItEnded(int status, int seconds) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return absl::OkStatus();
  if (WIFEXITED(status) && WEXITSTATUS(status) == kHostLimitStatus) {
    return absl::ResourceExhaustedError("the host gave a run too little; its message is above");
  }
  if (!WIFSIGNALED(status)) {
    return absl::AbortedError(absl::StrCat("ended with status ", WEXITSTATUS(status)));
  }
  if (WTERMSIG(status) == SIGALRM) {
    return absl::AbortedError(absl::StrCat("did not end within ", seconds, " s"));
  }
  const char* const name = sigabbrev_np(WTERMSIG(status));
  return absl::AbortedError(absl::StrCat("killed by SIG", name == nullptr ? "?" : name));
}

// Writes down how far a run has come, where another process reads it when this one is gone.
class Waymark : public RunObserver {
 public:
  explicit Waymark(volatile size_t* reached) : reached_(reached) {}
  void BeforeOperation(size_t index, Machine& /*machine*/) override { *reached_ = index; }
  void AfterOperation(size_t /*index*/, Machine& /*machine*/, const Outcome& /*outcome*/) override {
  }

 private:
  volatile size_t* const reached_;
};

// Nothing, if there is no bug; the operation's index and the identity; or why there is no machine.
std::string RunAndAnswer(const Scenario& scenario, volatile size_t* reached) {
  absl::StatusOr<Judge> judge = Judge::Create();
  if (!judge.ok()) return std::string(judge.status().message());
  Waymark waymark(reached);
  judge->runner().set_observer(&waymark);
  const Verdict& verdict = judge->Run(scenario).verdict;
  judge->runner().set_observer(nullptr);
  const std::optional<BugIdentity> bug = IdentityOf(scenario, verdict);
  if (!bug) return "";
  return absl::StrCat(verdict.FirstFinding()->op_index, "\n", SerializeIdentity(*bug));
}

}  // namespace

absl::StatusOr<std::string> InFreshProcess(absl::FunctionRef<std::string()> body, int seconds) {
  int ends[2];
  if (pipe(ends) != 0) return SystemError("no pipe");
  fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) {
    close(ends[0]);
    close(ends[1]);
    return SystemError("no child process");
  }
  if (child == 0) {
    close(ends[0]);
    BeChild(ends[1], seconds, body);
  }
  close(ends[1]);
  std::string answer = ReadAnswer(ends[0]);
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return SystemError("the end of a child process is not reported");
  }
  const absl::Status ended = HowItEnded(status, seconds);
  if (!ended.ok()) return ended;
  return answer;
}

absl::StatusOr<std::optional<FoundBug>> FindBugInFreshProcess(const Scenario& scenario,
                                                              int seconds) {
  void* const page =
      mmap(nullptr, sizeof(size_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return SystemError("no shared memory");
  const absl::Cleanup unmap = [page] { munmap(page, sizeof(size_t)); };
  auto* const reached = static_cast<volatile size_t*>(page);
  const absl::StatusOr<std::string> answer =
      InFreshProcess([&] { return RunAndAnswer(scenario, reached); }, seconds);
  if (absl::IsAborted(answer.status())) {
    BugIdentity crash = {kCrash, "", "", absl::StrCat("an end, not ", answer.status().message())};
    if (*reached < scenario.ops.size()) crash.operation = OperationName(scenario.ops[*reached]);
    return FoundBug{crash, *reached};
  }
  if (!answer.ok()) return answer.status();
  if (answer->empty()) return std::nullopt;
  const std::vector<std::string> parts = absl::StrSplit(*answer, absl::MaxSplits('\n', 1));
  FoundBug found;
  std::optional<BugIdentity> identity = ParseIdentity(parts.back());
  if (!identity || !absl::SimpleAtoi(parts[0], &found.op_index)) {
    return absl::FailedPreconditionError(*answer);
  }
  found.identity = *std::move(identity);
  return found;
}

}  // namespace sim
