// A second processor, which does what another CPU does in the middle of an access: with its own
// stack, flag, AC, and memory of what the page tables say. The first one waits meanwhile, so that a
// run leaves the same each time.
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

// Starts it (INIT, STARTUP). `probes`: what it does, too, must hold: they become the worse of both.
void StartSecondProcessor(Probes* probes);
bool HasSecondProcessor();

enum class Remote : std::uint32_t { kDone, kPanicked, kStopped };

// Runs body(argument) there, in frames of its own, and waits. kPanicked: a kernel bug ended it;
// kStopped: EndScenario. Precondition: HasSecondProcessor; on the first one.
Remote RunOnSecondProcessor(void (*body)(void*), void* argument);

// An entry of the page tables has changed, of the page at `address`. Each processor that may have
// kept it forgets it before it runs any further code.
void ForgetChangedPage(std::uint64_t address);

// Handles an interrupt of the other processor. Whether it was one.
bool HandleInterrupt(std::uint64_t entry);

}  // namespace ring0

#endif  // SIM_RING0_MACHINE_SECOND_H_
