// The result of a call that copied user memory to a buffer of the kernel's.
#ifndef SIM_SCENARIO_KERNEL_COPY_H_
#define SIM_SCENARIO_KERNEL_COPY_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "axptr/linux_error.h"
#include "sim/machine/kernel_buffer.h"
#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"
#include "sim/subject/subject_copying.h"

namespace sim {

static_assert(kMaxCopiedBytes == KernelBuffer::kMaxBytes);
static_assert(
    [] {
      for (uint64_t call = 0; call < 512; call += 7) {
        for (int64_t index = -4096; index < 4096; index += 61) {
          if (UntouchedByte(call, index) != KernelBuffer::UntouchedByte(call, index)) return false;
        }
      }
      return true;
    }(),
    "the model and the buffer fill it alike");

// The outcome of a copy_str to `room`, which `buffer` lent, and returned `result`. Takes the room
// back, and adds to `effects` what was written and where the text is said to lie. A text that is
// said to be as long as the room, or longer, has no fingerprint.
Outcome TakeBackText(const axptr::LinuxResult<std::span<const char>>& result,
                     std::span<const char> room, KernelBuffer& buffer, Effects* effects);

// The same of a copy of strings that returned `error`, an errno number or 0, and `strings`. The
// length is the number of strings.
Outcome TakeBackStrings(int error, const axptr_strings& strings, std::span<const char> room,
                        KernelBuffer& buffer, Effects* effects);

// What a subject says of a transfer of bytes.
struct MovedBytes {
  uint64_t done = 0;      // bytes
  int error = 0;          // 0: that is all; else an errno number, or kSomeError
  uint64_t wrong_by = 0;  // after an error: from the first byte not moved to what it says that is
};

// The outcome of a copy to `room`, which `buffer` lent, of which the subject says `moved`. Takes
// the room back, as TakeBackText does.
Outcome TakeBackBytes(const MovedBytes& moved, std::span<const char> room, KernelBuffer& buffer,
                      Effects* effects);

// The outcome of a call that returned `error`, an errno number or 0, and if 0 a value that fills
// `room`, which `buffer` lent, from `length` bytes of user memory. Takes the room back, as
// TakeBackText does.
Outcome TakeBackValue(int error, uint64_t length, std::span<const char> room, KernelBuffer& buffer,
                      Effects* effects);

// FNV-1a over the first `length` bytes of `room`; over none where it has fewer.
uint64_t FingerprintOfRoom(std::span<const char> room, uint64_t length);

// The outcome of a transfer that left nothing in a buffer of the kernel's.
Outcome OutcomeOfMoved(const MovedBytes& moved, Effects* effects);

// The outcome of a copy from the room that `buffer` lent, likewise. The room is not to change.
Outcome TakeBackSource(const MovedBytes& moved, KernelBuffer& buffer, Effects* effects);

// The same of one element, of `size` bytes.
Outcome TakeBackValueSource(const MovedBytes& moved, uint64_t size, KernelBuffer& buffer,
                            Effects* effects);

}  // namespace sim

#endif  // SIM_SCENARIO_KERNEL_COPY_H_
