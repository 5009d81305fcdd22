// The result of a call that copied user memory to a buffer of the kernel's.
#ifndef SIM_SCENARIO_KERNEL_COPY_H_
#define SIM_SCENARIO_KERNEL_COPY_H_

#include <cstddef>
#include <span>

#include "axptr/linux_error.h"
#include "sim/machine/kernel_buffer.h"
#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"

namespace sim {

static_assert(kMaxCopiedBytes == KernelBuffer::kMaxBytes);
static_assert(kUntouchedByte == KernelBuffer::kUntouchedByte);

// The outcome of a copy_str to `room`, which `buffer` lent, and returned `result`. Takes the room
// back, and adds to `effects` what was written and where the text is said to lie. A text that is
// said to be as long as the room, or longer, has no fingerprint.
Outcome TakeBackText(const axptr::LinuxResult<std::span<const char>>& result,
                     std::span<const char> room, KernelBuffer& buffer, Effects* effects);

}  // namespace sim

#endif  // SIM_SCENARIO_KERNEL_COPY_H_
