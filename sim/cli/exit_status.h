// The exit statuses of axsim.
#ifndef SIM_CLI_EXIT_STATUS_H_
#define SIM_CLI_EXIT_STATUS_H_

#include <initializer_list>

namespace sim {

inline constexpr int kAllAsExpected = 0;
inline constexpr int kNotAsExpected = 1;  // a violation, or a line's expectation not met
// Wrong arguments, unreadable input, a text with a mistake; or a limit of the host is reached (the
// same number as sim::kHostLimitStatus).
inline constexpr int kUnusable = 2;
inline constexpr int kSomeNotJudged = 3;  // nothing is wrong, as far as it was judged or explored

// The combined status of two steps: the one that comes first in the order 2, 1, 3, 0.
constexpr int WorseStatus(int a, int b) {
  for (const int status : {kUnusable, kNotAsExpected, kSomeNotJudged}) {
    if (a == status || b == status) return status;
  }
  return kAllAsExpected;
}

}  // namespace sim

#endif  // SIM_CLI_EXIT_STATUS_H_
