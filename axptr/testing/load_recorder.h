// Records the loads of a piece of code. clang reports the loads of a file that is compiled with
// -fsanitize-coverage=trace-loads. For one thread.
#ifndef AXPTR_TESTING_LOAD_RECORDER_H_
#define AXPTR_TESTING_LOAD_RECORDER_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace axptr::testing {

struct Load {
  std::uintptr_t address;
  std::size_t size_bytes;
};

// Starts recording loads that overlap [first, first + size_bytes).
void begin_recording(const void* first, std::size_t size_bytes);

// Stops recording, and returns the loads in order. The result is valid until the next
// begin_recording.
std::span<const Load> end_recording();

// The loads of `code` from [first, first + size_bytes).
template <typename Code>
std::span<const Load> loads_from(const void* first, std::size_t size_bytes, Code code) {
  begin_recording(first, size_bytes);
  code();
  return end_recording();
}

}  // namespace axptr::testing

#endif  // AXPTR_TESTING_LOAD_RECORDER_H_
