// What the image tells the host: records (replay/packed.h), in memory that both see (ivshmem).
#ifndef SIM_RING0_IMAGE_REPORT_H_
#define SIM_RING0_IMAGE_REPORT_H_

#include <cstdint>

#include "sim/ring0/replay/packed.h"

namespace ring0 {

// Finds the memory. Without it nothing can be said, and the image ends (ExitCode::kBroken).
void StartReport();
// Whether there may be too little room for another scenario.
bool IsReportNearlyFull();

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

#endif  // SIM_RING0_IMAGE_REPORT_H_
