#include "sim/machine/host_limit.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace sim {

void StopForHost(const char* what, const char* expected) {
  const char* const reason = strerrordesc_np(errno);
  std::fflush(stdout);
  std::fprintf(stderr, "the host refuses %s (%s); expected %s. Nothing more is judged.\n", what,
               reason == nullptr ? "unknown error" : reason, expected);
  _exit(kHostLimitStatus);
}

}  // namespace sim
