// A simulated CPU: the saved state that a real CPU keeps in its per-CPU block.
#ifndef SIM_MACHINE_CPU_H_
#define SIM_MACHINE_CPU_H_

namespace sim {

struct Cpu {
  // The user-access flag of this CPU, and whether user memory is open to this CPU, while another
  // CPU runs on the host thread.
  bool flag = false;
  bool access_open = false;
  // The number of the address space in which the CPU runs.
  int space = 0;
};

}  // namespace sim

#endif  // SIM_MACHINE_CPU_H_
