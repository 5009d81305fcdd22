// Scenarios as the image takes them (replay/packed.h).
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

// A kernel for calls of the image's subject, where nothing is touched: stores and loads are watched
// as the image says that they came.
class ReplayKernel : public PagelessKernel {
 public:
  StoreWatch* store_watch() override { return &watch_; }

 private:
  StoreWatch watch_{&address_space_};
};

// What `CallLibrary` needs here, where nothing is touched.
struct CallPlace {
  Kernel& kernel;
  KernelBuffer& buffer;
};

// The number of the call of operation `index`, as a Runner has it: that of a race is made in the
// middle of the access that comes next. `real`: the subject.
uint64_t CallNumberOf(const Scenario& scenario, size_t index, const axptr_subject& real);
// The call begins: so its buffer lies elsewhere, and holds other bytes.
void BeginCall(uint64_t call, KernelBuffer& buffer);

// Appends `scenario`, with number `index`, to `archive`. `real`: the subject that the image has.
void PackScenario(const Scenario& scenario, uint32_t index, const axptr_subject& real,
                  CallPlace place, std::string* archive);

}  // namespace sim

#endif  // SIM_RING0_HOST_PACK_H_
