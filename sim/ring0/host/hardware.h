// Judges the facts of a run that only hardware provides: faults, and how functions of the subject
// return.
#ifndef SIM_RING0_HOST_HARDWARE_H_
#define SIM_RING0_HOST_HARDWARE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "sim/ring0/host/records.h"
#include "sim/ring0/replay/packed.h"

namespace sim {

// A broken rule about hardware.
struct HardwareViolation {
  std::string name;  // hardware.smap, ...
  std::string text;  // one line

  bool operator==(const HardwareViolation&) const = default;
};

// Judges an event that is a fault. A fault caused by SMAP or SMEP is not a violation here if the
// handler reported it as a kernel bug, because the oracle judges kernel bugs; FaultCause then gives
// the cause.
std::vector<HardwareViolation> JudgeFault(const ring0::PackedEvent& event);

// The special cause of the fault, in words; "" for an access to memory that is absent or not
// permitted.
std::string FaultCause(const ring0::PackedFault& fault);

// Judges PackedResult::misdeeds, except RFLAGS.DF and AC, which the oracle judges
// (`access.left_behind`, `access.left_open`).
std::vector<HardwareViolation> JudgeMisdeeds(uint32_t misdeeds);

// Judges all events and the result of an operation.
std::vector<HardwareViolation> JudgeHardware(const OpRecords& op);

}  // namespace sim

#endif  // SIM_RING0_HOST_HARDWARE_H_
