// Loads and stores of user memory by the subject, as its compiler reports them (clang:
// -fsanitize-coverage=trace-loads,trace-stores); in an image whose compiler does not, there are
// none.
#ifndef SIM_RING0_MACHINE_TOUCHES_H_
#define SIM_RING0_MACHINE_TOUCHES_H_

#include <cstdint>

#include "sim/ring0/replay/packed.h"

namespace ring0 {

// Something that tells the touches before it from those behind it.
void NoteTouchMark(PackedTouches::Kind kind);
// Sends what was noted. To be called before the result of what it belongs to is sent.
void SendTouches();
// What was noted is forgotten.
void ForgetTouches();

}  // namespace ring0

#endif  // SIM_RING0_MACHINE_TOUCHES_H_
