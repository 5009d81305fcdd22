// The processor-specific functions of the simulator. processor_PROCESSOR.cc implements them for one
// processor; CMakeLists.txt compiles the file of the target. Support for another processor needs
// one further such file.
//
// `context` is always the ucontext_t that the running signal handler received. All functions except
// WhatProcessorLacks and CanSetKeyOfContext may run inside the signal handler: they are not
// instrumented.
#ifndef SIM_MACHINE_PROCESSOR_H_
#define SIM_MACHINE_PROCESSOR_H_

#include <signal.h>

#include <cstdint>

#include "sim/machine/fault.h"

namespace sim {

// A description of a required feature that this processor lacks; null: none.
const char* WhatProcessorLacks();

// The fault that the signal frame describes, without its fixup. A fault other than a page fault (a
// non-canonical address, a misaligned access that the processor refuses) has no known address.
// Precondition: the processor raised the signal (info.si_code > 0).
Fault ReadFault(int signal, const siginfo_t& info, const void* context);

// The program counter, stack pointer and frame pointer of the interrupted code. The frame pointer
// is an arbitrary value if the code was compiled without one.
uintptr_t ProgramCounterOf(const void* context);
uintptr_t StackPointerOf(const void* context);
uintptr_t FramePointerOf(const void* context);

// Makes the interrupted code continue at `address` when the handler returns.
void ContinueAt(void* context, uintptr_t address);

// Whether SetKeyOfContext can be called: the processor saves the rights of protection keys in a
// signal frame.
bool CanSetKeyOfContext();
// Gives the interrupted code all rights of protection key `key` (`open`), or none, when the handler
// returns. Precondition: CanSetKeyOfContext.
void SetKeyOfContext(void* context, int key, bool open);

// Flips `bits` of the byte at `address` by an instruction that faults as a write, as a user's store
// does, even on a page without any access.
void FlipBits(uint64_t address, uint8_t bits);

// Processor state that a function must preserve. On a processor without such state, reading returns
// 0 and writing does nothing.

// Returns whether string instructions move downwards (x86-64: the direction flag), and clears that
// state.
bool TakeDirection();
// The floating-point control state: rounding mode and trap masks, without the exception status
// flags.
uint64_t Rounding();
void SetRounding(uint64_t rounding);

}  // namespace sim

#endif  // SIM_MACHINE_PROCESSOR_H_
