// Checks at the boundary between the subject and the image's kernel: the registers that a function
// of the subject must preserve, and the stack alignment with which it calls the platform.
#ifndef SIM_RING0_MACHINE_GUARD_H_
#define SIM_RING0_MACHINE_GUARD_H_

#include <cstdint>

#include "sim/ring0/replay/hardware.h"
#include "sim/subject/subject.h"

namespace ring0 {

// The state of a guarded call. image/guarded_call.S depends on these offsets.
struct GuardState {
  std::uint64_t stack =
      0;  // of the innermost active call: the expected stack pointer at its return
  std::uint64_t target = 0;  // the called function
  std::uint64_t kept[6] = {};
  std::uint64_t stack_off = 0;  // error of the stack pointer when the call returned, in bytes
  std::uint64_t flags = 0;      // RFLAGS when the call returned
  std::uint64_t flags_before = 0;
  std::uint64_t began = 0;  // time-stamp counter at the start of the innermost active call
  std::uint64_t ticks = 0;  // of the call that returned last
};
extern "C" {
extern GuardState ring0_guard;
void ring0_guarded_call();
}

// `subject`, with each function called through the guard, attached to `machine`, whose functions
// record the stack alignment of their calls. Precondition: called once.
const axptr_subject* Guarded(const axptr_subject* subject, const axptr_machine* machine);

// The misdeeds since the last call of TakeMisdeeds, as bits of Misdeed. TakeMisdeeds clears them.
std::uint32_t Misdeeds();
std::uint32_t TakeMisdeeds();
// Adds `misdeeds` back, as returned by TakeMisdeeds.
void PutMisdeeds(std::uint32_t misdeeds);

// The number of instructions of calls of the subject's functions, including the functions that they
// call, since the last call of TakeInstructions. Requires an emulator that counts instructions as
// ticks (-icount shift=0).
std::uint64_t TakeInstructions();
// The number of instructions of one call of function(a, b, c).
std::uint64_t CountInstructions(void (*function)(std::uint64_t a, std::uint64_t b, std::uint64_t c),
                                std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0);

}  // namespace ring0

#endif  // SIM_RING0_MACHINE_GUARD_H_
