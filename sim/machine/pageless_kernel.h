// A kernel without memory: its address space supports checks and population only. No user memory is
// touched: memory that a subject lends is not used, and an access that begins an attempt is
// abandoned together with the run. Hence it runs set-up verbs, and accesses that lend a value or a
// slice. It makes no system call, and few allocations.
#ifndef SIM_MACHINE_PAGELESS_KERNEL_H_
#define SIM_MACHINE_PAGELESS_KERNEL_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "sim/machine/kernel.h"

namespace sim {

class PagelessKernel : public Kernel {
 public:
  // Creates a kernel. Only the calling thread may use it. Never fails.
  static absl::StatusOr<std::unique_ptr<Kernel>> Create();

  PagelessKernel() : Kernel(/*window=*/nullptr) {}

  Unseen unseen() const override { return {.contents = true, .faults = true, .memory = true}; }
  // Records the begin of the attempt, and ends RunKernel: a subject may correctly touch memory in
  // order to lend it, but cannot continue without memory. The oracle judges neither the access nor
  // the operations after it.
  [[noreturn]] bool Attempt(uint64_t start, uint64_t size, uint8_t access, void (*body)(void*),
                            void* argument) override;
  // Does not run `body`.
  void UseAsKernel(uint64_t start, uint64_t size, bool write,
                   absl::FunctionRef<void()> body) override;
};

}  // namespace sim

#endif  // SIM_MACHINE_PAGELESS_KERNEL_H_
