// Loads and stores of user memory by the subject, as reported by its compiler (clang:
// -fsanitize-coverage=trace-loads,trace-stores). An image built without these reports records none.
#ifndef SIM_RING0_MACHINE_TOUCHES_H_
#define SIM_RING0_MACHINE_TOUCHES_H_

#include <cstdint>

#include "sim/ring0/replay/packed.h"

namespace ring0 {

// Records a mark that separates earlier touches from later touches.
void NoteTouchMark(PackedTouches::Kind kind);
// Sends the recorded touches. Must be called before the result that they belong to is sent.
void SendTouches();
// Drops the recorded touches.
void ForgetTouches();

}  // namespace ring0

#endif  // SIM_RING0_MACHINE_TOUCHES_H_
