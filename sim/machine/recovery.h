// Running something so that a fault, or a panic, can abandon it.
#ifndef SIM_MACHINE_RECOVERY_H_
#define SIM_MACHINE_RECOVERY_H_

#include "sim/machine/fault.h"

namespace sim {

// Finds libc's own siglongjmp: the one that a sanitizer puts in its place is forty times slower
// when it is called on an alternate stack. To be called once, outside of signal handlers.
void PrepareJumps();

// Makes `frame` the innermost of this thread, calls `body(argument)`, and returns true; or returns
// false if the frame was jumped to meanwhile. Either way the frame is gone then, and the flag is
// what it was before (after a jump) or what the body left (otherwise).
// What the body leaves on its stack at a jump is not destroyed.
bool RunInFrame(RecoveryFrame* frame, void (*body)(void* argument), void* argument);

// RunInFrame for a callable.
template <typename Body>
bool RunInFrame(RecoveryFrame* frame, Body& body) {
  return RunInFrame(frame, [](void* argument) { (*static_cast<Body*>(argument))(); }, &body);
}

// The innermost frame of kind kPanic of this thread, or null.
RecoveryFrame* InnermostPanicFrame();

// Continues at `frame`, which this thread is in. Frames within it are gone.
[[noreturn]] void JumpTo(RecoveryFrame* frame);

}  // namespace sim

#endif  // SIM_MACHINE_RECOVERY_H_
