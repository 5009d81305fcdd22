// A second processor, which carries out what another CPU does in the middle of an access, with its
// own stack, flag, AC and TLB. The first processor waits meanwhile, so that runs are deterministic.
#ifndef SIM_RING0_MACHINE_SECOND_H_
#define SIM_RING0_MACHINE_SECOND_H_

#include <cstdint>

#include "sim/ring0/replay/packed.h"

namespace ring0 {

// The vectors of interrupts between processors, and their entries (image/entry.S).
inline constexpr unsigned kWakeVector = 0xf0;
inline constexpr unsigned kWakeEntry = 33;
inline constexpr unsigned kFlushVector = 0xf1;
inline constexpr unsigned kFlushEntry = 34;

// Starts the second processor (INIT, STARTUP). Each field of `*probes` becomes the worse value of
// both processors.
void StartSecondProcessor(Probes* probes);
bool HasSecondProcessor();

enum class Remote : std::uint32_t { kDone, kPanicked, kStopped };

// Runs body(argument) on the second processor, in frames of its own, and waits for its end.
// kPanicked: a kernel bug ended `body`; kStopped: EndScenario ended it. Precondition:
// HasSecondProcessor; called on the first processor.
Remote RunOnSecondProcessor(void (*body)(void*), void* argument);

// Called after the page-table entry of the page at `address` has changed. Each processor that may
// have cached the entry invalidates it before the processor runs further code.
void ForgetChangedPage(std::uint64_t address);

// Handles an interrupt of the other processor. Result: whether `entry` was such an interrupt.
bool HandleInterrupt(std::uint64_t entry);

}  // namespace ring0

#endif  // SIM_RING0_MACHINE_SECOND_H_
