// Sends records (replay/packed.h) from the image to the host, through shared memory (ivshmem).
#ifndef SIM_RING0_IMAGE_REPORT_H_
#define SIM_RING0_IMAGE_REPORT_H_

#include <cstdint>

#include "sim/ring0/replay/packed.h"

namespace ring0 {

// Finds the shared memory. If there is none, the image ends (ExitCode::kBroken).
void StartReport();
// Whether the remaining room may be too small for another scenario.
bool IsReportNearlyFull();

struct Part {
  const void* data = nullptr;
  std::uint64_t size = 0;
};
// Sends one record: a header, the `size` bytes at `data`, then `second` and `third`.
void Send(RecordTag tag, const void* data, std::uint64_t size, Part second = {}, Part third = {});
// Sends a text for people, and a number.
void Say(const char* text, std::uint64_t number);

enum class ExitCode : std::uint32_t { kDone = 0, kInconclusive = 1, kBroken = 2 };
// Ends qemu, whose exit status is 2 * code + 1.
[[noreturn]] void Exit(ExitCode code);
// Sends a text and a number to the host and ends the image, because the image cannot continue.
[[noreturn]] void Die(const char* text, std::uint64_t number);

}  // namespace ring0

#endif  // SIM_RING0_IMAGE_REPORT_H_
