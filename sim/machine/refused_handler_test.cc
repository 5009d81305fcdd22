// Machine::Create reports an error if its signal handler does not stay installed. With options that
// refuse user handlers, a sanitizer makes sigaction succeed without effect; this test replaces
// sigaction by a function that does the same.
#include <dlfcn.h>
#include <signal.h>

#include "gtest/gtest.h"
#include "sim/machine/machine.h"

namespace {

bool g_refuse = false;

}  // namespace

// Takes precedence over the function of libc in the whole program.
extern "C" int sigaction(int signal, const struct sigaction* action, struct sigaction* earlier) {
  using Function = int (*)(int, const struct sigaction*, struct sigaction*);
  static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "sigaction"));
  if (g_refuse && action != nullptr) {
    if (earlier != nullptr) real(signal, nullptr, earlier);
    return 0;
  }
  return real(signal, action, earlier);
}

namespace sim {
namespace {

TEST(RefusedHandler, MachineIsNotMadeAndTheMessageNamesTheOptions) {
  g_refuse = true;
  const auto machine = Machine::Create();
  g_refuse = false;
  ASSERT_FALSE(machine.ok());
  EXPECT_EQ(machine.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(machine.status().message().find("allow_user_segv_handler=1"), absl::string_view::npos)
      << machine.status();
}

TEST(RefusedHandler, LaterMachineIsMadeWhenHandlersAreAllowedAgain) {
  g_refuse = true;
  EXPECT_FALSE(Machine::Create().ok());
  g_refuse = false;
  const auto machine = Machine::Create();
  EXPECT_TRUE(machine.ok()) << machine.status();
}

}  // namespace
}  // namespace sim
