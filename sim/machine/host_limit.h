// Handling of an exhausted resource of the host: the process ends with a message that names the
// resource, and with a status of its own. This is neither a bug of the simulator (check.h) nor a
// finding.
#ifndef SIM_MACHINE_HOST_LIMIT_H_
#define SIM_MACHINE_HOST_LIMIT_H_

namespace sim {

// The exit status of StopForHost. The same as axsim's for unusable arguments or input.
inline constexpr int kHostLimitStatus = 2;

// Ends the process. `what` names what the host refused, `expected` what the simulator needs; errno
// holds the reason. Flushes standard output, then prints one line to standard error. May be called
// inside the signal handler, because the fault that leads to the call is a fault on user memory,
// never one inside the C library.
[[noreturn]] void StopForHost(const char* what, const char* expected);

// Sets a function that StopForHost calls before it ends the process; null (the default): none.
// `notice` must be safe in a signal handler. For a process whose end another process explains: code
// under test can end with the same status.
void SetHostLimitNotice(void (*notice)());

}  // namespace sim

#endif  // SIM_MACHINE_HOST_LIMIT_H_
