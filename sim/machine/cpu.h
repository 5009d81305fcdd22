// A simulated CPU: its number and its copy of what a real CPU has in its per-CPU block.
#ifndef SIM_MACHINE_CPU_H_
#define SIM_MACHINE_CPU_H_

namespace sim {

struct Cpu {
  // The user-access flag of this CPU while another one runs on the host thread, and whether user
  // memory is open to it.
  bool flag = false;
  bool access_open = false;
};

}  // namespace sim

#endif  // SIM_MACHINE_CPU_H_
