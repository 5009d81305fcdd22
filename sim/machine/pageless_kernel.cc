#include "sim/machine/pageless_kernel.h"

#include <cstdio>
#include <cstdlib>

namespace sim {

absl::StatusOr<std::unique_ptr<Kernel>> PagelessKernel::Create() {
  return std::make_unique<PagelessKernel>();
}

bool PagelessKernel::Attempt(uint64_t start, uint64_t size, uint8_t /*access*/,
                             void (* /*body*/)(void*), void* /*argument*/) {
  fprintf(stderr,
          "not judged: the subject attempts to touch the %#llx bytes at %#llx, and this kernel has "
          "no memory; run the scenario on the whole machine\n",
          static_cast<unsigned long long>(size), static_cast<unsigned long long>(start));
  abort();
}

void PagelessKernel::UseAsKernel(uint64_t /*start*/, uint64_t /*size*/, bool /*write*/,
                                 absl::FunctionRef<void()> /*body*/) {}

}  // namespace sim
