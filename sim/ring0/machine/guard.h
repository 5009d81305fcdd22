// The boundary between the subject and the image's kernel, watched: what a function of the subject
// must leave as it was, and how it calls the platform.
#ifndef SIM_RING0_MACHINE_GUARD_H_
#define SIM_RING0_MACHINE_GUARD_H_

#include <cstdint>

#include "sim/ring0/replay/hardware.h"
#include "sim/subject/subject.h"

namespace ring0 {

// What image/guarded_call.S keeps of a call, at these places.
struct GuardState {
  std::uint64_t stack = 0;   // of the innermost call under way, which its return must find
  std::uint64_t target = 0;  // what is called
  std::uint64_t kept[6] = {};
  std::uint64_t stack_off = 0;  // by so much the stack pointer was off when the call returned
  std::uint64_t flags = 0;      // RFLAGS then
  std::uint64_t flags_before = 0;
  std::uint64_t began = 0;  // ticks, of the innermost call under way
  std::uint64_t ticks = 0;  // that the call which returned last has taken
};
extern "C" {
extern GuardState ring0_guard;
void ring0_guarded_call();
}

// `subject`, with each function called through the guard; attached to `machine`, of which the
// functions note how they are called. One at a time; precondition: called once.
const axptr_subject* Guarded(const axptr_subject* subject, const axptr_machine* machine);

// The misdeeds since TakeMisdeeds was last called, as bits of Misdeed.
std::uint32_t Misdeeds();
std::uint32_t TakeMisdeeds();
// Adds those that were taken.
void PutMisdeeds(std::uint32_t misdeeds);

// The instructions of the calls of functions of the subject, with what they call in turn, since it
// was last called. Of an emulator that counts them as ticks (-icount shift=0).
std::uint64_t TakeInstructions();
// Of one call of function(a, b, c).
std::uint64_t CountInstructions(void (*function)(std::uint64_t a, std::uint64_t b, std::uint64_t c),
                                std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0);

}  // namespace ring0

#endif  // SIM_RING0_MACHINE_GUARD_H_
