// SIM_CHECK(condition): the simulator's own bugs stop the process, in every build. Never for what a
// user did, and never for a finding. (Debian 12's Abseil has no absl/log.)
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
