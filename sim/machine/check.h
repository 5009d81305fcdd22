// SIM_CHECK(condition): stops the process on a bug of the simulator itself, in every build. Never
// for an error of the user, and never for a finding. (The Abseil of Debian 12 has no absl/log.)
#ifndef SIM_MACHINE_CHECK_H_
#define SIM_MACHINE_CHECK_H_

#include <cstdio>
#include <cstdlib>

namespace sim::internal {

[[noreturn]] inline void CheckFailed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "%s:%d: the simulator has a bug: %s does not hold\n", file, line, condition);
  std::abort();
}

}  // namespace sim::internal

#define SIM_CHECK(condition) \
  ((condition) ? void() : ::sim::internal::CheckFailed(__FILE__, __LINE__, #condition))

#endif  // SIM_MACHINE_CHECK_H_
