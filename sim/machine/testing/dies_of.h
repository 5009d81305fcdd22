// EXPECT_DIES_OF(statement, signal): expects that the process that runs `statement` is killed by
// `signal`, one of SIGSEGV, SIGBUS, SIGFPE and SIGILL. Death by another signal, abort() (as by
// SIM_CHECK) and a normal exit are failures.
//
// A sanitizer handles some of these signals: it reports the signal and ends the process in its own
// way. In such a build the report must name the signal.
#ifndef SIM_MACHINE_TESTING_DIES_OF_H_
#define SIM_MACHINE_TESTING_DIES_OF_H_

#include <signal.h>
#include <sys/wait.h>

#include "gtest/gtest.h"
#include "sim/machine/sanitizer.h"

namespace sim {

#if defined(SIM_WITH_ASAN) || defined(SIM_WITH_TSAN)
inline constexpr bool kSanitizerHandlesSignals = true;
#elif defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
inline constexpr bool kSanitizerHandlesSignals = true;
#else
inline constexpr bool kSanitizerHandlesSignals = false;
#endif
#else
inline constexpr bool kSanitizerHandlesSignals = false;
#endif

// Sanitizers do not handle SIGILL.
constexpr bool IsReportedBySanitizer(int signal) {
  return kSanitizerHandlesSignals && signal != SIGILL;
}

// A predicate for EXPECT_EXIT: whether `status` is consistent with a process that was killed by
// `signal`.
class DiedOf {
 public:
  explicit DiedOf(int signal) : signal_(signal) {}

  bool operator()(int status) const {
    if (IsReportedBySanitizer(signal_)) return WIFEXITED(status) && WEXITSTATUS(status) != 0;
    return WIFSIGNALED(status) && WTERMSIG(status) == signal_;
  }

 private:
  int signal_;
};

// The regular expression for the standard error of such a process.
inline const char* DeathReport(int signal) {
  if (!IsReportedBySanitizer(signal)) return "";
  switch (signal) {
    case SIGSEGV:
      return "Sanitizer: (SEGV|stack-overflow) on ";
    case SIGBUS:
      return "Sanitizer: BUS on ";
    case SIGFPE:
      return "Sanitizer: FPE on ";
    default:
      return "no report of another signal is known";
  }
}

}  // namespace sim

#define EXPECT_DIES_OF(statement, signal) \
  EXPECT_EXIT(statement, ::sim::DiedOf(signal), ::sim::DeathReport(signal))

#endif  // SIM_MACHINE_TESTING_DIES_OF_H_
