// The outcome of a call that copied between user memory and the kernel's buffer.
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

// The outcome of a copy_str to `room` that returned `result`. `buffer` lent `room`. Returns the
// room to `buffer`, and adds to `effects` the bytes that were written and the distance of the
// reported text from the room. A text that is reported to be as long as the room or longer has no
// fingerprint.
Outcome TakeBackText(const axptr::LinuxResult<std::span<const char>>& result,
                     std::span<const char> room, KernelBuffer& buffer, Effects* effects);

// Like TakeBackText, for a copy of strings that returned `error`, an errno number or 0, and
// `strings`. The length of the outcome is the number of strings.
Outcome TakeBackStrings(int error, const axptr_strings& strings, std::span<const char> room,
                        KernelBuffer& buffer, Effects* effects);

// A subject's report of a transfer of bytes.
struct MovedBytes {
  uint64_t done = 0;  // bytes
  int error = 0;      // 0: none; else an errno number, or kSomeError
  uint64_t wrong_by =
      0;  // after an error: bytes from the first byte not moved to the subject's report of it
};

// The outcome of a copy to `room` for which the subject reports `moved`. `buffer` lent `room`.
// Returns the room to `buffer`, as TakeBackText does.
Outcome TakeBackBytes(const MovedBytes& moved, std::span<const char> room, KernelBuffer& buffer,
                      Effects* effects);

// The outcome of a call that returned `error`, an errno number or 0. If `error` is 0, the call
// filled `room`, which `buffer` lent, with a value from `length` bytes of user memory. Returns the
// room to `buffer`, as TakeBackText does.
Outcome TakeBackValue(int error, uint64_t length, std::span<const char> room, KernelBuffer& buffer,
                      Effects* effects);

// FNV-1a over the first `length` bytes of `room`; over no bytes if `room` is smaller than `length`.
uint64_t FingerprintOfRoom(std::span<const char> room, uint64_t length);

// The outcome of a transfer that does not use the kernel's buffer.
Outcome OutcomeOfMoved(const MovedBytes& moved, Effects* effects);

// The outcome of a copy from the room that `buffer` lent. The copy must not change the room.
Outcome TakeBackSource(const MovedBytes& moved, KernelBuffer& buffer, Effects* effects);

// Like TakeBackSource, for one element of `size` bytes.
Outcome TakeBackValueSource(const MovedBytes& moved, uint64_t size, KernelBuffer& buffer,
                            Effects* effects);

}  // namespace sim

#endif  // SIM_SCENARIO_KERNEL_COPY_H_
