// Runs code that a fault or a panic can abandon.
#ifndef SIM_MACHINE_RECOVERY_H_
#define SIM_MACHINE_RECOVERY_H_

#include "sim/machine/fault.h"

namespace sim {

// Finds siglongjmp of libc: the replacement by a sanitizer is forty times slower on an alternate
// stack. To be called once, outside signal handlers.
void PrepareJumps();

// Makes `frame` the innermost frame of this thread and calls `body(argument)`. Returns true when
// the body returns, and false after a jump to `frame`. In both cases, `frame` is removed from the
// stack of frames. After a jump, the user-access flag has its value from before the call;
// otherwise, the value that the body left. A jump does not run the destructors of objects on the
// stack of the body.
bool RunInFrame(RecoveryFrame* frame, void (*body)(void* argument), void* argument);

// RunInFrame for a callable.
template <typename Body>
bool RunInFrame(RecoveryFrame* frame, Body& body) {
  return RunInFrame(frame, [](void* argument) { (*static_cast<Body*>(argument))(); }, &body);
}

// The innermost frame of kind kPanic of this thread, or null.
RecoveryFrame* InnermostPanicFrame();

// Continues at `frame`, a frame of this thread. The frames inside `frame` are removed.
[[noreturn]] void JumpTo(RecoveryFrame* frame);

}  // namespace sim

#endif  // SIM_MACHINE_RECOVERY_H_
