// A kernel without pages: an address space that answers questions and populates, and no memory.
// Nothing is touched: what a subject lends is not used, and an access that begins an attempt is
// abandoned, with the run. So it runs accesses that lend a value or a slice, and set-up verbs. No
// system call, and hardly an allocation.
#ifndef SIM_MACHINE_PAGELESS_KERNEL_H_
#define SIM_MACHINE_PAGELESS_KERNEL_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "sim/machine/kernel.h"

namespace sim {

class PagelessKernel : public Kernel {
 public:
  // A kernel for the calling thread, which alone may use it. Never fails.
  static absl::StatusOr<std::unique_ptr<Kernel>> Create();

  PagelessKernel() : Kernel(/*window=*/nullptr) {}

  Unseen unseen() const override { return {.contents = true, .faults = true, .memory = true}; }
  // Records the begin of the attempt, and ends RunKernel: a subject that touches memory so as to
  // lend it may be right, but cannot go on here. The oracle does not judge the access, nor what
  // follows.
  [[noreturn]] bool Attempt(uint64_t start, uint64_t size, uint8_t access, void (*body)(void*),
                            void* argument) override;
  // Does not run `body`.
  void UseAsKernel(uint64_t start, uint64_t size, bool write,
                   absl::FunctionRef<void()> body) override;
};

}  // namespace sim

#endif  // SIM_MACHINE_PAGELESS_KERNEL_H_
