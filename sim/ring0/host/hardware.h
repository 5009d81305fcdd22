// What only hardware can say of a run, judged: faults, and how functions of the subject return.
#ifndef SIM_RING0_HOST_HARDWARE_H_
#define SIM_RING0_HOST_HARDWARE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "sim/ring0/host/records.h"
#include "sim/ring0/replay/packed.h"

namespace sim {

// A rule of hardware that was broken.
struct HardwareViolation {
  std::string name;  // hardware.smap, ...
  std::string text;  // one line

  bool operator==(const HardwareViolation&) const = default;
};

// Of an event that is a fault. A fault that SMAP or SMEP makes is no violation of its own where the
// handler called it a kernel bug, which the oracle judges; FaultCause then says which it was.
std::vector<HardwareViolation> JudgeFault(const ring0::PackedEvent& event);

// Why the processor made the fault, in words; "": as any access to memory that is absent, or not
// permitted.
std::string FaultCause(const ring0::PackedFault& fault);

// Of PackedResult::misdeeds, but for RFLAGS.DF and AC, which the oracle judges as left behind.
std::vector<HardwareViolation> JudgeMisdeeds(uint32_t misdeeds);

// Of all events and the result of an operation.
std::vector<HardwareViolation> JudgeHardware(const OpRecords& op);

}  // namespace sim

#endif  // SIM_RING0_HOST_HARDWARE_H_
