// The lock of the address space, as a record of the CPU that holds it. The simulated CPUs alternate
// on one thread, so that no CPU ever blocks: Take returns false where a real CPU would deadlock.
#ifndef SIM_MACHINE_KERNEL_LOCK_H_
#define SIM_MACHINE_KERNEL_LOCK_H_

#include "sim/machine/check.h"

namespace sim {

class KernelLock {
 public:
  // Takes the lock for `cpu`, and returns true. Returns false if a CPU holds the lock: either `cpu`
  // itself, or another CPU, which cannot continue before `cpu` does.
  [[nodiscard]] bool Take(int cpu) {
    if (held()) return false;
    holder_ = cpu;
    return true;
  }

  // Precondition: `cpu` holds the lock.
  void Release(int cpu) {
    SIM_CHECK(holder_ == cpu);
    holder_ = kNoCpu;
  }

  // The task that holds the lock moves from CPU `from` to CPU `to`; nothing if `from` does not hold
  // the lock.
  void Move(int from, int to) {
    if (holder_ == from) holder_ = to;
  }

  bool held() const { return holder_ != kNoCpu; }
  bool held_by(int cpu) const { return holder_ == cpu; }

  void Reset() { holder_ = kNoCpu; }

 private:
  static constexpr int kNoCpu = -1;
  int holder_ = kNoCpu;
};

}  // namespace sim

#endif  // SIM_MACHINE_KERNEL_LOCK_H_
