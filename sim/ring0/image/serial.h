// The serial line: records for the host (replay/packed.h).
#ifndef SIM_RING0_IMAGE_SERIAL_H_
#define SIM_RING0_IMAGE_SERIAL_H_

#include <cstdint>

#include "sim/ring0/replay/packed.h"

namespace ring0 {

void StartSerial();
struct Part {
  const void* data = nullptr;
  std::uint64_t size = 0;
};
// One record: a header, the `size` bytes at `data`, and what comes behind them.
void Send(RecordTag tag, const void* data, std::uint64_t size, Part second = {}, Part third = {});
// A text for people, and a number.
void Say(const char* text, std::uint64_t number);

enum class ExitCode : std::uint32_t { kDone = 0, kInconclusive = 1, kBroken = 2 };
// Ends qemu, whose exit status is 2 * code + 1.
[[noreturn]] void Exit(ExitCode code);
// The image cannot go on: a text and a number go to the host.
[[noreturn]] void Die(const char* text, std::uint64_t number);

}  // namespace ring0

#endif  // SIM_RING0_IMAGE_SERIAL_H_
