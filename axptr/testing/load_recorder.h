// Which loads a piece of code makes, as clang reports them from a file that is compiled with
// -fsanitize-coverage=trace-loads. One thread.
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

// From here on, loads that touch [first, first + size_bytes) are recorded.
void begin_recording(const void* first, std::size_t size_bytes);

// Ends that, and returns them in their order. Valid until the next begin_recording.
std::span<const Load> end_recording();

// What `code` loads from [first, first + size_bytes).
template <typename Code>
std::span<const Load> loads_from(const void* first, std::size_t size_bytes, Code code) {
  begin_recording(first, size_bytes);
  code();
  return end_recording();
}

}  // namespace axptr::testing

#endif  // AXPTR_TESTING_LOAD_RECORDER_H_
