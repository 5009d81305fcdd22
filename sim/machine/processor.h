// What differs between the processors that the simulator runs on. Each function is in
// processor_PROCESSOR.cc, once for each processor; CMakeLists.txt compiles the file of the target.
// Another processor is another such file.
//
// `context` is always the ucontext_t that a signal handler got, in the handler. All functions but
// WhatProcessorLacks may run in there: none of them is instrumented.
#ifndef SIM_MACHINE_PROCESSOR_H_
#define SIM_MACHINE_PROCESSOR_H_

#include <signal.h>

#include <cstdint>

#include "sim/machine/fault.h"

namespace sim {

// What this computer's processor would need and does not have, in words; null: nothing.
const char* WhatProcessorLacks();

// The fault that the signal frame describes, without its fixup. A fault that is none of a page (an
// address that no page could have, a misaligned access where the processor refuses those) has no
// known address. Precondition: the processor raised the signal (info.si_code > 0).
Fault ReadFault(int signal, const siginfo_t& info, const void* context);

// What was interrupted: the instruction, the stack, and the innermost frame of it (the frame
// pointer of code that has one; any other value of code that has none).
uintptr_t ProgramCounterOf(const void* context);
uintptr_t StackPointerOf(const void* context);
uintptr_t FramePointerOf(const void* context);

// The interrupted code goes on at `address` when the handler returns.
void ContinueAt(void* context, uintptr_t address);

// Flips `bits` of the byte at `address` by an instruction that is a write from the start, as a
// user's store is: where it faults, the fault is a write also on a page without any access.
void FlipBits(uint64_t address, uint8_t bits);

// The processor's state that a function must leave as it was. On a processor without such a state
// reading it gives 0, and writing does nothing.

// Whether strings are moved downwards (x86-64: the direction flag). Clears it.
bool TakeDirection();
// How floating-point numbers are rounded, and what of them traps; not which exceptions were seen.
uint64_t Rounding();
void SetRounding(uint64_t rounding);

}  // namespace sim

#endif  // SIM_MACHINE_PROCESSOR_H_
