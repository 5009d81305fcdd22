// Scenarios as the image takes them (replay/packed.h).
#ifndef SIM_RING0_HOST_PACK_H_
#define SIM_RING0_HOST_PACK_H_

#include <cstdint>
#include <optional>
#include <string>

#include "sim/machine/kernel.h"
#include "sim/machine/kernel_buffer.h"
#include "sim/scenario/scenario.h"
#include "sim/subject/subject.h"

namespace sim {

// Why the image cannot run a scenario.
enum class NotForImage : uint8_t {
  kRaceAtLoad,    // another CPU acts at a load, and the image does not report loads
  kNoMemory,      // more than the image has: found when it runs
  kTooManyAreas,  // the same
};
inline constexpr int kNotForImageCount = 3;
const char* ReasonText(NotForImage reason);

// Nothing: it can, as far as one sees from outside.
std::optional<NotForImage> WhyNotForImage(const Scenario& scenario);

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
// Precondition: WhyNotForImage says nothing.
void PackScenario(const Scenario& scenario, uint32_t index, const axptr_subject& real,
                  CallPlace place, std::string* archive);

}  // namespace sim

#endif  // SIM_RING0_HOST_PACK_H_
