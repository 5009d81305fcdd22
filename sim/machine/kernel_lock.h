// The lock of the address space, as a record of who holds it. The simulated CPUs take turns, so
// that nobody ever waits: where a real CPU would wait for itself, Take says so.
#ifndef SIM_MACHINE_KERNEL_LOCK_H_
#define SIM_MACHINE_KERNEL_LOCK_H_

#include "sim/machine/check.h"

namespace sim {

class KernelLock {
 public:
  // Takes the lock for `cpu`, and returns true; or returns false if a CPU holds it: this one, or
  // another, which does not go on before this one does.
  [[nodiscard]] bool Take(int cpu) {
    if (held()) return false;
    holder_ = cpu;
    return true;
  }

  // Precondition: `cpu` holds the lock.
  void Release(int cpu) {
    SIM_CHECK(holder_ == cpu);
    holder_ = kNobody;
  }

  bool held() const { return holder_ != kNobody; }
  bool held_by(int cpu) const { return holder_ == cpu; }

  void Reset() { holder_ = kNobody; }

 private:
  static constexpr int kNobody = -1;
  int holder_ = kNobody;
};

}  // namespace sim

#endif  // SIM_MACHINE_KERNEL_LOCK_H_
