#include "sim/machine/pageless_kernel.h"

namespace sim {

absl::StatusOr<std::unique_ptr<Kernel>> PagelessKernel::Create() {
  return std::make_unique<PagelessKernel>();
}

bool PagelessKernel::Attempt(uint64_t start, uint64_t size, uint8_t access,
                             void (* /*body*/)(void*), void* /*argument*/) {
  Event event = NewEvent(EventKind::kAttemptBegun);
  event.address = start;
  event.size = size;
  event.access = access;
  Record(event);
  Abandon();
}

void PagelessKernel::UseAsKernel(uint64_t /*start*/, uint64_t /*size*/, bool /*write*/,
                                 absl::FunctionRef<void()> /*body*/) {}

}  // namespace sim
