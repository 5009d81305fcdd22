#include "sim/cli/bug/fresh_process.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "sim/cli/bug/child.h"
#include "sim/cli/bug/judge.h"
#include "sim/cli/system_error.h"
#include "sim/machine/host_limit.h"

namespace sim {
namespace {

// The end mark of an answer: if it is missing, the child ended before its answer was complete.
constexpr char kAnswerEnd = '.';

absl::Status HowItEnded(const Child::Ending& ending, bool late, int seconds) {
  if (late) return absl::AbortedError(absl::StrCat("did not end within ", seconds, " s"));
  if (!ending.is_waited_for) {
    return absl::UnavailableError("the end of a child process is not reported");
  }
  if (ending.signal != 0) {
    return absl::AbortedError(absl::StrCat("killed by ", SignalName(ending.signal)));
  }
  if (ending.status == kHostLimitStatus) {
    return absl::ResourceExhaustedError("the host gave a run too little; its message is above");
  }
  return absl::AbortedError(absl::StrCat("ended with status ", ending.status));
}

// Records the progress of a run in memory that the parent can read after this process has ended.
class Waymark : public RunObserver {
 public:
  explicit Waymark(volatile size_t* reached) : reached_(reached) {}
  void BeforeOperation(size_t index, Machine& /*machine*/) override { *reached_ = index; }
  void AfterOperation(size_t /*index*/, Machine& /*machine*/, const Outcome& /*outcome*/) override {
  }

 private:
  volatile size_t* const reached_;
};

// Returns "" if there is no bug; the operation's index and the identity of a bug; or the reason why
// there is no machine.
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
  absl::StatusOr<Child> child = Child::Start([&](int file) {
    const std::string answer = absl::StrCat(body(), absl::string_view(&kAnswerEnd, 1));
    WriteAll(file, answer.data(), answer.size());
  });
  if (!child.ok()) return child.status();
  const absl::Time deadline = absl::Now() + absl::Seconds(seconds);
  std::string answer;
  char buffer[4096];
  size_t count = 0;
  Child::Got got = Child::Got::kBytes;
  while (got == Child::Got::kBytes) {
    got = child->Read(buffer, sizeof(buffer), deadline, /*stop_file=*/-1, &count);
    if (got == Child::Got::kBytes) answer.append(buffer, count);
  }
  const bool late = got == Child::Got::kLate;
  const Child::Ending ending = child->End(late);
  const bool is_whole = !answer.empty() && answer.back() == kAnswerEnd && ending.is_waited_for &&
                        ending.signal == 0 && ending.status == 0;
  if (!is_whole) return HowItEnded(ending, late, seconds);
  answer.pop_back();
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
