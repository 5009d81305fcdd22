#include "sim/machine/host_limit.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace sim {
namespace {

void (*g_notice)() = nullptr;

}  // namespace

void SetHostLimitNotice(void (*notice)()) { g_notice = notice; }

void StopForHost(const char* what, const char* expected) {
  const char* const reason = strerrordesc_np(errno);
  std::fflush(stdout);
  std::fprintf(stderr, "the host refuses %s (%s); expected %s. Nothing more is judged.\n", what,
               reason == nullptr ? "unknown error" : reason, expected);
  if (g_notice != nullptr) g_notice();
  _exit(kHostLimitStatus);
}

}  // namespace sim
