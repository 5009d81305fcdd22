// What axsim's exit status says.
#ifndef SIM_CLI_EXIT_STATUS_H_
#define SIM_CLI_EXIT_STATUS_H_

namespace sim {

inline constexpr int kAllAsExpected = 0;
inline constexpr int kNotAsExpected = 1;  // a violation, or a line's expectation not met
// Wrong arguments, unreadable input, a text with a mistake; or the host gives too little (the same
// number as sim::kHostLimitStatus).
inline constexpr int kUnusable = 2;

}  // namespace sim

#endif  // SIM_CLI_EXIT_STATUS_H_
