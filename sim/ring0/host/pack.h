// Packs scenarios for the image (replay/packed.h).
#ifndef SIM_RING0_HOST_PACK_H_
#define SIM_RING0_HOST_PACK_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "sim/machine/kernel.h"
#include "sim/machine/kernel_buffer.h"
#include "sim/machine/pageless_kernel.h"
#include "sim/machine/store_watch.h"
#include "sim/ring0/replay/packed.h"
#include "sim/scenario/scenario.h"
#include "sim/subject/subject.h"

namespace sim {

// Why the image could not run a scenario to its end, in words.
const char* ReasonText(ring0::Stop stop);

// A kernel for calls of the image's subject, which do not touch memory. Its StoreWatch receives the
// loads and stores that the image reported.
class ReplayKernel : public PagelessKernel {
 public:
  StoreWatch* store_watch() override { return &watch_; }

 private:
  StoreWatch watch_{&address_space_};
};

// The arguments of `CallLibrary` for calls of the image's subject.
struct CallPlace {
  Kernel& kernel;
  KernelBuffer& buffer;
};

// The CallNumber of the call of operation `index`, as a Runner assigns it: the call of a race
// happens in the middle of the next access. `real`: the subject.
uint64_t CallNumberOf(const Scenario& scenario, size_t index, const axptr_subject& real);
// Starts call `call`, which changes the place and the bytes of `buffer`.
void BeginCall(uint64_t call, KernelBuffer& buffer);

// Appends `scenario`, with number `index`, to `archive`. `real`: the subject that the image has.
void PackScenario(const Scenario& scenario, uint32_t index, const axptr_subject& real,
                  CallPlace place, std::string* archive);

}  // namespace sim

#endif  // SIM_RING0_HOST_PACK_H_
