// What happens when the host gives the simulator no more of something: the process ends with a
// message that names it, and with a status of its own. That is neither a bug of the simulator
// (check.h) nor a finding.
#ifndef SIM_MACHINE_HOST_LIMIT_H_
#define SIM_MACHINE_HOST_LIMIT_H_

namespace sim {

// The exit status of StopForHost. The same as axsim's for unusable arguments or input.
inline constexpr int kHostLimitStatus = 2;

// Ends the process. `what` names what the host refused, `expected` what the simulator needs; errno
// says why the host refused it. Prints one line to standard error, after what is buffered for
// standard output. May be called inside the signal handler: the fault that leads there is one on
// user memory, never one inside the C library.
[[noreturn]] void StopForHost(const char* what, const char* expected);

// StopForHost calls `notice`, which has to be safe in a signal handler, before it ends the process;
// null, as at first: nothing. For a process whose end another one has to explain: code under test
// can end with the same status.
void SetHostLimitNotice(void (*notice)());

}  // namespace sim

#endif  // SIM_MACHINE_HOST_LIMIT_H_
